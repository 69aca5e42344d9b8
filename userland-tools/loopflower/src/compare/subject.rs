//! One of the two that are compared.

use std::path::PathBuf;

use abi::Release;
use compare::{Cause, Figure, Finding, Kind, Reading};
use protocol::measure::Measurement;
use runner::Error;
use runner::machine::Hosted;
use runner::measure::{Conduct, Failure, Measured};
use runner::plugin;
use runner::report::Report;
use runner::run::{Options, Task, run as run_job};

use super::struck::Reach;
use super::{Arguments, again, statics, struck};
use crate::arguments::{Machine as Choice, PLUGIN_HOST};
use crate::run::machine;

/// Seconds that a driver is given which is made to hang.
const HANG: u64 = 2;

/// Measurements in which a driver may hang before the rest is not tried any more.
const PATIENCE: u32 = 2;

/// A bundle, and where it is measured.
pub struct Subject {
    /// Its folder.
    pub bundle: PathBuf,
    /// The release, if it is a kext.
    pub os: Option<Release>,
    /// Its identifier and version.
    name: (String, String),
    /// Why it is no driver, if it is none.
    pub refused: Option<String>,
    /// The command that measures both again.
    pub command: String,
    /// The dimensions that are wanted; none: all.
    only: Vec<String>,
    machine: Choice,
    seed: u64,
    timeout: u64,
}

impl Subject {
    /// A bundle on a release; `asked` is the one that the option of this name has.
    ///
    /// # Errors
    /// Nothing is there, or a release was asked for that it has no use for. What is there and is no driver is refused.
    pub fn new(
        arguments: &Arguments,
        bundle: PathBuf,
        asked: Option<Release>,
        os: Release,
        option: &str,
    ) -> Result<Subject, Error> {
        let shown = bundle.display();
        let is_plugin = plugin::is_plugin(&bundle);
        if is_plugin && asked.is_some() {
            return Err(Error::Usage(format!(
                "{option} is for kexts; {shown} is a user-space driver, which no kernel loads"
            )));
        }
        let read = if is_plugin {
            plugin::Bundle::read(&bundle).map(|read| (read.identifier, read.version))
        } else {
            runner::bundle::Bundle::read(&bundle).map(|read| (read.kext.identifier, read.kext.version))
        };
        let (name, refused) = match read {
            Ok(name) => (name, None),
            Err(Error::Usage(why) | Error::Refused(why)) if bundle.exists() => (
                (String::new(), String::new()),
                Some(why.replace(&bundle.display().to_string(), &again::shown(&bundle))),
            ),
            Err(other) => return Err(other),
        };
        Ok(Subject {
            os: (!is_plugin).then_some(os),
            bundle,
            name,
            refused,
            command: String::new(),
            only: arguments.only.clone(),
            // A Mac has no subject like this.
            machine: arguments.machine.bench().unwrap_or(Choice::Hosted),
            seed: arguments.seed,
            timeout: arguments.timeout,
        })
    }

    /// Whether one of these dimensions is wanted.
    pub fn wants(&self, dimensions: &[&str]) -> bool {
        // How soon there is sound after a fault takes a fault and a start.
        let together = ["fault-reach", "fault-recovery", "hang-recovery", "debugger-reach"];
        let is_wanted = |dimension: &str| self.only.iter().any(|only| only == dimension);
        self.only.is_empty()
            || dimensions.iter().any(|dimension| is_wanted(dimension))
            || (dimensions.iter().any(|dimension| together.contains(dimension)) && together.into_iter().any(is_wanted))
    }

