//! What procedures are made of: a player and a recorder, by absolute frame.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::hal::{Cycle, Flow, Procedure};

/// Plays a sound into a device's first output stream, from its first cycle on. A sound of fewer channels goes into the first
/// ones; where a Mac leaves frames out, the sound's are left out too.
pub struct Player<'a> {
    sound: &'a [f32],
    channels: usize,
    /// Frames that the sound is behind, by what the device declares.
    latency: u64,
    begun: Option<i64>,
}

impl<'a> Player<'a> {
    /// Plays interleaved samples; done when they have left a device that takes `latency` frames for it.
    pub fn new(sound: &'a [f32], channels: usize, latency: u32) -> Player<'a> {
        Player { sound, channels: channels.max(1), latency: latency.into(), begun: None }
    }

    /// The device's frame that the sound's first was written at.
    pub fn written_from(&self) -> Option<i64> {
        self.begun
    }

    /// Frames of the sound.
    fn frames(&self) -> u64 {
        (self.sound.len() / self.channels) as u64
    }
}

impl Procedure for Player<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        let Some(output) = cycle.outputs.first_mut() else { return Flow::On };
        let at = cycle.written.frame;
        let begun = *self.begun.get_or_insert(at);
        let from = usize::try_from(at - begun).unwrap_or(0).saturating_mul(self.channels).min(self.sound.len());
        let width = output.channels.max(1);
        let both = self.channels.min(width);
        let blocks = output.samples.chunks_exact_mut(width).zip(self.sound[from..].chunks_exact(self.channels));
        for (to, frame) in blocks {
            to[..both].copy_from_slice(&frame[..both]);
        }
        let over = begun.saturating_add_unsigned(self.frames() + self.latency);
        if cycle.now.frame >= over { Flow::Done } else { Flow::On }
    }
}

/// Records a device's first input stream, from its first cycle on, until the tape is full. Frames that a Mac leaves out are
/// silence.
pub struct Recorder<'a> {
    tape: &'a mut [f32],
    channels: usize,
    begun: Option<i64>,
    cycles: u64,
    /// Frames of the tape behind which nothing is recorded yet.
    done: u64,
    missed: u64,
    progress: &'a AtomicU64,
}

impl<'a> Recorder<'a> {
    /// Records as many frames of so many channels as the tape, which is silent, has room for. `progress` is told how many
    /// there are.
    pub fn new(tape: &'a mut [f32], channels: usize, progress: &'a AtomicU64) -> Recorder<'a> {
        Recorder { tape, channels: channels.max(1), begun: None, cycles: 0, done: 0, missed: 0, progress }
    }

    /// The device's frame that the first of the tape was read at.
    pub fn read_from(&self) -> Option<i64> {
        self.begun
    }

    /// Cycles that were recorded.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Frames that were recorded, with those between that were left out.
    pub fn recorded(&self) -> u64 {
        self.done
    }

    /// Frames that the Mac has left out.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

impl Procedure for Recorder<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        let all = (self.tape.len() / self.channels) as u64;
        if self.done >= all {
            return Flow::Done;
        }
        let Some(input) = cycle.inputs.first().filter(|input| input.channels == self.channels) else {
            return Flow::On;
        };
        let begun = *self.begun.get_or_insert(cycle.read.frame);
        // A frame that was there already is not recorded again.
        let Ok(from) = u64::try_from(cycle.read.frame - begun) else { return Flow::On };
        let known = self.done.saturating_sub(from) as usize * self.channels;
        let samples = input.samples.get(known..).unwrap_or_default();
        let from = from.max(self.done).min(all);
        let place = from as usize * self.channels;
        let room = &mut self.tape[place..];
        let count = room.len().min(samples.len());
        room[..count].copy_from_slice(&samples[..count]);
        self.cycles += 1;
        self.missed += from - self.done;
        self.done = from + (count / self.channels) as u64;
        self.progress.store(self.done, Ordering::Relaxed);
        if self.done >= all { Flow::Done } else { Flow::On }
    }
}
