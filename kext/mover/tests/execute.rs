//! Plans of a real ring carried out on real memory: what is played is recorded bit for bit.

use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use engine::path::{Path, cells_for};
use engine::timeline::Now;
use mover::{Destination, Source, Unfit, execute, silence};
use proptest::prelude::*;

const RING: u32 = 256;
const FRAME: u32 = 8;
const RATE: u32 = 48_000;

fn path() -> Path<'static> {
    let cells = (0..cells_for(2)).map(|_| AtomicU32::new(0)).collect::<Vec<_>>().leak();
    Path::new(2, RING, cells).unwrap()
}

fn source(buffer: &mut [u64]) -> Source<'_> {
    let frames = buffer.len() as u32;
    // SAFETY: one u64 is one frame, and the buffer is borrowed as long as the source lives.
    unsafe { Source::new(NonNull::from(buffer).cast(), frames, FRAME) }
}

fn destination(buffer: &mut [u64]) -> Destination<'_> {
    let frames = buffer.len() as u32;
    // SAFETY: one u64 is one frame, and the buffer is borrowed as long as the destination lives.
    unsafe { Destination::new(NonNull::from(buffer).cast(), frames, FRAME) }
}

fn now(position: u64) -> Now {
    let ring = u64::from(RING);
    Now { position: 2 * ring + position, lap_start: (2 * ring + position) / ring * ring, origin: 2 * ring }
}

/// The parts of a block that do not cross the ring's end: absolute frame and length.
fn parts(start: u64, block: u32) -> impl Iterator<Item = (u64, u32)> {
    let before = block.min(RING - (start % u64::from(RING)) as u32);
    [(start, before), (start + u64::from(before), block - before)].into_iter()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_comes_back_bit_for_bit(
        block in 1u32..=RING / 4,
        samples in prop::collection::vec(any::<u64>(), 3 * RING as usize),
    ) {
        let path = path();
        let (mut memory, mut mix) = (vec![u64::MAX; RING as usize], vec![u64::MAX; RING as usize]);
        let mut recorded = Vec::new();
        for (position, played) in (0u64..).step_by(block as usize).zip(samples.chunks_exact(block as usize)) {
            let mut played = played.iter();
            for (start, frames) in parts(position + u64::from(block), block) {
                let first = (start % u64::from(RING)) as u32;
                let range = first as usize..(first + frames) as usize;
                mix[range].iter_mut().zip(&mut played).for_each(|(mixed, sample)| *mixed = *sample);
                let write = path.begin_write(Some(&now(position)), RATE, first, frames).unwrap();
                execute(write.plan(), &source(&mut mix), &mut destination(&mut memory)).unwrap();
                path.end_write(write, || 0);
            }
            for (start, frames) in parts(position, block) {
                let mut client = vec![u64::MAX; frames as usize];
                let first = (start % u64::from(RING)) as u32;
                let read = path.begin_read(Some(&now(position + u64::from(block))), RATE, first, frames).unwrap();
                execute(read.plan(), &source(&mut memory), &mut destination(&mut client)).unwrap();
                prop_assert_eq!(path.end_read(read, || 0), 0);
                recorded.extend(client);
            }
        }
        let (lead, rest) = recorded.split_at(block as usize);
        prop_assert!(lead.iter().all(|sample| *sample == 0));
        prop_assert_eq!(rest, &samples[..rest.len()]);
    }
}

#[test]
fn a_plan_that_does_not_fit_the_buffers_is_refused() {
    let path = path();
    let write = path.begin_write(Some(&now(0)), RATE, 0, 64).unwrap();
    let unfit = Unfit { from: 0, to: 0, frames: 64 };
    let (mut long, mut short) = (vec![1; RING as usize], vec![0; 63]);
    let refused = execute(write.plan(), &source(&mut long), &mut destination(&mut short));
    assert_eq!(refused, Err(unfit));
    assert_eq!(refused.unwrap_err().to_string(), "64 frames from 0 to 0 do not lie in the buffers");
    assert_eq!(execute(write.plan(), &source(&mut short), &mut destination(&mut long)), Err(unfit));
    assert_eq!(silence(&mut destination(&mut short), 60, 4), None);
    assert_eq!(silence(&mut destination(&mut short), u32::MAX, u32::MAX), None);
    assert!(short.iter().all(|sample| *sample == 0));
}
