//! Words for what the heap found, the same in every run.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::locate::Place;
use super::misuse::Misuse;
use super::region::Block;
use crate::fault;

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// "a block of 64 bytes, allocated by …".
fn named(block: &Block) -> String {
    format!("a block of {}, allocated {}", count(block.size, "byte"), block.allocated)
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
        Misuse::Around(block, range) if range.start < 0 => {
            let distance = count(range.start.unsigned_abs(), "byte");
            format!("memory before a block was written, from {distance} before {}", named(block))
        }
        Misuse::Around(block, range) => {
            let written = range.start as usize..range.end as usize;
            format!("memory behind a block was written: {} of {}", bytes(&written), named(block))
        }
        Misuse::Stale(block, freed, range) => {
            format!("freed memory was written: {} of {}, freed {freed}", bytes(range), named(block))
        }
    }
}

/// Blocks that are left, with equal ones together.
pub fn leaks(blocks: &[Block]) -> Vec<String> {
    let mut groups: Vec<(&Block, usize)> = Vec::new();
    for block in blocks {
        let same = |(other, _): &&mut (&Block, usize)| other.size == block.size && other.allocated == block.allocated;
        match groups.iter_mut().find(same) {
            Some((_, number)) => *number += 1,
            None => groups.push((block, 1)),
        }
    }
    let line = |(block, number): &(&Block, usize)| {
        let blocks = if *number == 1 { "a block".to_string() } else { count(*number, "block") };
        format!("{blocks} of {}, allocated {}", count(block.size, "byte"), block.allocated)
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
            format!("byte {offset} of a freed block of {}, freed {freed}", count(block.size, "byte"))
        }
        Place::Unused => "heap memory that was never allocated".to_string(),
    }
}
