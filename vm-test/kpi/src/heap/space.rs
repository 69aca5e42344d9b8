//! The heap's memory and records: arenas of slots for small blocks, mappings for large ones.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::misuse::{Misuse, around_mapping, behind_block, freeable, untouched};
use super::pattern::{CANARY, POISON};
use super::region::{ARENA, Allocator, Arena, Block, Mapping, Region, Slot};
use super::site::Site;
use super::size::{SLOTS, class};
use crate::mem;
use crate::platform::{PAGE, Platform};

/// Bytes of freed slots that are kept from use, those freed last.
pub const QUARANTINE: usize = 256 * 1024;
/// Alignment that every block has.
const MIN_ALIGN: usize = 16;
/// Large blocks of which it is remembered that they were freed.
const REMEMBERED: usize = 256;

/// Arena and slot by index.
#[derive(Clone, Copy, Debug)]
struct SlotId(usize, usize);

/// Slots of one class to take.
#[derive(Debug)]
struct Class {
    /// Freed ones, oldest first.
    free: VecDeque<SlotId>,
    /// The arena with slots that were never used.
    arena: Option<usize>,
}

/// The heap.
#[derive(Debug)]
pub struct Space {
    /// By first address.
    pub regions: BTreeMap<usize, Region>,
    /// Arenas by the numbers of their pages: most of what is freed lies in one.
    pages: HashMap<usize, usize, FxBuildHasher>,
    /// By index; none is given back.
    pub arenas: Vec<Arena>,
    classes: [Class; SLOTS.len()],
    quarantine: VecDeque<SlotId>,
    quarantined: usize,
    /// Large blocks that were freed, oldest first.
    pub unmapped: VecDeque<(Mapping, Site)>,
    /// Address and vtable of the object that is freed next.
    pub dying: (usize, usize),
    serial: u64,
    blocks: u64,
    bytes: u64,
}

impl Space {
    /// Nothing is mapped yet.
    pub const fn new() -> Space {
        Space {
            regions: BTreeMap::new(),
            pages: HashMap::with_hasher(FxBuildHasher),
            arenas: Vec::new(),
            classes: [const { Class { free: VecDeque::new(), arena: None } }; SLOTS.len()],
            quarantine: VecDeque::new(),
            quarantined: 0,
            unmapped: VecDeque::new(),
            dying: (0, 0),
            serial: 0,
            blocks: 0,
            bytes: 0,
        }
    }

    /// Allocates a block; `None`: no memory.
    ///
    /// # Errors
    /// Memory that is used again was written since.
    pub fn allocate(
        &mut self,
        platform: &dyn Platform,
        size: usize,
        align: usize,
        allocator: Allocator,
        by: Site,
    ) -> Result<Option<usize>, Misuse> {
        let align = align.max(MIN_ALIGN);
        if !align.is_power_of_two() {
            return Ok(None);
        }
        let block = Block { size, serial: self.serial + 1, allocated: by, allocator, table: 0 };
        let address = match class(size, align) {
            Some(class) => self.take_slot(platform, class, block)?,
            None => self.map(platform, align, block),
        };
        if address.is_some() {
            self.serial = block.serial;
            self.blocks += 1;
            self.bytes += size as u64;
        }
        Ok(address)
    }

    fn take_slot(&mut self, platform: &dyn Platform, class: usize, block: Block) -> Result<Option<usize>, Misuse> {
        let range = if let Some(SlotId(arena, slot)) = self.classes[class].free.pop_front() {
            let arena = &mut self.arenas[arena];
            untouched(arena, slot)?;
            arena.slots[slot] = Slot { block, freed: None };
            arena.range(slot)
        } else {
            let Some(arena) = self.arena_with_room(platform, class) else { return Ok(None) };
            arena.slots.push(Slot { block, freed: None });
            arena.range(arena.slots.len() - 1)
        };
        mem::fill(range.start, 0, block.size);
        CANARY.fill(range.start + block.size..range.end);
        Ok(Some(range.start))
    }

    fn arena_with_room(&mut self, platform: &dyn Platform, class: usize) -> Option<&mut Arena> {
        let has_room = |&index: &usize| self.arenas[index].slots.len() < ARENA / SLOTS[class];
        if let Some(index) = self.classes[class].arena.filter(has_room) {
            return Some(&mut self.arenas[index]);
        }
        let base = platform.map(ARENA / PAGE)?;
        let index = self.arenas.len();
        self.regions.insert(base, Region::Arena(index));
        self.pages.extend((0..ARENA / PAGE).map(|page| (base / PAGE + page, index)));
        self.classes[class].arena = Some(index);
        self.arenas.push(Arena { base, class, slots: Vec::new() });
        self.arenas.last_mut()
    }

    /// Maps a block so that it ends where the mapping does, but for the alignment.
    fn map(&mut self, platform: &dyn Platform, align: usize, block: Block) -> Option<usize> {
        // Mappings are aligned to pages only.
        let spare = align.saturating_sub(PAGE);
        let bytes = block.size.max(1);
        let pages = bytes.checked_add(spare)?.div_ceil(PAGE);
        let start = platform.map(pages)?;
        let mapping = Mapping { start, pages, address: 0, block };
        let end = mapping.range().end;
        let address = (end - bytes) & !(align - 1);
        CANARY.fill(start..address);
        CANARY.fill(address + block.size..end);
        self.regions.insert(start, Region::Mapping(Mapping { address, ..mapping }));
        Some(address)
    }

