//! One or several targets: which, in what order, how many at a time, and what became of each.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use abi::Release;
use macos::{Carrier, Duty, MacOs, Subject, Target};
use runner::Error;
use runner::bundle::Bundle;
use runner::progress::Progress;
use runner::report::Report;
use runner::run::{Finished, Options, Task, kept, run as run_job};

use super::{CLEAN_UP, TIMEOUT, carrier, fetched, file_name};
use crate::arguments::{Run, Scenario};
use crate::outputs::{self, Named};
use crate::places;
use crate::run::options;

/// What became of the targets.
pub struct Table {
    /// Whether several were asked for.
    is_several: bool,
    rows: Vec<Row>,
}

/// What became of a scenario on a target, or of a target.
struct Row {
    target: String,
    release: String,
    scenario: String,
    result: &'static str,
    /// The exit code of what kept the target from a report.
    kept: Option<u8>,
}

/// Runs on a target: what they are, and where.
struct Work {
    target: Target,
    runs: Vec<(Options, Subject)>,
}

/// What a target gave: reports, and what kept it from more.
struct Told {
    reports: Vec<Finished>,
    kept: Option<Kept>,
}

/// What kept a target from a report, and the one in its place.
struct Kept {
    why: Error,
    report: Report,
}

/// What a target gives.
pub enum Given {
    /// The report of a run.
    Ran(Finished),
    /// One in the place of a run's that could not be made.
    Kept(Report),
}

