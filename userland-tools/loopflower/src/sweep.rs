//! `loopflower sweep`.

use std::fmt::Write as _;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use abi::Release;
use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use protocol::proof::SampleFormat;
use runner::Error;
use runner::machine::{Hosted, Machine, Vm};
use runner::progress::Progress;
use runner::sweep::{CHANNELS, IO_FRAMES, Options, Outcome, Point, RATES, Swoop, points, sweep};

use crate::arguments::{EXIT_CODES, Format, HOSTED, Machine as Choice, releases, seed};
use crate::places;

/// Failures that are shown; the JSON form has them all.
const SHOWN: usize = 20;

/// Arguments of `loopflower sweep`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// The machine that runs the kext
    #[arg(long, value_enum, default_value_t = Choice::Hosted)]
    pub machine: Choice,

    /// The release whose kernel the kext is loaded into
    #[arg(long, value_name = "RELEASE", default_value = "10.9", value_parser = releases())]
    pub os: Release,

    /// The kext, one that takes definitions of devices [default: our own]
    #[arg(long, value_name = "BUNDLE")]
    pub kext: Option<PathBuf>,

    /// A kext that the kext may need, once for each; IOAudioFamily.kext takes the place of the built-in one
    #[arg(long = "library", value_name = "BUNDLE")]
    pub libraries: Vec<PathBuf>,

    /// Channels [default: 1,2,3,16,64,256]
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=256))]
    pub channels: Vec<u32>,

    /// Physical formats [default: all]
    #[arg(long, value_name = "FORMAT,…", value_delimiter = ',', value_parser = formats())]
    pub formats: Vec<SampleFormat>,

    /// Rates in Hz [default: the 17 from 8000 to 768000]
    #[arg(long, value_name = "HZ,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub rates: Vec<u32>,

    /// Frames of an IO cycle [default: 16,17,32,64,127,256,333,512,1000,1024,2048,4095,4096]
    #[arg(long, value_name = "FRAMES,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub io_frames: Vec<u32>,

    /// Frames of the devices' rings
    #[arg(long, value_name = "FRAMES", default_value_t = 16_384)]
    pub ring_frames: u32,

    /// Machines at a time [default: one for each core]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// Seed of every choice the machines make; the same seed gives the same result
    #[arg(long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,

    /// Seconds of wall-clock time after which a machine is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,

    /// Form of the result on standard output: a table, or one JSON object a point
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

fn formats() -> impl TypedValueParser<Value = SampleFormat> {
    PossibleValuesParser::new(SampleFormat::ALL.map(SampleFormat::name)).try_map(|name| {
        let found = SampleFormat::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("{name} is no format"))
    })
}

/// What is asked for, each once and in order; everything where nothing is.
fn or_all<T: Ord + Copy>(asked: &[T], all: &[T]) -> Vec<T> {
    let mut chosen = if asked.is_empty() { all.to_vec() } else { asked.to_vec() };
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// Sweeps; whether everything held.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let options = Options {
        kext: arguments.kext.clone().map_or_else(places::kext, Ok)?,
        libraries: arguments.libraries.clone(),
        os: arguments.os,
        seed: arguments.seed,
        timeout: arguments.timeout,
        jobs: arguments.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get),
        ring_frames: arguments.ring_frames,
        channels: or_all(&arguments.channels, &CHANNELS),
        formats: or_all(&arguments.formats, &SampleFormat::ALL),
        rates: or_all(&arguments.rates, &RATES),
        io_frames: or_all(&arguments.io_frames, &IO_FRAMES),
    };
    let choice = arguments.machine;
    let machine = || -> Result<Box<dyn Machine>, Error> {
        Ok(match choice {
            Choice::Hosted => Box::new(Hosted::of_this_program(HOSTED)?),
            Choice::Vm => Box::new(Vm::new(places::guest()?)?),
        })
    };
    let progress = Progress::of_points(points(&options));
    let swoop = sweep(&options, &machine, &mut |done| progress.at(done));
    progress.finish();
    let swoop = swoop?;
    let text = match arguments.format {
        Format::Human => table(&options, &swoop)?,
        Format::Json => json(&swoop)?,
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the result")?;
    Ok(swoop.held())
}

fn json(swoop: &Swoop) -> anyhow::Result<String> {
    let mut text = String::new();
    for point in &swoop.points {
        writeln!(text, "{}", serde_json::to_string(point)?)?;
    }
    for failure in &swoop.failures {
        writeln!(text, "{}", serde_json::json!({ "outcome": "failed", "why": failure }))?;
    }
    Ok(text)
}

/// A row for each rate, a column for each number of channels, and what failed.
fn table(options: &Options, swoop: &Swoop) -> anyhow::Result<String> {
    let mut text = String::new();
    write!(text, "{:>10}", "Hz")?;
    for channels in &options.channels {
        write!(text, "{:>10}", format!("{channels} ch"))?;
    }
    writeln!(text)?;
    for &rate in &options.rates {
        write!(text, "{rate:>10}")?;
        for &channels in &options.channels {
            let here = swoop.points.iter().filter(|point| (point.rate, point.channels) == (rate, channels));
            write!(text, "{:>10}", cell(here))?;
        }
        writeln!(text)?;
    }
    let count = |is: fn(&Outcome) -> bool| swoop.points.iter().filter(|point| is(&point.outcome)).count();
    let held = count(|outcome| matches!(outcome, Outcome::Held { .. }));
    let impossible = count(|outcome| matches!(outcome, Outcome::Impossible { .. }));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let formats: Vec<&str> = options.formats.iter().map(|format| format.name()).collect();
    let frames: Vec<String> = options.io_frames.iter().map(ToString::to_string).collect();
    writeln!(text, "each cell: points of {} with IO buffers of {} frames", formats.join(", "), frames.join(", "))?;
    writeln!(text, "-: impossible by the limits of a definition or of a ring of {} frames", options.ring_frames)?;
    let mut failures: Vec<String> = swoop.points.iter().filter_map(in_words).collect();
    failures.extend(swoop.failures.iter().cloned());
    for failure in failures.iter().take(SHOWN) {
        writeln!(text, "FAILED: {failure}")?;
    }
    if failures.len() > SHOWN {
        writeln!(text, "and {} more", failures.len() - SHOWN)?;
    }
    let verdict = match (swoop.held(), held) {
        (false, _) => "FAILED",
        (true, 0) => "nothing was run",
        (true, _) => "held",
    };
    writeln!(text, "{verdict}: {held} points held, {failed} failed, {impossible} are impossible")?;
    Ok(text)
}

/// How many of some points held; "-" where none is possible.
fn cell<'a>(points: impl Iterator<Item = &'a Point>) -> String {
    let (mut held, mut possible) = (0, 0);
    for point in points {
        match point.outcome {
            Outcome::Held { .. } => (held, possible) = (held + 1, possible + 1),
            Outcome::Failed { .. } => possible += 1,
            Outcome::Impossible { .. } => {}
        }
    }
    match possible {
        0 => "-".to_owned(),
        _ if held == possible => held.to_string(),
        _ => format!("{held} of {possible}"),
    }
}

fn in_words(point: &Point) -> Option<String> {
    let Outcome::Failed { why } = &point.outcome else { return None };
    let Point { channels, rate, io_frames, .. } = point;
    Some(format!("{channels} channels, {}, {rate} Hz, {io_frames} frames: {why}", point.format.name()))
}
