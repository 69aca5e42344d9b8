//! `loopflower fuzz`: the scenario of that name with one seed after the other, each on a machine of its own.

use std::io::Write;
use std::path::PathBuf;

use abi::Release;
use anyhow::Context;
use clap::Args;
use runner::human::line;
use runner::machine::{Hosted, Machine, Vm};
use runner::run::{Options, Task, run as run_job};

use crate::arguments::{EXIT_CODES, Format, HOSTED, Machine as Choice, releases, seed};
use crate::places;

/// The scenario.
const SCENARIO: &str = "fuzz";

/// Arguments of `loopflower fuzz`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// The first seed; `loopflower run --scenario fuzz --seed N` shows all about one
    #[arg(long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,

    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub count: u64,

    /// The machine that runs the kext
    #[arg(long, value_enum, default_value_t = Choice::Hosted)]
    pub machine: Choice,

    /// The release whose kernel the kext is loaded into
    #[arg(long, value_name = "RELEASE", default_value = "10.9", value_parser = releases())]
    pub os: Release,

    /// The kext [default: our own]
    #[arg(long, value_name = "BUNDLE")]
    pub kext: Option<PathBuf>,

    /// A kext that the kext may need, once for each; IOAudioFamily.kext takes the place of the built-in one
    #[arg(long = "library", value_name = "BUNDLE")]
    pub libraries: Vec<PathBuf>,

    /// Seconds of wall-clock time after which a machine is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// Form of the result on standard output: what failed and a sum, or one report a seed as JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Runs all seeds; whether everything held.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let kext = arguments.kext.clone().map_or_else(places::kext, Ok)?;
    let mut machine: Box<dyn Machine> = match arguments.machine {
        Choice::Hosted => Box::new(Hosted::of_this_program(HOSTED)?),
        Choice::Vm => Box::new(Vm::new(places::guest()?)?),
    };
    let (mut failed, mut lacking): (u64, Vec<String>) = (0, Vec::new());
    for step in 0..arguments.count {
        let seed = arguments.seed.wrapping_add(step);
        let task = Task::Named(SCENARIO.to_owned());
        let (os, timeout, boot_args) = (arguments.os, arguments.timeout, String::new());
        let (kext, libraries) = (kext.clone(), arguments.libraries.clone());
        let options = Options { kext, libraries, os, seed, boot_args, timeout, task };
        let report = run_job(&options, machine.as_mut(), &mut |_| {})?.report;
        failed += u64::from(!report.held);
        lacking.extend(report.lacking().filter(|_| report.held).map(str::to_owned));
        match arguments.format {
            Format::Human if report.held => {}
            Format::Human => say(&format!("seed {seed}: {}", line(&report)))?,
            Format::Json => say(&(report.to_json() + "\n"))?,
        }
    }
    if matches!(arguments.format, Format::Human) {
        let held = arguments.count - failed - lacking.len() as u64;
        say(&match lacking.first() {
            None => format!("{held} seeds held, {failed} failed\n"),
            Some(why) if held + failed == 0 => format!("nothing was run: not applicable: {why}\n"),
            Some(why) => format!("{held} seeds held, {failed} failed, {} not applicable: {why}\n", lacking.len()),
        })?;
    }
    Ok(failed == 0)
}

fn say(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the report")
}
