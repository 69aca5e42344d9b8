//! Frames of Float32 that are added up, for hosts that leave that to their driver.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::{Destination, Source, memory};

/// Copies `frames` frames, from `from` on, to the destination's begin; nothing is done if they are not all there.
pub fn duplicate(source: &Source<'_>, from: u32, destination: &mut Destination<'_>, frames: u32) -> Option<()> {
    let (from, from_bytes) = source.0.at(from, frames)?;
    let (to, bytes) = destination.0.at(0, frames)?;
    if from_bytes != bytes {
        return None;
    }
    // SAFETY: `at` found both runs of bytes inside of the memory that its maker vouched for.
    unsafe { memory::copy(from.as_ptr(), to.as_ptr(), bytes) };
    Some(())
}

/// Adds the source's first `frames` frames to those of the destination from `to` on; nothing is done if they are not all there
/// or begin between two samples.
pub fn add(source: &Source<'_>, destination: &mut Destination<'_>, to: u32, frames: u32) -> Option<()> {
    let (from, from_bytes) = source.0.at(0, frames)?;
    let (to, bytes) = destination.0.at(to, frames)?;
    let (from, to) = (from.cast::<AtomicU32>(), to.cast::<AtomicU32>());
    if from_bytes != bytes || !from.is_aligned() || !to.is_aligned() {
        return None;
    }
    for index in 0..bytes / size_of::<AtomicU32>() {
        // SAFETY: a sample among those that `at` found inside of the memory that the source's maker vouched for.
        let more = unsafe { &*from.as_ptr().wrapping_add(index) };
        // SAFETY: as above, of the destination; whoever reads it meanwhile does so with machine instructions.
        let sum = unsafe { &*to.as_ptr().wrapping_add(index) };
        let [more, before] = [more, sum].map(|sample| f32::from_bits(sample.load(Ordering::Relaxed)));
        sum.store((before + more).to_bits(), Ordering::Relaxed);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use core::ptr::NonNull;
    use std::vec;

    use super::*;

    #[test]
    fn frames_are_added_where_they_are_and_nowhere_else() {
        let (mut ring, mut kept) = (vec![1.0_f32; 8], vec![0.0_f32; 8]);
        let [in_ring, in_kept] = [&mut ring, &mut kept].map(|samples| NonNull::from(samples.as_mut_slice()).cast());
        // SAFETY: eight samples are four frames of two channels.
        let source = unsafe { Source::new(in_ring, 4, 8) };
        // SAFETY: as above.
        let mut to = unsafe { Destination::new(in_kept, 4, 8) };
        assert!(duplicate(&source, 1, &mut to, 3).is_some());
        assert!(duplicate(&source, 2, &mut to, 3).is_none());
        // SAFETY: as above, the other way round.
        let source = unsafe { Source::new(in_kept, 4, 8) };
        // SAFETY: as above.
        let mut to = unsafe { Destination::new(in_ring, 4, 8) };
        assert!(add(&source, &mut to, 2, 2).is_some());
        assert!(add(&source, &mut to, 2, 3).is_none());
        assert_eq!(
            (ring, kept),
            (vec![1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0], [[1.0; 6].as_slice(), &[0.0; 2]].concat())
        );
    }
}
