//! One of the two that are compared.

use std::path::PathBuf;

use abi::Release;
use compare::{Cause, Figure, Finding, Kind, Reading};
use protocol::measure::Measurement;
use runner::Error;
use runner::machine::Hosted;
use runner::measure::{Conduct, Failure, Measured};
use runner::plugin;
use runner::report::{KextName, Report};
use runner::run::{Options, Task, run as run_job};

use super::Arguments;
use crate::arguments::{Machine as Choice, PLUGIN_HOST};
use crate::run::machine;

/// A bundle, and where it is measured.
pub struct Subject {
    bundle: PathBuf,
    /// The release, if it is a kext.
    pub os: Option<Release>,
    /// The command that measures both again.
    pub command: String,
    machine: Choice,
    seed: u64,
    timeout: u64,
}

impl Subject {
    /// A bundle on a release; `asked` is the one that the option of this name has.
    ///
    /// # Errors
    /// The bundle is absent, or a release was asked for that it has no use for.
    pub fn new(
        arguments: &Arguments,
        bundle: PathBuf,
        asked: Option<Release>,
        os: Release,
        option: &str,
    ) -> Result<Subject, Error> {
        let shown = bundle.display();
        let is_ours = bundle.starts_with(crate::places::target());
        if !bundle.exists() && is_ours {
            return Err(Error::Missing(format!("our own driver {shown} is missing; type: cargo xtask build")));
        }
        let is_plugin = plugin::is_plugin(&bundle);
        if is_plugin && asked.is_some() {
            return Err(Error::Usage(format!(
                "{option} is for kexts; {shown} is a user-space driver, which no kernel loads"
            )));
        }
        Ok(Subject {
            os: (!is_plugin).then_some(os),
            bundle,
            command: String::new(),
            machine: arguments.machine,
            seed: arguments.seed,
            timeout: arguments.timeout,
        })
    }

    /// Takes all measurements; `step` is called after each. What is measured, and the readings.
    ///
    /// # Errors
    /// The bundle is none, or a step of ours failed. Whatever the driver does is in the readings.
    pub fn measure(&self, step: &(dyn Fn() + Sync)) -> anyhow::Result<(compare::Subject, Vec<Reading>)> {
        let (mut readings, mut name) = (Vec::new(), None);
        let mut machine = "";
        for &measurement in Measurement::ALL {
            let report = self.run(measurement)?;
            readings.extend(figures(&Measured::of(measurement, &report)));
            machine = if self.os.is_some() && report.machine == "vm" { "vm" } else { "hosted" };
            name = name.or(report.kext);
            step();
        }
        Ok((self.described(name, machine), readings))
    }

    fn run(&self, measurement: Measurement) -> anyhow::Result<Report> {
        let options = Options {
            kext: self.bundle.clone(),
            libraries: Vec::new(),
            os: self.os.unwrap_or(Release::V10_9),
            seed: self.seed,
            boot_args: String::new(),
            timeout: self.timeout,
            task: Task::Measure(measurement),
        };
        let finished = if self.os.is_some() {
            run_job(&options, machine(self.machine)?.as_mut(), &mut |_| {})?
        } else {
            plugin::run(&options, &mut Hosted::of_this_program(PLUGIN_HOST)?, &mut |_| {})?
        };
        Ok(finished.report)
    }

    fn described(&self, name: Option<KextName>, machine: &str) -> compare::Subject {
        let file = self.bundle.file_name().map(|name| name.to_string_lossy().into_owned());
        let (identifier, version) = name.map(|name| (name.identifier, name.version)).unwrap_or_default();
        compare::Subject {
            name: file.unwrap_or_default(),
            kind: if self.os.is_some() { Kind::Kext } else { Kind::PlugIn },
            identifier,
            version,
            os: self.os.map(|os| os.name().to_owned()),
            machine: machine.to_owned(),
            seed: self.seed,
            command: self.command.clone(),
        }
    }
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
