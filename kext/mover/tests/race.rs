//! A writer and a reader at once, without a lock: what is read is the right frame or silence, never another lap's.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;

use engine::path::{Path, cells_for};
use engine::timeline::Now;
use mover::{Destination, Source, execute, silence};

const FRAME: u32 = 8;
const RATE: u32 = 48_000;

/// What both threads use.
struct Race<'a> {
    path: Path<'a>,
    /// The ring's memory.
    memory: NonNull<u8>,
    /// Frames of the ring.
    ring: u64,
    /// Frames of a write or read.
    block: u64,
    laps: u64,
    position: AtomicU64,
}

// SAFETY: the memory outlives the scope of both threads and is only touched by movers.
unsafe impl Sync for Race<'_> {}

impl Race<'_> {
    fn now(&self, position: u64) -> Now {
        Now { position, lap_start: position / self.ring * self.ring, origin: 2 * self.ring }
    }

    /// Writes each frame's own number, a block ahead of the position, and moves the position.
    fn write_all(&self) {
        let (ring, block) = (self.ring as u32, self.block as u32);
        let mut mix = vec![0u64; self.ring as usize];
        for start in (2 * self.ring..self.laps * self.ring).step_by(self.block as usize) {
            let first = (start % self.ring) as usize;
            let range = first..first + self.block as usize;
            mix[range].iter_mut().zip(start..).for_each(|(sample, frame)| *sample = frame);
            // SAFETY: the vector has a ring of frames and lives until the end of this turn.
            let source = unsafe { Source::new(NonNull::from(&mut mix[..]).cast(), ring, FRAME) };
            // SAFETY: the ring's memory outlives this thread.
            let mut destination = unsafe { Destination::new(self.memory, ring, FRAME) };
            let write = self.path.begin_write(Some(&self.now(start)), RATE, first as u32, block).unwrap();
            execute(write.plan(), &source, &mut destination).unwrap();
            self.path.end_write(write, || 0);
            self.position.store(start + self.block, Ordering::Release);
        }
    }

    /// Reads blocks at the far end of the ring, where the writer overtakes, until the writer is done.
    fn read_all(&self) {
        let (ring, block) = (self.ring as u32, self.block as u32);
        let mut client = vec![u64::MAX; self.block as usize];
        for turn in 0..100_000_000 {
            let at = self.position.load(Ordering::Acquire);
            if at >= self.laps * self.ring {
                break;
            }
            let lag = self.ring - (turn % 5) * self.block;
            let start = at.saturating_sub(lag).max(self.ring);
            client.fill(u64::MAX);
            // SAFETY: the vector has a block of frames and lives until the end of this turn.
            let mut destination = unsafe { Destination::new(NonNull::from(&mut client[..]).cast(), block, FRAME) };
            // SAFETY: the ring's memory outlives this thread.
            let source = unsafe { Source::new(self.memory, ring, FRAME) };
            let first = (start % self.ring) as u32;
            let read = self.path.begin_read(Some(&self.now(at)), RATE, first, block).unwrap();
            execute(read.plan(), &source, &mut destination).unwrap();
            silence(&mut destination, 0, self.path.end_read(read, || 0)).unwrap();
            for (sample, frame) in client.iter().zip(start..) {
                assert!(*sample == 0 || *sample == frame, "frame {frame} came as {sample}");
            }
        }
    }
}

fn race(ring: u64, block: u64, laps: u64) {
    let cells: Vec<_> = (0..cells_for(2)).map(|_| AtomicU32::new(0)).collect();
    let path = Path::new(2, ring as u32, &cells).unwrap();
    let mut samples = vec![u64::MAX; ring as usize];
    let memory = NonNull::from(&mut samples[..]).cast();
    let race = Race { path, memory, ring, block, laps, position: AtomicU64::new(2 * ring) };
    thread::scope(|scope| {
        scope.spawn(|| race.read_all());
        race.write_all();
    });
}

#[test]
fn a_reader_that_is_overtaken_never_hears_another_lap() {
    race(256, 32, 20_000);
}

#[test]
fn nor_does_one_of_long_blocks_which_are_copied_by_the_string_instruction() {
    race(4096, 512, 2_000);
}
