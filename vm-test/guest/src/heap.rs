//! The heap of the KPI: talc on pages that are mapped as it grows.

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
pub static HEAP: WithReserve<Heap> = WithReserve::new(Heap(Mutex::new(Talc::new(Growing { mapped: 0, end: None }))));

/// talc behind a lock that nobody waits for: one core, and interrupts never hit the KPI.
pub struct Heap(Mutex<Talc<Growing, DefaultBinning>>);

// SAFETY: the blocks are talc's.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout is not of size 0.
        unsafe { self.0.lock().allocate(layout) }.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's block is one of talc's.
        unsafe { self.0.lock().deallocate(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`; the size is not 0, by the caller's word.
        if unsafe { self.0.lock().try_realloc_in_place(block, layout, size) } {
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
