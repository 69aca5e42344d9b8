//! Gain for sixteen samples at once.

use core::arch::x86_64::{_mm_add_ps, _mm_mul_ps, _mm_set1_ps, _mm_sub_ps};
use core::array;
use core::sync::atomic::AtomicU32;

use engine::plan::{GROUP, Gains, Ramp};

use crate::group::{Group, load_floats};

/// Multiplies group after group.
pub(crate) trait Multiply {
    /// The next sixteen samples, multiplied.
    ///
    /// # Safety
    /// The processor has SSSE3.
    unsafe fn next(&mut self, group: Group) -> Group;
}

/// Leaves samples as they are.
pub(crate) struct Unity;

impl Multiply for Unity {
    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn next(&mut self, group: Group) -> Group {
        group
    }
}

/// Where a group begins in a frame.
struct Place {
    /// The group's first channel.
    channel: usize,
    channels: usize,
    /// How much further the channel of the next group's first sample is, below the channels.
    step: usize,
}

impl Place {
    /// At the first channel; nothing without channels.
    fn new(channels: usize) -> Option<Self> {
        Some(Self { channel: 0, channels, step: GROUP.checked_rem(channels)? })
    }

    /// Goes on by a group.
    #[inline]
    fn advance(&mut self) {
        self.channel += self.step;
        if self.channel >= self.channels {
            self.channel -= self.channels;
        }
    }
}

/// A factor for each channel: as many cells as [`Gains::cells_for`] the channels.
#[derive(Clone, Copy)]
struct Row<'a>(&'a [AtomicU32]);

impl<'a> Row<'a> {
    fn new(gains: Gains<'a>, channels: usize) -> Option<Self> {
        Some(gains.cells()).filter(|cells| cells.len() == Gains::cells_for(channels as u32)).map(Self)
    }

    /// The factors of a group.
    ///
    /// # Safety
    /// The channel is below the channels that the row was made for.
    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn at(self, channel: usize) -> Group {
        let first = self.0.as_ptr().wrapping_add(channel);
        // SAFETY: there are cells for a group from each channel on; atomics may be read by machine instructions.
        unsafe { load_floats(first.cast()) }
    }
}

/// Multiplies each channel by a factor of its own.
pub(crate) struct Fixed<'a> {
    row: Row<'a>,
    place: Place,
}

impl<'a> Fixed<'a> {
    /// For samples that begin with the first channel; nothing if the gains are for other channels.
    pub(crate) fn new(gains: Gains<'a>, channels: usize) -> Option<Self> {
        Some(Self { row: Row::new(gains, channels)?, place: Place::new(channels)? })
    }
}

impl Multiply for Fixed<'_> {
    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn next(&mut self, group: Group) -> Group {
        // SAFETY: a place's channel is below its channels.
        let factors = unsafe { self.row.at(self.place.channel) };
        self.place.advance();
        product(group, factors)
    }
}

/// Multiplies each channel by factors on a straight line.
pub(crate) struct Slope<'a> {
    from: Row<'a>,
    to: Row<'a>,
    place: Place,
    /// The frame of the group's first sample, counted from the begin of the ramp.
    frame: f32,
    step: f32,
}

impl<'a> Slope<'a> {
    /// For samples that begin with the first channel of frame `at` of a ramp; nothing if the gains are for other channels.
    pub(crate) fn new(from: Gains<'a>, to: Gains<'a>, at: u16, ramp: Ramp, channels: usize) -> Option<Self> {
        let (from, to) = (Row::new(from, channels)?, Row::new(to, channels)?);
        Some(Self { from, to, place: Place::new(channels)?, frame: f32::from(at), step: ramp.step() })
    }

    /// The frame of each of the next sixteen samples.
    #[inline]
    #[target_feature(enable = "ssse3")]
    fn frames(&mut self) -> Group {
        let Place { channel, channels, .. } = self.place;
        if channel + GROUP <= channels {
            let frame = _mm_set1_ps(self.frame);
            if channel + GROUP == channels {
                self.frame += 1.0;
            }
            return [frame; 4];
        }
        let mut frames = [0.0f32; GROUP];
        let mut channel = channel;
        for frame in &mut frames {
            *frame = self.frame;
            channel += 1;
            if channel == channels {
                (channel, self.frame) = (0, self.frame + 1.0);
            }
        }
        // SAFETY: the array has the sixteen floats.
        unsafe { load_floats(frames.as_ptr().cast()) }
    }
}

impl Multiply for Slope<'_> {
    #[inline]
    #[target_feature(enable = "ssse3")]
    unsafe fn next(&mut self, group: Group) -> Group {
        // SAFETY: a place's channel is below its channels.
        let from = unsafe { self.from.at(self.place.channel) };
        // SAFETY: as above.
        let to = unsafe { self.to.at(self.place.channel) };
        let frames = self.frames();
        self.place.advance();
        // As `Ramp::factor` has it.
        let factors = array::from_fn(|index| {
            let part = _mm_mul_ps(frames[index], _mm_set1_ps(self.step));
            _mm_add_ps(from[index], _mm_mul_ps(_mm_sub_ps(to[index], from[index]), part))
        });
        product(group, factors)
    }
}

/// Sample by sample.
#[inline]
#[target_feature(enable = "ssse3")]
fn product(group: Group, factors: Group) -> Group {
    array::from_fn(|index| _mm_mul_ps(group[index], factors[index]))
}
