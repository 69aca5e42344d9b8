//! What the heap knows of an address.

use super::region::{Block, Region, Slot};
use super::site::Site;
use super::space::Space;
use crate::platform::PAGE;

/// A place in or next to the heap's memory; offsets and distances in bytes.
#[derive(Debug)]
pub enum Place {
    /// At an offset in a block.
    In(Block, usize),
    /// So far behind the last byte of a block, in its slot or mapping.
    Behind(Block, usize),
    /// So far before the first byte of a block, in its mapping.
    Before(Block, usize),
    /// So far behind the last byte of a block, in the guard page.
    GuardBehind(Block, usize),
    /// So far before the first byte of a block, in the guard page.
    GuardBefore(Block, usize),
    /// At an offset in a block that was freed and that can be read and written still.
    Freed(Block, Site, usize),
    /// At an offset in a block that was freed and unmapped.
    Unmapped(Block, Site, usize),
    /// In an arena, where no block has been.
    Unused,
}

impl Place {
    /// The block that is meant, live or freed.
    pub fn block(&self) -> Option<Block> {
        match *self {
            Place::In(block, _)
            | Place::Behind(block, _)
            | Place::Before(block, _)
            | Place::GuardBehind(block, _)
            | Place::GuardBefore(block, _)
            | Place::Freed(block, ..)
            | Place::Unmapped(block, ..) => Some(block),
            Place::Unused => None,
        }
    }

    /// Whether there is memory.
    pub fn is_mapped(&self) -> bool {
        !matches!(self, Place::GuardBehind(..) | Place::GuardBefore(..) | Place::Unmapped(..))
    }
}

impl Space {
    /// The live block that starts at `address`.
    pub fn block_at(&self, address: usize) -> Option<Block> {
        self.holder(address).filter(|&(_, start)| start == address).map(|(block, _)| block)
    }

    /// The live block that an address lies in, and the offset.
    pub fn containing(&self, address: usize) -> Option<(Block, usize)> {
        let (block, start) = self.holder(address)?;
        address.checked_sub(start).filter(|&offset| offset < block.size).map(|offset| (block, offset))
    }

    /// The live block in whose slot or mapping an address lies, and the block's address.
    fn holder(&self, address: usize) -> Option<(Block, usize)> {
        match self.region(address)?.1 {
            Region::Mapping(mapping) => Some((mapping.block, mapping.address)),
            &Region::Arena(index) => {
                let arena = &self.arenas[index];
                let slot = arena.slot_at(address);
                arena.slots.get(slot)?.live().map(|block| (*block, arena.range(slot).start))
            }
        }
    }

    /// What lies at an address or next to it. Where a freed block's addresses are used again, the guard page of what lies there
    /// now says more than what lay there before.
    pub fn locate(&self, address: usize) -> Option<Place> {
        self.locate_mapped(address).or_else(|| self.locate_guard(address)).or_else(|| self.locate_freed(address))
    }

    fn locate_mapped(&self, address: usize) -> Option<Place> {
        if let Some((block, start)) = self.holder(address) {
            return Some(beside(block, start, address));
        }
        let Region::Arena(index) = self.region(address)?.1 else { return None };
        let arena = &self.arenas[*index];
        let slot = arena.slot_at(address);
        Some(match arena.slots.get(slot) {
            Some(&Slot { block, freed: Some(freed) }) => Place::Freed(block, freed, address - arena.range(slot).start),
            _ => Place::Unused,
        })
    }

    fn locate_freed(&self, address: usize) -> Option<Place> {
        let (mapping, freed) = self.unmapped.iter().rev().find(|(mapping, _)| mapping.range().contains(&address))?;
        Some(Place::Unmapped(mapping.block, *freed, address.saturating_sub(mapping.address)))
    }

    /// The guard page behind a region, or before one: of two neighbours, the nearer one is meant.
    fn locate_guard(&self, address: usize) -> Option<Place> {
        let behind = self.last_block_before(address).map(|(block, start)| {
            let distance = address - (start + block.size);
            (distance, Place::GuardBehind(block, distance))
        });
        let before = self.first_block_behind(address).map(|(block, start)| {
            let distance = start - address;
            (distance, Place::GuardBefore(block, distance))
        });
        behind.into_iter().chain(before).min_by_key(|(distance, _)| *distance).map(|(_, place)| place)
    }

    /// The last block of the region whose guard page an address lies in, and its address.
    fn last_block_before(&self, address: usize) -> Option<(Block, usize)> {
        let (&start, region) = self.regions.range(..=address).next_back()?;
        if address >= start + region.length() + PAGE {
            return None;
        }
        match region {
            Region::Mapping(mapping) => Some((mapping.block, mapping.address)),
            &Region::Arena(index) => {
                let arena = &self.arenas[index];
                let slot = arena.slots.len().checked_sub(1)?;
                arena.slots[slot].live().map(|block| (*block, arena.range(slot).start))
            }
        }
    }

    /// The first block of the region that starts behind the guard page in which an address lies, and its address.
    fn first_block_behind(&self, address: usize) -> Option<(Block, usize)> {
        let (&start, region) = self.regions.range(address..).next()?;
        if address + PAGE < start {
            return None;
        }
        match region {
            Region::Mapping(mapping) => Some((mapping.block, mapping.address)),
            &Region::Arena(index) => self.arenas[index].slots.first()?.live().map(|block| (*block, start)),
        }
    }
}

/// An address in the slot or mapping of a live block.
fn beside(block: Block, start: usize, address: usize) -> Place {
    match address.checked_sub(start) {
        Some(offset) if offset < block.size => Place::In(block, offset),
        Some(offset) => Place::Behind(block, offset - block.size),
        None => Place::Before(block, start - address),
    }
}
