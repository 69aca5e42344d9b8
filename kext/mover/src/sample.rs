//! Conversion and gain, sample by sample.

use core::arch::x86_64::{_mm_cvtss_si32, _mm_set_ss};
use core::ptr::NonNull;

use engine::format::{MAX_SAMPLE_BYTES, SampleFormat};
use engine::plan::Gain;

use crate::memory;

/// A sample in any format.
type Bytes = [u8; MAX_SAMPLE_BYTES as usize];

/// From format to format by way of a gain. One of the formats is Float32.
pub(crate) struct Way<'a> {
    pub(crate) reads: SampleFormat,
    pub(crate) writes: SampleFormat,
    pub(crate) channels: u32,
    pub(crate) gain: Gain<'a>,
}

impl Way<'_> {
    /// Moves `frames` frames.
    ///
    /// # Safety
    /// As many frames of the format that is read can be read at `from`, and of the other written at `to`.
    pub(crate) unsafe fn go(&self, mut from: NonNull<u8>, mut to: NonNull<u8>, frames: u32) {
        let (read, write) = (self.reads.sample_bytes() as usize, self.writes.sample_bytes() as usize);
        for frame in 0..frames {
            for channel in 0..self.channels as usize {
                let mut bytes = Bytes::default();
                // SAFETY: the caller vouched for the source, and the local sample has room for any format.
                unsafe { memory::copy(from, NonNull::from(&mut bytes).cast(), read) };
                let gained = decode(self.reads, bytes) * self.gain.factor(channel, frame as u16);
                let mut bytes = encode(self.writes, gained);
                // SAFETY: as above, for the destination.
                unsafe { memory::copy(NonNull::from(&mut bytes).cast(), to, write) };
                // SAFETY: the next sample, or the end, of what the caller vouched for.
                from = unsafe { from.add(read) };
                // SAFETY: as above.
                to = unsafe { to.add(write) };
            }
        }
    }
}

/// i / 2ⁿ⁻¹.
fn decode(format: SampleFormat, bytes: Bytes) -> f32 {
    let word = i32::from_le_bytes(bytes);
    // All of these are at the high end of 32 bits, so that full scale is the same.
    let high = match format {
        SampleFormat::Float32 => return f32::from_le_bytes(bytes),
        SampleFormat::Int16 => word << 16,
        SampleFormat::Int24 => word << 8,
        SampleFormat::Int24In32 => word & !0xFF,
        SampleFormat::Int32 => word,
    };
    #[expect(clippy::cast_precision_loss, reason = "rounded to the nearest float, as it shall be")]
    let scaled = high as f32;
    scaled * (1.0 / FULL_SCALE)
}

/// 2³¹.
const FULL_SCALE: f32 = 2_147_483_648.0;

/// round(x · 2ⁿ⁻¹), ties to even, saturated; 0 for NaN.
fn encode(format: SampleFormat, sample: f32) -> Bytes {
    // SAFETY: every x86_64 has SSE.
    let integer = |bits: u32| unsafe { integer(sample, bits) };
    match format {
        SampleFormat::Float32 => sample.to_le_bytes(),
        SampleFormat::Int16 | SampleFormat::Int24 | SampleFormat::Int32 => integer(format.bits()).to_le_bytes(),
        SampleFormat::Int24In32 => (integer(24) << 8).to_le_bytes(),
    }
}

#[target_feature(enable = "sse")]
fn integer(sample: f32, bits: u32) -> i32 {
    #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
    let full = (1u64 << (bits - 1)) as f32;
    let scaled = sample * full;
    if scaled.is_nan() {
        return 0;
    }
    if scaled >= full {
        return i32::MAX >> (32 - bits);
    }
    // Rounds ties to even; what is too low for an i32 becomes the lowest.
    let rounded = _mm_cvtss_si32(_mm_set_ss(scaled));
    rounded.max(i32::MIN >> (32 - bits))
}
