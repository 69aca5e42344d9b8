//! The ring's plan: where a call's frames belong in time, what is valid, what must be silent.
//!
//! The ring itself, the samples, is somebody else's memory. Two numbers say what it holds:
//!
//! * the *mark*: the end (exclusive) of the last absolute frame that was written;
//! * the *claim*: the end of what is being written or was written; never below the mark.
//!
//! Of an absolute frame `x` the ring holds what the present run wrote there, or silence, exactly if
//! `max(origin, claim − ring) ≤ x < mark`. A writer keeps this true: before its data it zeroes what lies between the mark and
//! its first frame. A reader gets silence for everything else, and looks at the claim once more when it has copied: what a
//! writer claimed meanwhile may have been torn and is silenced too.
//!
//! One writer and one reader at a time (the family holds the output stream's IO lock around a write and the input stream's
//! around a read) share this without a lock; neither ever waits.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering, fence};

use crate::plan::{Piece, Plan};
use crate::timeline::Now;

/// A call names frames that the ring has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeError {
    /// The first frame that was named.
    pub first: u32,
    /// How many frames were named.
    pub frames: u32,
    /// The frames that the ring has.
    pub ring: u32,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames at {} do not lie in a ring of {}", self.frames, self.first, self.ring)
    }
}

/// A write under way, from [`Ring::begin_write`] to [`Ring::end_write`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the frames become readable when the write is ended"]
pub struct Write {
    plan: Plan,
    end: u64,
}

impl Write {
    pub(crate) const NOTHING: Self = Self { plan: Plan::NOTHING, end: 0 };

    /// What the mover does, from the mix buffer (a whole ring of frames) to the ring.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// A read under way, from [`Ring::begin_read`] to [`Ring::lost`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what was overwritten while it was copied is only known afterwards"]
pub struct Read {
    plan: Plan,
    start: u64,
    oldest: u64,
    frames: u32,
}

impl Read {
    pub(crate) const fn silence(frames: u32) -> Self {
        Self { plan: Plan::silence(frames), start: 0, oldest: u64::MAX, frames }
    }

    /// What the mover does, from the ring to the client's buffer (`frames` frames).
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// What a ring of sample memory holds.
#[derive(Debug)]
pub struct Ring {
    frames: u32,
    mark: AtomicU64,
    claim: AtomicU64,
}

impl Ring {
    /// A ring of `frames` frames of which none is valid.
    pub const fn new(frames: u32) -> Self {
        Self { frames, mark: AtomicU64::new(0), claim: AtomicU64::new(0) }
    }

    /// The frames that the ring has.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// The end of all that was ever written or claimed.
    pub(crate) fn claim(&self) -> u64 {
        self.claim.load(Ordering::Relaxed)
    }

    /// Checks a range that the family named: it ends at the ring's end or before.
    ///
    /// # Errors
    /// It does not.
    pub fn check(&self, first: u32, frames: u32) -> Result<(), RangeError> {
        let fits = first <= self.frames && frames <= self.frames - first;
        if fits { Ok(()) } else { Err(RangeError { first, frames, ring: self.frames }) }
    }

    /// Plans a write of `frames` frames at ring frame `first`, and claims them. `muted`: silence is written instead.
    ///
    /// A write ends ahead of now, by up to three quarters of a ring, or behind it, by less than a quarter. One that continues
    /// where the last one ended may be up to half a ring late.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_write(&self, now: &Now, first: u32, frames: u32, muted: bool) -> Result<Write, RangeError> {
        self.check(first, frames)?;
        if frames == 0 {
            return Ok(Write::NOTHING);
        }
        let ring = u64::from(self.frames);
        let mark = self.mark.load(Ordering::Relaxed);
        let end = self.end_of_write(now, first, frames, mark);
        let start = end - u64::from(frames);

        // What the ring has given to newer frames already is not written any more.
        let expired = mark.saturating_sub(ring).saturating_sub(start).min(u64::from(frames)) as u32;
        let (first, frames, start) = (first + expired, frames - expired, start + u64::from(expired));

        // Frames of this run that nobody wrote become silence. They end where the write begins, and as they are fewer than
        // a ring, they lie in the ring before it and at the ring's end.
        let unwritten = mark.max(now.origin).max(end.saturating_sub(ring));
        let gap = start.saturating_sub(unwritten) as u32;
        let before = gap.min(first);
        let wrapped = gap - before;

        self.claim.store(end.max(self.claim.load(Ordering::Relaxed)), Ordering::Relaxed);
        // The claim is seen before any of the samples is.
        fence(Ordering::Release);
        let data = if muted { Piece::silence(first, frames) } else { Piece::copy(first, first, frames) };
        let plan =
            Plan::new([Piece::silence(self.frames - wrapped, wrapped), Piece::silence(first - before, before), data]);
        Ok(Write { plan, end })
    }

    /// The absolute frame at which a write ends.
    fn end_of_write(&self, now: &Now, first: u32, frames: u32, mark: u64) -> u64 {
        let ring = u64::from(self.frames);
        let place = now.lap_start + u64::from(first) + u64::from(frames);
        let lowest = now.position - ring / 4;
        let end = if place < lowest {
            place + ring
        } else if place >= lowest + ring {
            place - ring
        } else {
            place
        };
        let one_lap_beyond = end == mark + ring + u64::from(frames);
        if one_lap_beyond && end >= now.position + ring / 2 { end - ring } else { end }
    }

    /// Makes a write readable, after its plan was carried out.
    #[expect(clippy::needless_pass_by_value, reason = "a write is ended once")]
    pub fn end_write(&self, write: Write) {
        let mark = self.mark.load(Ordering::Relaxed);
        self.mark.store(mark.max(write.end), Ordering::Release);
    }

    /// Plans a read of `frames` frames at ring frame `first`. A read begins behind now, by at most a ring.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub fn begin_read(&self, now: &Now, first: u32, frames: u32) -> Result<Read, RangeError> {
        self.check(first, frames)?;
        let ring = u64::from(self.frames);
        let place = now.lap_start + u64::from(first);
        let start = if place < now.position { place } else { place - ring };
        let end = start + u64::from(frames);

        let mark = self.mark.load(Ordering::Acquire);
        let oldest = self.claim().saturating_sub(ring).max(now.origin);
        let valid_from = oldest.max(start).min(end);
        let valid_to = mark.max(valid_from).min(end);
        let (before, valid) = ((valid_from - start) as u32, (valid_to - valid_from) as u32);
        let plan = Plan::new([
            Piece::silence(0, before),
            Piece::copy(first + before, before, valid),
            Piece::silence(before + valid, frames - before - valid),
        ]);
        Ok(Read { plan, start, oldest, frames })
    }

    /// How many frames at the begin of a read were claimed by a writer while they were copied: they must be silenced.
    pub fn lost(&self, read: &Read) -> u32 {
        // The samples were read before the claim is.
        fence(Ordering::Acquire);
        let oldest = self.claim().saturating_sub(u64::from(self.frames));
        if oldest > read.oldest { oldest.saturating_sub(read.start).min(u64::from(read.frames)) as u32 } else { 0 }
    }
}
