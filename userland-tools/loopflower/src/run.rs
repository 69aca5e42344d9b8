//! `loopflower run`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use protocol::proof::Soak;
use runner::Error;
use runner::human::{line, render};
use runner::machine::{Hosted, Machine, Vm};
use runner::progress::Progress;
use runner::report::Timings;
use runner::run::{Finished, Options, Task, run_with as run_job};

use crate::arguments::{Format, HOSTED, Machine as Choice, Run, Scenario};
use crate::places;

/// Rate and virtual time of a soak, unless others are asked for.
const RATE: u32 = 44_100;
const DAY: Duration = Duration::from_hours(24);
/// Seconds of wall-clock time that a run gets, and how many virtual seconds of a soak must pass in one more.
const TIMEOUT: u64 = 60;
const MACHINE_SPEED: u64 = 60;

/// Runs; whether everything held.
pub fn run(arguments: &Run) -> anyhow::Result<bool> {
    let scenario = &arguments.scenario;
    if *scenario != Scenario::Soak && (arguments.rate.is_some() || arguments.hours.is_some()) {
        return Err(Error::Usage("--rate and --hours are for --scenario soak".to_owned()).into());
    }
    if *scenario != Scenario::All {
        let finished = run_one(arguments, scenario)?;
        let text = match arguments.format {
            Format::Human => render(&finished.report, finished.sounds.as_ref(), &finished.timings),
            Format::Json => finished.report.to_json() + "\n",
        };
        say(&text)?;
        write_timings(arguments, &[&finished.timings])?;
        return Ok(finished.report.held);
    }
    let mut timings = Vec::new();
    let mut failed = 0;
    for scenario in scenarios::ALL {
        let finished = run_one(arguments, &Scenario::Named(scenario.name))?;
        failed += usize::from(!finished.report.held);
        say(&match arguments.format {
            Format::Human => line(&finished.report),
            Format::Json => finished.report.to_json() + "\n",
        })?;
        timings.push(finished.timings);
    }
    if matches!(arguments.format, Format::Human) {
        say(&format!("{} scenarios held, {failed} failed\n", scenarios::ALL.len() - failed))?;
    }
    write_timings(arguments, &timings.iter().collect::<Vec<_>>())?;
    Ok(failed == 0)
}

/// Runs one scenario on a machine of its own.
fn run_one(arguments: &Run, scenario: &Scenario) -> anyhow::Result<Finished> {
    let options = options(arguments, scenario)?;
    let mut machine = machine(arguments.machine)?;
    let progress = Progress::new(machine.name());
    let finished = run_job(&options, &arguments.aids.aids(), machine.as_mut(), &mut |event| progress.watch(event));
    progress.finish();
    Ok(finished?)
}

/// A machine, not yet switched on.
pub fn machine(choice: Choice) -> Result<Box<dyn Machine>, Error> {
    Ok(match choice {
        Choice::Hosted => Box::new(Hosted::of_this_program(HOSTED)?),
        Choice::Vm => Box::new(Vm::new(places::guest())?),
    })
}

fn say(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the report")
}

/// Wall-clock times, one run a line.
fn write_timings(arguments: &Run, all: &[&Timings]) -> anyhow::Result<()> {
    let Some(path) = &arguments.timings else { return Ok(()) };
    let mut text = String::new();
    for timings in all {
        text += &serde_json::to_string(timings).context("cannot put the timings into JSON")?;
        text.push('\n');
    }
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}

/// What is asked for, with a scenario in the place of what `--scenario` says.
pub fn options(arguments: &Run, scenario: &Scenario) -> anyhow::Result<Options> {
    let soaked = if *scenario == Scenario::Soak { arguments.hours.unwrap_or(DAY) } else { Duration::ZERO };
    let task = match scenario {
        Scenario::Load => Task::Load,
        Scenario::Soak => Task::Soak(Soak {
            rate: arguments.rate.unwrap_or(RATE),
            seconds: soaked.as_secs(),
            io_frames: arguments.io_frames,
        }),
        Scenario::Named(name) => Task::Named((*name).to_owned()),
        Scenario::Loop | Scenario::All => {
            Task::Loop { input: arguments.input.clone(), output: output(arguments)?, io_frames: arguments.io_frames }
        }
    };
    let kext = arguments.kext.clone().unwrap_or_else(places::kext);
    if arguments.kext.is_none() && !kext.exists() {
        let shown = kext.display();
        return Err(Error::Missing(format!("our own kext {shown} is missing; type: cargo xtask build")).into());
    }
    Ok(Options {
        kext,
        libraries: arguments.libraries.clone(),
        os: arguments.os,
        seed: arguments.seed,
        boot_args: arguments.boot_args.clone(),
        timeout: arguments.timeout.unwrap_or(TIMEOUT + soaked.as_secs() / MACHINE_SPEED),
        task,
    })
}

fn output(arguments: &Run) -> anyhow::Result<PathBuf> {
    if let Some(chosen) = &arguments.output {
        return Ok(chosen.clone());
    }
    let usual = places::recording();
    if let Some(folder) = usual.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    }
    Ok(usual)
}
