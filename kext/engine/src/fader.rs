//! The levels of one side of a device, and how they come to count: in ramps of 10 ms.
//!
//! A fader is set under the work loop's gate and followed by the side's IO, one call at a time. What is set is published as
//! values, a count of changes behind them; IO looks at the count at each call and, when it differs from what it followed
//! last, begins a ramp *itself*, at the first frame that it has not handed out yet. Hence no frame can have been handed out
//! with another gain than the one that its number has, whoever was quicker, and nobody waits.
//!
//! The gain is a function of the absolute frame. The ramp before the present one is kept, so that frames before the present
//! one, clipped or read again, get what they got before.

use crate::sync::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

use crate::level::{LevelError, Side};
use crate::plan::{Gain, Gains, Ramp};

/// Parts of a second that a ramp lasts: 10 ms.
const RAMPS_A_SECOND: u32 = 100;
/// In a setting: muted. The other bits are the level's value.
const MUTED: u32 = 1 << 31;

/// Cells that a fader for `channels` channels borrows.
pub(crate) const fn cells_for(channels: u32) -> usize {
    channels as usize + 4 * Gains::cells_for(channels)
}

/// What the factors of all channels are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blend {
    Unity,
    Silent,
    Mixed,
}

/// A factor for each channel.
#[derive(Debug)]
struct Factors<'a> {
    blend: AtomicU8,
    cells: &'a [AtomicU32],
}

impl<'a> Factors<'a> {
    fn new(cells: &'a [AtomicU32]) -> Self {
        Self { blend: AtomicU8::new(Blend::Silent as u8), cells }
    }

    /// Sets each channel's factor.
    fn set(&self, channels: usize, factor: impl Fn(usize) -> f32) {
        let (mut unity, mut silent) = (true, true);
        // The cells behind the last channel repeat the first ones.
        let numbers = (0..channels).cycle();
        for (cell, channel) in self.cells.iter().zip(numbers) {
            let factor = factor(channel);
            let bits = factor.to_bits();
            unity &= bits == 1.0f32.to_bits();
            silent &= bits == 0;
            cell.store(bits, Ordering::Relaxed);
        }
        let blend = match (unity, silent) {
            (true, _) => Blend::Unity,
            (_, true) => Blend::Silent,
            _ => Blend::Mixed,
        };
        self.blend.store(blend as u8, Ordering::Relaxed);
    }

    fn copy(&self, channels: usize, other: &Self) {
        self.set(channels, |channel| other.gains().of(channel));
    }

    fn gains(&self) -> Gains<'a> {
        Gains::new(self.cells)
    }

    fn is(&self, blend: Blend) -> bool {
        self.blend.load(Ordering::Relaxed) == blend as u8
    }

    fn level(&self) -> Level<'a> {
        if self.is(Blend::Silent) {
            Level::Silent
        } else if self.is(Blend::Unity) {
            Level::Unity
        } else {
            Level::Mixed(self.gains())
        }
    }
}

/// What samples are multiplied by where no ramp is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level<'a> {
    /// All by 0.
    Silent,
    /// All by 1.
    Unity,
    /// Each channel by a factor of its own.
    Mixed(Gains<'a>),
}

impl<'a> Level<'a> {
    fn gain(self) -> Option<Gain<'a>> {
        match self {
            Self::Silent => None,
            Self::Unity => Some(Gain::Unity),
            Self::Mixed(gains) => Some(Gain::Fixed(gains)),
        }
    }
}

/// A way from factors to factors.
#[derive(Debug)]
struct Way<'a> {
    start: AtomicU64,
    frames: AtomicU16,
    from: Factors<'a>,
    to: Factors<'a>,
}

impl<'a> Way<'a> {
    fn new(from: &'a [AtomicU32], to: &'a [AtomicU32]) -> Self {
        let (start, frames) = (AtomicU64::new(0), AtomicU16::new(0));
        Self { start, frames, from: Factors::new(from), to: Factors::new(to) }
    }

    fn start(&self) -> u64 {
        self.start.load(Ordering::Relaxed)
    }

    fn ramp(&self) -> Ramp {
        Ramp { frames: self.frames.load(Ordering::Relaxed) }
    }

    fn end(&self) -> u64 {
        self.start() + u64::from(self.ramp().frames)
    }

    fn place(&self, start: u64, frames: u16) {
        self.start.store(start, Ordering::Relaxed);
        self.frames.store(frames, Ordering::Relaxed);
    }

    /// The gain at an absolute frame and behind it.
    fn at(&self, frame: u64) -> Stretch<'a> {
        let Some(at) = frame.checked_sub(self.start()) else {
            return Stretch { gain: self.from.level().gain(), end: self.start() };
        };
        match u16::try_from(at) {
            Ok(at) if at < self.ramp().frames => {
                let (from, to) = (self.from.gains(), self.to.gains());
                Stretch { gain: Some(Gain::Ramp { from, to, at, ramp: self.ramp() }), end: self.end() }
            }
            _ => Stretch { gain: self.to.level().gain(), end: u64::MAX },
        }
    }

    /// A channel's factor at an absolute frame.
    fn factor(&self, channel: usize, frame: u64) -> f32 {
        match self.at(frame).gain {
            None => 0.0,
            Some(gain) => gain.factor(channel, 0),
        }
    }
}

/// The levels of one side.
#[derive(Debug)]
pub(crate) struct Fader<'a> {
    side: Side,
    /// How often the settings below were changed.
    changes: AtomicU32,
    master: AtomicU32,
    channels: &'a [AtomicU32],
    // What follows belongs to the side's IO.
    followed: AtomicU32,
    former: Way<'a>,
    present: Way<'a>,
}

