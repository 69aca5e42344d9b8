//! The mover where there is no assembly for the processor: sample by sample, to the same last bit.
//!
//! Samples are touched by relaxed atomics of one byte or of a whole aligned word, which others may write meanwhile.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use engine::format::SampleFormat;
use engine::plan::{Gain, Gains};

/// A number that a float of 64 bits has no digits behind the point beside: adding and subtracting it rounds, ties to even.
const ROUNDS: f64 = 6_755_399_441_055_744.0;

/// A byte of shared memory.
///
/// # Safety
/// It can be read and written at `at`.
unsafe fn byte<'a>(at: *mut u8) -> &'a AtomicU8 {
    // SAFETY: the caller vouched for the byte, which others touch in whole only.
    unsafe { AtomicU8::from_ptr(at) }
}

/// A word of shared memory, if it is aligned.
///
/// # Safety
/// Four bytes can be read and written at `at`.
#[allow(clippy::cast_ptr_alignment, reason = "it is looked at before the pointer is used")]
unsafe fn word<'a>(at: *mut u8) -> Option<&'a AtomicU32> {
    let word = at.cast::<u32>();
    // SAFETY: the caller vouched for the bytes, and they are a word's.
    word.is_aligned().then(|| unsafe { AtomicU32::from_ptr(word) })
}

/// Reads a sample of so many bytes, the lowest first.
///
/// # Safety
/// They can be read at `from`.
unsafe fn load(from: *mut u8, bytes: usize) -> u32 {
    if bytes == 4 {
        // SAFETY: the caller vouched for four bytes.
        if let Some(word) = unsafe { word(from) } {
            return u32::from_le(word.load(Ordering::Relaxed));
        }
    }
    (0..bytes).fold(0, |sample, index| {
        // SAFETY: the byte is one of those that the caller vouched for.
        let byte = unsafe { byte(from.wrapping_add(index)) };
        sample | u32::from(byte.load(Ordering::Relaxed)) << (8 * index)
    })
}

/// Writes a sample of so many bytes, the lowest first.
///
/// # Safety
/// They can be written at `to`.
unsafe fn store(to: *mut u8, bytes: usize, sample: u32) {
    if bytes == 4 {
        // SAFETY: the caller vouched for four bytes.
        if let Some(word) = unsafe { word(to) } {
            word.store(sample.to_le(), Ordering::Relaxed);
            return;
        }
    }
    for (index, part) in sample.to_le_bytes().into_iter().take(bytes).enumerate() {
        // SAFETY: the byte is one of those that the caller vouched for.
        unsafe { byte(to.wrapping_add(index)) }.store(part, Ordering::Relaxed);
    }
}

/// Copies `bytes` bytes, upwards.
///
/// # Safety
/// `bytes` bytes can be read at `from` and written at `to`.
pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
    let from = from.cast_mut();
    let mut done = 0;
    while done < bytes {
        let step = if bytes - done >= 4 { 4 } else { 1 };
        // SAFETY: the bytes are some of those that the caller vouched for.
        let part = unsafe { load(from.wrapping_add(done), step) };
        // SAFETY: as above.
        unsafe { store(to.wrapping_add(done), step, part) };
        done += step;
    }
}

/// Zeroes `bytes` bytes.
///
/// # Safety
/// `bytes` bytes can be written at `to`.
pub(crate) unsafe fn zero(to: *mut u8, bytes: usize) {
    let mut done = 0;
    while done < bytes {
        let step = if bytes - done >= 4 { 4 } else { 1 };
        // SAFETY: the bytes are some of those that the caller vouched for.
        unsafe { store(to.wrapping_add(done), step, 0) };
        done += step;
    }
}

/// A sample as a float.
#[allow(clippy::cast_precision_loss, reason = "32 bits are rounded to a float's 24, as the assembly does")]
fn decode(sample: u32, format: SampleFormat) -> f32 {
    const FULL: f32 = 2_147_483_648.0;
    let high = match format {
        SampleFormat::Float32 => return f32::from_bits(sample),
        SampleFormat::Int16 => sample << 16,
        SampleFormat::Int24 => sample << 8,
        SampleFormat::Int24In32 => sample & !0xFF,
        SampleFormat::Int32 => sample,
    };
    high.cast_signed() as f32 * (1.0 / FULL)
}

