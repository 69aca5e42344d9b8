//! `loopflower compare`.

mod again;
mod changes;
mod mac;
mod statics;
mod struck;
mod subject;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use abi::Release;
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use compare::{Comparison, Figure, Reading};
use protocol::measure::Measurement;
use runner::progress::Progress;
use runner::{Error, output};

use self::subject::Subject;
use crate::arguments::{AnyMachine as Choice, EXIT_CODES, releases, seed};
use crate::places;

/// Seconds that a measurement is given.
const TIMEOUT: u64 = 60;

/// Arguments of `loopflower compare`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// A driver: a kext, or a user-space driver (NAME.driver); or an older result.json [default: our own kext]
    #[arg(value_name = "A")]
    pub a: Option<PathBuf>,

    /// The other one, or the newer result.json [default: our own user-space driver; with --os-b, A again]
    #[arg(value_name = "B")]
    pub b: Option<PathBuf>,

    /// The folder that index.html, result.json and raw data of two drivers go into; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Only these dimensions of two drivers, by their names in result.json
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',', hide_possible_values = true, value_parser = dimensions())]
    pub only: Vec<String>,

    /// Of two results: what makes the command fail
    #[arg(long, value_enum, value_name = "WHAT")]
    pub fail_on: Option<FailOn>,

    /// The release whose kernel A is loaded into, if it is a kext [default: 10.9]
    #[arg(long, value_name = "RELEASE", value_parser = releases())]
    pub os_a: Option<Release>,

    /// The release whose kernel B is loaded into, if it is a kext [default: A's]
    #[arg(long, value_name = "RELEASE", value_parser = releases())]
    pub os_b: Option<Release>,

    /// The machine that runs kexts; a user-space driver has a process of its own. On a Mac both are measured as programs see them
    #[arg(long, value_enum, default_value_t = Choice::Hosted)]
    pub machine: Choice,

    /// The Mac of --machine macos: ssh://USER@HOST, a file of targets, FILE#NAME, or a name of loopflower-targets.toml
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,

    /// Seed of every choice that the machines make; the same seed gives the same result
    #[arg(long, default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,

    /// Seconds of wall-clock time after which a measurement is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
}

/// What makes a comparison of two results fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A figure that is worse than it was, or no longer there
    Worse,
}

/// Compares two results, or two drivers; whether none is worse, or both drivers let themselves be measured.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    if [&arguments.a, &arguments.b].into_iter().flatten().any(|path| is_result(path)) {
        return changes::run(arguments);
    }
    if arguments.fail_on.is_some() {
        return Err(Error::Usage("--fail-on is for two results: OLD.json NEW.json".to_owned()).into());
    }
    let Some(out) = &arguments.out else {
        return Err(Error::Usage("--out DIR is missing: where the report goes".to_owned()).into());
    };
    if arguments.machine != Choice::Macos && arguments.target.is_some() {
        return Err(Error::Usage("--target is for --machine macos".to_owned()).into());
    }
    if arguments.machine == Choice::Macos {
        check(out)?;
        let (comparison, is_sound) = mac::compare(arguments)?;
        return Ok(tell(arguments, out, comparison)? && is_sound);
    }
    let subjects = subjects(arguments)?;
    check(out)?;
    let measurements = Measurement::ALL.iter().filter(|measurement| subjects[0].wants(measurement.dimensions()));
    let progress = Progress::of_points(2 * measurements.count());
    let done = AtomicUsize::new(0);
    let step = || progress.at(done.fetch_add(1, Ordering::Relaxed) + 1);
    let measured = thread::scope(|scope| {
        let both = subjects.each_ref().map(|subject| scope.spawn(|| subject.measure(&step)));
        both.map(|one| one.join().unwrap_or_else(|_| Err(Error::Failed("measuring broke off".to_owned()).into())))
    });
    progress.finish();
    let [a, b] = measured;
    let ((a_is, a), (b_is, b)) = (a?, b?);
    let mut comparison = Comparison::of(env!("CARGO_PKG_VERSION"), [a_is, b_is], a, b)?;
    for dimension in &mut comparison.dimensions {
        let command = again::command(arguments, &subjects, std::slice::from_ref(&dimension.id));
        dimension.a.command = Some(command.clone());
        dimension.b.command = Some(command);
    }
    tell(arguments, out, comparison)
}

