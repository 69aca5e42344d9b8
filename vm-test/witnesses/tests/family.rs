//! Our own IOAudioFamily, a kext, takes the place of the bench's: drivers link against it by the release's rules, and the
//! same scenarios give the same result. A part of it is run each time; the rest, each scenario on each edition of the family,
//! takes minutes: `cargo test -p witnesses --test family -- --ignored`.

mod common;

use std::collections::BTreeSet;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use object::{Object, ObjectSymbol};
use protocol::event::Event;
use runner::machine::Hosted;
use runner::report::Report;
use runner::run::{Options, Task, run};
use witnesses::build::Builder;
use witnesses::family::Family;
use witnesses::plant;

/// The editions of it: the releases that one build is for, and the one of them that drivers run on here.
const EDITIONS: [(&[Release], Release); 4] = [
    (&[Release::V10_6], Release::V10_6),
    (&[Release::V10_9], Release::V10_9),
    (&[Release::V10_13, Release::V10_14, Release::V10_15], Release::V10_14),
    (&[Release::V11], Release::V11),
];
/// The release on which [`RUN`] is run each time; on the others [`SHORT`] is.
const OS: Release = Release::V10_14;
/// What is run each time on all releases.
const SHORT: [&str; 2] = ["load", "loop"];
/// What is run each time of the driver that writes down what it is called: a loop, and sleep in each state.
const CALLS: [&str; 2] = ["loop", "E"];
const TIMEOUT: u64 = 60;
/// What the facts count in and no compiler makes: the constructors of whole objects of abstract classes.
const NEVER_MADE: [&str; 4] = [
    "__ZN13IOAudioEngineC1Ev",
    "__ZN13IOAudioEngineC1EPK11OSMetaClass",
    "__ZN25IOAudioTimeIntervalFilterC1Ev",
    "__ZN25IOAudioTimeIntervalFilterC1EPK11OSMetaClass",
];
/// What else is run each time: one scenario each of the clock, the ring, lives, formats, levels and several clients.
const RUN: [&str; 6] = ["S2", "S6", "S10", "S13", "S21", "B4"];

fn main() -> ExitCode {
    be_machine_if_asked();
    match trials() {
        Ok(trials) => libtest_mimic::run(&Arguments::from_args(), trials).exit_code(),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let place = target().join("witnesses");
    let builder = Builder::new(&place)?;
    let drivers =
        [("loopback", builder.loopback(None)?), ("loopflower", plant::build(&target(), &place.join("family"), &[])?)];
    let mut trials = Vec::new();
    let telling = builder.telling()?;
    for (releases, os) in EDITIONS {
        let family = builder.family(releases)?;
        for name in iter::once("loop").chain(scenarios::FILES.iter().map(|file| file.name)) {
            let (family, telling) = (family.clone(), telling.clone());
            let trial = Trial::test(format!("{os}::calls::{name}"), move || same_calls(&telling, &family, os, name));
            trials.push(trial.with_ignored_flag(os != OS || !CALLS.contains(&name)));
        }
        let bundle = family.clone();
        let offers = move || offers_what_the_facts_say(&bundle, releases);
        trials.push(Trial::test(format!("{os}::offers_what_the_facts_say"), offers));
        for (driver, bundle) in &drivers {
            let listed = scenarios::ALL.iter().map(|scenario| scenario.name);
            let files = scenarios::FILES.iter().map(|file| file.name);
            for name in SHORT.into_iter().chain(listed).chain(files) {
                let (family, bundle) = (family.clone(), bundle.clone());
                let is_short = SHORT.contains(&name);
                let trial = Trial::test(format!("{os}::{driver}::{name}"), move || same(&bundle, &family, os, name));
                trials.push(trial.with_ignored_flag(!(is_short || os == OS && RUN.contains(&name))));
            }
        }
    }
    Ok(trials)
}

/// All that the facts know of the releases' own family can be imported from ours.
fn offers_what_the_facts_say(bundle: &Path, releases: &[Release]) -> Result<(), Failed> {
    let bytes = std::fs::read(bundle.join("Contents/MacOS/IOAudioFamily"))?;
    let file = object::File::parse(&*bytes)?;
    let defined = file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition());
    let offered: BTreeSet<&str> = defined.filter_map(|symbol| symbol.name().ok()).collect();
    for release in releases {
        let exports = Family::of(&[*release])?.exports;
        let missing: Vec<&String> = exports.iter().filter(|name| !offered.contains(name.as_str())).collect();
        let missing: Vec<_> = missing.into_iter().filter(|name| !NEVER_MADE.contains(&name.as_str())).collect();
        if exports.len() < 800 || !missing.is_empty() {
            return Err(format!("{release}: of {} names these are missing: {missing:#?}", exports.len()).into());
        }
    }
    Ok(())
}

