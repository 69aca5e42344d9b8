//! The loopback driver in `kexts/loopback`: without a defect it does what such drivers are for, and with each defect it is
//! still a driver that links and starts.
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

/// The argument that makes this program the hosted machine.
const MACHINE: &str = "__machine";
const TIMEOUT: u64 = 60;
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
    for io_frames in [16, 512, 4096] {
        let builder = Arc::clone(&builder);
        trials.push(Trial::test(format!("no_defect::loops_{io_frames}"), move || loops(&builder, io_frames)));
    }
    for defect in DEFECTS {
        let builder = Arc::clone(&builder);
        trials.push(Trial::test(format!("{defect}::starts").to_lowercase(), move || starts(&builder, defect)));
    }
    Ok(trials)
}

fn conduct(kext: PathBuf, os: Release, task: Task) -> Result<Report, Failed> {
    let options = Options { kext, os, seed: 1, timeout: TIMEOUT, task };
    Ok(run(&options, &mut Hosted::of_this_program(MACHINE)?, &mut |_| {})?.report)
}

/// The sample recording comes back bit for bit.
fn loops(builder: &Builder, io_frames: u32) -> Result<(), Failed> {
    for os in [Release::V10_6, Release::V11] {
        let kext = builder.loopback(None)?;
        let output = target().join(format!("witnesses/loopback-{os}-{io_frames}.wav"));
        let report = conduct(kext, os, Task::Loop { input: None, output, io_frames })?;
        if !report.held {
            return Err(format!("{os}: {}\n{:#?}", report.failures.join("\n"), report.events).into());
        }
    }
    Ok(())
}

/// It links on the oldest and the newest release, and all of its engines are there.
fn starts(builder: &Builder, defect: &str) -> Result<(), Failed> {
    let kext = builder.loopback(Some(defect))?;
    for os in [Release::V10_6, Release::V11] {
        let report = conduct(kext.clone(), os, Task::Load)?;
        let engines = report.events.iter().filter(|event| matches!(event, Event::Engine { .. })).count();
        if engines != ENGINES {
            return Err(format!("{os}: {engines} engines: {}\n{:#?}", report.failures.join("\n"), report.events).into());
        }
    }
    Ok(())
}
