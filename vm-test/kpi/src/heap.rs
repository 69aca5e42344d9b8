//! Memory that kexts get: IOMalloc and its kin, `operator new`.
//!
//! Blocks lie in pages of their own and their records in the KPI's heap, so that a kext that writes beyond a block damages
//! neither records nor other state of the KPI. Addresses depend only on what was asked for before.
//!
//! ```text
//!  small: an arena of 64 KiB in slots of one size          large: a mapping of its own
//!  guard │ block ▒▒ │ block ▒ │ poison │ … │ guard         guard │ ▒▒▒▒ block ▒ │ guard
//! ```
//!
//! What a slot or a mapping has beyond its block (▒) is filled with a canary that is checked when the block is freed and by
//! [`check`]. A freed slot is poisoned, used again only when 256 KiB of others were freed, and must be untouched then; a freed
//! large block is unmapped at once.
//!
//! Every block is zeroed when it is allocated. The kernel promises that for `operator new` of an OSObject; of IOMalloc, it is
//! a kindness to the KPI's own code, which builds on it.

mod locate;
mod misuse;
mod pattern;
mod region;
mod report;
mod site;
mod size;
mod space;

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use self::misuse::Misuse;
pub use self::region::Allocator;
pub use self::site::Site;
use self::space::Space;
use crate::checks;
use crate::fault::{self, Place};
use crate::global::Global;

static SPACE: Global<Space> = Global::new(Space::new());

/// Allocates zeroed memory, aligned to 16 bytes or to `align` if that is more; 0 when there is none left, the size is absurd
/// or the alignment no power of two.
///
/// Panics as the kernel does when the memory was written after it was last freed.
pub fn allocate(size: usize, align: usize) -> usize {
    allocate_for(Allocator::Kernel, size, align)
}

/// As [`allocate`], for a function of the KPI whose memory only its counterpart may free ([`free_for`]).
pub fn allocate_for(allocator: Allocator, size: usize, align: usize) -> usize {
    let result = SPACE.borrow().allocate(fault::platform(), size, align, allocator, Site::here());
    or_panic(result).unwrap_or(0)
}

/// Frees a block. `size` is what the caller believes, 0 if it does not say.
///
/// Panics as the kernel does when no block starts there, it is of another size, or memory around it was overwritten.
pub fn free(address: usize, size: usize) {
    free_for(Allocator::Kernel, address, size);
}

/// As [`free`], of a block that must be of that allocator; [`Allocator::Kernel`]: of any.
///
/// Panics as [`free`] does.
pub fn free_for(allocator: Allocator, address: usize, size: usize) {
    let result = SPACE.borrow().free(fault::platform(), address, size, allocator, Site::here());
    or_panic(result);
}

/// The word that freed memory is full of: an object with it for a vtable is none any more.
pub const POISON: u64 = pattern::POISON.word();

/// Notes what the object at `address` is, by its vtable: its block is the next that is freed, but for what its destructors free.
pub fn frees_object(address: usize, table: usize) {
    SPACE.borrow().dying = (address, table);
}

/// When the block at `address`, live or freed, was allocated.
pub fn allocated_at(address: usize) -> Option<Mark> {
    SPACE.try_borrow()?.locate(address)?.block().map(|block| Mark(block.serial))
}

/// What lay at an address in freed memory: "an object of class OSArray of 48 bytes, allocated by …, freed by …".
pub fn freed(address: usize) -> Option<String> {
    report::freed(&SPACE.try_borrow()?.locate(address)?)
}

fn or_panic<T>(result: Result<T, Misuse>) -> T {
    result.unwrap_or_else(|misuse| checks::fatal(misuse.rule(), &report::misuse(&misuse)))
}

/// Size of the block that starts at `address`.
pub fn size_of(address: usize) -> Option<usize> {
    SPACE.borrow().block_at(address).map(|block| block.size)
}

/// The block an address lies in: its size and the offset in it.
pub fn containing(address: usize) -> Option<(usize, usize)> {
    SPACE.try_borrow()?.containing(address).map(|(block, offset)| (block.size, offset))
}

/// A live block, as an address in it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number in the order of allocation.
    pub serial: u64,
    /// Its size in bytes.
    pub size: usize,
    /// How far into it the address is, in bytes.
    pub offset: usize,
}

/// The live block that an address lies in.
pub fn block(address: usize) -> Option<Block> {
    let (block, offset) = SPACE.try_borrow()?.containing(address)?;
    Some(Block { serial: block.serial, size: block.size, offset })
}

/// Blocks and bytes allocated now.
pub fn usage() -> (u64, u64) {
    SPACE.borrow().usage()
}

/// A point in the history of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// Now.
pub fn mark() -> Mark {
    Mark(SPACE.borrow().serial())
}

/// The blocks that were allocated after `mark` and exist still, oldest first, those of one size and origin together:
/// "2 blocks of 64 bytes, allocated by _IOMalloc from Loopflower`_create + 0x12".
pub fn leaks_since(mark: Mark) -> Vec<String> {
    let blocks = SPACE.borrow().blocks_since(mark.0);
    report::leaks(&blocks)
}

/// Looks at all memory that nobody may write: around blocks, and freed. Each finding names block, size and offset.
pub fn check() -> Vec<String> {
    let found = SPACE.borrow().check();
    found.iter().map(report::misuse).collect()
}

/// An address in or next to the heap's memory. For reports of faults.
pub fn describe(address: usize) -> Option<Place> {
    let place = SPACE.try_borrow()?.locate(address)?;
    Some(Place { words: report::place(&place), mapped: place.is_mapped() })
}
