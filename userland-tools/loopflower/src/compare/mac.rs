//! Two drivers compared on a Mac, by what programs can measure there.

use std::path::{Path, PathBuf};

use abi::Release;
use compare::{Cause, Comparison, Figure, Kind, Reading, Subject};
use macos::{Duty, MacOs, Target};
use protocol::event::Event;
use runner::plugin;
use runner::progress::Progress;
use runner::report::Report;
use runner::run::{Finished, Options, Task, run as run_job};
use runner::{Error, bundle};

use super::{Arguments, TIMEOUT as BENCH, again, reading};
use crate::mac::{CLEAN_UP, TIMEOUT, carrier, fetched};
use crate::places;

/// How a guest's model begins that is no Mac.
const STAND_IN: &str = "StandIn";

/// A driver, and what it is called.
struct Driver {
    bundle: PathBuf,
    kind: Kind,
    identifier: String,
    version: String,
}

impl Driver {
    fn read(path: PathBuf) -> Result<Driver, Error> {
        if plugin::is_plugin(&path) {
            let plugin::Bundle { identifier, version, .. } = plugin::Bundle::read(&path)?;
            return Ok(Driver { bundle: path, kind: Kind::PlugIn, identifier, version });
        }
        let bundle::Bundle { kext, .. } = bundle::Bundle::read(&path)?;
        Ok(Driver { bundle: path, kind: Kind::Kext, identifier: kext.identifier, version: kext.version })
    }

    fn subject(&self, target: &Target, timeout: u64) -> anyhow::Result<macos::Subject> {
        let agent = target.agent.clone().map_or_else(places::agent, Ok)?;
        if !agent.is_file() {
            let shown = agent.display();
            return Err(Error::Missing(format!("our tool for Macs {shown} is missing; type: cargo xtask build")).into());
        }
        Ok(macos::Subject {
            bundle: self.bundle.clone(),
            identifier: self.identifier.clone(),
            agent,
            fetched: fetched(target)?,
            timeout,
            os: None,
            duty: if self.kind == Kind::Kext { Duty::MeasureKext } else { Duty::MeasurePlugIn },
        })
    }
}

/// Measures one after the other, on one Mac or in one guest; whether nothing failed meanwhile.
///
/// # Errors
/// Wrong usage, something missing, or a step of ours that failed. Whatever the drivers do is in the comparison.
pub fn compare(arguments: &Arguments) -> anyhow::Result<(Comparison, bool)> {
    let usage = |what: &str| Error::Usage(what.to_owned());
    let word =
        arguments.target.as_deref().ok_or_else(|| usage("--machine macos wants a --target; one is ssh://USER@HOST"))?;
    if arguments.os_a.is_some() || arguments.os_b.is_some() {
        return Err(
            usage("--os-a and --os-b are for the machines of the bench; a Mac has the release that it has").into()
        );
    }
    let targets = macos::find(word)?;
    let [target] = &targets[..] else {
        return Err(usage(&format!("--target {word}: a comparison is made on one Mac; take FILE#NAME")).into());
    };
    let timeout = if arguments.timeout == BENCH { TIMEOUT } else { arguments.timeout };
    let a = arguments.a.clone().map_or_else(places::kext, Ok)?;
    let b = arguments.b.clone().map_or_else(places::plugin, Ok)?;
    let drivers = [Driver::read(a)?, Driver::read(b)?];
    let mut machine = MacOs::new(target.clone(), drivers[0].subject(target, timeout)?, carrier()?);
    let progress = Progress::new(&format!("macos ({})", target.name));
    let mut measured = Vec::new();
    for (index, driver) in drivers.iter().enumerate() {
        if index > 0 {
            let subject = driver.subject(target, timeout)?;
            match measured.last() {
                Some(Measured { is_sound: true, .. }) => machine.turn_to(subject),
                // What the first one left is none of the second one's business.
                _ => machine = MacOs::new(target.clone(), subject, carrier()?),
            }
        }
        let options = Options {
            kext: driver.bundle.clone(),
            libraries: Vec::new(),
            os: Release::V10_9,
            seed: arguments.seed,
            boot_args: String::new(),
            timeout: timeout + CLEAN_UP,
            task: Task::Load,
        };
        let mut watch = |event: &Event| progress.watch(event);
        let Finished { report, .. } = match driver.kind {
            Kind::Kext => run_job(&options, &mut machine, &mut watch)?,
            Kind::PlugIn => plugin::run(&options, &mut machine, &mut watch)?,
        };
        measured.push(Measured::of(driver, arguments, word, &report));
    }
    progress.finish();
    let is_sound = measured.iter().all(|measured| measured.is_sound);
    let mut sides = measured.into_iter().map(|measured| (measured.subject, measured.readings));
    let (Some((a, of_a)), Some((b, of_b))) = (sides.next(), sides.next()) else {
        return Err(Error::Failed("a comparison needs two drivers".to_owned()).into());
    };
    Ok((Comparison::of(env!("CARGO_PKG_VERSION"), [a, b], of_a, of_b)?, is_sound))
}

