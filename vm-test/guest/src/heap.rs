//! The heap of the KPI: talc on pages that are mapped as it grows, and before it lists of small blocks by size, which are most of
//! all and never go back to talc.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};

use kpi::platform::PAGE;
use kpi::reserve::WithReserve;
use spin::Mutex;
use talc::base::Talc;
use talc::base::binning::{Binning, DefaultBinning};
use talc::source::Source;

use crate::paging;

/// The heap grows by at least this.
const STEP: usize = 1 << 20;

/// The global allocator.
#[global_allocator]
pub static HEAP: WithReserve<Heap> = WithReserve::new(Heap(Mutex::new(Blocks {
    free: [null_mut(); CLASSES],
    talc: Talc::new(Growing { mapped: 0, end: None }),
})));

/// Sizes of small blocks are multiples of this, and it is their alignment.
const GRAIN: usize = 16;
/// How many sizes of small blocks there are.
const CLASSES: usize = 32;
/// Bytes that are taken from talc at once for small blocks of a size.
const RUN: usize = 8192;

/// Behind a lock that nobody waits for: one core, and interrupts never hit the KPI.
pub struct Heap(Mutex<Blocks>);

/// All blocks.
struct Blocks {
    /// The first free small block of each size, which holds the address of the next.
    free: [*mut u8; CLASSES],
    talc: Talc<Growing, DefaultBinning>,
}

// SAFETY: the pointers are the heap's own, behind the same lock.
unsafe impl Send for Blocks {}

/// The index of a small block's size; `None` for blocks that are talc's.
fn class(layout: Layout) -> Option<usize> {
    let class = (layout.size().max(1) - 1) / GRAIN;
    (class < CLASSES && layout.align() <= GRAIN).then_some(class)
}

impl Blocks {
    fn take(&mut self, class: usize) -> *mut u8 {
        if self.free[class].is_null() {
            self.refill(class);
        }
        let block = self.free[class];
        if !block.is_null() {
            // SAFETY: a free small block holds the address of the next one of its size.
            self.free[class] = unsafe { block.cast::<*mut u8>().read() };
        }
        block
    }

    fn give(&mut self, class: usize, block: *mut u8) {
        // SAFETY: the block is nobody's any more, and a small one is long enough and aligned for an address.
        unsafe { block.cast::<*mut u8>().write(self.free[class]) };
        self.free[class] = block;
    }

    /// Cuts a run of talc's into free blocks, so that the first is taken first.
    fn refill(&mut self, class: usize) {
        let (size, layout) = ((class + 1) * GRAIN, const { Layout::new::<[u128; RUN / GRAIN]>() });
        // SAFETY: the layout's size is not 0.
        let Some(run) = (unsafe { self.talc.allocate(layout) }) else { return };
        for index in (0..RUN / size).rev() {
            self.give(class, run.as_ptr().wrapping_add(index * size));
        }
    }
}

// SAFETY: small blocks are cut from talc's blocks, each byte for one; the others are talc's.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(class) = class(layout) {
            return self.0.lock().take(class);
        }
        // SAFETY: the caller's layout is not of size 0.
        unsafe { self.0.lock().talc.allocate(layout) }.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(class) = class(layout) {
            return self.0.lock().give(class, block);
        }
        // SAFETY: the caller's block is one of talc's.
        unsafe { self.0.lock().talc.deallocate(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: a size that fits, by the caller's word, and an alignment that is one already.
        let (old, new) = (class(layout), class(unsafe { Layout::from_size_align_unchecked(size, layout.align()) }));
        if old.is_some() && old == new {
            return block;
        }
        // SAFETY: as for `dealloc`; the size is not 0, by the caller's word.
        if (old, new) == (None, None) && unsafe { self.0.lock().talc.try_realloc_in_place(block, layout, size) } {
            return block;
        }
        // SAFETY: a size that fits, by the caller's word, and an alignment that is one already.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the size is not 0, by the caller's word.
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            // SAFETY: both blocks are that long, and the new one is nobody else's.
            unsafe { moved.copy_from_nonoverlapping(block, size.min(layout.size())) };
            // SAFETY: the caller gives the block up.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

/// Pages mapped from [`paging::HEAP`] on.
#[derive(Debug)]
pub struct Growing {
    /// Bytes.
    mapped: usize,
    /// What talc takes for the end of its heap.
    end: Option<NonNull<u8>>,
}

// SAFETY: the pointer is talc's own, behind the same lock.
unsafe impl Send for Growing {}

// SAFETY: `acquire` maps pages by `paging`, which allocates nothing.
unsafe impl Source for Growing {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let needed = layout.size().checked_add(layout.align()).ok_or(())?;
        let size = needed.checked_add(STEP / 4).and_then(|size| size.checked_next_multiple_of(STEP)).ok_or(())?;
        let base = paging::HEAP + talc.source.mapped;
        paging::map(base, size / PAGE).ok_or(())?;
        talc.source.mapped += size;
        let end = (base + size) as *mut u8;
        talc.source.end = match talc.source.end {
            // SAFETY: the pages from the heap's end to `end` were mapped just now.
            Some(old) => Some(unsafe { talc.extend(old, end) }),
            // SAFETY: as above.
            None => unsafe { talc.claim(base as *mut u8, size) },
        };
        Ok(())
    }
}
