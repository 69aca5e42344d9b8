//! Memory that kexts get: IOMalloc and its kin, `operator new`. Each block is accounted for.

use alloc::alloc::{alloc_zeroed, dealloc};
use alloc::collections::BTreeMap;
use core::alloc::Layout;

use crate::global::Global;
use crate::mem;

/// Freed memory is filled with this before it is given back, so that stale pointers do not look right.
const POISON: u8 = 0xdb;

static BLOCKS: Global<BTreeMap<usize, Layout>> = Global::new(BTreeMap::new());

/// Allocates zeroed memory; 0 when there is none left or the size is absurd.
pub fn allocate(size: usize, align: usize) -> usize {
    let Ok(layout) = Layout::from_size_align(size.max(1), align.max(16)) else { return 0 };
    // SAFETY: the layout's size is not zero.
    let address = unsafe { alloc_zeroed(layout) } as usize;
    if address != 0 {
        BLOCKS.borrow().insert(address, layout);
    }
    address
}

/// Frees a block. `size` is what the caller believes; the kernel panics when that is not what was allocated.
pub fn free(address: usize, size: usize) {
    let block = BLOCKS.borrow().remove(&address);
    let Some(layout) = block else {
        crate::fault::kernel_panic("a block was freed that is not allocated (freed twice, or never allocated)");
    };
    if size != 0 && size.max(1) != layout.size() {
        let allocated = layout.size();
        crate::fault::kernel_panic(&alloc::format!("a block of {allocated} bytes was freed as one of {size} bytes"));
    }
    mem::fill(address, POISON, layout.size());
    // SAFETY: the block was allocated with this layout and is forgotten now.
    unsafe { dealloc(address as *mut u8, layout) }
}

/// Size of the block that starts at `address`.
pub fn size_of(address: usize) -> Option<usize> {
    BLOCKS.borrow().get(&address).map(Layout::size)
}

/// The block an address lies in: its size and the offset in it. For panic reports.
pub fn containing(address: usize) -> Option<(usize, usize)> {
    let blocks = BLOCKS.try_borrow()?;
    let (&start, layout) = blocks.range(..=address).next_back()?;
    (address < start + layout.size()).then(|| (layout.size(), address - start))
}

/// Blocks and bytes allocated now.
pub fn usage() -> (u64, u64) {
    let blocks = BLOCKS.borrow();
    (blocks.len() as u64, blocks.values().map(|layout| layout.size() as u64).sum())
}
