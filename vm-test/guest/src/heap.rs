//! The heap of the KPI: talc on pages that are mapped as it grows, and a reserve for reports of faults.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kpi::platform::PAGE;
use spin::Mutex;
use talc::base::Talc;
use talc::base::binning::{Binning, DefaultBinning};
use talc::source::Source;

use crate::paging;

/// The heap grows by at least this.
const STEP: usize = 1 << 20;
/// Bytes of the reserve.
const RESERVE: usize = 1 << 20;

#[global_allocator]
static HEAP: Heap = Heap;

struct Heap;

static TALC: Mutex<Talc<Growing, DefaultBinning>> = Mutex::new(Talc::new(Growing { mapped: 0, end: None }));

/// Nonzero: an exception or a Rust panic is being reported. It may have interrupted the allocator, so that blocks come from
/// the reserve, and none is given back.
static DYING: AtomicBool = AtomicBool::new(false);

static mut RESERVED: [u8; RESERVE] = [0; RESERVE];
static RESERVE_USED: AtomicUsize = AtomicUsize::new(0);

/// From now on blocks come from the reserve.
pub fn use_reserve() {
    DYING.store(true, Ordering::Relaxed);
}

fn from_reserve(layout: Layout) -> *mut u8 {
    let base = (&raw mut RESERVED).cast::<u8>();
    let start = RESERVE_USED.load(Ordering::Relaxed);
    let start = start + base.wrapping_add(start).align_offset(layout.align());
    match start.checked_add(layout.size()).filter(|end| *end <= RESERVE) {
        Some(end) => {
            RESERVE_USED.store(end, Ordering::Relaxed);
            base.wrapping_add(start)
        }
        None => null_mut(),
    }
}

// SAFETY: blocks are talc's, or lie one behind the other in the reserve; both keep size and alignment.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if DYING.load(Ordering::Relaxed) {
            return from_reserve(layout);
        }
        // SAFETY: the caller's layout is not of size 0.
        unsafe { TALC.lock().allocate(layout) }.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !DYING.load(Ordering::Relaxed) {
            // SAFETY: the caller's block is one of talc's; the reserve is not used before the end.
            unsafe { TALC.lock().deallocate(block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`; the size is not 0, by the caller's word.
        if !DYING.load(Ordering::Relaxed) && unsafe { TALC.lock().try_realloc_in_place(block, layout, size) } {
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
struct Growing {
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
