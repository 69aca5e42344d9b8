//! Memory and strings in C: IOMalloc and its kin, memcpy, strlen and theirs, the stack protector.

use crate::fault;
use crate::functions;
use crate::heap::{self, Allocator};
use crate::mem;
use crate::registry::Variable;

/// The stack protector's canary: any value that is not easily copied as text.
pub static STACK_GUARD: Variable = Variable { name: "___stack_chk_guard", size: 8, value: 0x00a5_0dff_0a6b_7e00 };

extern "C" fn stack_check_failed() {
    fault::kernel_panic("kernel stack memory corruption detected (the stack protector's canary was overwritten)")
}

extern "C" fn io_malloc(size: usize) -> usize {
    heap::allocate_for(Allocator::Malloc, size, 16)
}

extern "C" fn io_malloc_aligned(size: usize, alignment: usize) -> usize {
    heap::allocate_for(Allocator::Aligned, size, alignment.max(1).next_power_of_two())
}

extern "C" fn io_malloc_pageable(size: usize, alignment: usize) -> usize {
    heap::allocate_for(Allocator::Pageable, size, alignment.max(1).next_power_of_two())
}

extern "C" fn io_free(address: usize, size: usize) {
    free_for(Allocator::Malloc, address, size);
}

extern "C" fn io_free_aligned(address: usize, size: usize) {
    free_for(Allocator::Aligned, address, size);
}

extern "C" fn io_free_pageable(address: usize, size: usize) {
    free_for(Allocator::Pageable, address, size);
}

fn free_for(allocator: Allocator, address: usize, size: usize) {
    if address != 0 {
        heap::free_for(allocator, address, size);
    }
}

extern "C" fn memcpy(to: usize, from: usize, count: usize) -> usize {
    mem::copy(from, to, count);
    to
}

extern "C" fn memset(to: usize, byte: u32, count: usize) -> usize {
    mem::fill(to, byte as u8, count);
    to
}

extern "C" fn bzero(to: usize, count: usize) {
    mem::fill(to, 0, count);
}

extern "C" fn bcopy(from: usize, to: usize, count: usize) {
    mem::copy(from, to, count);
}

extern "C" fn memcmp(a: usize, b: usize, count: usize) -> i32 {
    let difference = mem::bytes(a, count).into_iter().zip(mem::bytes(b, count)).find(|(a, b)| a != b);
    difference.map_or(0, |(a, b)| i32::from(a) - i32::from(b))
}

extern "C" fn strlen(text: usize) -> usize {
    mem::c_bytes(text).len()
}

extern "C" fn strcmp(a: usize, b: usize) -> i32 {
    strncmp(a, b, usize::MAX)
}

extern "C" fn strncmp(a: usize, b: usize, count: usize) -> i32 {
    for index in 0..count {
        let (x, y) = (mem::read::<u8>(a + index), mem::read::<u8>(b + index));
        if x != y || x == 0 {
            return i32::from(x) - i32::from(y);
        }
    }
    0
}

extern "C" fn strlcpy(to: usize, from: usize, size: usize) -> usize {
    let text = mem::c_bytes(from);
    if let Some(room) = size.checked_sub(1) {
        let count = text.len().min(room);
        mem::put(to, &text[..count]);
        mem::write(to + count, 0u8);
    }
    text.len()
}

extern "C" fn strncpy(to: usize, from: usize, size: usize) -> usize {
    let text = mem::c_bytes(from);
    let count = text.len().min(size);
    mem::put(to, &text[..count]);
    mem::fill(to + count, 0, size - count);
    to
}

functions! { pub FUNCTIONS:
    "___stack_chk_fail" => stack_check_failed,
    "_IOMalloc" => io_malloc,
    "_IOMallocAligned" => io_malloc_aligned,
    "_IOMallocPageable" => io_malloc_pageable,
    "_IOFree" => io_free,
    "_IOFreeAligned" => io_free_aligned,
    "_IOFreePageable" => io_free_pageable,
    "_memcpy" => memcpy,
    "_memmove" => memcpy,
    "_memset" => memset,
    "_bzero" => bzero,
    "___bzero" => bzero,
    "_bcopy" => bcopy,
    "_memcmp" => memcmp,
    "_strlen" => strlen,
    "_strcmp" => strcmp,
    "_strncmp" => strncmp,
    "_strlcpy" => strlcpy,
    "_strncpy" => strncpy,
}
