//! The running clock, published by the work loop for the threads that do IO.

use crate::sync::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};

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

/// One run at one pace: from a start, or from a change of pitch, to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The first frame since the start.
    pub(crate) origin: u64,
    /// The frame that was due at the anchor: a whole number of rings, and the origin after a start.
    pub(crate) base: u64,
    /// When it began, in ticks.
    pub(crate) anchor: u64,
    speed: Speed,
}

impl Run {
    /// A run that began at `anchor` with the frame `base`.
    pub(crate) fn new(pace: &Pace, origin: u64, base: u64, anchor: u64) -> Self {
        Self { origin, base, anchor, speed: pace.speed() }
    }

    /// How fast it goes.
    pub(crate) fn speed(&self) -> Speed {
        self.speed
    }

    /// Where it is at a time; before its anchor it is at its base.
    pub(crate) fn now(&self, time: u64) -> Now {
        let position = self.speed.position(time.saturating_sub(self.anchor));
        Now { position: self.base + position.frames, lap_start: self.base + position.lap_start, origin: self.origin }
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
    origin: AtomicU64,
    base: AtomicU64,
    anchor: AtomicU64,
    frames_per_tick: AtomicU64,
    laps_per_tick: AtomicU64,
}

impl Timeline {
    pub(crate) fn new(ring_frames: u32) -> Self {
        Self {
            ring_frames,
            sequence: AtomicU32::new(0),
            running: AtomicBool::new(false),
            origin: AtomicU64::new(0),
            base: AtomicU64::new(0),
            anchor: AtomicU64::new(0),
            frames_per_tick: AtomicU64::new(0),
            laps_per_tick: AtomicU64::new(0),
        }
    }

    /// The fields, whether they belong together or not.
    fn fields(&self) -> Run {
        Run {
            origin: self.origin.load(Ordering::Relaxed),
            base: self.base.load(Ordering::Relaxed),
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

    /// Goes over to a run.
    pub(crate) fn start(&self, run: &Run) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.origin.store(run.origin, Ordering::Relaxed);
        self.base.store(run.base, Ordering::Relaxed);
        self.anchor.store(run.anchor, Ordering::Relaxed);
        self.frames_per_tick.store(run.speed.frames_per_tick.0, Ordering::Relaxed);
        self.laps_per_tick.store(run.speed.laps_per_tick.0, Ordering::Relaxed);
        self.running.store(true, Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Ends the run.
    pub(crate) fn stop(&self) {
        self.running.store(false, Ordering::Release);
    }
}
