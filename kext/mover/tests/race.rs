//! A writer and a reader at once, without a lock: what is read is the right frame or silence, never another lap's.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;

use engine::path::{Path, cells_for};
use engine::timeline::Now;
use mover::{Destination, Source, execute, silence};

const RING: u64 = 256;
const BLOCK: u64 = 32;
const FRAME: u32 = 8;
const LAPS: u64 = 20_000;
const RATE: u32 = 48_000;

/// The ring's memory, for both threads.
struct Memory(NonNull<u8>);

// SAFETY: the memory outlives the scope of both threads and is only touched by movers.
unsafe impl Sync for Memory {}

fn now(position: u64) -> Now {
    Now { position, lap_start: position / RING * RING, origin: 2 * RING }
}

/// Writes each frame's own number, a block ahead of the position, and moves the position.
fn write_all(path: &Path<'_>, memory: &Memory, position: &AtomicU64) {
    let mut mix = vec![0u64; RING as usize];
    for start in (2 * RING..LAPS * RING).step_by(BLOCK as usize) {
        let first = (start % RING) as usize;
        mix[first..first + BLOCK as usize].iter_mut().zip(start..).for_each(|(sample, frame)| *sample = frame);
        // SAFETY: the vector has a ring of frames and lives until the end of this turn.
        let source = unsafe { Source::new(NonNull::from(&mut mix[..]).cast(), RING as u32, FRAME) };
        // SAFETY: the ring's memory outlives this thread.
        let mut destination = unsafe { Destination::new(memory.0, RING as u32, FRAME) };
        let write = path.begin_write(Some(&now(start)), RATE, first as u32, BLOCK as u32).unwrap();
        execute(write.plan(), &source, &mut destination).unwrap();
        path.end_write(write, || 0);
        position.store(start + BLOCK, Ordering::Release);
    }
}

/// Reads blocks at the far end of the ring, where the writer overtakes, until the writer is done.
fn read_all(path: &Path<'_>, memory: &Memory, position: &AtomicU64) {
    for turn in 0..100_000_000 {
        let at = position.load(Ordering::Acquire);
        if at >= LAPS * RING {
            break;
        }
        let lag = RING - (turn % 5) * BLOCK;
        let start = at.saturating_sub(lag).max(RING);
        let mut client = [u64::MAX; BLOCK as usize];
        // SAFETY: the array has a block of frames and lives until the end of this turn.
        let mut destination = unsafe { Destination::new(NonNull::from(&mut client).cast(), BLOCK as u32, FRAME) };
        // SAFETY: the ring's memory outlives this thread.
        let source = unsafe { Source::new(memory.0, RING as u32, FRAME) };
        let read = path.begin_read(Some(&now(at)), RATE, (start % RING) as u32, BLOCK as u32).unwrap();
        execute(read.plan(), &source, &mut destination).unwrap();
        silence(&mut destination, 0, path.end_read(read, || 0)).unwrap();
        for (sample, frame) in client.into_iter().zip(start..) {
            assert!(sample == 0 || sample == frame, "frame {frame} came as {sample}");
        }
    }
}

#[test]
fn a_reader_that_is_overtaken_never_hears_another_lap() {
    let cells: Vec<_> = (0..cells_for(2)).map(|_| AtomicU32::new(0)).collect();
    let path = Path::new(2, RING as u32, &cells).unwrap();
    let mut samples = vec![u64::MAX; RING as usize];
    let memory = Memory(NonNull::from(&mut samples[..]).cast());
    let position = AtomicU64::new(2 * RING);
    thread::scope(|scope| {
        scope.spawn(|| read_all(&path, &memory, &position));
        write_all(&path, &memory, &position);
    });
}