/// A float as a sample: rounded, ties to even, saturated; 0 for NaN.
fn encode(float: f32, format: SampleFormat) -> u32 {
    if format == SampleFormat::Float32 {
        return float.to_bits();
    }
    let full = f64::from(1_u32 << (format.bits() - 1));
    let scaled = f64::from(if float.is_nan() { 0.0 } else { float }) * full;
    let limited = scaled.clamp(-full, full - 1.0);
    let integer = ((limited + ROUNDS) - ROUNDS) as i32;
    (if format == SampleFormat::Int24In32 { integer << 8 } else { integer }).cast_unsigned()
}

/// Samples between two places.
pub(crate) struct Samples {
    pub(crate) from: NonNull<u8>,
    pub(crate) to: NonNull<u8>,
    pub(crate) count: usize,
}

impl Samples {
    /// Moves them from one format to another, and multiplies them while they are floats. The first one is of the first channel.
    /// Nothing is done if the gain is for another number of channels.
    ///
    /// # Safety
    /// They can be read at `from` in the one format and written at `to` in the other.
    pub(crate) unsafe fn convert(
        self,
        reads: SampleFormat,
        writes: SampleFormat,
        gain: Gain<'_>,
        channels: usize,
    ) -> Option<()> {
        let fits = |gains: Gains<'_>| gains.cells().len() == Gains::cells_for(channels as u32);
        let fits = match gain {
            Gain::Unity => true,
            Gain::Fixed(gains) => fits(gains),
            Gain::Ramp { from, to, .. } => fits(from) && fits(to),
        };
        if !fits || channels == 0 {
            return None;
        }
        let (mut channel, mut frame) = (0, 0_u16);
        let (source, target) = (reads.sample_bytes() as usize, writes.sample_bytes() as usize);
        for index in 0..self.count {
            // SAFETY: a sample of those that the caller vouched for.
            let sample = unsafe { load(self.from.as_ptr().wrapping_add(index * source), source) };
            let float = decode(sample, reads);
            let float = if matches!(gain, Gain::Unity) { float } else { float * gain.factor(channel, frame) };
            // SAFETY: as above.
            unsafe { store(self.to.as_ptr().wrapping_add(index * target), target, encode(float, writes)) };
            channel += 1;
            if channel == channels {
                (channel, frame) = (0, frame.saturating_add(1));
            }
        }
        Some(())
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::convert;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    /// The same samples by both ways.
    fn both(samples: &[u32], reads: SampleFormat, writes: SampleFormat) -> [Vec<u8>; 2] {
        let mut bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut results = [vec![0_u8; samples.len() * 4], vec![0_u8; samples.len() * 4]];
        let from = NonNull::from(&mut bytes[..]).cast();
        let count = samples.len();
        let to = NonNull::from(&mut results[0][..]).cast();
        // SAFETY: both have four bytes for each sample.
        unsafe { Samples { from, to, count }.convert(reads, writes, Gain::Unity, 1) }.unwrap();
        let to = NonNull::from(&mut results[1][..]).cast();
        // SAFETY: as above, and this processor has SSSE3.
        unsafe { convert::Samples { from, to, count }.convert(reads, writes, Gain::Unity, 1) }.unwrap();
        results
    }

    proptest! {
        #[test]
        fn it_is_the_same_as_by_assembly(
            samples in prop::collection::vec(any::<u32>(), 1..40),
            floats in prop::collection::vec(-1.5f32..1.5, 1..40),
            format in 0..SampleFormat::ALL.len(),
        ) {
            let format = SampleFormat::ALL[format];
            let floats: Vec<u32> = floats.iter().map(|float| float.to_bits()).collect();
            for input in [&samples, &floats] {
                let [ours, theirs] = both(input, SampleFormat::Float32, format);
                prop_assert_eq!(ours, theirs);
            }
            let [ours, theirs] = both(&samples, format, SampleFormat::Float32);
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn every_length_is_copied_and_zeroed(bytes in 0_usize..100, from in 0_usize..4, to in 0_usize..4) {
            let mut source: Vec<u8> = (1..=200).collect();
            let mut target = vec![0xEE_u8; 200];
            // SAFETY: both have as many bytes.
            unsafe { copy(source.as_ptr().wrapping_add(from), target.as_mut_ptr().wrapping_add(to), bytes) };
            prop_assert_eq!(&target[to..to + bytes], &source[from..from + bytes]);
            prop_assert!(target[..to].iter().chain(&target[to + bytes..]).all(|byte| *byte == 0xEE));
            // SAFETY: as above.
            unsafe { zero(source.as_mut_ptr().wrapping_add(to), bytes) };
            prop_assert!(source[to..to + bytes].iter().all(|byte| *byte == 0));
            prop_assert!(source[to + bytes..].iter().all(|byte| *byte != 0));
        }
    }
}
