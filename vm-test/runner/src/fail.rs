//! Systematic failure (`--fail-each`): the cases shared out among machines; a machine that a case does not leave in order is
//! switched on anew for the rest.

mod fallible;

use std::sync::mpsc::{Sender, channel};
use std::thread;

use protocol::event::Event;
use protocol::fail::{Case, FailEach};
use serde::Serialize;

use self::fallible::fallible;
use crate::Error;
use crate::machine::Machine;
use crate::run::{self, Options, Task};

/// What came of failing each call.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Failed {
    /// Release whose kernel the kext was loaded into.
    pub os: String,
    /// "hosted" or "vm".
    pub machine: String,
    /// Seed of every choice the machines made.
    pub seed: u64,
    /// Sites that the kext comes by when nothing fails.
    pub sites: u32,
    /// The cases, in order.
    pub cases: Vec<Done>,
    /// What is wrong beside the cases: the kext cannot live even when nothing fails.
    pub failures: Vec<String>,
}

/// A case and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The call that failed.
    #[serde(flatten)]
    pub case: Case,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The kext lived on or gave up, and nothing of it was left.
    Survived,
    /// The kext did not make the call this time.
    NotReached,
    /// Something is wrong.
    Failed {
        /// What, in words.
        why: Vec<String>,
    },
}

impl Failed {
    /// Whether every case that was reached was survived, and one was.
    pub fn held(&self) -> bool {
        let is_wrong = |done: &Done| matches!(done.outcome, Outcome::Failed { .. });
        self.failures.is_empty() && !self.cases.iter().any(is_wrong) && self.count(&Outcome::Survived) > 0
    }

    /// How many cases came out so.
    pub fn count(&self, outcome: &Outcome) -> usize {
        self.cases.iter().filter(|done| done.outcome == *outcome).count()
    }
}

/// What a machine said up to its end.
#[derive(Default)]
struct Heard {
    sites: u32,
    cases: u32,
    done: Vec<Done>,
    /// What is wrong before the first case.
    failures: Vec<String>,
}

/// Does every `every`-th case on `jobs` machines at a time, each made by `machine`; `watch` hears of each case that was done, with
/// the number of all. The task of `options` is replaced.
///
/// # Errors
/// As [`run::run`] for any of the machines. Whatever the kext or a machine does is in the result.
pub fn fail_each(
    options: &Options,
    every: u32,
    jobs: u32,
    machine: &(dyn Fn() -> Result<Box<dyn Machine>, Error> + Sync),
    watch: &mut dyn FnMut(usize, usize),
) -> Result<Failed, Error> {
    let fallible = fallible(options.os);
    let (sender, said) = channel();
    let results = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|first| {
                let (sender, fallible) = (sender.clone(), &fallible);
                let part = (first * every, jobs * every);
                scope.spawn(move || do_part(options, fallible, part, machine, &sender))
            })
            .collect();
        drop(sender);
        for (done, all) in (1..).zip(said) {
            watch(done, all.div_ceil(every as usize));
        }
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut failed = Failed {
        os: options.os.name().to_owned(),
        machine: machine()?.name().to_owned(),
        seed: options.seed,
        ..Failed::default()
    };
    for result in results {
        let heard = result.unwrap_or_else(|_| Err(Error::Failed("a thread that ran machines ended".to_owned())))?;
        failed.sites = heard.sites;
        failed.cases.extend(heard.done);
        failed.failures.extend(heard.failures);
    }
    failed.cases.sort_by_key(|done| done.case.number);
    failed.failures.sort();
    failed.failures.dedup();
    Ok(failed)
}

/// Every `step`-th case, on one machine after the other.
fn do_part(
    options: &Options,
    fallible: &[(String, u64)],
    (first, step): (u32, u32),
    machine: &(dyn Fn() -> Result<Box<dyn Machine>, Error> + Sync),
    sender: &Sender<usize>,
) -> Result<Heard, Error> {
    let mut all = Heard::default();
    let mut next = first;
    loop {
        let part = FailEach { fallible: fallible.to_vec(), first: next, step };
        let options = Options { task: Task::FailEach(part), ..options.clone() };
        let heard = on_one_machine(&options, machine()?.as_mut(), sender)?;
        (all.sites, all.cases) = (heard.sites, heard.cases);
        if heard.done.is_empty() {
            all.failures.extend(heard.failures);
            return Ok(all);
        }
        next = heard.done.last().map_or(next, |done| done.case.number) + step;
        all.done.extend(heard.done);
        if next >= all.cases {
            return Ok(all);
        }
    }
}

fn on_one_machine(options: &Options, machine: &mut dyn Machine, sender: &Sender<usize>) -> Result<Heard, Error> {
    let mut heard = Heard::default();
    let mut current: Option<Case> = None;
    let (mut why, mut backtrace): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let finished = run::run(options, machine, &mut |event| match event {
        Event::Sites(sites) => (heard.sites, heard.cases) = (sites.sites, sites.cases),
        Event::Case(case) => current = Some(case.clone()),
        Event::Finding { text } => why.push(text.clone()),
        Event::Broken(broken) => why.push(broken.in_words()),
        Event::Panic(panic) => backtrace.clone_from(&panic.backtrace),
        Event::CaseDone { failed } => {
            let outcome = match (core::mem::take(&mut why), failed) {
                (why, _) if !why.is_empty() => Outcome::Failed { why },
                (_, true) => Outcome::Survived,
                (_, false) => Outcome::NotReached,
            };
            heard.done.extend(current.take().map(|case| Done { case, outcome }));
            let _ = sender.send(heard.cases as usize);
        }
        _ => {}
    })?;
    if let Some(case) = current.take() {
        // The machine did not come to the end of this one.
        let mut why = finished.report.failures;
        if !backtrace.is_empty() {
            why.push(format!("at {}", backtrace.join(" < ")));
        }
        heard.done.push(Done { case, outcome: Outcome::Failed { why } });
        let _ = sender.send(heard.cases as usize);
    } else if heard.done.is_empty() && !finished.report.held {
        heard.failures = finished.report.failures;
    }
    Ok(heard)
}
