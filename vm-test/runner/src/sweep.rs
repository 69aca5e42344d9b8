//! A sweep: sound looped through devices of every shape, many machines at a time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use abi::Release;
use protocol::event::Event;
use protocol::proof::{SampleFormat, Sweep, Swept};
use serde::Serialize;

use crate::Error;
use crate::machine::Machine;
use crate::run::{self, Task};

/// The rates that a device can have, in Hz.
pub const RATES: [u32; 17] = [
    8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 352_800,
    384_000, 705_600, 768_000,
];
/// Numbers of channels that are swept.
pub const CHANNELS: [u32; 6] = [1, 2, 3, 16, 64, 256];
/// Frames of an IO cycle that are swept.
pub const IO_FRAMES: [u32; 13] = [16, 17, 32, 64, 127, 256, 333, 512, 1000, 1024, 2048, 4095, 4096];
/// Most samples a second of a device.
const MOST_SAMPLES: u64 = 24_576_000;
/// Rates that one machine does: few enough that all machines end at about the same time.
const RATES_AT_ONCE: usize = 4;

/// What to sweep.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bundle.
    pub kext: PathBuf,
    /// Bundles of libraries that it may need.
    pub libraries: Vec<PathBuf>,
    /// The release to load it on.
    pub os: Release,
    /// Seed of every choice that the machines make.
    pub seed: u64,
    /// Wall-clock time after which a machine is stopped, in seconds.
    pub timeout: u64,
    /// Machines at a time.
    pub jobs: usize,
    /// Frames of the devices' rings.
    pub ring_frames: u32,
    /// Channels of the devices.
    pub channels: Vec<u32>,
    /// Their formats.
    pub formats: Vec<SampleFormat>,
    /// Rates in Hz.
    pub rates: Vec<u32>,
    /// Frames of an IO cycle.
    pub io_frames: Vec<u32>,
}

/// A point and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Channels.
    pub channels: u32,
    /// Physical format.
    pub format: SampleFormat,
    /// Rate in Hz.
    pub rate: u32,
    /// Frames of an IO cycle.
    pub io_frames: u32,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// All came back as it must.
    Held {
        /// Frames that were compared.
        frames: u64,
    },
    /// No device can be so, by the limits of its definition.
    Impossible {
        /// Which limit.
        why: String,
    },
    /// Something is wrong.
    Failed {
        /// What, in words.
        why: String,
    },
}

/// What came of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Swoop {
    /// All points, by channels, format, rate and IO cycle.
    pub points: Vec<Point>,
    /// What is wrong beside the points: what is left after an unload, a panic.
    pub failures: Vec<String>,
}

impl Swoop {
    /// Whether everything held.
    pub fn held(&self) -> bool {
        self.failures.is_empty() && !self.points.iter().any(|point| matches!(point.outcome, Outcome::Failed { .. }))
    }
}

/// The limit that forbids a point, if one does.
fn limit(ring_frames: u32, channels: u32, rate: u32, io_frames: u32) -> Option<String> {
    if u64::from(channels) * u64::from(rate) > MOST_SAMPLES {
        return Some(format!("{channels} channels at {rate} Hz are more than {MOST_SAMPLES} samples a second"));
    }
    // A client reads the buffer behind the clock, and fills the one after the next.
    let needed = 3 * u64::from(io_frames);
    (needed > u64::from(ring_frames))
        .then(|| format!("three IO buffers of {io_frames} frames do not fit into a ring of {ring_frames}"))
}

