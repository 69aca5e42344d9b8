//! Two drivers of the styles that there were before: `kexts/floret` is a loopback driver as they used to be written, with their
//! defects, and `kexts/phantom` a driver as for a sound card, with 16 bits of its own and no loopback at all. What each scenario
//! says of each is in `styles.tsv`, in words and with the driver's reason, and never is it the bench that fails.
//!
//! The tests run a part of the scenarios on release 10.9, hosted. The matrix is all scenarios on these two and on ours, on both
//! machines and eight releases; it needs what `cargo xtask build` makes:
//!
//! ```text
//! cargo test --release -p witnesses --test styles -- --ignored matrix [--skip FILTER …] [--test-threads N]
//! ```
//!
//! Filters are parts of names like `matrix::hosted::10.9::floret`. It prints a line for each run and the totals. `styles.md`, the
//! table's summary for people, is written by `-- --ignored write_the_summary`.

mod common;
#[path = "styles/conduct.rs"]
mod conduct;
#[path = "styles/summary.rs"]
mod summary;
#[path = "styles/table.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use abi::Release;
use common::{be_machine_if_asked, target};
use conduct::{all, conduct};
use libtest_mimic::{Arguments, Failed, Trial};
use summary::{Place, Run, kexts, summary};
use table::{OURS, STYLES, expected, outcome, rows, said};
use witnesses::build::Builder;

/// The releases of the matrix.
const RELEASES: [Release; 8] = [
    Release::V10_6,
    Release::V10_7,
    Release::V10_9,
    Release::V10_11,
    Release::V10_12,
    Release::V10_13,
    Release::V10_15,
    Release::V11,
];
/// The part of the matrix that the tests run, hosted on [`SHORT_RELEASE`]: each way of sound, clocks, controls, a panic, sequences.
const SHORT: [&str; 15] =
    ["load", "loop", "S2", "S3", "S7", "S10", "S11", "S13", "S18", "S23", "S24", "B3", "B10", "E", "fuzz"];
const SHORT_RELEASE: Release = Release::V10_9;
/// The summary that is kept.
const SUMMARY: &str = "styles.md";

fn main() -> ExitCode {
    be_machine_if_asked();
    let runs = Arc::new(Mutex::new(Vec::new()));
    let trials = match trials(&runs) {
        Ok(trials) => trials,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    let runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
    if !runs.is_empty() {
        println!("{}", summary::totals(&runs));
    }
    conclusion.exit_code()
}

fn trials(runs: &Arc<Mutex<Vec<Run>>>) -> Result<Vec<Trial>, String> {
    let builder = Builder::new(&target().join("witnesses"))?;
    let mut kexts = vec![(OURS, target().join("kext/Loopflower.kext"))];
    for style in STYLES {
        kexts.push((style, builder.driver(style)?));
    }
    let mut trials = vec![
        Trial::test("the_table_is_complete", || Ok(complete()?)),
        Trial::test("the_summary_is_the_tables", || Ok(summary_is_current()?)),
        Trial::test("write_the_summary", || Ok(fs::write(kept(), of_table()?)?)).with_ignored_flag(true),
    ];
    for (kext, bundle) in kexts {
        for scenario in SHORT.into_iter().filter(|_| kext != OURS) {
            let bundle = bundle.clone();
            trials.push(Trial::test(format!("{kext}::{scenario}"), move || agrees(kext, &bundle, scenario)));
        }
        for place in places() {
            let (runs, bundle) = (Arc::clone(runs), bundle.clone());
            let name = format!("matrix::{}::{}::{kext}", place.machine, place.os);
            let matrix = move || matrix(kext, &bundle, place, &runs);
            trials.push(Trial::test(name, matrix).with_ignored_flag(true));
        }
    }
    Ok(trials)
}

/// There is a line for each kext and scenario that fits everywhere, and none for what there is not.
fn complete() -> Result<(), String> {
    for kext in STYLES {
        for scenario in all() {
            expected(kext, scenario, "", Release::V15)?;
        }
    }
    match rows()?.iter().find(|row| !STYLES.contains(&row.kext) || !all().any(|scenario| scenario == row.scenario)) {
        Some(row) => Err(format!("styles.tsv: nothing there is: {row:?}")),
        None => Ok(()),
    }
}

/// The places of the matrix.
fn places() -> impl Iterator<Item = Place> {
    ["hosted", "vm"].into_iter().flat_map(|machine| RELEASES.map(|os| Place { machine, os }))
}

/// Where the summary is kept.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(SUMMARY)
}

/// The table's summary.
fn of_table() -> Result<String, String> {
    let mut runs = Vec::new();
    for (kext, place) in kexts().into_iter().flat_map(|kext| places().map(move |place| (kext, place))) {
        for scenario in all() {
            let row = expected(kext, scenario, place.machine, place.os)?;
            runs.push(Run { kext, scenario, place, outcome: row.outcome, why: row.why });
        }
    }
    summary(&runs)
}

/// The summary that is kept is the table's.
fn summary_is_current() -> Result<(), String> {
    let kept = fs::read_to_string(kept()).map_err(|why| format!("{SUMMARY}: {why}"))?;
    let how = "cargo test -p witnesses --test styles -- --ignored write_the_summary";
    if of_table()? == kept { Ok(()) } else { Err(format!("{SUMMARY} is not what styles.tsv says: {how}")) }
}

/// A run says what the table has.
fn agrees(kext: &'static str, bundle: &Path, scenario: &'static str) -> Result<(), Failed> {
    for (_, report) in conduct(bundle, &[scenario], "hosted", SHORT_RELEASE)? {
        if let Some(differs) = expected(kext, scenario, "hosted", SHORT_RELEASE)?.differs(&report) {
            return Err(differs.into());
        }
    }
    Ok(())
}

/// All scenarios on a kext, a line for each; whether they come to what the table has.
fn matrix(kext: &'static str, bundle: &Path, place: Place, runs: &Mutex<Vec<Run>>) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (scenario, report) in conduct(bundle, &all().collect::<Vec<_>>(), place.machine, place.os)? {
        let row = expected(kext, scenario, place.machine, place.os)?;
        let (outcome, differs) = (outcome(&report), row.differs(&report));
        let mark = if differs.is_some() { ", and the table says otherwise" } else { "" };
        let first = said(&report).into_iter().next().map(|first| format!(": {first}")).unwrap_or_default();
        println!("{place} {kext} {scenario} {outcome}{mark}{first}");
        wrong.extend(differs);
        let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push(Run { kext, scenario, place, outcome, why: row.why });
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
