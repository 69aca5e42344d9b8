//! What a prepared command tells the device: pieces of memory, each within the device's limits.

use alloc::vec::Vec;

use super::{Specification, command};
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::memory;
use crate::mem;
use crate::object::Obj;
use crate::symbols;

/// The pieces of a descriptor from byte `from` to byte `to`; those that follow each other in memory are one.
fn pieces(descriptor: Obj, from: u64, to: u64) -> Vec<(u64, u64)> {
    let mut pieces: Vec<(u64, u64)> = Vec::new();
    let mut at = 0;
    for (address, size) in memory::ranges(descriptor) {
        let (first, last) = (from.max(at), to.min(at + size as u64));
        if first < last {
            let (address, length) = (address as u64 + (first - at), last - first);
            match pieces.last_mut() {
                Some((begin, size)) if *begin + *size == address => *size += length,
                _ => pieces.push((address, length)),
            }
        }
        at += size as u64;
    }
    pieces
}

/// How much of a piece the next segment takes: at most the largest one, with a length and an end that are aligned if any can.
fn taken(specification: &Specification, address: u64, length: u64) -> u64 {
    let mut take = length.min(specification.max_segment);
    let aligned = |take: u64, rest: u64| if rest > 0 && take > rest { take - rest } else { take };
    take = aligned(take, take & u64::from(specification.length));
    if take < length {
        take = aligned(take, (address + take) & u64::from(specification.inner));
    }
    take
}

/// genIOVMSegments: from the offset at `offset` on, at most as many segments as the number at `count` says; leaves there how far
/// it came and how many there are.
fn generate(this: Obj, output: usize, offset: usize, list: usize, count: usize) -> IOReturn {
    let command = command(this);
    let Some(specification) = command.specification.filter(|_| command.active > 0) else { return IOReturn::NOT_READY };
    if offset == 0 || list == 0 || count == 0 || mem::read::<u32>(count) == 0 {
        return IOReturn::BAD_ARGUMENT;
    }
    let most: u32 = mem::read(count);
    let mut at: u64 = mem::read(offset);
    if at >= command.length {
        return IOReturn::OVERRUN;
    }
    let end = command.offset + command.length;
    let mut made = 0;
    'all: for (mut address, mut length) in pieces(command.memory, command.offset + at, end) {
        while length > 0 {
            if made == most {
                break 'all;
            }
            let take = taken(&specification, address, length);
            let words = [this.word(), specification.reached(address), take, list as u64, u64::from(made)];
            if symbols::invoke(output, &words) as u8 == 0 {
                return IOReturn::MESSAGE_TOO_LARGE;
            }
            made += 1;
            at += take;
            address += take;
            length -= take;
        }
    }
    mem::write(offset, at);
    mem::write(count, made);
    IOReturn::SUCCESS
}

extern "C" fn generate_with(this: Obj, output: usize, offset: usize, list: usize, count: usize) -> IOReturn {
    generate(this, output, offset, list, count)
}

extern "C" fn generate_own(this: Obj, offset: usize, list: usize, count: usize) -> IOReturn {
    let output = command(this).specification.map_or(0, |specification| specification.output);
    generate(this, output, offset, list, count)
}

functions! { pub FUNCTIONS:
    "__ZN12IODMACommand15genIOVMSegmentsEPyPvPj" => generate_own,
    "__ZN12IODMACommand15genIOVMSegmentsEPFbPS_NS_9Segment64EPvjEPyS2_Pj" => generate_with,
}