impl<'a> Fader<'a> {
    /// A fader with all levels at 0 dB and nothing muted. Of `cells`, [`cells_for`] the channels are used, and there are as
    /// many.
    pub(crate) fn new(side: Side, channels: u32, cells: &'a [AtomicU32]) -> Self {
        let unity = side.law().unity();
        let (settings, factors) = cells.split_at(channels as usize);
        for setting in settings {
            setting.store(unity, Ordering::Relaxed);
        }
        let mut factors = factors.chunks_exact(Gains::cells_for(channels));
        let mut next = || factors.next().unwrap_or_default();
        let fader = Self {
            side,
            changes: AtomicU32::new(0),
            master: AtomicU32::new(unity),
            channels: settings,
            followed: AtomicU32::new(0),
            former: Way::new(next(), next()),
            present: Way::new(next(), next()),
        };
        fader.settle();
        fader
    }

    /// Sets a channel's level, or that of all if `channel` is 0. One thread at a time.
    ///
    /// # Errors
    /// The level cannot have the value, or there is no such channel.
    pub(crate) fn set_level(&self, channel: u32, value: u32) -> Result<(), LevelError> {
        if value > self.side.law().most() {
            return Err(LevelError::Value { side: self.side, value });
        }
        self.change(channel, |setting| setting & MUTED | value)
    }

    /// Mutes a channel or lets it sound, or all if `channel` is 0. One thread at a time.
    ///
    /// # Errors
    /// There is no such channel.
    pub(crate) fn set_mute(&self, channel: u32, muted: bool) -> Result<(), LevelError> {
        self.change(channel, |setting| if muted { setting | MUTED } else { setting & !MUTED })
    }

    fn change(&self, channel: u32, change: impl Fn(u32) -> u32) -> Result<(), LevelError> {
        let setting = match channel.checked_sub(1) {
            None => &self.master,
            Some(index) => {
                let channels = self.channels.len() as u32;
                self.channels.get(index as usize).ok_or(LevelError::Channel { channel, channels })?
            }
        };
        let before = setting.load(Ordering::Relaxed);
        let after = change(before);
        if after != before {
            setting.store(after, Ordering::Relaxed);
            let changes = self.changes.load(Ordering::Relaxed).wrapping_add(1);
            // Who sees the count sees the setting.
            self.changes.store(changes, Ordering::Release);
        }
        Ok(())
    }

    /// The factor that is wanted for a channel.
    fn wanted(&self, channel: usize) -> f32 {
        let master = self.master.load(Ordering::Relaxed);
        let single = self.channels.get(channel).map_or(MUTED, |setting| setting.load(Ordering::Relaxed));
        if (master | single) & MUTED != 0 {
            return 0.0;
        }
        let law = self.side.law();
        law.factor(master) * law.factor(single)
    }

    /// Follows what was set since the last call, if anything was: from frame `start` on, in a ramp; or at once, if `start` is
    /// nothing. No frame from `start` on was handed out yet. `rate` is in frames a second. Called by the side's IO.
    pub(crate) fn follow(&self, start: Option<u64>, rate: u32) {
        let changes = self.changes.load(Ordering::Acquire);
        if changes != self.followed.load(Ordering::Relaxed) {
            match start {
                None => self.settle(),
                Some(start) => self.turn(start, u16::try_from(rate.div_ceil(RAMPS_A_SECOND)).unwrap_or(u16::MAX)),
            }
            self.followed.store(changes, Ordering::Relaxed);
        }
    }

    /// Goes over to what is wanted, at once.
    #[cold]
    fn settle(&self) {
        for way in [&self.former, &self.present] {
            way.place(0, 0);
            way.from.set(self.channels.len(), |channel| self.wanted(channel));
            way.to.set(self.channels.len(), |channel| self.wanted(channel));
        }
    }

    /// Begins a ramp to what is wanted.
    #[cold]
    fn turn(&self, start: u64, frames: u16) {
        let Self { former, present, .. } = self;
        let channels = self.channels.len();
        // A ramp that begins where the present one does replaces it.
        if start > present.start() {
            former.place(present.start(), present.ramp().frames);
            former.from.copy(channels, &present.from);
            former.to.copy(channels, &present.to);
            present.from.set(channels, |channel| former.factor(channel, start));
        }
        present.to.set(channels, |channel| self.wanted(channel));
        let changes =
            |channel: usize| present.from.gains().of(channel).to_bits() != present.to.gains().of(channel).to_bits();
        present.place(start, if (0..channels).any(changes) { frames } else { 0 });
    }

    /// The gain at an absolute frame and behind it.
    #[cold]
    pub(crate) fn at(&self, frame: u64) -> Stretch<'a> {
        if frame >= self.present.start() {
            return self.present.at(frame);
        }
        let stretch = self.former.at(frame);
        Stretch { end: stretch.end.min(self.present.start()), ..stretch }
    }

    /// The gain from an absolute frame on.
    pub(crate) fn curve(&'a self, start: u64) -> Curve<'a> {
        if start >= self.present.end() { Curve::Steady(self.present.to.level()) } else { Curve::Ways(self) }
    }
}

/// Gain as a function of the absolute frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Curve<'a> {
    /// The same for all that are asked for.
    Steady(Level<'a>),
    /// As the fader's ramps say.
    Ways(&'a Fader<'a>),
}

/// Frames with the same gain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    /// What they are multiplied by; nothing if they are silence.
    pub(crate) gain: Option<Gain<'a>>,
    /// Where they end.
    pub(crate) end: u64,
}
