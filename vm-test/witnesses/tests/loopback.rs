//! The loopback driver in `kexts/loopback` proves that scenarios can fail: without a defect it holds on each of them, and with a
//! defect it fails the scenario of that name, for the defect's reason. What only our own kext can do has its defects planted there.

mod common;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::fail::{Done, Outcome, fail_each};
use runner::machine::{Hosted, Machine, Vm};
use runner::report::Report;
use runner::run::{Options, Task, run};
use scenarios::File;
use witnesses::build::{Builder, DEFECTS};
use witnesses::plant::{self, Patch};

/// What a driver with a defect must fail with in the scenario of its name: texts of failed checks, findings or the panic.
const REASONS: &[(&str, &[&str])] = &[
    ("S1", &["laps in a timebase of 125/3: ", "laps in a timebase of 1000000000/33333335: "]),
    ("S2", &["timestamps while timers are late: 61 timestamps in 60 laps"]),
    ("S3", &["laps: the engine counts "]),
    ("S4", &["timestamps in an hour: "]),
    ("S5", &["after a stop, read at once:", "after a writer that stopped:", "after a change of rate:"]),
    ("S6", &["every block is heard, and nothing else: "]),
    ("S7", &["readers see nothing louder than the volume allows: the loudest sample is 1,"]),
    ("S8", &["a lead of 5/8 of the ring: "]),
    ("S9", &["page fault: read", "lapsUntil"]),
    ("S10", &["lapDue"]),
    ("S11", &["memory behind a block was written: ", "LoopEngine"]),
    ("S12", &["page fault: write to the byte just behind a block", "performAudioEngineStart"]),
    ("S13", &["page fault: write to the byte just behind a block", "Ring5write"]),
    ("S14", &["both streams have the format: 2 channels of 16-bit integer was set at the output"]),
    ("S15", &["Witness 2ch output: begins with 2 channels of 16-bit integer"]),
    ("S16", &["volume: ", "at 0: channel 1 has -148.00 dB instead of silence"]),
    ("S17", &["sound of Witness 2ch: ", "sound of Witness 16ch: "]),
    ("S18", &["mutes of the output: channel 1 has none", "mute of the input, channel 0, while on: "]),
    ("S19", &["one clock, one domain: 2 engines, several domains", "the domain of Witness 2ch is made of an address"]),
    ("S20", &["at rest: "]),
    ("S21", &["volume: at most 0.4", "gain: at most 0.4"]),
    ("S22", &["allocation 4 fails: left after unload: 1 IOAudioEngine", "nothing is left: "]),
    ("S23", &["classes: without a prefix in reverse-DNS form: [\"LoopDevice\", \"LoopEngine\"]"]),
    ("S24", &["divide error", "performFormatChange"]),
    ("B1", &["stall 1: 1 ms after 4 laps without a timer, 2 of 5 laps are counted"]),
    ("B2", &["nothing else is: "]),
    ("B3", &["page fault: read", "Ring4read"]),
    ("B4", &["two clients with equal buffers: ", "two clients with other buffers: ", "three clients: "]),
    ("B5", &["what is late is heard by a reader that comes later: 0 of"]),
    ("B6", &["and runs at it: "]),
    ("B9", &["Devices/0/Latency is 8193: Witness 2ch: IOAudioEngineOutputSampleLatency is 8193"]),
    ("B10", &["frames written: 0 were counted, "]),
];

/// The defect that is looked for in the VM too, which interrupts the driver between any two instructions.
const IN_THE_VM_TOO: &str = "S7";

/// Files that a driver with a defect must fail: the file, the defect, and the check that fails.
const FAILING_FILES: &[(&str, &str, &str)] = &[("K", "S5", "expect C hears played: "), ("G", "S10", "lapDue")];

