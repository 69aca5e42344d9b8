//! Blocks and the memory that they lie in.

use alloc::vec::Vec;
use core::ops::Range;

use super::site::Site;
use super::size::SLOTS;
use crate::platform::PAGE;

/// Bytes of an arena.
pub const ARENA: usize = 64 * 1024;

/// A block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Bytes asked for.
    pub size: usize,
    /// Its number in the order of allocation.
    pub serial: u64,
    /// Who allocated it.
    pub allocated: Site,
    /// What allocated it.
    pub allocator: Allocator,
    /// Vtable of the object that it is or was, if that is known; 0: not.
    pub table: usize,
}

/// Functions that allocate, each of which has a counterpart that frees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocator {
    /// The kernel's own code.
    Kernel,
    /// IOMalloc.
    Malloc,
    /// IOMallocAligned.
    Aligned,
    /// IOMallocPageable.
    Pageable,
    /// `operator new` of OSObject.
    Object,
}

impl Allocator {
    /// Names of the function that allocates, and of the one that frees.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Allocator::Kernel => ("the kernel", "the kernel"),
            Allocator::Malloc => ("IOMalloc", "IOFree"),
            Allocator::Aligned => ("IOMallocAligned", "IOFreeAligned"),
            Allocator::Pageable => ("IOMallocPageable", "IOFreePageable"),
            Allocator::Object => ("operator new of OSObject", "operator delete of OSObject"),
        }
    }
}

/// A slot that has been in use.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The block that it holds, or held.
    pub block: Block,
    /// Who freed the block, if it is no more.
    pub freed: Option<Site>,
}

impl Slot {
    /// The block that it holds.
    pub fn live(&self) -> Option<&Block> {
        self.freed.is_none().then_some(&self.block)
    }
}

/// A run of slots of one class.
#[derive(Debug)]
pub struct Arena {
    /// First address.
    pub base: usize,
    /// The class of its slots.
    pub class: usize,
    /// Those in use so far, from the base on.
    pub slots: Vec<Slot>,
}

impl Arena {
    /// Bytes of a slot.
    pub fn slot_bytes(&self) -> usize {
        SLOTS[self.class]
    }

    /// The slot that an address in the arena lies in; there may be none of that index.
    pub fn slot_at(&self, address: usize) -> usize {
        (address - self.base) / self.slot_bytes()
    }

    /// Addresses of a slot.
    pub fn range(&self, slot: usize) -> Range<usize> {
        let start = self.base + slot * self.slot_bytes();
        start..start + self.slot_bytes()
    }
}

/// A large block in its mapping.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    /// First address.
    pub start: usize,
    /// Length.
    pub pages: usize,
    /// Where the block starts.
    pub address: usize,
    /// The block.
    pub block: Block,
}

impl Mapping {
    /// Addresses of the mapping.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.pages * PAGE
    }
}

/// What lies at an address that was mapped.
#[derive(Debug)]
pub enum Region {
    /// The arena of that index.
    Arena(usize),
    /// A large block.
    Mapping(Mapping),
}

impl Region {
    /// Bytes from its first address on.
    pub fn length(&self) -> usize {
        match self {
            Region::Arena(_) => ARENA,
            Region::Mapping(mapping) => mapping.pages * PAGE,
        }
    }
}
