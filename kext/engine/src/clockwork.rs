//! The engine's clock: started and stopped by the family, followed lap by lap by the timer, asked by everybody.

use crate::sync::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use core::array;
use core::ffi::CStr;

use crate::clock::{ClockError, Pace, Pitch, Timebase};
use crate::timeline::{Now, Run, Timeline};

/// How many laps a late timer makes good at once; if it missed more, the clock is anchored anew.
pub const MAX_LATE_LAPS: u64 = 1000;

/// How often a run is looked at that is changing: another thread is done with that in a few instructions.
const TRIES: u32 = 64;

/// The bins that laps are counted in by how late the timer came: name and upper end in nanoseconds.
const LATENESS: [(&CStr, u64); 7] = [
    (c"LapsWithin10us", 10_000),
    (c"LapsWithin100us", 100_000),
    (c"LapsWithin1ms", 1_000_000),
    (c"LapsWithin10ms", 10_000_000),
    (c"LapsWithin100ms", 100_000_000),
    (c"LapsWithin1s", 1_000_000_000),
    (c"LapsLater", u64::MAX),
];
/// What is counted of a clock.
pub(crate) const COUNTS: usize = 2 + LATENESS.len();

/// What a start gives: both in ticks of the mach absolute clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// When lap 0 began.
    pub anchor: u64,
    /// When the timer is due.
    pub wake: u64,
}

/// What the timer has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lap {
    /// A lap began at this time: announce it, then ask again.
    Due(u64),
    /// Nothing before this time.
    Wait(u64),
    /// More than [`MAX_LATE_LAPS`] laps were missed: stop and start, for a new anchor.
    Reanchor,
    /// The engine does not run.
    Stopped,
}

/// The last time at which a lap began, as hosts ask for it that are not told laps one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroTimeStamp {
    /// Frames from the start to the begin of the lap: a whole number of rings.
    pub frame: u64,
    /// When it began, in ticks of the mach absolute clock.
    pub time: u64,
    /// The number of the start, from 1: frames of different starts have nothing to do with each other.
    pub start: u64,
}

/// What the clock follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The host's clock, at exactly the nominal rate.
    Host,
    /// The host's clock, a [`Pitch`] faster.
    Adjustable,
}

/// Whatever changes it runs under the work loop's gate, one at a time; [`Clockwork::now`] may be asked by any thread.
#[derive(Debug)]
pub(crate) struct Clockwork {
    timebase: Timebase,
    ring_frames: u32,
    /// The rate of the next start.
    rate: AtomicU32,
    adjustable: AtomicBool,
    pitch: AtomicI32,
    /// Rate and pitch of the present run.
    run_rate: AtomicU32,
    run_pitch: AtomicI32,
    /// Laps announced in the present run.
    announced: AtomicU64,
    /// Whether a thread that asks for a timestamp is announcing laps.
    announcing: AtomicBool,
    timeline: Timeline,
    starts: AtomicU64,
    reanchors: AtomicU64,
    lateness: [AtomicU64; LATENESS.len()],
}

