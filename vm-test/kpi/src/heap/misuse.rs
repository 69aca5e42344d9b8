//! Wrong uses of the heap, and how they are found.

use core::ops::Range;

use super::pattern::{CANARY, Damage, POISON};
use super::region::{Allocator, Arena, Block, Mapping, Slot};
use super::site::Site;
use crate::checks::Rule;

/// A wrong use of the heap.
#[derive(Debug)]
pub enum Misuse {
    /// An address was freed at which no block starts.
    Wild(usize),
    /// A block was freed that had been freed by that site.
    Twice(Block, Site),
    /// A block was freed as one of another size.
    WrongSize(Block, usize),
    /// A block was freed by the counterpart of another allocator.
    WrongAllocator(Block, Allocator),
    /// Bytes around a block were written; offsets from the block's start.
    Around(Block, Range<isize>),
    /// Bytes of a freed block were written, those offsets from its start.
    Stale(Block, Site, Range<u32>),
}

impl Misuse {
    /// The rule that it breaks.
    pub fn rule(&self) -> Rule {
        match self {
            Misuse::Wild(_) => Rule::WildFree,
            Misuse::Twice(..) => Rule::DoubleFree,
            Misuse::WrongSize(..) => Rule::FreeSize,
            Misuse::WrongAllocator(..) => Rule::FreeAllocator,
            Misuse::Around(..) => Rule::Overrun,
            Misuse::Stale(..) => Rule::UseAfterFree,
        }
    }
}

/// A block may be freed: allocator and size are right, and nothing around it was written. The kernel's own code frees what
/// others allocated.
pub fn freeable(block: &Block, from: Allocator, size: usize, around: Option<Misuse>) -> Result<(), Misuse> {
    if from != Allocator::Kernel && from != block.allocator {
        return Err(Misuse::WrongAllocator(*block, from));
    }
    if size != 0 && size != block.size {
        return Err(Misuse::WrongSize(*block, size));
    }
    around.map_or(Ok(()), Err)
}

/// Damage behind a block in a slot.
pub fn behind_block(block: &Block, range: &Range<usize>) -> Option<Misuse> {
    let damage = CANARY.damage(range.start + block.size..range.end)?;
    Some(around(*block, range.start, damage))
}

/// Damage in a mapping before or behind its block.
pub fn around_mapping(mapping: &Mapping) -> Option<Misuse> {
    let (start, end) = (mapping.address, mapping.address + mapping.block.size);
    let damage = CANARY.damage(end..mapping.range().end).or_else(|| CANARY.damage(mapping.start..start))?;
    Some(around(mapping.block, start, damage))
}

fn around(block: Block, start: usize, damage: Damage) -> Misuse {
    let offset = |at: usize| at.wrapping_sub(start) as isize;
    Misuse::Around(block, offset(damage.start)..offset(damage.end))
}

/// A freed slot is as it was left.
pub fn untouched(arena: &Arena, slot: usize) -> Result<(), Misuse> {
    let range = arena.range(slot);
    let Slot { block, freed: Some(freed) } = &arena.slots[slot] else { return Ok(()) };
    let damage = POISON.damage(range.clone());
    let offset = |at: usize| (at - range.start) as u32;
    damage.map_or(Ok(()), |at| Err(Misuse::Stale(*block, *freed, offset(at.start)..offset(at.end))))
}
