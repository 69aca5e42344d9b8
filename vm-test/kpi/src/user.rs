//! Memory of user tasks. Its addresses are none of the kernel's: a kext reaches it through a memory descriptor, whose map has an
//! address of the kernel's.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use crate::global::Global;
use crate::heap;
use crate::platform::PAGE;

/// Where user memory begins and how far it may reach; no machine maps anything there.
const BASE: usize = 0x1000_0000_0000;
const END: usize = BASE + (1 << 40);

struct Piece {
    /// Where the kernel has it.
    kernel: usize,
    size: usize,
}

struct Space {
    pieces: BTreeMap<usize, Piece>,
    next: usize,
}

static SPACE: Global<Space> = Global::new(Space { pieces: BTreeMap::new(), next: BASE });

/// Allocates user memory in whole pages: its address in the task and in the kernel. `None`: no memory.
pub fn allocate(size: usize) -> Option<(usize, usize)> {
    let kernel = heap::allocate(size, PAGE);
    if kernel == 0 {
        return None;
    }
    let mut space = SPACE.borrow();
    let address = space.next;
    // A page between pieces, and no address twice.
    space.next += size.next_multiple_of(PAGE) + PAGE;
    space.pieces.insert(address, Piece { kernel, size });
    Some((address, kernel))
}

/// Frees what [`allocate`] gave under that address of the task.
pub fn free(address: usize) {
    let piece = SPACE.borrow().pieces.remove(&address);
    if let Some(piece) = piece {
        heap::free(piece.kernel, piece.size);
    }
}

/// Where the kernel has `size` bytes of user memory; an address that is no user task's stays what it is.
pub fn in_kernel(address: usize, size: usize) -> usize {
    let space = SPACE.borrow();
    let piece = space.pieces.range(..=address).next_back().map(|(&start, piece)| (address - start, piece));
    match piece.filter(|(offset, piece)| offset.checked_add(size).is_some_and(|end| end <= piece.size)) {
        Some((offset, piece)) => piece.kernel + offset,
        None => address,
    }
}

/// An address of user memory in words.
pub fn describe(address: usize) -> Option<String> {
    if !(BASE..END).contains(&address) {
        return None;
    }
    let space = SPACE.try_borrow()?;
    let piece = space.pieces.range(..=address).next_back();
    let offset = piece.map(|(&start, piece)| (address - start, piece.size)).filter(|(offset, size)| offset < size);
    Some(match offset {
        Some((offset, size)) => format!("byte {offset} of {size} bytes of user memory"),
        None => "user memory that is not there".into(),
    })
}
