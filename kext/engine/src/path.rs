//! The way of samples through a device: levels, format, ring, and what is counted of it.

use crate::sync::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use core::ffi::CStr;
use core::fmt;

use crate::clockwork::add;
use crate::fader::{self, Curve, Fader, Level};
use crate::format::SampleFormat;
use crate::level::{LevelError, Side};
use crate::plan::{Plan, Sound, Span};
use crate::ring::{RangeError, Ring, View};
use crate::timeline::Now;

/// Cells that a path for `channels` channels borrows, for its levels.
pub const fn cells_for(channels: u32) -> usize {
    2 * fader::cells_for(channels)
}

/// Not [`cells_for`] the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellsError {
    /// The cells that were lent.
    pub lent: usize,
    /// The cells that are needed.
    pub needed: usize,
}

impl fmt::Display for CellsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cells for the levels, {} are needed", self.lent, self.needed)
    }
}

/// A write under way, from [`Path::begin_write`] to [`Path::end_write`].
#[derive(Debug)]
#[must_use = "the frames become readable when the write is ended"]
pub struct Write<'a> {
    plan: Plan<'a>,
    end: u64,
    overlap: u32,
}

impl<'a> Write<'a> {
    /// What the mover does, from the mix buffer (a whole ring of frames) to the ring.
    pub fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    /// Where the ring has frames already that the plan's sound is written over: the first, and how many. A host that does not mix
    /// its clients' sound has it added up there.
    pub fn overlap(&self) -> (u32, u32) {
        (self.plan.sound.to, self.overlap)
    }
}

/// A read under way, from [`Path::begin_read`] to [`Path::end_read`].
#[derive(Debug)]
#[must_use = "what was overwritten while it was copied is only known afterwards"]
pub struct Read<'a> {
    plan: Plan<'a>,
    view: View,
}

impl<'a> Read<'a> {
    /// What the mover does, from the ring to the client's buffer (`frames` frames).
    pub fn plan(&self) -> &Plan<'a> {
        &self.plan
    }
}

/// What was counted since the path was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames written to the ring, those that were written again too.
    pub frames_written: u64,
    /// Frames read from the ring, silent ones too.
    pub frames_read: u64,
    /// Writes whose first frame was due already.
    pub late_writes: u64,
    /// Reads of which some frame was not there and became silence.
    pub silent_reads: u64,
    /// Writes that began before the end of what was written: a client was late, and the family mixed it in.
    pub reclips: u64,
    /// The longest that a write or read took, in ticks: of all with 1024 samples or more, and of every sixteenth call.
    pub worst_io: u64,
}

/// What is counted of a path.
pub(crate) const COUNTS: usize = 6;

