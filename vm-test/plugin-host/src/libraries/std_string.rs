//! std::string of libc++ on x86_64: the functions that are not compiled into those who use it.
//!
//! A string of 24 bytes: a short one has twice its length in the first byte and its text behind it; a long one has its capacity,
//! with the lowest bit set, its length and its text's address, a word each.

use super::{strings, symbols, system};
use crate::{memory, world};

/// Where a short string has its text, and how much, without the NUL; where a long one has its length and its text's address.
const SHORT: usize = 1;
const MOST: usize = 22;
const LENGTH: usize = 8;
const TEXT: usize = 16;
/// Blocks are whole numbers of these bytes.
const STEP: usize = 16;

fn is_long(string: usize) -> bool {
    memory::word::<1>(string)[0] & 1 != 0
}

/// Where the text is, and how long.
fn parts(string: usize) -> (usize, usize) {
    if is_long(string) {
        (memory::u64_at(string + TEXT) as usize, memory::u64_at(string + LENGTH) as usize)
    } else {
        (string + SHORT, usize::from(memory::word::<1>(string)[0] >> 1))
    }
}

fn text(string: usize) -> Vec<u8> {
    let (at, length) = parts(string);
    memory::bytes(at, length)
}

/// Gives a string another text; what it had is given back if it is its own.
fn put(string: usize, text: &[u8], has_one: bool) {
    if has_one && is_long(string) {
        system::give_back(parts(string).0);
    }
    let at = if text.len() <= MOST {
        memory::put(string, &[(text.len() << 1) as u8]);
        string + SHORT
    } else {
        let room = (text.len() + 1).next_multiple_of(STEP);
        let at = system::memory_of(room);
        if at == 0 {
            world::stop(format!("a string of {} bytes has no memory, in {}", text.len(), world::called()));
        }
        for (offset, word) in [(0, room | 1), (LENGTH, text.len()), (TEXT, at)] {
            memory::put(string + offset, &word.to_ne_bytes());
        }
        at
    };
    memory::put(at, text);
    memory::put(at + text.len(), &[0]);
}

extern "C" fn init(string: usize, from: usize, count: usize) {
    put(string, &memory::bytes(from, count), false);
}

extern "C" fn copy(string: usize, other: usize) {
    put(string, &text(other), false);
}

extern "C" fn destroy(string: usize) {
    if is_long(string) {
        system::give_back(parts(string).0);
    }
}

extern "C" fn append(string: usize, from: usize, count: usize) -> usize {
    let joined = [text(string), memory::bytes(from, count)].concat();
    put(string, &joined, true);
    string
}

extern "C" fn append_c(string: usize, from: usize) -> usize {
    append(string, from, strings::length(from))
}

extern "C" fn push(string: usize, byte: u8) {
    let joined = [text(string), vec![byte]].concat();
    put(string, &joined, true);
}

extern "C" fn assign(string: usize, from: usize, count: usize) -> usize {
    let text = memory::bytes(from, count);
    put(string, &text, true);
    string
}

extern "C" fn assign_c(string: usize, from: usize) -> usize {
    assign(string, from, strings::length(from))
}

extern "C" fn assign_other(string: usize, other: usize) -> usize {
    put(string, &text(other), true);
    string
}

extern "C" fn resize(string: usize, length: usize, byte: u8) {
    let mut text = text(string);
    text.resize(length, byte);
    put(string, &text, true);
}

/// There is always room when it is needed.
extern "C" fn reserve(_string: usize, _length: usize) {}

extern "C" fn compare_c(string: usize, other: usize) -> i32 {
    text(string).cmp(&memory::c_bytes(other)) as i32
}

symbols! {
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6__initEPKcm" => init,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEEC1ERKS5_" => copy,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEED1Ev" => destroy,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6appendEPKcm" => append,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6appendEPKc" => append_c,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE9push_backEc" => push,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6assignEPKcm" => assign,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6assignEPKc" => assign_c,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEEaSERKS5_" => assign_other,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6resizeEmc" => resize,
    "__ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE7reserveEm" => reserve,
    "__ZNKSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE7compareEPKc" => compare_c,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_grow_from_short_to_long_and_back() {
        let mut place = [0_u64; 3];
        let string = &raw mut place as usize;
        init(string, b"short".as_ptr() as usize, 5);
        assert_eq!((text(string), is_long(string)), (b"short".to_vec(), false));
        append(string, b", and then a long one".as_ptr() as usize, 21);
        assert_eq!((text(string), is_long(string)), (b"short, and then a long one".to_vec(), true));
        assert_eq!(compare_c(string, c"short, and then a long one".as_ptr() as usize), 0);
        resize(string, 2, 0);
        assert_eq!((text(string), is_long(string)), (b"sh".to_vec(), false));
        destroy(string);
    }
}
