//! Our own IOAudioFamily, a kext, takes the place of the bench's: drivers link against it by the release's rules, and the
//! same scenarios give the same result. A part of it is run each time; the rest, each scenario on each edition of the family,
//! takes minutes: `cargo test -p witnesses --test family -- --ignored`.

mod common;

use std::collections::{BTreeMap, BTreeSet};
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
use runner::run::{Aids, Options, Task, run, run_with};
use runner::trace::{Filter, Format, Wanted};
use serde_json::Value;
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
        let (bundle, driver) = (family.clone(), drivers[0].1.clone());
        trials.push(Trial::test(format!("{os}::traced"), move || traced(&driver, &bundle, os)));
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
    let mut machine = Hosted::of_this_program(MACHINE)?;
    Ok(run(&options(driver, libraries, os, name)?, &mut machine, &mut |_| {})?.report)
}

fn options(driver: &Path, libraries: Vec<PathBuf>, os: Release, name: &str) -> Result<Options, Failed> {
    let file = scenarios::FILES.iter().find(|file| file.name == name);
    let task = match (name, file) {
        ("load", _) => Task::Load,
        ("loop", _) => {
            let driver = driver.file_stem().unwrap_or_default().display();
            let output = target().join(format!("witnesses/family-{os}-{driver}.wav"));
            Task::Loop { input: None, output, io_frames: 512, through: None }
        }
        (_, Some(file)) => Task::Scripts(vec![script::parse(name, file.text)?]),
        (name, None) => Task::Named(name.to_owned()),
    };
    let (kext, boot_args) = (driver.to_owned(), String::new());
    Ok(Options { kext, libraries, os, seed: 1, boot_args, timeout: TIMEOUT, task })
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

/// A trace has what a library and a driver call of each other, by name and with arguments: into the driver the same as from
/// the bench's own family, and into the family what the driver calls by symbol and by slot.
fn traced(driver: &Path, family: &Path, os: Release) -> Result<(), Failed> {
    let own = Trace::of(driver, Vec::new(), os)?;
    let library = Trace::of(driver, vec![family.to_owned()], os)?;
    let (of_own, of_library) = (own.conduct_of_driver(), library.conduct_of_driver());
    if of_own.len() < 10 || of_own != of_library {
        return Err(format!("into the driver: {of_library:#?}\nby the bench's own family: {of_own:#?}").into());
    }
    let calls = library.calls_of("loopback", "IOAudioFamily");
    for wanted in [
        r#"IOAudioDevice::setDeviceName(char const*)["Witness 2ch"]"#,
        "IOAudioEngine::setNumSampleFramesPerBuffer(unsigned int)[16384]",
        "IOAudioEngine::takeTimeStamp(bool, unsigned long long*)[true,{\"place\":\"stack\"}]",
    ] {
        if !calls.contains(wanted) {
            return Err(format!("the driver's calls have no {wanted}: {calls:#?}").into());
        }
    }
    if library.calls_of("IOAudioFamily", "loopback").len() < 10 || !own.calls_of("loopback", "IOAudioFamily").is_empty()
    {
        return Err("calls between kexts are there without two, or none of the family's".into());
    }
    Ok(())
}

/// The calls of a trace by number, each from before its end to its end.
struct Trace(BTreeMap<u64, Value>);

impl Trace {
    fn of(driver: &Path, libraries: Vec<PathBuf>, os: Release) -> Result<Trace, Failed> {
        let path = target().join(format!("witnesses/family-{os}-{}.jsonl", libraries.len()));
        let wanted = Wanted { path: path.clone(), format: Format::Json, filter: Filter::default() };
        let aids = Aids { trace: Some(wanted), ..Aids::default() };
        let mut machine = Hosted::of_this_program(MACHINE)?;
        let done = run_with(&options(driver, libraries, os, "loop")?, &aids, &mut machine, &mut |_, _| {})?;
        let mut calls = BTreeMap::new();
        let mut returns = 0;
        for line in std::fs::read_to_string(path)?.lines() {
            let line: Value = serde_json::from_str(line)?;
            match (line["call"].as_u64(), line["return"].as_u64()) {
                (Some(id), _) => drop(calls.insert(id, line)),
                (_, id) => returns += usize::from(id.is_some_and(|id| calls.contains_key(&id))),
            }
        }
        if !done.report.held || returns != calls.len() {
            let failures = done.report.failures;
            return Err(format!("{} calls, {returns} returns, {failures:#?}", calls.len()).into());
        }
        Ok(Trace(calls))
    }

    /// The driver's own functions in the order of their calls, without what comes in any order.
    fn conduct_of_driver(&self) -> Vec<&str> {
        let anywhere = |name: &str| {
            ["Samples(", "getCurrentSampleFrame", "getMetaClass", "::~"].iter().any(|part| name.contains(part))
        };
        let calls = self.0.values().filter(|call| call["image"] == "loopback");
        calls.filter_map(|call| call["demangled"].as_str()).filter(|name| !anywhere(name)).collect()
    }

    /// What functions of one kext call of another, with arguments.
    fn calls_of(&self, from: &str, to: &str) -> BTreeSet<String> {
        let comes = |call: &Value| Some(self.0.get(&call["inside"].as_u64()?)?["image"] == from);
        let calls = self.0.values().filter(|call| call["image"] == to && comes(call) == Some(true));
        calls.map(|call| format!("{}{}", call["demangled"].as_str().unwrap_or_default(), call["arguments"])).collect()
    }
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
