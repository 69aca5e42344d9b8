//! `loopflower run`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use runner::Error;
use runner::human::render;
use runner::machine::{Hosted, Machine, Vm};
use runner::progress::Progress;
use runner::run::{Options, Task, run as run_job};

use crate::arguments::{Format, HOSTED, Machine as Choice, Run, Scenario};
use crate::places;

/// Runs; whether everything held.
pub fn run(arguments: &Run) -> anyhow::Result<bool> {
    let options = options(arguments)?;
    if arguments.kext.is_none() && !options.kext.exists() {
        let shown = options.kext.display();
        return Err(Error::Missing(format!("our own kext {shown} is missing; type: cargo xtask build")).into());
    }
    let mut machine: Box<dyn Machine> = match arguments.machine {
        Choice::Hosted => Box::new(Hosted::of_this_program(HOSTED)?),
        Choice::Vm => Box::new(Vm::new(places::guest())?),
    };
    let progress = Progress::new(machine.name());
    let finished = run_job(&options, machine.as_mut(), &mut |event| progress.watch(event));
    progress.finish();
    let finished = finished?;
    let text = match arguments.format {
        Format::Human => render(&finished.report, finished.sounds.as_ref(), &finished.timings),
        Format::Json => finished.report.to_json() + "\n",
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the report")?;
    if let Some(path) = &arguments.timings {
        let timings = serde_json::to_string(&finished.timings).context("cannot put the timings into JSON")?;
        fs::write(path, timings + "\n").with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    Ok(finished.report.held)
}

fn options(arguments: &Run) -> anyhow::Result<Options> {
    let task = match arguments.scenario {
        Scenario::Load => Task::Load,
        Scenario::Loop => {
            Task::Loop { input: arguments.input.clone(), output: output(arguments)?, io_frames: arguments.io_frames }
        }
    };
    Ok(Options {
        kext: arguments.kext.clone().unwrap_or_else(places::kext),
        os: arguments.os,
        seed: arguments.seed,
        timeout: arguments.timeout,
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