/// What came of one of them.
struct Measured {
    subject: Subject,
    readings: Vec<Reading>,
    /// Whether nothing failed, so that the next one may go on in the same guest.
    is_sound: bool,
}

impl Measured {
    fn of(driver: &Driver, arguments: &Arguments, target: &str, report: &Report) -> Measured {
        let mac = report.events.iter().find_map(|event| match event {
            Event::Mac { release, model, .. } => Some((release.clone(), model.clone())),
            _ => None,
        });
        let (os, model) = mac.unwrap_or_default();
        let machine = if model.starts_with(STAND_IN) {
            "a stand-in for a Mac, with our plug-in's devices in the kext's place: no figure of it is one of a Mac"
                .to_owned()
        } else {
            format!("macos, {model}")
        };
        let file = driver.bundle.file_name().map(|name| name.to_string_lossy().into_owned());
        let subject = Subject {
            name: file.unwrap_or_default(),
            kind: driver.kind,
            identifier: driver.identifier.clone(),
            version: driver.version.clone(),
            os: Some(os),
            machine,
            seed: arguments.seed,
            command: command(arguments, target),
        };
        Measured { subject, readings: readings(report), is_sound: report.held }
    }
}

/// What was read; of what our tool reads, why it was not; and of all else, how it is taken there by hand.
fn readings(report: &Report) -> Vec<Reading> {
    let mut all: Vec<Reading> = report
        .events
        .iter()
        .filter_map(|event| if let Event::Reading(read) = event { Some(reading(read)) } else { None })
        .collect();
    let failure = report.failures.first();
    let cause = |is: fn(&Event) -> bool| report.events.iter().any(is);
    let cause = match () {
        () if cause(|event| matches!(event, Event::Panic(_))) => Cause::Crashed,
        () if cause(|event| matches!(event, Event::Refused { .. })) => Cause::NoDriver,
        () => Cause::NotMeasured,
    };
    let ours: Vec<&str> = ::sound::dimensions().collect();
    for definition in compare::definitions::all() {
        if all.iter().any(|read| read.dimension == definition.id) {
            continue;
        }
        let figure = match failure {
            Some(why) if ours.contains(&definition.id) => Figure::without(cause, why.as_str()),
            None if ours.contains(&definition.id) => {
                Figure::without(Cause::NotMeasured, "Our tool ended without a figure of it.")
            }
            _ => Figure::without(
                Cause::NotMeasured,
                format!("Our tool does not take it on a Mac. By hand: {}", definition.on_mac),
            ),
        };
        all.push(Reading::new(definition.id, figure));
    }
    // All was measured, and something failed nevertheless: it did not unload, say.
    if let (Some(why), Some(first)) = (failure, all.first_mut()) {
        first.figure.finding.get_or_insert_with(|| compare::Finding { cause, text: why.clone() });
    }
    all
}

/// The command that measures both again.
fn command(arguments: &Arguments, target: &str) -> String {
    let mut words = vec![format!("{} compare", places::called())];
    words.extend([&arguments.a, &arguments.b].into_iter().flatten().map(|path| again::quoted(&again::shown(path))));
    let target = if target.starts_with("ssh://") { target.to_owned() } else { again::shown(Path::new(target)) };
    words.push(format!("--machine macos --target {}", again::quoted(&target)));
    words.push(format!("--out {}", again::OUT));
    words.join(" ")
}