impl Traffic {
    /// By name, the longest call in nanoseconds.
    pub(crate) fn counts(&self, worst_io: u64) -> [(&'static CStr, u64); COUNTS] {
        [
            (c"FramesWritten", self.frames_written),
            (c"FramesRead", self.frames_read),
            (c"LateWrites", self.late_writes),
            (c"SilentReads", self.silent_reads),
            (c"Reclips", self.reclips),
            (c"WorstIONanoseconds", worst_io),
        ]
    }
}

/// A call with fewer samples is timed only now and then, because reading the clock takes as long as what is to be timed.
const TIMED_SAMPLES: u32 = 1024;
/// How often.
const TIMED_CALLS: u32 = 16;

/// What one side's calls count. Only one of them runs at a time, so nothing is lost without locked instructions.
#[derive(Debug, Default)]
struct Counters {
    calls: AtomicU32,
    frames: AtomicU64,
    late_or_silent: AtomicU64,
    again: AtomicU64,
    worst: AtomicU64,
}

impl Counters {
    /// Counts a call of so many frames.
    fn count(&self, frames: u32) {
        add(&self.frames, u64::from(frames));
        self.calls.store(self.calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Times a call of so many samples, if it is one of those that are timed.
    fn time(&self, samples: u32, took: impl FnOnce() -> u64) {
        if samples >= TIMED_SAMPLES || self.calls.load(Ordering::Relaxed).is_multiple_of(TIMED_CALLS) {
            let took = took();
            if took > self.worst.load(Ordering::Relaxed) {
                self.worst.store(took, Ordering::Relaxed);
            }
        }
    }
}

/// The way of samples through one device.
///
/// Writes and what they end come one at a time (the family holds the output stream's IO lock), and so do reads (the input
/// stream's). Both may run at once with each other and with everything else; nothing waits.
#[derive(Debug)]
pub struct Path<'a> {
    channels: u32,
    /// A [`SampleFormat`].
    format: AtomicU8,
    ring: Ring,
    volume: Fader<'a>,
    gain: Fader<'a>,
    /// The end of the newest frame that was read.
    heard: AtomicU64,
    writes: Counters,
    reads: Counters,
}

impl<'a> Path<'a> {
    /// A path with an empty ring of `ring_frames` frames of `channels` channels in Float32, with all levels at 0 dB. `cells`
    /// hold nothing for anybody else as long as the path lives.
    ///
    /// # Errors
    /// The cells are not [`cells_for`] the channels.
    pub fn new(channels: u32, ring_frames: u32, cells: &'a [AtomicU32]) -> Result<Self, CellsError> {
        let needed = cells_for(channels);
        if cells.len() != needed {
            return Err(CellsError { lent: cells.len(), needed });
        }
        let (volume, gain) = cells.split_at(needed / 2);
        Ok(Self {
            channels,
            format: AtomicU8::new(SampleFormat::Float32 as u8),
            ring: Ring::new(ring_frames),
            volume: Fader::new(Side::Write, channels, volume),
            gain: Fader::new(Side::Read, channels, gain),
            heard: AtomicU64::new(0),
            writes: Counters::default(),
            reads: Counters::default(),
        })
    }

    /// The end of all that was ever claimed by a write, as an absolute frame.
    pub fn claimed(&self) -> u64 {
        self.ring.claim()
    }

    /// Sets the level of a channel, from 1, or of all if `channel` is 0, to a value of the side's [`law`](Side::law). The next
    /// call of that side begins a ramp of 10 ms to it. Called under the work loop's gate.
    ///
    /// # Errors
    /// The level cannot have the value, or there is no such channel; nothing has changed.
    pub fn set_level(&self, side: Side, channel: u32, value: u32) -> Result<(), LevelError> {
        self.fader(side).set_level(channel, value)
    }

    /// Mutes a channel, from 1, or all if `channel` is 0, or lets it sound again; the level is kept. The next call of that side
    /// begins a ramp of 10 ms to it. Called under the work loop's gate.
    ///
    /// # Errors
    /// There is no such channel; nothing has changed.
    pub fn set_mute(&self, side: Side, channel: u32, muted: bool) -> Result<(), LevelError> {
        self.fader(side).set_mute(channel, muted)
    }

    fn fader(&self, side: Side) -> &Fader<'a> {
        match side {
            Side::Write => &self.volume,
            Side::Read => &self.gain,
        }
    }

    /// Sets what the ring carries. What it holds is noise in another format: called while nothing runs, under the work loop's
    /// gate, and what runs next begins with frames of its own.
    pub fn set_format(&self, format: SampleFormat) {
        self.format.store(format as u8, Ordering::Relaxed);
    }

    /// What the ring carries.
    pub fn format(&self) -> SampleFormat {
        let format = self.format.load(Ordering::Relaxed);
        SampleFormat::ALL.into_iter().find(|known| *known as u8 == format).unwrap_or(SampleFormat::Float32)
    }

