//! printf's kin: into buffers without a size, and with the arguments as a `va_list`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::functions;
use crate::libkern::format::{Arguments, format};
use crate::libkern::log;
use crate::mem;

/// The fields of a `va_list`: how much of the saved registers is used up, the arguments on the stack, the saved registers.
const USED: usize = 0;
const ON_STACK: usize = 8;
const SAVED: usize = 16;
/// Bytes of the saved integer registers.
const REGISTERS: u32 = 48;

/// The next argument of a `va_list`.
pub(super) fn next(list: usize) -> u64 {
    let used: u32 = mem::read(list + USED);
    if used < REGISTERS {
        mem::write(list + USED, used + 8);
        return mem::read(mem::read::<usize>(list + SAVED) + used as usize);
    }
    let at: usize = mem::read(list + ON_STACK);
    mem::write(list + ON_STACK, at + 8);
    mem::read(at)
}

fn with_list(pattern: usize, list: usize) -> String {
    format(&mem::c_bytes(pattern), || next(list))
}

/// Writes a text to a buffer, cut to its size; how long the text is.
fn put(to: usize, size: usize, text: &str) -> i32 {
    let bytes: Vec<u8> = text.chars().map(|character| character as u8).collect();
    if let Some(room) = size.checked_sub(1) {
        let count = bytes.len().min(room);
        mem::put(to, &bytes[..count]);
        mem::write(to + count, 0u8);
    }
    bytes.len() as i32
}

extern "C" fn sprintf(to: usize, pattern: usize) -> i32 {
    let mut arguments = Arguments::after(2);
    put(to, usize::MAX, &format(&mem::c_bytes(pattern), || arguments.take()))
}

extern "C" fn vsnprintf(to: usize, size: usize, pattern: usize, list: usize) -> i32 {
    put(to, size, &with_list(pattern, list))
}

extern "C" fn vsprintf(to: usize, pattern: usize, list: usize) -> i32 {
    put(to, usize::MAX, &with_list(pattern, list))
}

extern "C" fn vprintf(pattern: usize, list: usize) -> i32 {
    let text = with_list(pattern, list);
    log::write(&text);
    text.chars().count() as i32
}

extern "C" fn log_with_list(pattern: usize, list: usize) {
    log::write(&with_list(pattern, list));
}

functions! { pub FUNCTIONS:
    "_sprintf" => sprintf,
    "_vsnprintf" => vsnprintf,
    "_vsprintf" => vsprintf,
    "_vprintf" => vprintf,
    "_IOLogv" => log_with_list,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_go_from_registers_to_the_stack() {
        let saved: [u64; 6] = [0, 0, 0, 0, 1, 2];
        let stack: [u64; 2] = [3, 4];
        let list = [32u64, stack.as_ptr() as u64, saved.as_ptr() as u64];
        let at = list.as_ptr() as usize;
        assert_eq!([next(at), next(at), next(at), next(at)], [1, 2, 3, 4]);
    }

    #[test]
    fn buffers_are_not_overrun() {
        let mut room = [b'x'; 6];
        assert_eq!(put(room.as_mut_ptr() as usize, 4, "abcdef"), 6);
        assert_eq!(&room, b"abc\0xx");
        assert_eq!(put(room.as_mut_ptr() as usize, 0, "no"), 2);
        assert_eq!(&room, b"abc\0xx");
    }
}
