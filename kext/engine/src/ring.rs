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

use crate::sync::{AtomicU64, Ordering, fence};
use core::fmt;

use crate::plan::Span;
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

/// Frames that a write claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// What becomes silent in the ring before the data is there.
    pub(crate) gaps: [Span; 2],
    /// Where the data goes.
    pub(crate) data: Span,
    /// The absolute number of the first frame of data.
    pub(crate) start: u64,
    /// The end of the data.
    pub(crate) end: u64,
    /// Frames were written before.
    pub(crate) again: bool,
    /// How many of the data's frames, from their begin, were written before and are in the ring.
    pub(crate) overlap: u32,
    /// The first of the frames was due already.
    pub(crate) late: bool,
}

/// Frames that a read asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The absolute number of the first frame.
    pub(crate) start: u64,
    /// How many there are.
    pub(crate) frames: u32,
    /// How many of them, at the begin, are not valid.
    pub(crate) before: u32,
    /// How many behind these are valid, and where in the ring.
    pub(crate) valid: Span,
    oldest: u64,
}

impl View {
    /// `frames` frames of which none is valid nor will be.
    pub(crate) const fn nothing(frames: u32) -> Self {
        Self { start: 0, frames, before: frames, valid: Span { first: 0, frames: 0 }, oldest: u64::MAX }
    }
}

/// What a ring of sample memory holds.
#[derive(Debug)]
pub(crate) struct Ring {
    frames: u32,
    mark: AtomicU64,
    claim: AtomicU64,
}

impl Ring {
    /// A ring of `frames` frames of which none is valid.
    pub(crate) fn new(frames: u32) -> Self {
        Self { frames, mark: AtomicU64::new(0), claim: AtomicU64::new(0) }
    }

    /// The end of all that was ever written or claimed.
    pub(crate) fn claim(&self) -> u64 {
        self.claim.load(Ordering::Relaxed)
    }

    /// Checks a range that the family named: it ends at the ring's end or before.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn check(&self, first: u32, frames: u32) -> Result<(), RangeError> {
        let fits = first <= self.frames && frames <= self.frames - first;
        if fits { Ok(()) } else { Err(RangeError { first, frames, ring: self.frames }) }
    }

    /// Claims `frames` frames at ring frame `first`, at least one.
    ///
    /// A write ends ahead of now, by up to three quarters of a ring, or behind it, by less than a quarter. One that continues
    /// where the last one ended may be up to half a ring late.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub(crate) fn claim_frames(&self, now: &Now, first: u32, frames: u32) -> Result<Claim, RangeError> {
        self.check(first, frames)?;
        let ring = u64::from(self.frames);
        let mark = self.mark.load(Ordering::Relaxed);
        let end = self.end_of_write(now, first, frames, mark);
        let start = end - u64::from(frames);
        let (again, late) = (start < mark, start < now.position);

        // What the ring has given to newer frames already is not written any more.
        let expired = mark.saturating_sub(ring).saturating_sub(start).min(u64::from(frames)) as u32;
        let (first, frames, start) = (first + expired, frames - expired, start + u64::from(expired));

        let overlap = mark.saturating_sub(start).min(u64::from(frames)) as u32;

        // Frames of this run that nobody wrote become silence. They end where the write begins, and as they are fewer than
        // a ring, they lie in the ring before it and at the ring's end.
        let unwritten = mark.max(now.origin).max(end.saturating_sub(ring));
        let gap = start.saturating_sub(unwritten) as u32;
        let before = gap.min(first);
        let wrapped = gap - before;

        self.claim.store(end.max(self.claim.load(Ordering::Relaxed)), Ordering::Relaxed);
        // The claim is seen before any of the samples is.
        fence(Ordering::Release);
        let gaps =
            [Span { first: self.frames - wrapped, frames: wrapped }, Span { first: first - before, frames: before }];
        Ok(Claim { gaps, data: Span { first, frames }, start, end, again, overlap, late })
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

    /// Makes all frames before `end` readable, after those that were claimed up to there are in the ring.
    pub(crate) fn publish(&self, end: u64) {
        let mark = self.mark.load(Ordering::Relaxed);
        self.mark.store(mark.max(end), Ordering::Release);
    }

    /// Looks at `frames` frames at ring frame `first`. A read begins behind now, by at most a ring.
    ///
    /// # Errors
    /// The range does not lie in the ring.
    pub(crate) fn view(&self, now: &Now, first: u32, frames: u32) -> Result<View, RangeError> {
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
        Ok(View { start, frames, before, valid: Span { first: first + before, frames: valid }, oldest })
    }

    /// How many frames at the begin of a view were claimed by a writer while they were read: they must be silenced.
    pub(crate) fn lost(&self, view: &View) -> u32 {
        // The samples were read before the claim is.
        fence(Ordering::Acquire);
        let oldest = self.claim().saturating_sub(u64::from(self.frames));
        if oldest > view.oldest { oldest.saturating_sub(view.start).min(u64::from(view.frames)) as u32 } else { 0 }
    }
}
