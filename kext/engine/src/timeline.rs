//! The running clock, published by the work loop for the threads that do IO.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};

use crate::clock::{Fraction, Pace, Speed};

/// Where a running engine is at a time, in absolute frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The frame that is due.
    pub position: u64,
    /// Where the lap began that `position` is in: a whole number of rings.
    pub lap_start: u64,
    /// The first frame of this run: a whole number of rings, at least two of them.
    pub origin: u64,
}

/// One run: from a start to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) rate: u32,
    pub(crate) origin: u64,
    pub(crate) anchor: u64,
    speed: Speed,
}

impl Run {
    /// Where it is at a time; before its anchor it is at its origin.
    pub(crate) fn now(&self, time: u64) -> Now {
        let position = self.speed.position(time.saturating_sub(self.anchor));
        Now {
            position: self.origin + position.frames,
            lap_start: self.origin + position.lap_start,
            origin: self.origin,
        }
    }
}

/// The published run. One thread at a time starts and stops it (the work loop's gate); any thread asks it at any time, and
/// is never made to wait: while a start is under way the answer is that nothing runs.
#[derive(Debug)]
pub(crate) struct Timeline {
    ring_frames: u32,
    /// Odd while the fields below change.
    sequence: AtomicU32,
    running: AtomicBool,
    rate: AtomicU32,
    origin: AtomicU64,
    anchor: AtomicU64,
    frames_per_tick: AtomicU64,
    laps_per_tick: AtomicU64,
}

impl Timeline {
    pub(crate) const fn new(ring_frames: u32) -> Self {
        Self {
            ring_frames,
            sequence: AtomicU32::new(0),
            running: AtomicBool::new(false),
            rate: AtomicU32::new(0),
            origin: AtomicU64::new(0),
            anchor: AtomicU64::new(0),
            frames_per_tick: AtomicU64::new(0),
            laps_per_tick: AtomicU64::new(0),
        }
    }

    /// The fields, whether they belong together or not.
    fn fields(&self) -> Run {
        Run {
            rate: self.rate.load(Ordering::Relaxed),
            origin: self.origin.load(Ordering::Relaxed),
            anchor: self.anchor.load(Ordering::Relaxed),
            speed: Speed {
                ring_frames: self.ring_frames,
                frames_per_tick: Fraction(self.frames_per_tick.load(Ordering::Relaxed)),
                laps_per_tick: Fraction(self.laps_per_tick.load(Ordering::Relaxed)),
            },
        }
    }

    /// The present run, if there is one and it is not changing.
    pub(crate) fn run(&self) -> Option<Run> {
        let sequence = self.sequence.load(Ordering::Acquire);
        let running = self.running.load(Ordering::Relaxed);
        let run = self.fields();
        fence(Ordering::Acquire);
        let unchanged = self.sequence.load(Ordering::Relaxed) == sequence;
        (running && sequence.is_multiple_of(2) && unchanged).then_some(run)
    }

    /// The last run, for the thread that starts and stops: how far it would have come by now, or nothing before the first.
    pub(crate) fn reached(&self, time: u64) -> u64 {
        self.fields().now(time).position
    }

    /// Begins a run at `anchor` with the absolute frame `origin`.
    pub(crate) fn start(&self, rate: u32, pace: &Pace, origin: u64, anchor: u64) {
        let speed = pace.speed();
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.rate.store(rate, Ordering::Relaxed);
        self.origin.store(origin, Ordering::Relaxed);
        self.anchor.store(anchor, Ordering::Relaxed);
        self.frames_per_tick.store(speed.frames_per_tick.0, Ordering::Relaxed);
        self.laps_per_tick.store(speed.laps_per_tick.0, Ordering::Relaxed);
        self.running.store(true, Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Ends the run.
    pub(crate) fn stop(&self) {
        self.running.store(false, Ordering::Release);
    }
}
