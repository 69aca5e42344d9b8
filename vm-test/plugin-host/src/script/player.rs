//! A client of a scenario from a file: what it plays, what it has heard.

use measure::signal::{Impulse, Noise, Ramp, Signal, Sine};
use protocol::script;

use crate::hal::{Client, Cycles, Device};
use crate::world;

/// A client by its name.
pub(super) struct Player<'a> {
    pub(super) name: String,
    /// Its number, from 1, and its device's place.
    pub(super) number: u32,
    pub(super) device: usize,
    pub(super) client: Client<'a>,
    pub(super) cycle: Cycles,
    pub(super) signal: script::Signal,
    pub(super) is_running: bool,
    /// What it has read since `record`, by clock: the run's number, the first frame, samples.
    pub(super) heard: Option<Vec<(usize, u64, Vec<f32>)>>,
    pub(super) cycles: u64,
    pub(super) starts: u64,
    /// Why it does no more.
    pub(super) gave_up: Option<String>,
}

/// What all clients of a device have played, in each run of its clock.
#[derive(Default)]
pub(super) struct Log {
    /// By frame and channel; what nobody played is silence.
    runs: Vec<Vec<f32>>,
}

impl Log {
    /// A run of the clock begins.
    pub(super) fn begin(&mut self) {
        self.runs.push(Vec::new());
    }

    /// The number of the last run.
    fn run(&self) -> usize {
        self.runs.len().saturating_sub(1)
    }

    fn add(&mut self, at: u64, channels: usize, block: &[f32]) {
        let Some(run) = self.runs.last_mut() else { return };
        let from = at as usize * channels;
        run.resize(run.len().max(from + block.len()), 0.0);
        run[from..from + block.len()].iter_mut().zip(block).for_each(|(sum, sample)| *sum += sample);
    }

    /// What was played in a run.
    fn at(&self, run: usize, frame: u64, channels: usize, channel: usize) -> f32 {
        let sample = self.runs.get(run).and_then(|run| run.get(frame as usize * channels + channel));
        sample.copied().unwrap_or(0.0)
    }
}

/// What was heard beside what it should have been.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) samples: u64,
    pub(super) sounding: u64,
    pub(super) wrong: u64,
    pub(super) first: Option<String>,
}

fn sample(signal: script::Signal, number: u32, rate: f64, frame: u64, channel: usize) -> f32 {
    match signal {
        script::Signal::Silence => 0.0,
        script::Signal::Noise(seed) => Noise(seed.unwrap_or(number).into()).at(frame, channel),
        script::Signal::Ramp => Ramp.at(frame, channel),
        script::Signal::Impulse => Impulse.at(frame, channel),
        script::Signal::Tone(hz) => Sine { period: rate / f64::from(hz.max(1)), amplitude: 0.5 }.at(frame, channel),
    }
}

impl Player<'_> {
    /// Does the cycle that is due.
    pub(super) fn take_turn(&mut self, device: &Device, log: &mut Log) {
        let channels = device.outputs.first().map_or(0, |stream| stream.channels) as usize;
        let (signal, number, run) = (self.signal, self.number, log.run());
        let rate = device.rate().unwrap_or(48_000.0);
        let mut play = |at: u64, block: &mut [f32]| {
            for (index, place) in block.iter_mut().enumerate() {
                *place = sample(signal, number, rate, at + (index / channels) as u64, index % channels);
            }
            log.add(at, channels, block);
        };
        let heard = &mut self.heard;
        let mut record = |at: u64, block: &[f32]| heard.iter_mut().for_each(|all| all.push((run, at, block.to_vec())));
        match self.client.cycle(Some(&mut play), &mut record) {
            Ok(()) => self.cycles += 1,
            Err(why) => self.give_up(why),
        }
    }

    pub(super) fn start(&mut self) -> Result<(), String> {
        self.client.start(self.cycle)?;
        (self.is_running, self.starts) = (true, self.starts + 1);
        Ok(())
    }

    pub(super) fn stop(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.is_running) { self.client.stop() } else { Ok(()) }
    }

    fn give_up(&mut self, why: String) {
        world::log(&format!("client {} gives up: {why}", self.name));
        self.gave_up = Some(why);
        self.is_running = false;
    }

    /// Compares what was heard.
    pub(super) fn compare(&self, log: &Log, channels: usize, lag: u32, or_silence: bool, level: Option<i32>) -> Heard {
        /// A tenth of a decibel.
        const LEVEL: f64 = 0.0116;
        let mut found = Heard::default();
        let factor = level.map(|level| 10_f64.powf(f64::from(level) / 20.0));
        for (run, at, block) in self.heard.iter().flatten() {
            for (index, got) in block.iter().enumerate() {
                let (frame, channel) = (at + (index / channels) as u64, index % channels);
                let played = frame.checked_sub(lag.into()).map_or(0.0, |frame| log.at(*run, frame, channels, channel));
                let wanted = f64::from(played) * factor.unwrap_or(1.0);
                let error = factor.map_or(0.0, |_| wanted.abs() * LEVEL + 1e-7);
                let is_right = (f64::from(*got) - wanted).abs() <= error || or_silence && got.to_bits() == 0;
                found.samples += 1;
                found.sounding += u64::from(got.to_bits() != 0);
                if !is_right {
                    found.wrong += 1;
                    found.first.get_or_insert_with(|| format!("frame {frame}, channel {channel}: {got}, not {wanted}"));
                }
            }
        }
        found
    }
}
