//! `loopflower play`, `record` and `monitor` on a machine of the bench: the loop of `loopflower run`, through a device of the driver's.

use ::sound::{Level, Listed, Meters, choose};
use anyhow::{Context, bail};
use protocol::event::{Event, Looped};
use runner::Error;
use runner::ear::Watch;
use runner::machine::{Hosted, Vm};
use runner::plugin;
use runner::run::{Aids, Finished, Options, Task, Through, run_with};
use runner::wav::{self, Audio};
use verbs::sound::{Done, Machine, Order, Place, Route, Where};

use crate::arguments::{HOSTED, PLUGIN_HOST};
use crate::places;

/// The rate where nothing is played.
const RATE: u32 = 44_100;
/// Channels of the silence that is played there.
const CHANNELS: u16 = 2;
/// Seconds of wall-clock time that a machine gets, and how many more for each second of sound.
const TIMEOUT: u64 = 60;
const SLOWEST: f64 = 4.0;

/// The bench as a place for orders.
pub struct Bench;

impl Place for Bench {
    fn carry_out(&mut self, order: &Order<'_>, look: &mut dyn FnMut(f64, &[Level])) -> anyhow::Result<Done> {
        let place = order.place;
        let wanted = order.record.filter(|seconds| seconds.is_finite());
        if order.record.is_some() && wanted.is_none() {
            bail!(Error::Usage("how long? say --seconds, or --play WAV for as long as it is".to_owned()));
        }
        let played = played(order.sound.as_ref(), wanted);
        let scratch = tempfile::tempdir().context("no folder for what is played")?;
        let (input, output) = (scratch.path().join("played.wav"), scratch.path().join("returned.wav"));
        wav::store(&input, &played)?;
        let (device, through) = through(place)?;
        let (input, io_frames, channels) = (Some(input), place.io_frames, through.channels);
        let task = Task::Loop { input, output, io_frames, through: Some(through) };
        let mut levels = Levels { channels, rate: played.rate, frames: 0, look };
        let finished = run(place, task, played.seconds(), &mut |_, recorded| levels.of(recorded))?;
        let recorded = finished.sounds.map(|sounds| sounds.returned).filter(|_| wanted.is_some());
        let report = finished.report;
        let looped = report.events.iter().find_map(|event| match event {
            Event::Looped(looped) => Some(of_loop(looped)),
            _ => None,
        });
        let Some(looped) = looped else {
            bail!(Error::Failed(format!("{}: {}", report.bundle, report.failures.join("; "))));
        };
        let late = report.judgement.as_ref().and_then(|judgement| judgement.lag).unwrap_or(0);
        Ok(Done {
            device,
            rate: played.rate,
            missed: late.unsigned_abs(),
            recorded,
            problems: report.failures,
            ..looped
        })
    }

    fn route(&mut self, _: &Route) -> anyhow::Result<Done> {
        let text = "route plays what one device records into another; a machine of the bench loops through one: take --machine mac, on a Mac";
        bail!(Error::Missing(text.to_owned()))
    }
}

/// The place that is asked for.
pub fn place(place: &Where) -> anyhow::Result<Bench> {
    if place.machine() == Machine::Mac {
        let text = "this is no Mac: --machine mac needs macOS and the driver loaded there; --machine hosted and --machine vm run it here";
        bail!(Error::Missing(text.to_owned()));
    }
    Ok(Bench)
}

/// What the machine plays: the sound, as long as there is to be recorded; silence without one.
fn played(sound: Option<&Audio>, wanted: Option<f64>) -> Audio {
    let silence = || Audio { rate: RATE, channels: CHANNELS, samples: Vec::new() };
    let mut played = sound.cloned().unwrap_or_else(silence);
    if let Some(seconds) = wanted {
        let frames = (seconds * f64::from(played.rate)).round() as usize;
        played.samples.resize(frames * usize::from(played.channels), 0.0);
    }
    played
}

/// The name of the device that is asked for, or else of the driver's first, and how to reach it: the driver is loaded once to see.
fn through(place: &Where) -> anyhow::Result<(String, Through)> {
    let report = run(place, Task::Load, 0.0, &mut |_, _| {})?.report;
    let listed = |name: &String, uid: &String| Listed { name: name.clone(), uid: uid.clone() };
    let (mut devices, channels): (Vec<Listed>, Vec<Option<u32>>) = report
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Engine { name, uid, channels, .. } => Some((listed(name, uid), *channels)),
            Event::Device(device) => Some((listed(&device.name, &device.uid), device.outputs.first().copied())),
            _ => None,
        })
        .unzip();
    let none = || match report.failures.as_slice() {
        [] => Error::Failed(format!("{}: it has no device to play into", report.bundle)),
        failures => Error::Failed(format!("{}: {}", report.bundle, failures.join("; "))),
    };
    let at = match &place.device {
        _ if devices.is_empty() => bail!(none()),
        Some(wanted) => choose(wanted, &devices).map_err(|why| Error::Usage(format!("--device: {why}")))?,
        None => 0,
    };
    let Listed { uid, name } = devices.swap_remove(at);
    let channels = channels[at].and_then(|channels| u16::try_from(channels).ok()).filter(|channels| *channels > 0);
    let channels = channels
        .ok_or_else(|| Error::Usage(format!("{name}: it has no output to play into; name another with --device")))?;
    Ok((name, Through { uid, channels }))
}

/// Has the driver do something that takes so many seconds of sound; `watch` hears what is recorded as it comes.
fn run(place: &Where, task: Task, seconds: f64, watch: &mut Watch<'_>) -> anyhow::Result<Finished> {
    let kext = place.driver.clone().map_or_else(places::kext, Ok)?;
    let options = Options {
        kext,
        libraries: Vec::new(),
        os: place.os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT + (seconds * SLOWEST) as u64,
        task,
    };
    let aids = Aids::default();
    let finished = if plugin::is_plugin(&options.kext) {
        let conditions = plugin::Conditions { aids, timebase: None };
        plugin::run_with(&options, &conditions, &mut Hosted::of_this_program(PLUGIN_HOST)?, watch)
    } else if place.machine() == Machine::Vm {
        run_with(&options, &aids, &mut Vm::new(places::guest()?)?, watch)
    } else {
        run_with(&options, &aids, &mut Hosted::of_this_program(HOSTED)?, watch)
    };
    Ok(finished?)
}

/// The levels of a recording while it is made.
struct Levels<'a> {
    channels: u16,
    rate: u32,
    /// Frames that were recorded.
    frames: usize,
    look: &'a mut dyn FnMut(f64, &[Level]),
}

impl Levels<'_> {
    /// Tells those of what was recorded since the last time, if something was.
    fn of(&mut self, recorded: &[f32]) {
        if recorded.is_empty() {
            return;
        }
        let channels = usize::from(self.channels);
        self.frames += recorded.len() / channels;
        let meters = Meters::new(channels);
        meters.measure(recorded);
        let levels: Vec<Level> = meters.take().collect();
        (self.look)(self.frames as f64 / f64::from(self.rate), &levels);
    }
}

fn of_loop(looped: &Looped) -> Done {
    Done {
        cycles: looped.cycles,
        seconds: looped.virtual_ns as f64 / 1e9,
        clock_error_ns: looped.timestamp_error_ns,
        latency: looped.latency,
        ..Done::default()
    }
}