/// Runs each scenario on each target; reports come in the order of the targets, however many run at a time.
///
/// # Errors
/// Wrong usage, or something missing here; with one target, also that it cannot be used.
pub fn run(arguments: &Run, done: &mut dyn FnMut(Given)) -> anyhow::Result<Table> {
    refuse(arguments)?;
    let all = chosen(arguments)?;
    let is_several = all.len() > 1;
    let mine = match arguments.shard {
        Some(shard) => part(all, shard),
        None => all,
    };
    let works: Vec<Work> =
        mine.into_iter().map(|target| work(arguments, target, is_several)).collect::<anyhow::Result<_>>()?;
    let carrier = carrier()?;
    let mut table = Table { is_several, rows: Vec::new() };
    let jobs = arguments.jobs.get();
    let (sender, told) = channel();
    let groups = Mutex::new(groups(&works));
    thread::scope(|scope| -> anyhow::Result<()> {
        for _ in 0..jobs.min(works.len()) {
            let (sender, works, carrier, groups) = (sender.clone(), &works, &carrier, &groups);
            scope.spawn(move || take(works, groups, carrier, jobs == 1, &sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (index, one) in told {
            waiting.insert(index, one);
            while let Some(one) = waiting.remove(&next) {
                table.add(&works[next].target, one, done)?;
                next += 1;
            }
        }
        Ok(())
    })?;
    Ok(table)
}

/// Refuses what no Mac does.
fn refuse(arguments: &Run) -> Result<(), Error> {
    let aids = [("--trace", arguments.aids.trace().is_some()), ("--debug", arguments.aids.debug)];
    let bench = [("--library", !arguments.libraries.is_empty()), ("--boot-args", !arguments.boot_args.is_empty())];
    if let Some((option, _)) = aids.iter().chain(&bench).find(|(_, asked)| *asked) {
        return Err(Error::Usage(format!("{option} is for the machines of the bench, not for a Mac")));
    }
    let is_known = |scenario: &Scenario| matches!(scenario, Scenario::Load | Scenario::Loop | Scenario::All);
    if arguments.scenario.iter().all(is_known) {
        Ok(())
    } else {
        let why = "a Mac loads and loops; other scenarios need the bench's clock: take hosted or vm";
        Err(Error::Usage(why.to_owned()))
    }
}

/// The targets that are asked for, each once, by name.
fn chosen(arguments: &Run) -> Result<Vec<Target>, Error> {
    if arguments.targets.is_empty() {
        return Err(Error::Usage("--machine macos wants a --target; one is ssh://USER@HOST".to_owned()));
    }
    let mut all = Vec::new();
    for word in &arguments.targets {
        all.extend(macos::find(word)?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup();
    if let Some(two) = all.windows(2).find(|two| file_name(&two[0]) == file_name(&two[1])) {
        let [a, b] = [&two[0].name, &two[1].name];
        return Err(Error::Usage(format!(
            "the targets {a} and {b} would write the same files; give one of them another name"
        )));
    }
    Ok(all)
}

/// What is run on a target; all that is needed for it here is there.
fn work(arguments: &Run, target: Target, is_several: bool) -> anyhow::Result<Work> {
    let of_table = |scenario: &macos::Scenario| match scenario {
        macos::Scenario::Load => Scenario::Load,
        macos::Scenario::Loop => Scenario::Loop,
    };
    let asked = arguments.scenario.iter().flat_map(|scenario| match scenario {
        Scenario::All => target.scenarios.iter().map(of_table).collect(),
        other => vec![other.clone()],
    });
    let agent = target.agent.clone().map_or_else(places::agent, Ok)?;
    let timeout = arguments.timeout.unwrap_or(TIMEOUT);
    let mut runs = Vec::new();
    for scenario in asked {
        let mut options = Options { timeout: timeout + CLEAN_UP, ..options(arguments, &scenario)? };
        if scenario == Scenario::Loop && !agent.is_file() {
            let shown = agent.display();
            let why = format!("our tool for Macs {shown} is missing; type: cargo xtask build");
            return Err(Error::Missing(why).into());
        }
        if let (Task::Loop { output, .. }, true) = (&mut options.task, is_several) {
            let stem = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            output.set_file_name(format!("{stem}-{}.wav", file_name(&target)));
            let read = arguments.input.as_deref().map(|path| Named { option: "--input", path });
            outputs::check(read.as_slice(), &[Named { option: "--output", path: output }])?;
        }
        let subject = Subject {
            bundle: options.kext.clone(),
            identifier: Bundle::read(&options.kext)?.kext.identifier,
            agent: agent.clone(),
            fetched: fetched(&target)?,
            timeout,
            os: arguments.os.map(Release::name),
            duty: Duty::Job,
        };
        runs.push((options, subject));
    }
    Ok(Work { target, runs })
}

/// The `part`-th of `parts`, counted from 1: by machines, so that none is in two parts, which run at the same time.
fn part(all: Vec<Target>, (part, parts): (usize, usize)) -> Vec<Target> {
    let mut places: Vec<String> = Vec::new();
    let mut number = |target: &Target| {
        let place = target.place();
        places.iter().position(|known| *known == place).unwrap_or_else(|| {
            places.push(place);
            places.len() - 1
        })
    };
    all.into_iter().filter(|target| number(target) % parts == part - 1).collect()
}

/// The works' numbers; those on one machine are together.
fn groups(works: &[Work]) -> VecDeque<Vec<usize>> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, work) in works.iter().enumerate() {
        let place = work.target.place();
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, group)) => group.push(index),
            None => groups.push((place, vec![index])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Takes groups until there are no more.
fn take(
    works: &[Work],
    groups: &Mutex<VecDeque<Vec<usize>>>,
    carrier: &Carrier,
    is_alone: bool,
    sender: &Sender<(usize, Told)>,
) {
    loop {
        let group = groups.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(group) = group else { return };
        for index in group {
            if sender.send((index, one(&works[index], carrier, is_alone))).is_err() {
                // A report was refused; nobody wants more.
                return;
            }
        }
    }
}

/// Runs what there is to run on a target, up to what it cannot be used for.
fn one(work: &Work, carrier: &Carrier, is_alone: bool) -> Told {
    let name = &work.target.name;
    let mut reports = Vec::new();
    for (options, subject) in &work.runs {
        let mut machine = MacOs::new(work.target.clone(), subject.clone(), carrier.clone());
        let progress = is_alone.then(|| Progress::new(&format!("macos ({name})")));
        let ran = run_job(options, &mut machine, &mut |event| {
            if let Some(progress) = &progress {
                progress.watch(event);
            }
        });
        if let Some(progress) = progress {
            progress.finish();
        }
        match ran {
            Ok(mut finished) => {
                finished.report.target = Some(name.clone());
                reports.push(finished);
            }
            Err(why) => {
                let report = Report { target: Some(name.clone()), ..kept(options, macos::NAME, &why) };
                return Told { reports, kept: Some(Kept { why, report }) };
            }
        }
    }
    Told { reports, kept: None }
}

impl Table {
    fn add(&mut self, target: &Target, told: Told, done: &mut dyn FnMut(Given)) -> Result<(), Error> {
        for finished in told.reports {
            let report = &finished.report;
            self.rows.push(Row {
                target: target.name.clone(),
                release: report.os.clone(),
                scenario: report.scenario.clone(),
                result: if report.held { "held" } else { "FAILED" },
                kept: None,
            });
            done(Given::Ran(finished));
        }
        let Some(Kept { why, report }) = told.kept else { return Ok(()) };
        if matches!(why, Error::Usage(_)) {
            return Err(why);
        }
        let result = if report.not_used.is_some() { "not used" } else { "FAILED" };
        done(Given::Kept(report));
        if !self.is_several {
            return Err(why);
        }
        eprintln!("loopflower: {why}");
        let none = || "-".to_owned();
        self.rows.push(Row {
            target: target.name.clone(),
            release: none(),
            scenario: none(),
            result,
            kept: Some(why.exit_code()),
        });
        Ok(())
    }

    /// A line for each scenario on each target, if there are several targets.
    pub fn render(&self) -> String {
        if self.rows.is_empty() {
            return "this part has no target; there are fewer targets than parts\n".to_owned();
        }
        if !self.is_several {
            return String::new();
        }
        let width = self.rows.iter().map(|row| row.target.len()).chain(["target".len()]).max().unwrap_or_default();
        let mut text = format!("{:<width$}  release  scenario  result\n", "target");
        for Row { target, release, scenario, result, .. } in &self.rows {
            writeln!(text, "{target:<width$}  {release:<7}  {scenario:<8}  {result}").unwrap_or_default();
        }
        text
    }

    /// Nothing but `true`: every target could be used.
    ///
    /// # Errors
    /// [`Error::Failed`]: on one, a step of ours failed. [`Error::Missing`]: one could not be used.
    pub fn usable(&self) -> Result<bool, Error> {
        let kept: Vec<u8> = self.rows.iter().filter_map(|row| row.kept).collect();
        let count = kept.len();
        if kept.contains(&1) {
            return Err(Error::Failed(format!("{count} of the targets gave no report; why is told above")));
        }
        if count > 0 {
            let next = "`loopflower vm check TARGET` says what to do";
            return Err(Error::Missing(format!("{count} of the targets could not be used; {next}")));
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of several targets on which these errors came up.
    fn table(errors: Vec<Error>) -> Result<Table, Error> {
        let target = &macos::find("ssh://a@mac").unwrap()[0];
        let options = Options {
            kext: "x.kext".into(),
            libraries: Vec::new(),
            os: Release::V10_9,
            seed: 1,
            boot_args: String::new(),
            timeout: 1,
            task: Task::Load,
        };
        let mut table = Table { is_several: true, rows: Vec::new() };
        for why in errors {
            let told =
                Told { reports: Vec::new(), kept: Some(Kept { report: kept(&options, macos::NAME, &why), why }) };
            table.add(target, told, &mut |_| {})?;
        }
        Ok(table)
    }

    #[test]
    fn a_failure_of_our_own_is_not_a_target_that_could_not_be_used() {
        let missing = || Error::Missing("no answer".to_owned());
        let unused = table(vec![missing(), missing()]).unwrap();
        assert_eq!(unused.usable().unwrap_err().exit_code(), 3);
        assert_eq!(unused.render().matches("not used").count(), 2);
        let failed = table(vec![missing(), Error::Failed("no space".to_owned())]).unwrap();
        assert_eq!(failed.usable().unwrap_err().exit_code(), 1);
        assert!(failed.render().ends_with("FAILED\n"), "{}", failed.render());
        assert_eq!(table(vec![Error::Usage("wrong".to_owned())]).err().map(|why| why.exit_code()), Some(2));
        assert!(table(Vec::new()).unwrap().usable().unwrap());
    }
}