    /// Plans a write of `frames` frames at ring frame `first`. `now` is where the clock is, and nothing if it does not run: the
    /// write is dropped. `rate` is in frames a second.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_write(&self, now: Option<&Now>, rate: u32, first: u32, frames: u32) -> Result<Write<'_>, RangeError> {
        self.ring.check(first, frames)?;
        let Some(now) = now.filter(|_| frames > 0) else {
            return Ok(Write { plan: self.plan(Side::Write, [Span::default(); 2], Sound::NONE), end: 0, overlap: 0 });
        };
        // What was handed out of this run ends with the claim.
        let claimed = self.ring.claim();
        self.volume.follow((claimed > now.origin).then_some(claimed), rate);
        let claim = self.ring.claim_frames(now, first, frames)?;
        let Span { first, frames } = claim.data;
        self.writes.count(frames);
        if claim.late {
            add(&self.writes.late_or_silent, 1);
        }
        if claim.again {
            add(&self.writes.again, 1);
        }
        let curve = self.volume.curve(claim.start);
        let sound = Sound { start: claim.start, from: first, to: first, frames, curve };
        Ok(Write { plan: self.plan(Side::Write, claim.gaps, sound), end: claim.end, overlap: claim.overlap })
    }

    /// Makes a write readable, after its plan was carried out. `took` says how many ticks have passed since its begin; it is
    /// asked if the write is one of those that are timed.
    #[expect(clippy::needless_pass_by_value, reason = "a write is ended once")]
    pub fn end_write(&self, write: Write<'_>, took: impl FnOnce() -> u64) {
        self.ring.publish(write.end);
        let samples = write.plan.sound.frames * self.channels;
        self.writes.time(samples, took);
    }

    /// Plans a read of `frames` frames at ring frame `first`. `now` is where the clock is, and nothing if it does not run: the
    /// read is silent. `rate` is in frames a second.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_read(&self, now: Option<&Now>, rate: u32, first: u32, frames: u32) -> Result<Read<'_>, RangeError> {
        self.ring.check(first, frames)?;
        let (view, curve) = match now {
            None => (View::nothing(frames), Curve::Steady(Level::Silent)),
            Some(now) => {
                let heard = self.heard.load(Ordering::Relaxed);
                self.gain.follow((heard > now.origin).then_some(heard.max(now.position)), rate);
                let view = self.ring.view(now, first, frames)?;
                self.heard.store(heard.max(view.start + u64::from(frames)), Ordering::Relaxed);
                (view, self.gain.curve(view.start + u64::from(view.before)))
            }
        };
        self.reads.count(frames);
        let View { start, before, valid, .. } = view;
        let behind = before + valid.frames;
        let silence = [Span { first: 0, frames: before }, Span { first: behind, frames: frames - behind }];
        let sound =
            Sound { start: start + u64::from(before), from: valid.first, to: before, frames: valid.frames, curve };
        Ok(Read { plan: self.plan(Side::Read, silence, sound), view })
    }

    /// Ends a read, after its plan was carried out: how many frames at its begin a writer overwrote meanwhile. They must be
    /// silenced. `took` says how many ticks have passed since its begin; it is asked if the read is one of those that are timed.
    #[expect(clippy::needless_pass_by_value, reason = "a read is ended once")]
    pub fn end_read(&self, read: Read<'_>, took: impl FnOnce() -> u64) -> u32 {
        let lost = self.ring.lost(&read.view);
        if lost > 0 || read.view.valid.frames < read.view.frames {
            add(&self.reads.late_or_silent, 1);
        }
        self.reads.time(read.view.frames * self.channels, took);
        lost
    }

    fn plan<'p>(&'p self, side: Side, silence: [Span; 2], sound: Sound<'p>) -> Plan<'p> {
        Plan { side, format: self.format(), channels: self.channels, silence, sound }
    }

    /// What was counted so far. Called by any thread; the numbers may be of slightly different moments.
    pub fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            frames_written: read(&self.writes.frames),
            frames_read: read(&self.reads.frames),
            late_writes: read(&self.writes.late_or_silent),
            silent_reads: read(&self.reads.late_or_silent),
            reclips: read(&self.writes.again),
            worst_io: read(&self.writes.worst).max(read(&self.reads.worst)),
        }
    }
}
