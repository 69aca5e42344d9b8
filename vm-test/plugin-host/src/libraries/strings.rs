//! Memory and texts of C.

use super::symbols;
use crate::{memory, world};

extern "C" fn memcpy(to: usize, from: usize, count: usize) -> usize {
    // SAFETY: the driver promises both; where it does not keep it, its fault is reported.
    unsafe { std::ptr::copy(from as *const u8, to as *mut u8, count) };
    to
}

extern "C" fn memset(to: usize, byte: i32, count: usize) -> usize {
    // SAFETY: as above.
    unsafe { std::ptr::write_bytes(to as *mut u8, byte as u8, count) };
    to
}

extern "C" fn bzero(to: usize, count: usize) {
    memset(to, 0, count);
}

/// With the room that the compiler knows of.
extern "C" fn memcpy_checked(to: usize, from: usize, count: usize, room: usize) -> usize {
    check("memcpy", count, room);
    memcpy(to, from, count)
}

extern "C" fn memset_checked(to: usize, byte: i32, count: usize, room: usize) -> usize {
    check("memset", count, room);
    memset(to, byte, count)
}

fn check(what: &str, count: usize, room: usize) {
    if count > room {
        world::stop(format!("{what} of {count} bytes into {room}, in {}", world::called()));
    }
}

extern "C" fn memcmp(left: usize, right: usize, count: usize) -> i32 {
    order(&memory::bytes(left, count), &memory::bytes(right, count))
}

fn order(left: &[u8], right: &[u8]) -> i32 {
    left.cmp(right) as i32
}

/// Bytes of a text without its NUL.
pub(super) extern "C" fn length(text: usize) -> usize {
    memory::c_bytes(text).len()
}

extern "C" fn strcmp(left: usize, right: usize) -> i32 {
    order(&memory::c_bytes(left), &memory::c_bytes(right))
}

extern "C" fn strncmp(left: usize, right: usize, count: usize) -> i32 {
    let (left, right) = (memory::c_bytes(left), memory::c_bytes(right));
    order(&left[..left.len().min(count)], &right[..right.len().min(count)])
}

extern "C" fn strlcpy(to: usize, from: usize, room: usize) -> usize {
    let text = memory::c_bytes(from);
    if let Some(most) = room.checked_sub(1) {
        let count = text.len().min(most);
        memory::put(to, &text[..count]);
        memory::put(to + count, &[0]);
    }
    text.len()
}

symbols! {
    "_memcpy" => memcpy,
    "_memmove" => memcpy,
    "_memset" => memset,
    "_bzero" => bzero,
    "___bzero" => bzero,
    "___memcpy_chk" => memcpy_checked,
    "___memmove_chk" => memcpy_checked,
    "___memset_chk" => memset_checked,
    "_memcmp" => memcmp,
    "_bcmp" => memcmp,
    "_strlen" => length,
    "_strcmp" => strcmp,
    "_strncmp" => strncmp,
    "_strlcpy" => strlcpy,
}
