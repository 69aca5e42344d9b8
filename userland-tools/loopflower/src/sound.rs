//! `loopflower play`, `record` and `monitor` on a machine of the bench: the loop of `loopflower run`, through a device of the driver's.

use ::sound::{Level, Listed, Meters, choose};
use anyhow::{Context, bail};
use protocol::event::{Event, Looped};
use runner::Error;
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
/// Levels are looked at so many times a second.
const LOOKS: u32 = 10;
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
        let (input, io_frames) = (Some(input), place.io_frames);
        let task = Task::Loop { input, output, io_frames, through: Some(through) };
        let finished = run(place, task, played.seconds())?;
        let recorded = finished.sounds.map(|sounds| sounds.returned).filter(|_| wanted.is_some());
        if let Some(recorded) = &recorded {
            levels(recorded, look);
        }
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
    let report = run(place, Task::Load, 0.0)?.report;
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

/// Has the driver do something that takes so many seconds of sound.
fn run(place: &Where, task: Task, seconds: f64) -> anyhow::Result<Finished> {
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
        plugin::run_with(&options, &conditions, &mut Hosted::of_this_program(PLUGIN_HOST)?, &mut |_| {})
    } else if place.machine() == Machine::Vm {
        run_with(&options, &aids, &mut Vm::new(places::guest()?)?, &mut |_| {})
    } else {
        run_with(&options, &aids, &mut Hosted::of_this_program(HOSTED)?, &mut |_| {})
    };
    Ok(finished?)
}

/// Tells the levels of a recording, moment by moment.
fn levels(recorded: &Audio, look: &mut dyn FnMut(f64, &[Level])) {
    let channels = usize::from(recorded.channels);
    let meters = Meters::new(channels);
    let frames = (recorded.rate / LOOKS) as usize;
    for (index, block) in (1_u32..).zip(recorded.samples.chunks(frames * channels)) {
        meters.measure(block);
        let levels: Vec<Level> = meters.take().collect();
        look(f64::from(index) / f64::from(LOOKS), &levels);
    }
}

fn of_loop(looped: &Looped) -> Done {
    Done {
        cycles: looped.cycles,
        seconds: looped.virtual_ns as f64 / 1e9,
        clock_error_ns: looped.timestamp_error_ns,
        ..Done::default()
    }
}
