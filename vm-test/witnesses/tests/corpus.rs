//! Every kext of the corpus: loaded or refused, in the words of the release's kernel.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::Hosted;
use runner::run::{Options, Task, run};
use witnesses::corpus::{Row, rows};

/// Wall-clock seconds after which a machine is stopped.
const TIMEOUT: u64 = 60;

fn main() -> ExitCode {
    be_machine_if_asked();
    match Corpus::new() {
        Ok(corpus) => {
            let corpus = Arc::new(corpus);
            let trials = (0..corpus.rows.len()).flat_map(|row| trials(&corpus, row)).collect();
            libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The table, and what was built so far.
struct Corpus {
    rows: Vec<Row>,
    /// Where they are put.
    place: PathBuf,
    built: Mutex<Built>,
}

#[derive(Default)]
struct Built {
    /// Executables by source.
    executables: BTreeMap<String, Vec<u8>>,
    /// Bundles by name.
    bundles: BTreeMap<String, Result<PathBuf, String>>,
}

/// A verdict is tried on the first and on the last release that it is for.
fn trials(corpus: &Arc<Corpus>, row: usize) -> Vec<Trial> {
    let [first, last] = corpus.rows[row].on;
    let releases = if first == last { vec![first] } else { vec![first, last] };
    let trial = |os: Release| {
        let corpus = Arc::clone(corpus);
        let name = format!("{}::{os}", corpus.rows[row].name).replace(' ', "_");
        Trial::test(name, move || corpus.check(row, os))
    };
    releases.into_iter().map(trial).collect()
}

impl Corpus {
    fn new() -> Result<Corpus, String> {
        Ok(Corpus { rows: rows()?, place: target().join("witnesses/corpus"), built: Mutex::default() })
    }

    /// The bundle of the kext `name`; whoever asks first builds it.
    fn bundle(&self, name: &str) -> Result<PathBuf, String> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let Built { executables, bundles } = &mut *built;
        let make = || match self.rows.iter().find(|row| row.name == name) {
            Some(row) => row.build(&self.rows, &self.place, executables),
            None => Err(format!("{name} is not in the table")),
        };
        bundles.entry(name.to_owned()).or_insert_with(make).clone()
    }

    fn check(&self, row: usize, os: Release) -> Result<(), Failed> {
        let row = &self.rows[row];
        let libraries: Result<Vec<PathBuf>, String> = row.with.iter().map(|name| self.bundle(name)).collect();
        let (held, said) = load(&self.bundle(&row.name)?, libraries?, os)?;
        let missing = row.words.iter().find(|words| !said.iter().any(|line| line.contains(words.as_str())));
        match missing {
            None if held == row.loads => Ok(()),
            _ => {
                Err(format!("loads: {held}, expected {}; missing: {missing:?}; said:\n{}", row.loads, said.join("\n"))
                    .into())
            }
        }
    }
}

/// Whether a kext loads, starts and unloads without a trace, and what the kernel and the kext say.
fn load(kext: &Path, libraries: Vec<PathBuf>, os: Release) -> Result<(bool, Vec<String>), Failed> {
    let options = Options {
        kext: kext.to_owned(),
        libraries,
        os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task: Task::Load,
    };
    let report = run(&options, &mut Hosted::of_this_program(MACHINE)?, &mut |_| {})?.report;
    let logged = report.events.iter().filter_map(|event| match event {
        Event::Log { text, .. } => Some(text.clone()),
        _ => None,
    });
    Ok((report.held, logged.chain(report.failures.iter().cloned()).collect()))
}
