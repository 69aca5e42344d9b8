//! The report of a run: what machines are for. Two runs with one seed give the same report, byte for byte; wall-clock times
//! are kept apart in [`Timings`].

mod failures;

use protocol::event::{Event, Looped, Timed};
use schemars::JsonSchema;
use serde::Serialize;

use self::failures::Asked;
use crate::conduct::{Ending, Told};
use crate::judge::Judgement;
use crate::trace::Traced;
use crate::wav::Audio;

/// Version of the report's shape; the schema is in report.schema.json beside this crate.
pub const FORMAT: &str = "loopflower run 1";

/// What was run, what was said, and whether it held.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// Whether every check held; exit code 0 or 1, or 3 with `not_used`.
    pub held: bool,
    /// The result in a sentence.
    pub verdict: String,
    /// Everything that failed, the first in `verdict` too; empty if it held.
    pub failures: Vec<String>,
    /// "hosted" or "vm".
    pub machine: String,
    /// The target's name, if the machine is a Mac.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why the target could not be used, if it could not: the kext was not run then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_used: Option<String>,
    /// The release that the kext was loaded on; empty for a user-space driver, whose host is none's, and where no machine was reached.
    pub os: String,
    /// Seed of every choice.
    pub seed: u64,
    /// "loop", "load", "requests", or the scenario's name.
    pub scenario: String,
    /// The bundle's path as it was given.
    pub bundle: String,
    /// CFBundleIdentifier and CFBundleVersion; `null` where the bundle could not be read.
    pub kext: Option<KextName>,
    /// What was played.
    pub input: Option<Sound>,
    /// What came back at the input's place, if anything did.
    pub output: Option<Sound>,
    /// The comparison of both.
    pub judgement: Option<Judgement>,
    /// The trace, if one was asked for and a machine was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Traced>,
    /// How the machine ended; `null` where none was started.
    pub ending: Option<Ending>,
    /// What the machine said, in order, without progress.
    pub events: Vec<Event>,
    /// Events beyond those that are kept.
    pub dropped_events: u64,
    /// Lines from the machine that are no events.
    pub foreign_lines: Vec<String>,
    /// What the machine's process complained of.
    pub complaints: String,
}

/// Which kext it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KextName {
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: String,
}

/// A sound file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sound {
    /// Its path as it was given.
    pub path: String,
    /// Frames per second.
    pub rate: u32,
    /// Channels of the file.
    pub channels: u16,
    /// Frames.
    pub frames: u64,
}

impl Sound {
    /// The description of `audio` at `path`.
    pub fn of(path: String, audio: &Audio) -> Sound {
        Sound { path, rate: audio.rate, channels: audio.channels, frames: audio.frames() as u64 }
    }
}

/// What is known before the machine starts.
#[derive(Clone, Debug)]
pub struct Subject {
    /// "hosted" or "vm".
    pub machine: String,
    /// The release.
    pub os: String,
    /// The seed.
    pub seed: u64,
    /// "loop", "load", "requests", or the scenario's name.
    pub scenario: String,
    /// Whether the scenario was read from a file.
    pub is_script: bool,
    /// Whether it is a user-space driver, not a kext.
    pub is_plugin: bool,
    /// The bundle's path as it was given.
    pub bundle: String,
    /// What is played, for a loop.
    pub input: Option<Sound>,
}

impl Subject {
    /// The report of a kext that no machine was started for.
    pub fn refused(self, message: String) -> Report {
        self.report(None, vec![message])
    }

    /// The report of a run. `timeout` in seconds.
    pub fn told(self, kext: KextName, told: Told, timeout: u64, heard: Option<(Judgement, Sound)>) -> Report {
        let (judgement, output) = heard.unzip();
        let rate = self.input.as_ref().map(|input| input.rate);
        let asked = match self.scenario.as_str() {
            "loop" if self.is_plugin => Asked::PlugInLoop,
            "load" | "measure" if self.is_plugin => Asked::PlugIn,
            _ if self.is_plugin => Asked::PlugInChecks,
            _ if self.is_script => Asked::Script,
            "load" | "requests" | "fail-each" | "measure" => Asked::Load,
            "loop" => Asked::Loop,
            _ => Asked::Checks,
        };
        let failures = failures::failures(&told, timeout, judgement.as_ref().zip(rate), asked);
        let is_plugin = self.is_plugin;
        let report = self.report(Some(kext), failures);
        let looped = judgement.as_ref().map(|judgement| success(judgement, is_plugin));
        let published = || is_plugin.then(|| published(&told.events));
        let verdict = looped.or_else(published).or_else(|| checked(&told.events)).or_else(|| unmatched(&told.events));
        let verdict = verdict.filter(|_| report.held);
        Report {
            os: release(&told.events).unwrap_or(report.os),
            verdict: verdict.unwrap_or(report.verdict),
            output,
            judgement,
            ending: Some(told.ending),
            events: told.events,
            dropped_events: told.dropped,
            foreign_lines: told.foreign,
            complaints: told.stderr,
            ..report
        }
    }

