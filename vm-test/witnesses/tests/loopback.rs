//! The loopback driver in `kexts/loopback` proves that scenarios can fail: without a defect it holds on each of them, and with a
//! defect it fails the scenario of that name, for the defect's reason.
//!
//! This program is the hosted machine, too: it starts itself with [`MACHINE`] and the memory file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use abi::Release;
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::Hosted;
use runner::report::Report;
use runner::run::{Options, Task, run};
use witnesses::build::{Builder, DEFECTS};

/// What a driver with a defect must fail with in the scenario of its name: texts of failed checks, findings or the panic.
const REASONS: &[(&str, &[&str])] = &[
    ("S2", &["residual: timestamps are at most"]),
    ("S5", &["after a stop, read at once:", "after a writer that stopped:", "after a change of rate:"]),
    ("S24", &["divide error", "performFormatChange"]),
];

/// The argument that makes this program the hosted machine.
const MACHINE: &str = "__machine";
const TIMEOUT: u64 = 60;
/// Scenarios of the requests that only Loopflower's root service knows.
const REQUESTS: [&str; 2] = ["devices", "fuzz"];
/// Engines that the driver's personality asks for.
const ENGINES: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, argument, share] = &arguments[..]
        && argument == MACHINE
    {
        machine::hosted_main(Path::new(share));
    }
    match trials() {
        Ok(trials) => libtest_mimic::run(&Arguments::from_args(), trials).exit_code(),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo's target folder: this program is in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

fn trials() -> Result<Vec<Trial>, String> {
    let builder = Arc::new(Builder::new(&target().join("witnesses"))?);
    let mut trials = Vec::new();
    // Trials run at the same time; what several of them need is built before.
    let good = builder.loopback(None)?;
    for io_frames in [16, 512, 4096] {
        let good = good.clone();
        trials.push(Trial::test(format!("no_defect::loops_{io_frames}"), move || loops(&good, io_frames)));
    }
    for scenario in scenarios::ALL {
        let good = good.clone();
        trials.push(Trial::test(format!("no_defect::holds_{}", scenario.name), move || holds(&good, scenario.name)));
    }
    for defect in DEFECTS {
        let builder = Arc::clone(&builder);
        trials.push(Trial::test(format!("defect::{defect}"), move || {
            let kext = builder.loopback(Some(defect))?;
            starts(&kext)?;
            if is_scenario(defect) { fails(&kext, defect) } else { Ok(()) }
        }));
    }
    trials.push(Trial::test("every_scenario_has_a_witness", || {
        let lacks = |name: &&str| !DEFECTS.contains(name) && !REQUESTS.contains(name);
        let without: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).filter(lacks).collect();
        if without.is_empty() { Ok(()) } else { Err(format!("no driver fails {without:?}").into()) }
    }));
    Ok(trials)
}

fn conduct(kext: &Path, os: Release, task: Task) -> Result<Report, Failed> {
    let options = Options { kext: kext.to_owned(), os, seed: 1, timeout: TIMEOUT, task };
    Ok(run(&options, &mut Hosted::of_this_program(MACHINE)?, &mut |_| {})?.report)
}

/// The sample recording comes back bit for bit.
fn loops(kext: &Path, io_frames: u32) -> Result<(), Failed> {
    for os in [Release::V10_6, Release::V11] {
        let output = target().join(format!("witnesses/loopback-{os}-{io_frames}.wav"));
        let report = conduct(kext, os, Task::Loop { input: None, output, io_frames })?;
        if !report.held {
            return Err(format!("{os}: {}\n{:#?}", report.failures.join("\n"), report.events).into());
        }
    }
    Ok(())
}

/// It links on the oldest and the newest release, and all of its engines are there.
fn starts(kext: &Path) -> Result<(), Failed> {
    for os in [Release::V10_6, Release::V11] {
        let report = conduct(kext, os, Task::Load)?;
        let engines = report.events.iter().filter(|event| matches!(event, Event::Engine { .. })).count();
        if engines != ENGINES {
            return Err(format!("{os}: {engines} engines: {}\n{:#?}", report.failures.join("\n"), report.events).into());
        }
    }
    Ok(())
}

/// Without a defect a scenario holds.
fn holds(kext: &Path, scenario: &str) -> Result<(), Failed> {
    let report = conduct(kext, Release::V10_9, Task::Named(scenario.to_owned()))?;
    if report.held { Ok(()) } else { Err(report.failures.join("\n").into()) }
}

fn is_scenario(name: &str) -> bool {
    scenarios::ALL.iter().any(|scenario| scenario.name == name)
}

/// With a defect the driver fails the scenario of the defect's name, for the defect's reason.
fn fails(kext: &Path, defect: &str) -> Result<(), Failed> {
    let (_, reasons) = REASONS.iter().find(|(name, _)| *name == defect).ok_or("nobody says what it must fail with")?;
    let report = conduct(kext, Release::V10_9, Task::Named(defect.to_owned()))?;
    if report.held {
        return Err(format!("it holds: {}", report.verdict).into());
    }
    let said = said(&report);
    let missing: Vec<&&str> =
        reasons.iter().filter(|reason| !said.iter().any(|line| line.contains(**reason))).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no {missing:?} in:\n{}", said.join("\n")).into()) }
}

/// All that is wrong in a report: failures in words, and the functions of the kext that a panic went through.
fn said(report: &Report) -> Vec<String> {
    let mut said = report.failures.clone();
    for event in &report.events {
        if let Event::Panic(panic) = event {
            said.extend(panic.backtrace.clone());
        }
    }
    said
}