/// Runs the sweep, each part on a machine that `machine` makes; `watch` sees how many points are done.
///
/// # Errors
/// As [`run::run`] for any of the machines. Whatever the kext or a machine does is in the result.
pub fn sweep(
    options: &Options,
    machine: &(dyn Fn() -> Result<Box<dyn Machine>, Error> + Sync),
    watch: &mut dyn FnMut(usize),
) -> Result<Swoop, Error> {
    let parts = parts(options);
    let next = AtomicUsize::new(0);
    let (sender, done) = channel();
    let mut results: Vec<(usize, Result<Part, Error>)> = thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, parts.len().max(1)) {
            let (sender, parts, next) = (sender.clone(), &parts, &next);
            scope.spawn(move || {
                while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = do_part(options, part, machine, &sender);
                    let failed = result.is_err();
                    // The receiver lives until all senders are gone.
                    let _ = sender.send(Said::Done(part.index, result));
                    if failed {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut results = Vec::new();
        let mut points = 0;
        for said in done {
            match said {
                Said::Point => {
                    points += 1;
                    watch(points);
                }
                Said::Done(index, result) => results.push((index, result)),
            }
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    let mut swoop = Swoop { points: impossible(options), failures: Vec::new() };
    for (_, result) in results {
        let part = result?;
        swoop.points.extend(part.points);
        swoop.failures.extend(part.failures);
    }
    swoop.points.sort_by_key(|point| (point.channels, point.format, point.rate, point.io_frames));
    Ok(swoop)
}

/// How many points there are to do.
pub fn points(options: &Options) -> usize {
    parts(options).iter().map(|part| part.sweep.rates.len() * part.sweep.io_frames.len()).sum()
}

enum Said {
    Point,
    Done(usize, Result<Part, Error>),
}

struct Wanted {
    index: usize,
    sweep: Sweep,
}

#[derive(Default)]
struct Part {
    points: Vec<Point>,
    failures: Vec<String>,
}

/// The parts, those that take long first.
fn parts(options: &Options) -> Vec<Wanted> {
    let mut sweeps = Vec::new();
    let mut channels = options.channels.clone();
    channels.sort_unstable_by(|one, other| other.cmp(one));
    for channels in channels {
        let possible = |rate: u32, io_frames: u32| limit(options.ring_frames, channels, rate, io_frames).is_none();
        let io_frames: Vec<u32> = options.io_frames.iter().copied().filter(|&n| possible(0, n)).collect();
        let rates: Vec<u32> = options.rates.iter().copied().filter(|&rate| possible(rate, 0)).collect();
        if io_frames.is_empty() {
            continue;
        }
        for &format in &options.formats {
            let of = |rates: &[u32]| Sweep {
                channels,
                format,
                ring_frames: options.ring_frames,
                rates: rates.to_vec(),
                io_frames: io_frames.clone(),
            };
            sweeps.extend(rates.chunks(RATES_AT_ONCE).map(of));
        }
    }
    sweeps.into_iter().enumerate().map(|(index, sweep)| Wanted { index, sweep }).collect()
}

fn impossible(options: &Options) -> Vec<Point> {
    let mut points = Vec::new();
    for &channels in &options.channels {
        for &rate in &options.rates {
            for &io_frames in &options.io_frames {
                if let Some(why) = limit(options.ring_frames, channels, rate, io_frames) {
                    let point = |&format: &SampleFormat| Point {
                        channels,
                        format,
                        rate,
                        io_frames,
                        outcome: Outcome::Impossible { why: why.clone() },
                    };
                    points.extend(options.formats.iter().map(point));
                }
            }
        }
    }
    points
}

fn do_part(
    options: &Options,
    wanted: &Wanted,
    machine: &(dyn Fn() -> Result<Box<dyn Machine>, Error> + Sync),
    sender: &Sender<Said>,
) -> Result<Part, Error> {
    let job = run::Options {
        kext: options.kext.clone(),
        libraries: options.libraries.clone(),
        os: options.os,
        seed: options.seed,
        boot_args: String::new(),
        timeout: options.timeout,
        task: Task::Sweep(wanted.sweep.clone()),
    };
    let mut swept: Vec<Swept> = Vec::new();
    let finished = run::run(&job, machine()?.as_mut(), &mut |event| {
        if let Event::Swept(point) = event {
            swept.push(point.clone());
            let _ = sender.send(Said::Point);
        }
    })?;
    let Sweep { channels, format, rates, io_frames, .. } = &wanted.sweep;
    let mut part = Part::default();
    for &rate in rates {
        for &frames in io_frames {
            let found = swept.iter().find(|point| (point.rate, point.io_frames) == (rate, frames));
            let outcome = match found {
                Some(Swept { wrong: Some(why), .. }) => Outcome::Failed { why: why.clone() },
                Some(point) => Outcome::Held { frames: point.frames },
                None => Outcome::Failed { why: format!("the machine did not come to it: {}", finished.report.verdict) },
            };
            part.points.push(Point { channels: *channels, format: *format, rate, io_frames: frames, outcome });
        }
    }
    // That points are wrong is said at the points.
    let some_wrong = part.points.iter().any(|point| matches!(point.outcome, Outcome::Failed { .. }));
    if !finished.report.held && !some_wrong {
        let name = format.name();
        part.failures.extend(finished.report.failures.iter().map(|why| format!("{channels} channels, {name}: {why}")));
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(ring_frames: u32) -> Options {
        Options {
            kext: PathBuf::new(),
            libraries: Vec::new(),
            os: Release::claimed()[0],
            seed: 1,
            timeout: 1,
            jobs: 1,
            ring_frames,
            channels: CHANNELS.to_vec(),
            formats: SampleFormat::ALL.to_vec(),
            rates: RATES.to_vec(),
            io_frames: IO_FRAMES.to_vec(),
        }
    }

    #[test]
    fn every_point_is_either_done_or_impossible() {
        for ring_frames in [16_384, 2048] {
            let options = options(ring_frames);
            let all = CHANNELS.len() * SampleFormat::ALL.len() * RATES.len() * IO_FRAMES.len();
            assert_eq!(points(&options) + impossible(&options).len(), all, "{ring_frames}");
        }
    }

    #[test]
    fn limits_are_named() {
        assert_eq!(limit(16_384, 256, 96_000, 4096), None);
        assert!(limit(16_384, 256, 176_400, 16).is_some_and(|why| why.contains("24576000 samples")));
        assert!(limit(2048, 2, 44_100, 1000).is_some_and(|why| why.contains("ring of 2048")));
    }
}