    fn report(self, kext: Option<KextName>, failures: Vec<String>) -> Report {
        Report {
            format: FORMAT.to_owned(),
            held: failures.is_empty(),
            verdict: failures
                .first()
                .map_or("loaded, started and unloaded; nothing of it is left", |first| first)
                .to_owned(),
            failures,
            machine: self.machine,
            target: None,
            not_used: None,
            os: self.os,
            seed: self.seed,
            scenario: self.scenario,
            bundle: self.bundle,
            kext,
            input: self.input,
            output: None,
            judgement: None,
            trace: None,
            ending: None,
            events: Vec::new(),
            dropped_events: 0,
            foreign_lines: Vec::new(),
            complaints: String::new(),
        }
    }
}

fn success(judgement: &Judgement, is_plugin: bool) -> String {
    let left = if is_plugin { "" } else { "; nothing of the kext is left" };
    format!("all {} frames came back bit for bit, 0 frames late{left}", judgement.frames)
}

/// The verdict of a user-space driver through which nothing was looped.
fn published(events: &[Event]) -> String {
    let checks = events.iter().filter(|event| matches!(event, Event::Check { .. })).count();
    if checks > 0 {
        return format!("{checks} checks held");
    }
    let devices = events.iter().filter(|event| matches!(event, Event::Device(_))).count();
    format!("loaded and initialized; it has {devices} devices")
}

/// The release of a real Mac, which is what it is.
fn release(events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| if let Event::Mac { release, .. } = event { Some(release.clone()) } else { None })
}

/// The verdict of a scenario that held.
fn checked(events: &[Event]) -> Option<String> {
    let checks = events.iter().filter(|event| matches!(event, Event::Check { .. })).count();
    let held = || (checks > 0).then(|| format!("{checks} checks held; nothing of the kext is left"));
    lacking(events).map(|text| format!("not applicable: {text}")).or_else(held)
}

fn lacking(events: &[Event]) -> Option<&str> {
    events.iter().find_map(|event| if let Event::NotApplicable { text } = event { Some(text.as_str()) } else { None })
}

/// The verdict of a load after which no driver started.
fn unmatched(events: &[Event]) -> Option<String> {
    let matched = events.iter().any(|event| matches!(event, Event::Matched { .. }));
    (!matched).then(|| "loaded and unloaded; it matched nothing here, and nothing of it is left".to_owned())
}

impl Report {
    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        // A report holds nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What the kext lacks for its scenario, which then was not run.
    pub fn lacking(&self) -> Option<&str> {
        lacking(&self.events)
    }

    /// The loop's own numbers, if it came to its end.
    pub fn looped(&self) -> Option<&Looped> {
        looped(&self.events)
    }
}

/// The loop's result among the events.
pub fn looped(events: &[Event]) -> Option<&Looped> {
    events.iter().find_map(|event| if let Event::Looped(looped) = event { Some(looped) } else { None })
}

/// What the IO cycles took: wall-clock times, which a report does not hold.
pub(crate) fn take_timed(events: &mut Vec<Event>) -> Option<Timed> {
    let timed = events.extract_if(.., |event| matches!(event, Event::Timed(_))).last();
    timed.and_then(|event| if let Event::Timed(timed) = event { Some(timed) } else { None })
}

/// Wall-clock times of a run in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// From the machine's power-on until the kext had started.
    pub power_on_to_started: Option<f64>,
    /// From the machine's power-on until its end.
    pub machine: Option<f64>,
    /// The whole run: reading, the machine, judging, writing.
    pub whole: f64,
    /// An IO cycle of a loop, in ns.
    pub io_cycle: Option<Timed>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_report() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap() + "\n";
        assert!(schema == include_str!("../report.schema.json"), "type: cargo xtask gen");
    }
}