/// Makes the folder for the report, before anything is measured.
fn check(out: &Path) -> Result<(), Error> {
    let raw = out.join("raw");
    fs::create_dir_all(&raw).map_err(|why| Error::Usage(format!("{}: cannot be made: {why}", raw.display())))?;
    output::check(&out.join("index.html"))
}

/// Tells what came of it, as far as it was asked for; whether neither side has failed in it.
fn tell(arguments: &Arguments, out: &Path, mut comparison: Comparison) -> anyhow::Result<bool> {
    if !arguments.only.is_empty() {
        comparison = comparison.only(&arguments.only);
    }
    std::io::stdout().write_all(compare::table(&comparison).as_bytes()).context("cannot write the table")?;
    for (name, bytes) in comparison.files()? {
        output::write_all(&out.join(name), &bytes)?;
    }
    Ok(comparison.dimensions.iter().all(|dimension| !has_failed(&dimension.a) && !has_failed(&dimension.b)))
}

/// The names of dimensions, for `--only`.
fn dimensions() -> PossibleValuesParser {
    PossibleValuesParser::new(compare::definitions::all().map(|definition| definition.id))
}

fn is_result(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Which two are measured.
fn subjects(arguments: &Arguments) -> Result<[Subject; 2], Error> {
    let a = arguments.a.clone().map_or_else(places::kext, Ok)?;
    let b = match (&arguments.b, arguments.os_b) {
        (Some(b), _) => b.clone(),
        (None, Some(_)) => a.clone(),
        (None, None) => places::plugin()?,
    };
    let os = arguments.os_a.unwrap_or(Release::V10_9);
    let mut subjects = [
        Subject::new(arguments, a, arguments.os_a, os, "--os-a")?,
        Subject::new(arguments, b, arguments.os_b, arguments.os_b.unwrap_or(os), "--os-b")?,
    ];
    if let [Some(a), Some(b)] = subjects.each_ref().map(|subject| subject.refused.as_ref()) {
        return Err(Error::Usage(format!("there is nothing to compare: {a}; and {b}")));
    }
    let command = again::command(arguments, &subjects, &arguments.only);
    for subject in &mut subjects {
        subject.command.clone_from(&command);
    }
    Ok(subjects)
}

fn has_failed(figure: &Figure) -> bool {
    figure.finding.as_ref().is_some_and(|finding| finding.cause.is_failure())
}

/// A reading as the crate `compare` has it.
fn reading(read: &protocol::measure::Reading) -> Reading {
    use compare::{Axis, Cause, Detail, Finding, Series, Shape};
    use protocol::measure::{Cause as Said, Shape as Drawn};
    let cause = |cause| match cause {
        Said::DoesNotApply => Cause::DoesNotApply,
        Said::WrongAnswer => Cause::WrongAnswer,
        Said::NotMeasured => Cause::NotMeasured,
    };
    let shape = |shape| match shape {
        Drawn::Line => Shape::Line,
        Drawn::Bars => Shape::Bars,
        Drawn::Dots => Shape::Dots,
    };
    let axis = |(label, unit): &(String, String)| Axis::new(label, unit);
    let series = read.series.iter().map(|series| {
        Series::new(&series.name, axis(&series.x), axis(&series.y), shape(series.shape), series.points.clone())
    });
    let detail = |detail: &protocol::measure::Detail| Detail {
        name: detail.name.clone(),
        value: detail.value,
        unit: detail.unit.clone(),
    };
    let finding = read.finding.as_ref();
    let figure = Figure {
        value: read.value,
        text: read.text.clone(),
        why: read.why.clone(),
        finding: finding.map(|found| Finding { cause: cause(found.cause), text: found.text.clone() }),
        details: read.details.iter().map(detail).collect(),
        series: series.collect(),
        command: None,
    };
    Reading::new(read.dimension.clone(), figure)
}
