//! From format to format by way of a gain, in one pass.

use core::ptr::NonNull;

use engine::format::SampleFormat;
use engine::plan::{GROUP, Gain};

use crate::gain::{Fixed, Multiply, Slope, Unity};
use crate::group::{Float32, Format, Int16, Int24, Int24In32, Int32};
use crate::memory;

/// Samples between two places.
pub(crate) struct Samples {
    pub(crate) from: NonNull<u8>,
    pub(crate) to: NonNull<u8>,
    pub(crate) count: usize,
}

impl Samples {
    /// Moves them from one format to another, one of which is Float32, and multiplies them while they are floats. The first one
    /// is of the first channel. Nothing is done if the gain is for another number of channels.
    ///
    /// # Safety
    /// They can be read at `from` in the one format and written at `to` in the other. The processor has SSSE3.
    pub(crate) unsafe fn convert(
        self,
        reads: SampleFormat,
        writes: SampleFormat,
        gain: Gain<'_>,
        channels: usize,
    ) -> Option<()> {
        match gain {
            Gain::Unity => {
                // SAFETY: the caller vouched for all of it; so in the other two.
                unsafe { self.between(reads, writes, Unity) }
            }
            Gain::Fixed(gains) => {
                let fixed = Fixed::new(gains, channels)?;
                // SAFETY: as above.
                unsafe { self.between(reads, writes, fixed) }
            }
            Gain::Ramp { from, to, at, ramp } => {
                let slope = Slope::new(from, to, at, ramp, channels)?;
                // SAFETY: as above.
                unsafe { self.between(reads, writes, slope) }
            }
        }
        Some(())
    }

    /// # Safety
    /// As [`Samples::convert`].
    unsafe fn between<M: Multiply>(self, reads: SampleFormat, writes: SampleFormat, gain: M) {
        let run: unsafe fn(Self, M) = match (reads, writes) {
            (SampleFormat::Float32, SampleFormat::Float32) => Self::run::<Float32, Float32, M>,
            (SampleFormat::Float32, SampleFormat::Int16) => Self::run::<Float32, Int16, M>,
            (SampleFormat::Float32, SampleFormat::Int24) => Self::run::<Float32, Int24, M>,
            (SampleFormat::Float32, SampleFormat::Int24In32) => Self::run::<Float32, Int24In32, M>,
            (SampleFormat::Float32, SampleFormat::Int32) => Self::run::<Float32, Int32, M>,
            (SampleFormat::Int16, _) => Self::run::<Int16, Float32, M>,
            (SampleFormat::Int24, _) => Self::run::<Int24, Float32, M>,
            (SampleFormat::Int24In32, _) => Self::run::<Int24In32, Float32, M>,
            (SampleFormat::Int32, _) => Self::run::<Int32, Float32, M>,
        };
        // SAFETY: the caller vouched for samples of just these formats.
        unsafe { run(self, gain) }
    }

    /// # Safety
    /// As [`Samples::convert`], with the formats `R` and `W`.
    #[target_feature(enable = "ssse3")]
    unsafe fn run<R: Format, W: Format, M: Multiply>(self, mut gain: M) {
        let (mut from, mut to) = (self.from.as_ptr().cast_const(), self.to.as_ptr());
        for _ in 0..self.count / GROUP {
            // SAFETY: a group of the samples that the caller vouched for; so in the next two.
            let group = unsafe { R::read(from) };
            // SAFETY: the caller vouched for the processor.
            let group = unsafe { gain.next(group) };
            // SAFETY: as above.
            unsafe { W::write(to, group) };
            from = from.wrapping_add(GROUP * R::BYTES);
            to = to.wrapping_add(GROUP * W::BYTES);
        }
        let rest = self.count % GROUP;
        if rest > 0 {
            // SAFETY: less than a group is left of the samples that the caller vouched for.
            unsafe { tail::<R, W, M>(from, to, rest, gain) }
        }
    }
}

/// Moves less than a group, by way of memory of its own that has room for one.
///
/// # Safety
/// `count` samples of format `R` can be read at `from`, and of `W` written at `to`. The processor has SSSE3.
#[inline(never)]
#[target_feature(enable = "ssse3")]
unsafe fn tail<R: Format, W: Format, M: Multiply>(from: *const u8, to: *mut u8, count: usize, mut gain: M) {
    let mut samples = [0u8; GROUP * 4];
    // SAFETY: the samples can be read, and the local ones have room for a group of any format.
    unsafe { memory::copy(from, samples.as_mut_ptr(), count * R::BYTES) };
    // SAFETY: as above.
    let group = unsafe { R::read(samples.as_ptr()) };
    // SAFETY: the caller vouched for the processor.
    let group = unsafe { gain.next(group) };
    // SAFETY: the local samples have room for a group of any format.
    unsafe { W::write(samples.as_mut_ptr(), group) };
    // SAFETY: as many can be written.
    unsafe { memory::copy(samples.as_ptr(), to, count * W::BYTES) };
}