    /// Takes all measurements; `step` is called after each. What is measured, and the readings.
    ///
    /// # Errors
    /// The bundle is none, or a step of ours failed. Whatever the driver does is in the readings.
    pub fn measure(&self, step: &(dyn Fn() + Sync)) -> anyhow::Result<(compare::Subject, Vec<Reading>)> {
        if let Some(why) = &self.refused {
            let without = || Figure::without(Cause::NoDriver, why.clone());
            let readings = compare::definitions::all().map(|of| Reading::new(of.id, without())).collect();
            return Ok((self.described(), readings));
        }
        let (mut readings, mut reaches) = (Vec::new(), Vec::new());
        let (mut hung, mut last) = (0, String::new());
        for &measurement in Measurement::ALL.iter().filter(|measurement| self.wants(measurement.dimensions())) {
            if hung == PATIENCE {
                readings.extend(untried(measurement, &last));
                step();
                continue;
            }
            if measurement.is_injected() && self.is_in_vm() {
                readings.extend(unstepped(measurement));
                step();
                continue;
            }
            let report = self.run(Task::Measure(measurement), self.os)?;
            let measured = Measured::of(measurement, &report);
            if let Some(Failure { conduct: Conduct::Hung, text }) =
                measured.failure.as_ref().filter(|_| !measurement.is_injected())
            {
                (hung, last) = (hung + 1, text.clone());
            }
            let reach = Reach::of(&measured, &report, self.os.is_none());
            match reach.filter(|_| measurement.is_injected()) {
                Some(reach) => reaches.push((measurement, reach)),
                None => readings.extend(figures(&measured)),
            }
            step();
        }
        struck::complete(&mut readings, &reaches);
        if self.wants(&statics::DIMENSIONS) {
            readings.extend(statics::readings(self)?);
        }
        Ok((self.described(), readings))
    }

    /// Does a task with the driver, on a release if it is a kext.
    ///
    /// # Errors
    /// A step of ours failed.
    pub fn run(&self, task: Task, os: Option<Release>) -> anyhow::Result<Report> {
        let options = Options {
            kext: self.bundle.clone(),
            libraries: Vec::new(),
            os: os.unwrap_or(Release::V10_9),
            seed: self.seed,
            boot_args: String::new(),
            // A driver that is made to hang does.
            timeout: if matches!(task, Task::Measure(Measurement::Hang)) { HANG } else { self.timeout },
            task,
        };
        let finished = if self.os.is_some() {
            run_job(&options, machine(self.machine)?.as_mut(), &mut |_| {})?
        } else {
            plugin::run(&options, &mut Hosted::of_this_program(PLUGIN_HOST)?, &mut |_| {})?
        };
        Ok(finished.report)
    }

    fn is_in_vm(&self) -> bool {
        self.os.is_some() && matches!(self.machine, Choice::Vm)
    }

    fn described(&self) -> compare::Subject {
        let file = self.bundle.file_name().map(|name| name.to_string_lossy().into_owned());
        let (identifier, version) = self.name.clone();
        compare::Subject {
            name: file.unwrap_or_default(),
            kind: if self.os.is_some() { Kind::Kext } else { Kind::PlugIn },
            identifier,
            version,
            os: self.os.map(|os| os.name().to_owned()),
            machine: if self.is_in_vm() { "vm" } else { "hosted" }.to_owned(),
            seed: self.seed,
            command: self.command.clone(),
        }
    }
}

/// What is said of a mistake that nobody can have the driver make.
fn unstepped(measurement: Measurement) -> impl Iterator<Item = Reading> {
    let text = "This machine does not step through code; take --machine hosted.";
    let without = move || Figure::without(Cause::NotMeasured, text);
    measurement.dimensions().iter().map(move |dimension| Reading::new(*dimension, without()))
}

/// What is said of a measurement that was not tried, because of what was said of others.
fn untried(measurement: Measurement, last: &str) -> impl Iterator<Item = Reading> {
    let text = format!("It hung in {PATIENCE} measurements, the last time so: {last}; the rest was not tried.");
    measurement
        .dimensions()
        .iter()
        .map(move |dimension| Reading::new(*dimension, Figure::without(Cause::Hung, text.as_str())))
}

/// What was read, and why the rest was not. What failed in a run that measured everything stands beside its first figure.
fn figures(measured: &Measured) -> Vec<Reading> {
    let finding = measured.failure.as_ref().map(|Failure { conduct, text }| Finding {
        cause: match conduct {
            Conduct::Crashed => Cause::Crashed,
            Conduct::Hung => Cause::Hung,
            Conduct::Wrong => Cause::WrongAnswer,
        },
        text: text.clone(),
    });
    let mut figures: Vec<Reading> = measured.readings.iter().map(super::reading).collect();
    if let Some(first) = figures.first_mut().filter(|_| measured.missing.is_empty()) {
        first.figure.finding = first.figure.finding.take().or_else(|| finding.clone());
    }
    let unread = finding.unwrap_or_else(|| Finding {
        cause: Cause::NotMeasured,
        text: "The measurement came to its end without a figure.".to_owned(),
    });
    let missing = measured
        .missing
        .iter()
        .map(|dimension| Reading::new(*dimension, Figure { finding: Some(unread.clone()), ..Figure::default() }));
    figures.extend(missing);
    figures
}