impl Clockwork {
    pub(crate) fn new(ring_frames: u32, rate: u32, timebase: Timebase) -> Self {
        Self {
            timebase,
            ring_frames,
            rate: AtomicU32::new(rate),
            adjustable: AtomicBool::new(false),
            pitch: AtomicI32::new(0),
            run_rate: AtomicU32::new(rate),
            run_pitch: AtomicI32::new(0),
            announced: AtomicU64::new(0),
            announcing: AtomicBool::new(false),
            timeline: Timeline::new(ring_frames),
            starts: AtomicU64::new(0),
            reanchors: AtomicU64::new(0),
            lateness: array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Starts at `time`, with frames beyond `claimed`, the end of what was ever written.
    pub(crate) fn start(&self, time: u64, claimed: u64) -> Result<Started, ClockError> {
        let (rate, pitch) = (self.rate.load(Ordering::Relaxed), self.wanted_pitch());
        let pace = Pace::new(rate, self.ring_frames, self.timebase, pitch)?;
        // Beyond whatever a call that is still under way from an earlier run may claim: a write ends less than a ring ahead.
        let ring = u64::from(self.ring_frames);
        let reached = self.timeline.reached(time).max(claimed) + ring;
        let origin = (reached / ring + 2) * ring;
        self.run_rate.store(rate, Ordering::Relaxed);
        self.begin(&Run::new(&pace, origin, origin, time), pitch);
        add(&self.starts, 1);
        Ok(Started { anchor: time, wake: time.saturating_add(pace.lap_offset(1)) })
    }

    fn begin(&self, run: &Run, pitch: Pitch) {
        self.run_pitch.store(pitch.parts(), Ordering::Relaxed);
        self.announced.store(0, Ordering::Relaxed);
        self.timeline.start(run);
    }

    pub(crate) fn stop(&self) {
        self.timeline.stop();
    }

    /// What the timer has to do at `time`. A changed pitch counts from the begin of the next lap.
    pub(crate) fn next_lap(&self, time: u64) -> Lap {
        let Some(run) = self.timeline.run() else { return Lap::Stopped };
        let pitch = Pitch::new(self.run_pitch.load(Ordering::Relaxed)).unwrap_or_default();
        let rate = self.run_rate.load(Ordering::Relaxed);
        let Ok(pace) = Pace::new(rate, self.ring_frames, self.timebase, pitch) else { return Lap::Stopped };
        let announced = self.announced.load(Ordering::Relaxed);
        let begins = |lap: u64| run.anchor.saturating_add(pace.lap_offset(lap));
        let next = begins(announced + 1);
        if time < next {
            return Lap::Wait(next);
        }
        if time >= begins(announced + MAX_LATE_LAPS + 1) {
            add(&self.reanchors, 1);
            return Lap::Reanchor;
        }
        self.count_lateness(time - next);
        self.announced.store(announced + 1, Ordering::Relaxed);
        self.bend(&run, pitch, announced + 1, next);
        Lap::Due(next)
    }

    /// Goes over to a changed pitch at the begin of a lap of the run, which is at `time`.
    fn bend(&self, run: &Run, pitch: Pitch, lap: u64, time: u64) {
        let (rate, wanted) = (self.run_rate.load(Ordering::Relaxed), self.wanted_pitch());
        if wanted != pitch
            && let Ok(pace) = Pace::new(rate, self.ring_frames, self.timebase, wanted)
        {
            let base = run.base + lap * u64::from(self.ring_frames);
            self.begin(&Run::new(&pace, run.origin, base, time), wanted);
        }
    }

    /// The run with its pitch and pace; nothing while another thread is going over to another one.
    fn pace_of_run(&self) -> Option<(Run, Pitch, Pace)> {
        let run = self.timeline.run()?;
        let pitch = Pitch::new(self.run_pitch.load(Ordering::Relaxed)).unwrap_or_default();
        let pace = Pace::new(self.run_rate.load(Ordering::Relaxed), self.ring_frames, self.timebase, pitch).ok()?;
        (pace.speed() == run.speed()).then_some((run, pitch, pace))
    }

    /// The last begin of a lap at `time`, however many laps ago one was asked for; nothing when nothing runs. A changed pitch
    /// counts from there on. Any thread may ask; for a clock whose laps nobody is told of by [`Clockwork::next_lap`].
    pub(crate) fn zero_time_stamp(&self, time: u64) -> Option<ZeroTimeStamp> {
        let (run, pitch, pace) = (0..TRIES).find_map(|_| self.pace_of_run())?;
        let lap = pace.position(time.saturating_sub(run.anchor)).lap_start / u64::from(self.ring_frames);
        let begun = run.anchor.saturating_add(pace.lap_offset(lap));
        // One thread at a time announces; another one that asks meanwhile has its answer all the same.
        if lap > self.announced.load(Ordering::Relaxed)
            && self.announcing.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        {
            self.count_lateness(time.saturating_sub(begun));
            self.announced.store(lap, Ordering::Relaxed);
            self.bend(&run, pitch, lap, begun);
            self.announcing.store(false, Ordering::Release);
        }
        let frame = run.base - run.origin + lap * u64::from(self.ring_frames);
        Some(ZeroTimeStamp { frame, time: begun, start: self.starts.load(Ordering::Relaxed) })
    }

    fn count_lateness(&self, ticks: u64) {
        let nanoseconds = self.nanoseconds(ticks);
        let mut bins = LATENESS.iter().zip(&self.lateness);
        if let Some((_, count)) = bins.find(|((_, end), _)| nanoseconds < *end) {
            add(count, 1);
        }
    }

    /// What was counted, by name: starts, new anchors, and laps by the timer's lateness.
    pub(crate) fn counts(&self) -> [(&'static CStr, u64); COUNTS] {
        let mut counts = [(c"Starts", 0); COUNTS];
        let single = [(c"Starts", &self.starts), (c"Reanchors", &self.reanchors)];
        let laps = LATENESS.iter().map(|(name, _)| *name).zip(&self.lateness);
        for (place, (name, count)) in counts.iter_mut().zip(single.into_iter().chain(laps)) {
            *place = (name, count.load(Ordering::Relaxed));
        }
        counts
    }

    /// Ticks as nanoseconds, rounded down.
    pub(crate) fn nanoseconds(&self, ticks: u64) -> u64 {
        let Timebase { numer, denom } = self.timebase;
        (u128::from(ticks) * u128::from(numer) / u128::from(denom.max(1))) as u64
    }

    /// The ring frame that is due at `time` in the lap that was last announced; 0 when nothing runs.
    pub(crate) fn current_frame(&self, time: u64) -> u32 {
        let ring = u64::from(self.ring_frames);
        self.timeline.run().map_or(0, |run| {
            let announced = run.base + self.announced.load(Ordering::Relaxed) * ring;
            run.now(time).position.saturating_sub(announced).min(ring - 1) as u32
        })
    }

    /// Where the running clock is at `time`; nothing when it does not run, or is just being started.
    pub(crate) fn now(&self, time: u64) -> Option<Now> {
        self.timeline.run().map(|run| run.now(time))
    }

    /// The rate of the next start.
    pub(crate) fn set_rate(&self, rate: u32) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    pub(crate) fn rate(&self) -> u32 {
        self.rate.load(Ordering::Relaxed)
    }

    pub(crate) fn set_source(&self, source: Source) {
        self.adjustable.store(source == Source::Adjustable, Ordering::Relaxed);
    }

    pub(crate) fn source(&self) -> Source {
        if self.adjustable.load(Ordering::Relaxed) { Source::Adjustable } else { Source::Host }
    }

    pub(crate) fn set_pitch(&self, pitch: Pitch) {
        self.pitch.store(pitch.parts(), Ordering::Relaxed);
    }

    fn wanted_pitch(&self) -> Pitch {
        match self.source() {
            Source::Host => Pitch::NOMINAL,
            Source::Adjustable => Pitch::new(self.pitch.load(Ordering::Relaxed)).unwrap_or_default(),
        }
    }
}

/// Counts where only one thread at a time does, without a locked instruction.
pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}
