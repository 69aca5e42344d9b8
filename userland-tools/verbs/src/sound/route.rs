//! What goes from one device's IO thread to another's: a ring that nobody waits for.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use sound::{Cycle, Flow, Procedure};

/// IO cycles that the ring has room for, and of how many the output is behind: one that comes late is not heard.
const ROOM: usize = 16;
const BEHIND: usize = 2;

/// The ring.
pub(super) struct Line {
    channels: usize,
    /// Frames of an IO cycle.
    block: usize,
    samples: Box<[AtomicU32]>,
    /// Frames that were put in so far.
    written: AtomicU64,
    /// IO cycles of the output.
    pub(super) cycles: AtomicU64,
    /// Frames that were not there in time, or had no room.
    pub(super) missed: AtomicU64,
}

impl Line {
    pub(super) fn new(channels: usize, block: usize) -> Line {
        let samples = (0..channels * block * ROOM).map(|_| AtomicU32::new(0)).collect();
        let zero = || AtomicU64::new(0);
        Line { channels, block, samples, written: zero(), cycles: zero(), missed: zero() }
    }

    fn frames(&self) -> u64 {
        (self.block * ROOM) as u64
    }

    /// The samples of a frame.
    fn frame(&self, frame: u64) -> &[AtomicU32] {
        let at = (frame % self.frames()) as usize * self.channels;
        &self.samples[at..at + self.channels]
    }
}

/// Puts a device's first input stream into the ring.
pub(super) struct Tap<'a>(&'a Line);

impl<'a> Tap<'a> {
    pub(super) fn new(line: &'a Line) -> Tap<'a> {
        Tap(line)
    }
}

impl Procedure for Tap<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        let line = self.0;
        let Some(input) = cycle.inputs.first().filter(|input| input.channels == line.channels) else { return Flow::On };
        let mut at = line.written.load(Ordering::Relaxed);
        for frame in input.samples.chunks_exact(line.channels) {
            for (to, from) in line.frame(at).iter().zip(frame) {
                to.store(from.to_bits(), Ordering::Relaxed);
            }
            at += 1;
        }
        line.written.store(at, Ordering::Release);
        Flow::On
    }
}

/// Plays what is in the ring into a device's first output stream: channel by channel, as many as both have.
pub(super) struct Feed<'a> {
    line: &'a Line,
    next: Option<u64>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(line: &'a Line) -> Feed<'a> {
        Feed { line, next: None }
    }
}

impl Procedure for Feed<'_> {
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow {
        let line = self.line;
        let Some(output) = cycle.outputs.first_mut().filter(|output| output.channels > 0) else { return Flow::On };
        let written = line.written.load(Ordering::Acquire);
        let behind = (line.block * BEHIND) as u64;
        // The ring fills before the first is played, and again when it was empty.
        if self.next.is_none() && written < behind {
            return Flow::On;
        }
        line.cycles.fetch_add(1, Ordering::Relaxed);
        let mut next = self.next.unwrap_or(written - behind);
        // Two clocks drift apart: what is overtaken, or not there yet, is left out.
        let oldest = (written + line.block as u64).saturating_sub(line.frames());
        let count = (output.samples.len() / output.channels) as u64;
        if next + count > written {
            line.missed.fetch_add(count, Ordering::Relaxed);
            self.next = None;
            return Flow::On;
        }
        if next < oldest {
            line.missed.fetch_add(written - behind.max(count) - next, Ordering::Relaxed);
            next = written - behind.max(count);
        }
        for frame in output.samples.chunks_exact_mut(output.channels) {
            for (to, from) in frame.iter_mut().zip(line.frame(next)) {
                *to = f32::from_bits(from.load(Ordering::Relaxed));
            }
            next += 1;
        }
        self.next = Some(next);
        Flow::On
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sound::{Input, Moment, Output};

    const NOW: Moment = Moment { frame: 0, ns: 0 };

    fn tap(line: &Line, samples: &[f32]) {
        let inputs = [Input { channels: 2, samples }];
        Tap::new(line).cycle(&mut Cycle { now: NOW, read: NOW, written: NOW, inputs: &inputs, outputs: &mut [] });
    }

    /// What is played in the next cycle; all samples are whole numbers.
    fn feed(feed: &mut Feed<'_>) -> [i32; 12] {
        let mut samples = [0.0; 12];
        let outputs = &mut [Output { channels: 3, samples: &mut samples }];
        feed.cycle(&mut Cycle { now: NOW, read: NOW, written: NOW, inputs: &[], outputs });
        samples.map(|sample| sample as i32)
    }

    /// Four frames of two channels.
    fn block(first: u8) -> Vec<f32> {
        (0..8).map(|sample| f32::from(first + sample)).collect()
    }

    #[test]
    fn what_goes_in_comes_out_two_cycles_later_in_the_channels_that_there_are() {
        let line = Line::new(2, 4);
        let mut out = Feed::new(&line);
        tap(&line, &block(0));
        assert_eq!(feed(&mut out), [0; 12], "it fills first");
        tap(&line, &block(10));
        assert_eq!(feed(&mut out), [0, 1, 0, 2, 3, 0, 4, 5, 0, 6, 7, 0]);
        assert_eq!(feed(&mut out)[..2], [10, 11]);
        assert_eq!((line.cycles.load(Ordering::Relaxed), line.missed.load(Ordering::Relaxed)), (2, 0));
    }

    #[test]
    fn what_is_not_there_in_time_or_overtaken_is_counted() {
        let line = Line::new(2, 4);
        let mut out = Feed::new(&line);
        (0..2).for_each(|_| tap(&line, &block(0)));
        (0..2).for_each(|_| assert_ne!(feed(&mut out), [0; 12]));
        assert_eq!(feed(&mut out), [0; 12]);
        assert_eq!(line.missed.load(Ordering::Relaxed), 4, "eight frames were there, twelve were wanted");
        tap(&line, &block(10));
        assert_ne!(feed(&mut out), [0; 12], "it goes on");
        (0..ROOM).for_each(|_| tap(&line, &block(0)));
        feed(&mut out);
        // 72 were written when it had heard 8, and it goes on two cycles behind.
        assert_eq!(line.missed.load(Ordering::Relaxed), 4 + 76 - 8 - 8);
    }
}
