//! How segments are written down: address and length, in 32 or 64 bits each, in the processor's order of bytes or in a given one.

use crate::functions;
use crate::mem;

/// Whether the function of this name writes addresses of 32 bits.
pub(super) fn is_32_bit(name: &str) -> bool {
    ["OutputHost32", "OutputBig32", "OutputLittle32"].iter().any(|output| name.contains(output))
}

fn put_32(list: usize, index: u32, words: [u32; 2]) -> bool {
    mem::write(list + index as usize * 8, words);
    true
}

fn put_64(list: usize, index: u32, words: [u64; 2]) -> bool {
    mem::write(list + index as usize * 16, words);
    true
}

extern "C" fn little_32(_command: u64, address: u64, length: u64, list: usize, index: u32) -> bool {
    put_32(list, index, [address as u32, length as u32])
}

extern "C" fn big_32(_command: u64, address: u64, length: u64, list: usize, index: u32) -> bool {
    put_32(list, index, [address as u32, length as u32].map(u32::swap_bytes))
}

extern "C" fn little_64(_command: u64, address: u64, length: u64, list: usize, index: u32) -> bool {
    put_64(list, index, [address, length])
}

extern "C" fn big_64(_command: u64, address: u64, length: u64, list: usize, index: u32) -> bool {
    put_64(list, index, [address, length].map(u64::swap_bytes))
}

functions! { pub FUNCTIONS:
    "__ZN12IODMACommand12OutputHost32EPS_NS_9Segment64EPvj" => little_32,
    "__ZN12IODMACommand14OutputLittle32EPS_NS_9Segment64EPvj" => little_32,
    "__ZN12IODMACommand11OutputBig32EPS_NS_9Segment64EPvj" => big_32,
    "__ZN12IODMACommand12OutputHost64EPS_NS_9Segment64EPvj" => little_64,
    "__ZN12IODMACommand14OutputLittle64EPS_NS_9Segment64EPvj" => little_64,
    "__ZN12IODMACommand11OutputBig64EPS_NS_9Segment64EPvj" => big_64,
}
