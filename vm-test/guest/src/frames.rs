//! Physical memory by frames of 4 KiB: one bit each, set while the frame is free.

use kpi::platform::PAGE;
use spin::Mutex;
use x86_64::PhysAddr;
use x86_64::structures::paging::{FrameAllocator, PhysFrame};

/// microvm's RAM ends here at most; its devices lie above.
const RAM_LIMIT: usize = 3 << 30;
const WORDS: usize = RAM_LIMIT / PAGE / 64;

/// The frames between the guest's image and the shared memory.
pub static FRAMES: Mutex<Frames> = Mutex::new(Frames { bits: [0; WORDS], next: 0, free: 0 });

/// Frames that are free.
pub struct Frames {
    bits: [u64; WORDS],
    /// Word at which the next search starts.
    next: usize,
    free: usize,
}

impl Frames {
    /// Makes the frames that lie wholly within `start..end` free.
    pub fn add(&mut self, start: u64, end: u64) {
        let first = start.div_ceil(PAGE as u64) as usize;
        for frame in first..(end as usize).min(RAM_LIMIT) / PAGE {
            self.give(frame);
        }
    }

    /// How many are free.
    pub fn free(&self) -> usize {
        self.free
    }

    /// Gives a frame back.
    pub fn release(&mut self, frame: PhysFrame) {
        self.give(frame.start_address().as_u64() as usize / PAGE);
    }

    fn give(&mut self, frame: usize) {
        let bit = 1 << (frame % 64);
        let word = &mut self.bits[frame / 64];
        assert!(*word & bit == 0, "frame {frame} is free already");
        *word |= bit;
        self.free += 1;
        // Those used last are in the host's caches, and in its memory at all.
        self.next = self.next.min(frame / 64);
    }
}

// SAFETY: a frame's bit is clear while it is taken, so none is handed out twice, and only RAM that nothing else uses is added.
unsafe impl FrameAllocator<x86_64::structures::paging::Size4KiB> for Frames {
    fn allocate_frame(&mut self) -> Option<PhysFrame> {
        let word = (self.next..WORDS).chain(0..self.next).find(|&word| self.bits[word] != 0)?;
        let bit = self.bits[word].trailing_zeros() as usize;
        self.bits[word] &= !(1 << bit);
        self.next = word;
        self.free -= 1;
        Some(PhysFrame::containing_address(PhysAddr::new(((word * 64 + bit) * PAGE) as u64)))
    }
}
