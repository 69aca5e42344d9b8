//! Plans: what the mover has to do for one call.

use crate::sync::{AtomicU32, Ordering};

use crate::fader::{Curve, Level, Stretch};
use crate::format::SampleFormat;
use crate::level::Side;

/// How many samples a mover takes at once, at most.
pub const GROUP: usize = 16;

/// A factor for each channel, in cells that hold the bits of an f32. Behind the last channel's the first ones follow again,
/// as often as needed for [`GROUP`] factors at any channel.
#[derive(Clone, Copy, Debug)]
pub struct Gains<'a>(&'a [AtomicU32]);

impl<'a> Gains<'a> {
    /// How many cells the factors of `channels` channels take.
    pub const fn cells_for(channels: u32) -> usize {
        channels as usize + GROUP - 1
    }

    pub(crate) fn new(cells: &'a [AtomicU32]) -> Self {
        Self(cells)
    }

    /// The cells, [`Gains::cells_for`] the plan's channels of them. They do not change until the next call of the same side.
    pub fn cells(self) -> &'a [AtomicU32] {
        self.0
    }

    /// The factor of a channel, from 0; silence if it is none.
    pub fn of(self, channel: usize) -> f32 {
        self.0.get(channel).map_or(0.0, |cell| f32::from_bits(cell.load(Ordering::Relaxed)))
    }
}

/// What samples are multiplied by.
#[derive(Clone, Copy, Debug)]
pub enum Gain<'a> {
    /// Nothing: they stay as they are.
    Unity,
    /// Each channel by a factor of its own.
    Fixed(Gains<'a>),
    /// Each channel by factors that go from one to another: in frame n of the piece by [`Ramp::factor`] of `at` + n.
    Ramp {
        /// The factors when the ramp begins.
        from: Gains<'a>,
        /// The factors when it has ended.
        to: Gains<'a>,
        /// How far the piece's first frame is behind the ramp's first.
        at: u16,
        /// Its length and law.
        ramp: Ramp,
    },
}

impl Gain<'_> {
    /// The factor of a channel, from 0, in frame `frame` of the piece.
    pub fn factor(self, channel: usize, frame: u16) -> f32 {
        match self {
            Gain::Unity => 1.0,
            Gain::Fixed(gains) => gains.of(channel),
            Gain::Ramp { from, to, at, ramp } => {
                ramp.factor(from.of(channel), to.of(channel), at.saturating_add(frame))
            }
        }
    }
}

/// A straight line between two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// Frames from the one factor to the other.
    pub frames: u16,
}

impl Ramp {
    /// What a frame adds, in parts of the way.
    pub fn step(self) -> f32 {
        1.0 / f32::from(self.frames)
    }

    /// The factor `at` frames after the begin, for `at` up to the ramp's length. The mover computes just this, by the same
    /// operations.
    pub fn factor(self, from: f32, to: f32, at: u16) -> f32 {
        from + (to - from) * (f32::from(at) * self.step())
    }
}

/// What happens to a piece of the destination.
#[derive(Clone, Copy, Debug)]
pub enum Action<'a> {
    /// It is zeroed, which is silence in every format.
    Silence,
    /// It is copied from the source, bit for bit. Both hold Float32.
    Copy,
    /// It is made of the source's samples: converted from and to the plan's formats, and multiplied where they are floats.
    Move(Gain<'a>),
}

/// A run of frames that is treated in one way. It crosses the end of neither buffer.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// What happens to it.
    pub action: Action<'a>,
    /// Its first frame in the source; 0 for silence.
    pub from: u32,
    /// Its first frame in the destination.
    pub to: u32,
    /// How many frames it has.
    pub frames: u32,
}

/// Frames of a buffer, side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u32,
    pub(crate) frames: u32,
}

/// Sound on its way from one buffer to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound<'a> {
    /// The absolute number of its first frame.
    pub(crate) start: u64,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) frames: u32,
    pub(crate) curve: Curve<'a>,
}

impl Sound<'_> {
    pub(crate) const NONE: Self = Self { start: 0, from: 0, to: 0, frames: 0, curve: Curve::Steady(Level::Silent) };
}

/// What one call does: some silence, then sound. A write goes from floats to the ring's format, a read from the ring's format
/// to floats.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pub(crate) side: Side,
    pub(crate) format: SampleFormat,
    pub(crate) channels: u32,
    pub(crate) silence: [Span; 2],
    pub(crate) sound: Sound<'a>,
}

impl<'a> Plan<'a> {
    /// The same plan where the source begins with what is its frame `first` here: a buffer of just the frames that are written.
    pub fn from_frame(mut self, first: u32) -> Self {
        self.sound.from = self.sound.from.saturating_sub(first);
        self
    }

    /// Whether it is for a write or a read.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The ring's format.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// Channels of both buffers.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Bytes of a frame in the ring.
    pub fn ring_frame_bytes(&self) -> u32 {
        self.channels * self.format.sample_bytes()
    }

    /// Hands out the pieces, none of which is empty, in the order in which they are carried out, until one fails.
    ///
    /// # Errors
    /// What `carry_out` fails with.
    #[inline]
    pub fn try_for_each<E>(&self, mut carry_out: impl FnMut(&Piece<'a>) -> Result<(), E>) -> Result<(), E> {
        for span in self.silence {
            if span.frames > 0 {
                carry_out(&Piece { action: Action::Silence, from: 0, to: span.first, frames: span.frames })?;
            }
        }
        let Sound { start, from, to, frames, curve } = self.sound;
        match curve {
            _ if frames == 0 => Ok(()),
            Curve::Steady(level) => carry_out(&Piece { action: self.steady(level), from, to, frames }),
            Curve::Ways(fader) => {
                let mut done = 0;
                while done < frames {
                    let Stretch { gain, end } = fader.at(start + u64::from(done));
                    let now = end.saturating_sub(start + u64::from(done)).min(u64::from(frames - done)) as u32;
                    let action = self.action(gain);
                    carry_out(&Piece { action, from: from + done, to: to + done, frames: now })?;
                    done += now;
                }
                Ok(())
            }
        }
    }

    fn steady(&self, level: Level<'a>) -> Action<'a> {
        match level {
            Level::Silent => Action::Silence,
            Level::Unity if self.format == SampleFormat::Float32 => Action::Copy,
            Level::Unity => Action::Move(Gain::Unity),
            Level::Mixed(gains) => Action::Move(Gain::Fixed(gains)),
        }
    }

    fn action(&self, gain: Option<Gain<'a>>) -> Action<'a> {
        match gain {
            None => Action::Silence,
            Some(Gain::Unity) => self.steady(Level::Unity),
            Some(gain) => Action::Move(gain),
        }
    }
}
