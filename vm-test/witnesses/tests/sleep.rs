//! What drivers that are interested in the system's sleep hear of it, release by release, on both machines.

mod common;

use std::process::ExitCode;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::{Hosted, Machine, Vm};
use runner::report::Report;
use runner::run::{Options, Task, run};
use witnesses::build::Builder;
use witnesses::witness;

/// Wall-clock seconds after which a machine is stopped.
const TIMEOUT: u64 = 60;
const SCRIPT: &str = "shows \"what is heard of sleep and wake\"\nload\nsleep\nwake\nunload\nexpect nothing left\n";

/// What is heard of a night on 10.6.
const STATES: [&str; 7] = [
    "general: e0000280, 32 bytes",
    "priority: e0000280, 32 bytes",
    "acknowledged 0 after 5 ms",
    "priority: e0000320, 32 bytes",
    "general: e0000320, 32 bytes",
    "priority: e0000300, 32 bytes",
    "general: e0000300, 32 bytes",
];
/// The same from 10.7 on, which tells those with priority of capabilities, too.
const CAPABILITIES: [&str; 11] = [
    STATES[0],
    STATES[1],
    "priority: e0000340, 40 bytes, 1: 15 to 0",
    STATES[2],
    "priority: e0000340, 40 bytes, 2: 15 to 0",
    STATES[3],
    STATES[4],
    "priority: e0000340, 40 bytes, 1: 0 to 15",
    "priority: e0000340, 40 bytes, 2: 0 to 15",
    STATES[5],
    STATES[6],
];

fn main() -> ExitCode {
    be_machine_if_asked();
    let trials = vec![
        Trial::test("hosted::10.6", || heard(false, Release::V10_6, &STATES)),
        Trial::test("hosted::10.7", || heard(false, Release::V10_7, &CAPABILITIES)),
        Trial::test("hosted::11", || heard(false, Release::V11, &CAPABILITIES)),
        Trial::test("vm::10.9", || heard(true, Release::V10_9, &CAPABILITIES)),
        Trial::test("who_never_acknowledges_is_told", deaf),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn night(in_vm: bool, os: Release, boot_args: &str) -> Result<Report, Failed> {
    let witness = witness::all()?.into_iter().find(|witness| witness.name == "sleep_wake").ok_or("no witness")?;
    let options = Options {
        kext: Builder::new(&target().join("witnesses"))?.bundle(&witness)?,
        libraries: Vec::new(),
        os,
        seed: 1,
        boot_args: boot_args.to_owned(),
        timeout: TIMEOUT,
        task: Task::Scripts(vec![script::parse("night", SCRIPT).map_err(|error| error.to_string())?]),
    };
    let mut machine: Box<dyn Machine> = if in_vm {
        Box::new(Vm::new(target().join("guest/guest.elf"))?)
    } else {
        Box::new(Hosted::of_this_program(MACHINE)?)
    };
    Ok(run(&options, machine.as_mut(), &mut |_| {})?.report)
}

fn logged(report: &Report) -> Vec<&str> {
    report
        .events
        .iter()
        .filter_map(|event| if let Event::Log { text, .. } = event { Some(&**text) } else { None })
        .collect()
}

fn heard(in_vm: bool, os: Release, wanted: &[&str]) -> Result<(), Failed> {
    let report = night(in_vm, os, "")?;
    let logged = logged(&report);
    let said: Vec<&str> = logged.iter().copied().filter(|line| !line.starts_with("registered")).collect();
    if !report.held || said != wanted {
        return Err(format!("{said:#?}\n{:#?}", report.failures).into());
    }
    Ok(())
}

fn deaf() -> Result<(), Failed> {
    let report = night(false, Release::V10_9, "-deaf")?;
    if report.held || !report.failures.iter().any(|failure| failure.contains("IOPMrootDomain")) {
        return Err(format!("{:#?}\n{:#?}", report.failures, logged(&report)).into());
    }
    Ok(())
}
