//! Words for what the heap found, the same in every run.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::locate::Place;
use super::misuse::Misuse;
use super::region::Block;
use crate::checks::history;
use crate::object::class_of_table;
use crate::{fault, mem};

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// "a block of 64 bytes", "an object of class OSArray of 48 bytes".
fn kind(block: &Block) -> String {
    let size = count(block.size, "byte");
    match class_of_table(block.table) {
        Some(class) => format!("an object of class {class} of {size}"),
        None => format!("a block of {size}"),
    }
}

/// "a block of 64 bytes, allocated by …".
fn named(block: &Block) -> String {
    format!("{}, allocated {}", kind(block), block.allocated)
}

/// "a freed block of 64 bytes".
fn freed_kind(block: &Block) -> String {
    let kind = kind(block);
    match kind.split_once(' ') {
        Some((_, rest)) => format!("a freed {rest}"),
        None => kind,
    }
}

/// What a freed block was, and who allocated and freed it.
pub fn freed(place: &Place) -> Option<String> {
    match place {
        Place::Freed(block, freed, _) | Place::Unmapped(block, freed, _) => {
            Some(format!("{}, freed {freed}", named(block)))
        }
        _ => None,
    }
}

/// "byte 3", "bytes 3 to 5".
fn bytes(range: &Range<usize>) -> String {
    if range.len() == 1 {
        format!("byte {}", range.start)
    } else {
        format!("bytes {} to {}", range.start, range.end - 1)
    }
}

/// A wrong use of the heap.
pub fn misuse(misuse: &Misuse) -> String {
    match misuse {
        Misuse::Wild(address) => format!("{} was freed, where no block starts", fault::place(*address)),
        Misuse::Twice(block, freed) => format!("{} was freed twice; the first time {freed}", named(block)),
        Misuse::WrongSize(block, size) => format!("{}, was freed as one of {}", named(block), count(*size, "byte")),
        Misuse::WrongAllocator(block, from) => {
            let (by, frees) = (from.names().1, block.allocator.names());
            format!("{}, was freed by {by}; what {} allocates is freed by {}", named(block), frees.0, frees.1)
        }
        Misuse::Around(block, range) if range.start < 0 => {
            let distance = count(range.start.unsigned_abs(), "byte");
            format!("memory before a block was written, from {distance} before {}", named(block))
        }
        Misuse::Around(block, range) => {
            let written = range.start as usize..range.end as usize;
            format!("memory behind a block was written: {} of {}", bytes(&written), named(block))
        }
        Misuse::Stale(block, freed, range) => {
            let written = range.start as usize..range.end as usize;
            format!("freed memory was written: {} of {}, freed {freed}", bytes(&written), named(block))
        }
    }
}

/// Blocks that are left, with equal ones together.
pub fn leaks(blocks: &[(usize, Block)]) -> Vec<String> {
    let mut groups: Vec<(usize, Block, usize)> = Vec::new();
    for &(address, block) in blocks {
        // What an object is, its first word says.
        let table = if block.size < 8 { 0 } else { mem::read(address) };
        let block = Block { table, ..block };
        let same =
            |(_, other, _): &&mut (usize, Block, usize)| other.size == block.size && other.allocated == block.allocated;
        match groups.iter_mut().find(same) {
            Some((_, _, number)) => *number += 1,
            None => groups.push((address, block, 1)),
        }
    }
    let line = |(address, block, number): &(usize, Block, usize)| {
        let (class, size) = (class_of_table(block.table), count(block.size, "byte"));
        let past = if class.is_some() { history::of(*address) } else { String::new() };
        let what = match (class, number) {
            (None, 1) => "a block".to_string(),
            (None, number) => count(*number, "block"),
            (Some(class), 1) => format!("an object of class {class}"),
            (Some(class), number) => format!("{} of class {class}", count(*number, "object")),
        };
        format!("{what} of {size}, allocated {}{past}", block.allocated)
    };
    groups.iter().map(line).collect()
}

/// A place in or next to the heap's memory.
pub fn place(place: &Place) -> String {
    match place {
        Place::In(block, offset) => format!("byte {offset} of {}", named(block)),
        Place::Behind(block, 0) | Place::GuardBehind(block, 0) => format!("the byte just behind {}", named(block)),
        Place::Behind(block, distance) | Place::GuardBehind(block, distance) => {
            format!("an address {} behind {}", count(*distance, "byte"), named(block))
        }
        Place::Before(block, distance) | Place::GuardBefore(block, distance) => {
            format!("an address {} before {}", count(*distance, "byte"), named(block))
        }
        Place::Freed(block, freed, offset) | Place::Unmapped(block, freed, offset) => {
            format!("byte {offset} of {}, freed {freed}", freed_kind(block))
        }
        Place::Unused => "heap memory that was never allocated".to_string(),
    }
}