const TIMEOUT: u64 = 60;
/// Scenarios of the requests that only Loopflower's root service knows: the defect that is planted in it, and what it must
/// then fail with.
const PLANTED: [(&str, Patch<'static>, &[&str]); 2] = [
    (
        "devices",
        Patch {
            file: "Root.cpp",
            old: "IOUserClient::clientHasPrivilege(current_task(), \"root\")",
            // Whoever asks is taken for an administrator.
            new: "kIOReturnSuccess",
        },
        &["a plain user is refused: done"],
    ),
    (
        "fuzz",
        Patch {
            file: "Root.cpp",
            old: "return lf_root_request(this, request);",
            // What is no dictionary is kept.
            new: "if (!OSDynamicCast(OSDictionary, request)) { request->retain(); } return lf_root_request(this, request);",
        },
        &["left after unload: "],
    ),
];
/// Engines that the driver's personality asks for.
const ENGINES: usize = 2;

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
    for file in scenarios::FILES {
        let good = good.clone();
        trials.push(Trial::test(format!("no_defect::file_{}", file.name), move || holds_file(&good, file)));
    }
    for (file, defect, reason) in FAILING_FILES {
        let builder = Arc::clone(&builder);
        trials.push(Trial::test(format!("defect::{defect}_in_file_{file}"), move || {
            let kext = builder.loopback(Some(defect))?;
            let file = scenarios::FILES.iter().find(|it| it.name == *file).ok_or("there is no such file")?;
            let said = said(&conduct_file(&kext, Release::V10_9, file)?);
            if said.iter().any(|line| line.contains(reason)) { Ok(()) } else { Err(said.join("\n").into()) }
        }));
    }
    for defect in DEFECTS {
        let builder = Arc::clone(&builder);
        trials.push(Trial::test(format!("defect::{defect}"), move || {
            let kext = builder.loopback(Some(defect))?;
            starts(&kext)?;
            let (_, reasons) = REASONS.iter().find(|(name, _)| *name == defect).ok_or("REASONS has none for it")?;
            fails(&kext, defect, reasons)
        }));
    }
    for (scenario, patch, reasons) in PLANTED {
        trials.push(Trial::test(format!("planted::{scenario}"), move || {
            let kext = plant::build(&target(), &target().join("witnesses").join(scenario), &[patch])?;
            fails(&kext, scenario, reasons)
        }));
    }
    let careful = good.clone();
    trials.push(Trial::test("no_defect::survives_each_failing_call", move || {
        let failed = each_call_fails(&careful)?;
        if failed.held() { Ok(()) } else { Err(format!("{failed:#?}").into()) }
    }));
    let careless = Arc::clone(&builder);
    trials.push(Trial::test("defect::each_failing_call", move || {
        let failed = each_call_fails(&careless.loopback(Some("S22"))?)?;
        let of_activation = |done: &&Done| done.case.function.contains("activateAudioEngine");
        match failed.cases.iter().find(of_activation).map(|done| &done.outcome) {
            Some(Outcome::Failed { why }) if why.iter().any(|why| why.contains("LoopEngine")) => Ok(()),
            other => Err(format!("{other:?} of {failed:#?}").into()),
        }
    }));
    trials.push(Trial::test("every_scenario_has_a_witness", || {
        let lacks = |name: &&str| !DEFECTS.contains(name) && !PLANTED.iter().any(|(planted, ..)| planted == name);
        let without: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).filter(lacks).collect();
        if without.is_empty() { Ok(()) } else { Err(format!("no driver fails {without:?}").into()) }
    }));
    Ok(trials)
}

/// What a driver survives of the failures of its calls.
fn each_call_fails(kext: &Path) -> Result<runner::fail::Failed, Failed> {
    let (kext, os, boot_args) = (kext.to_owned(), Release::V10_9, String::new());
    let options = Options { kext, libraries: Vec::new(), os, seed: 1, boot_args, timeout: TIMEOUT, task: Task::Load };
    let machine = || -> Result<Box<dyn Machine>, runner::Error> { Ok(Box::new(Hosted::of_this_program(MACHINE)?)) };
    Ok(fail_each(&options, 1, 2, &machine, &mut |_, _| {})?)
}

fn conduct(kext: &Path, os: Release, task: Task) -> Result<Report, Failed> {
    conduct_in(&mut Hosted::of_this_program(MACHINE)?, kext, os, task)
}

fn conduct_in(machine: &mut dyn Machine, kext: &Path, os: Release, task: Task) -> Result<Report, Failed> {
    let options = Options {
        kext: kext.to_owned(),
        libraries: Vec::new(),
        os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task,
    };
    Ok(run(&options, machine, &mut |_| {})?.report)
}

/// The sample recording comes back bit for bit.
fn loops(kext: &Path, io_frames: u32) -> Result<(), Failed> {
    for os in [Release::V10_6, Release::V11] {
        let output = target().join(format!("witnesses/loopback-{os}-{io_frames}.wav"));
        let report = conduct(kext, os, Task::Loop { input: None, output, io_frames, through: None })?;
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

/// Runs a scenario that is a file.
fn conduct_file(kext: &Path, os: Release, file: &File) -> Result<Report, Failed> {
    let script = script::parse(file.name, file.text).map_err(|error| format!("{}:{error}", file.name))?;
    conduct(kext, os, Task::Scripts(vec![script]))
}

/// Without a defect a file holds, on the oldest and the newest release.
fn holds_file(kext: &Path, file: &File) -> Result<(), Failed> {
    for os in [Release::V10_6, Release::V11] {
        let report = conduct_file(kext, os, file)?;
        if !report.held {
            return Err(format!("{os}: {}", report.failures.join("\n")).into());
        }
    }
    Ok(())
}

/// A driver fails a scenario for these reasons.
fn fails(kext: &Path, scenario: &str, reasons: &[&str]) -> Result<(), Failed> {
    failed(&conduct(kext, Release::V10_9, Task::Named(scenario.to_owned()))?, reasons)?;
    if scenario == IN_THE_VM_TOO {
        let mut vm = Vm::new(target().join("guest/guest.elf"))?;
        failed(&conduct_in(&mut vm, kext, Release::V10_9, Task::Named(scenario.to_owned()))?, reasons)?;
    }
    Ok(())
}

fn failed(report: &Report, reasons: &[&str]) -> Result<(), Failed> {
    if report.held {
        return Err(format!("it holds: {}", report.verdict).into());
    }
    let said = said(report);
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
