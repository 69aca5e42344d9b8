//! Memory for reports of faults: a fault may have interrupted the allocator, which then cannot be used.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of the reserve; a report takes a few KiB for each thread.
const SIZE: usize = 1 << 20;

/// A machine's global allocator: the usual one, until a fault or a Rust panic is to be reported.
pub struct WithReserve<A> {
    usual: A,
    reporting: AtomicBool,
    used: AtomicUsize,
    bytes: UnsafeCell<MaybeUninit<[u8; SIZE]>>,
}

// SAFETY: each byte of the reserve is handed out once, by the atomic `used`.
unsafe impl<A: Sync> Sync for WithReserve<A> {}

impl<A> WithReserve<A> {
    /// The usual allocator with a reserve.
    pub const fn new(usual: A) -> WithReserve<A> {
        let (reporting, used) = (AtomicBool::new(false), AtomicUsize::new(0));
        WithReserve { usual, reporting, used, bytes: UnsafeCell::new(MaybeUninit::zeroed()) }
    }

    /// From now on, for good, blocks come from the reserve and none is given back.
    pub fn report(&self) {
        self.reporting.store(true, Ordering::Relaxed);
    }

    fn reporting(&self) -> bool {
        self.reporting.load(Ordering::Relaxed)
    }

    fn take(&self, layout: Layout) -> *mut u8 {
        let base = self.bytes.get().cast::<u8>();
        let place = |used: usize| {
            let start = used.checked_add(base.wrapping_add(used).align_offset(layout.align()))?;
            start.checked_add(layout.size()).filter(|end| *end <= SIZE).map(|end| (start, end))
        };
        let next = |used| place(used).map(|(_, end)| end);
        let before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        before.ok().and_then(place).map_or(null_mut(), |(start, _)| base.wrapping_add(start))
    }
}

// SAFETY: blocks are the usual allocator's, or lie one behind the other in the reserve with their size and alignment; those of
// the reserve never reach the usual allocator, which is not used again.
unsafe impl<A: GlobalAlloc> GlobalAlloc for WithReserve<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.reporting() {
            return self.take(layout);
        }
        // SAFETY: the caller's word.
        unsafe { self.usual.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if self.reporting() {
            // No byte of the reserve is used twice, so that they are zero still.
            return self.take(layout);
        }
        // SAFETY: the caller's word.
        unsafe { self.usual.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !self.reporting() {
            // SAFETY: the caller's word.
            unsafe { self.usual.dealloc(block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.reporting() {
            // SAFETY: the caller's word.
            return unsafe { self.usual.realloc(block, layout, size) };
        }
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        let moved = self.take(wanted);
        if !moved.is_null() {
            // SAFETY: both blocks are that long, and the new one is nobody else's.
            unsafe { moved.copy_from_nonoverlapping(block, size.min(layout.size())) };
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;

    use super::*;

    /// An allocator that must not be used.
    struct Damaged;

    // SAFETY: never hands a block out.
    unsafe impl GlobalAlloc for Damaged {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            unreachable!()
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
            unreachable!()
        }
    }

    #[test]
    fn a_report_takes_aligned_blocks_until_the_reserve_is_used_up() {
        let heap = Box::new(WithReserve::new(Damaged));
        heap.report();
        let mut end = 0;
        let mut total = 0;
        for (size, align) in [(1, 1), (8, 8), (100, 64), (5, 1), (16, 4096)].into_iter().cycle() {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the size is not 0.
            let block = unsafe { heap.alloc(layout) };
            if block.is_null() {
                break;
            }
            assert!(block as usize >= end && (block as usize).is_multiple_of(align));
            end = block as usize + size;
            total += size;
            // SAFETY: of this allocator, with this layout.
            unsafe { heap.dealloc(block, layout) };
        }
        assert!(total > 5000);
        assert!(end <= heap.bytes.get() as usize + SIZE);
    }

    #[test]
    fn a_block_that_grows_keeps_its_bytes() {
        let heap = Box::new(WithReserve::new(Damaged));
        heap.report();
        let layout = Layout::from_size_align(4, 4).unwrap();
        let old = [1_u8, 2, 3, 4];
        // SAFETY: the block is only read, and as long as its layout says.
        let block = unsafe { heap.realloc(old.as_ptr().cast_mut(), layout, 64) };
        // SAFETY: a block of 64 bytes.
        assert_eq!(unsafe { block.cast::<[u8; 4]>().read() }, old);
        // SAFETY: as above, and the size is too much.
        assert!(unsafe { heap.realloc(block, layout, SIZE) }.is_null());
    }
}