    /// Frees a block; `size` 0: not told.
    ///
    /// # Errors
    /// The block stays when it is not one, not of that size, or memory around it was written.
    pub fn free(
        &mut self,
        platform: &dyn Platform,
        address: usize,
        size: usize,
        from: Allocator,
        by: Site,
    ) -> Result<(), Misuse> {
        if let Some(&index) = self.pages.get(&(address / PAGE)) {
            let freed = self.free_slot(index, address, (from, size), by)?;
            self.count_freed(freed);
            return Ok(());
        }
        let (start, region) = self.region(address).ok_or_else(|| self.not_live(address))?;
        let freed = match region {
            Region::Mapping(mapping) if mapping.address == address => {
                let mut mapping = *mapping;
                freeable(&mapping.block, from, size, around_mapping(&mapping))?;
                platform.unmap(start, mapping.pages);
                mapping.block.table = self.table_of(address);
                self.regions.remove(&start);
                if self.unmapped.len() == REMEMBERED {
                    self.unmapped.pop_front();
                }
                self.unmapped.push_back((mapping, by));
                mapping.block.size
            }
            Region::Mapping(_) | Region::Arena(_) => return Err(Misuse::Wild(address)),
        };
        self.count_freed(freed);
        Ok(())
    }

    fn count_freed(&mut self, size: usize) {
        self.blocks -= 1;
        self.bytes -= size as u64;
    }

    /// Frees the block in an arena; returns its size.
    fn free_slot(
        &mut self,
        index: usize,
        address: usize,
        (from, size): (Allocator, usize),
        by: Site,
    ) -> Result<usize, Misuse> {
        let table = self.table_of(address);
        let arena = &mut self.arenas[index];
        let (slot, bytes) = (arena.slot_at(address), arena.slot_bytes());
        let range = arena.range(slot);
        let held = arena.slots.get_mut(slot).filter(|_| range.start == address).ok_or(Misuse::Wild(address))?;
        if let Some(freed) = held.freed {
            return Err(Misuse::Twice(held.block, freed));
        }
        freeable(&held.block, from, size, behind_block(&held.block, &range))?;
        POISON.fill(range);
        held.freed = Some(by);
        held.block.table = table;
        let size = held.block.size;
        self.quarantine.push_back(SlotId(index, slot));
        self.quarantined += bytes;
        while self.quarantined > QUARANTINE {
            let Some(SlotId(index, slot)) = self.quarantine.pop_front() else { break };
            let arena = &self.arenas[index];
            self.quarantined -= arena.slot_bytes();
            self.classes[arena.class].free.push_back(SlotId(index, slot));
        }
        Ok(size)
    }

    /// Vtable of the object whose block is freed, if it is one.
    fn table_of(&mut self, address: usize) -> usize {
        if self.dying.0 == address { core::mem::take(&mut self.dying).1 } else { 0 }
    }

    /// What is wrong with freeing an address outside of the heap's pages.
    fn not_live(&self, address: usize) -> Misuse {
        let twice = self.unmapped.iter().rev().find(|(mapping, _)| mapping.address == address);
        twice.map_or(Misuse::Wild(address), |(mapping, freed)| Misuse::Twice(mapping.block, *freed))
    }

    /// The region that an address lies in, and where it starts.
    pub fn region(&self, address: usize) -> Option<(usize, &Region)> {
        let (&start, region) = self.regions.range(..=address).next_back()?;
        (address < start + region.length()).then_some((start, region))
    }

    /// Blocks and bytes.
    pub fn usage(&self) -> (u64, u64) {
        (self.blocks, self.bytes)
    }

    /// Number of the last allocation.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// Live blocks that were allocated after that one, oldest first, with their addresses.
    pub fn blocks_since(&self, serial: u64) -> Vec<(usize, Block)> {
        let in_arena = |arena: &'_ Arena| -> Vec<(usize, Block)> {
            let slots = arena.slots.iter().enumerate();
            slots.filter_map(|(index, slot)| Some((arena.range(index).start, *slot.live()?))).collect()
        };
        let slots = self.arenas.iter().flat_map(in_arena);
        let mappings = self.regions.values().filter_map(|region| match region {
            Region::Mapping(mapping) => Some((mapping.address, mapping.block)),
            Region::Arena(_) => None,
        });
        let mut blocks: Vec<(usize, Block)> =
            slots.chain(mappings).filter(|(_, block)| block.serial > serial).collect();
        blocks.sort_unstable_by_key(|(_, block)| block.serial);
        blocks
    }

    /// All damage to memory that nobody may write, in order of address.
    pub fn check(&self) -> Vec<Misuse> {
        let mut found = Vec::new();
        for region in self.regions.values() {
            match region {
                Region::Mapping(mapping) => found.extend(around_mapping(mapping)),
                &Region::Arena(index) => {
                    let arena = &self.arenas[index];
                    found.extend(arena.slots.iter().enumerate().filter_map(|(slot, state)| match state.live() {
                        Some(block) => behind_block(block, &arena.range(slot)),
                        None => untouched(arena, slot).err(),
                    }));
                }
            }
        }
        found
    }
}