fn conduct(driver: &Path, libraries: Vec<PathBuf>, os: Release, name: &str) -> Result<Report, Failed> {
    let file = scenarios::FILES.iter().find(|file| file.name == name);
    let task = match (name, file) {
        ("load", _) => Task::Load,
        ("loop", _) => {
            let driver = driver.file_stem().unwrap_or_default().display();
            let output = target().join(format!("witnesses/family-{os}-{driver}.wav"));
            Task::Loop { input: None, output, io_frames: 512 }
        }
        (_, Some(file)) => Task::Scripts(vec![script::parse(name, file.text)?]),
        (name, None) => Task::Named(name.to_owned()),
    };
    let (kext, boot_args) = (driver.to_owned(), String::new());
    let options = Options { kext, libraries, os, seed: 1, boot_args, timeout: TIMEOUT, task };
    let mut machine = Hosted::of_this_program(MACHINE)?;
    Ok(run(&options, &mut machine, &mut |_| {})?.report)
}

/// The report with our family says what the one with the bench's own says: what matched, which engines there are, and each
/// check with its result. Threads take turns otherwise, so that what is chosen at random differs, and the texts with it.
fn same(driver: &Path, family: &Path, os: Release, name: &str) -> Result<(), Failed> {
    let theirs = conduct(driver, Vec::new(), os, name)?;
    let ours = conduct(driver, vec![family.to_owned()], os, name)?;
    if !theirs.held {
        return Err(format!("on the bench's own family: {:#?}", theirs.failures).into());
    }
    if !ours.held {
        return Err(format!("on ours: {:#?}\n{:#?}", ours.failures, logged(&ours)).into());
    }
    if (&ours.judgement, results(&ours)) != (&theirs.judgement, results(&theirs)) {
        return Err(format!("ours: {:#?}\nthe bench's: {:#?}", results(&ours), results(&theirs)).into());
    }
    Ok(())
}

/// Both families call the same of a driver, in the same order. What they call in each IO cycle comes in any order between two
/// other calls.
fn same_calls(driver: &Path, family: &Path, os: Release, name: &str) -> Result<(), Failed> {
    let theirs = calls(&conduct(driver, Vec::new(), os, name)?);
    let ours = calls(&conduct(driver, vec![family.to_owned()], os, name)?);
    if theirs.len() < 10 || ours != theirs {
        return Err(format!("ours: {ours:#?}\nthe bench's: {theirs:#?}").into());
    }
    Ok(())
}

/// The calls of a driver that writes them down.
fn calls(report: &Report) -> Vec<String> {
    let mut calls = Vec::new();
    let mut cycle = BTreeSet::new();
    for event in &report.events {
        let Event::Log { text, .. } = event else { continue };
        if text.starts_with("cycle: ") {
            cycle.insert(text.clone());
        } else if text.starts_with("call: ") {
            calls.extend(std::mem::take(&mut cycle));
            calls.push(text.clone());
        }
    }
    calls.extend(cycle);
    calls
}

/// What a report says of the driver, without what depends on how it was linked and on whose turn it was. A match is told once:
/// how often a kext is loaded can depend on how many calls it makes.
fn results(report: &Report) -> Vec<Event> {
    let mut results = Vec::new();
    for event in &report.events {
        match event {
            Event::Matched { .. } if results.contains(event) => {}
            Event::Matched { .. } | Event::Engine { .. } | Event::Left(_) | Event::End { .. } => {
                results.push(event.clone());
            }
            Event::Check { name, held, .. } => {
                results.push(Event::Check { name: name.clone(), held: *held, text: String::new() });
            }
            _ => {}
        }
    }
    results
}

fn logged(report: &Report) -> Vec<&Event> {
    report.events.iter().filter(|event| matches!(event, Event::Log { .. } | Event::Panic(_))).collect()
}
