//! C strings beyond the simplest: joining, searching, numbers, and the forms that check the destination's size.

use alloc::vec::Vec;

use crate::fault;
use crate::functions;
use crate::mach::Boolean;
use crate::mem;

fn terminated(to: usize, text: &[u8]) {
    mem::put(to, text);
    mem::write(to + text.len(), 0u8);
}

/// At most `count` bytes of a string.
fn limited(text: usize, count: usize) -> Vec<u8> {
    let mut length = 0;
    while length < count && mem::read::<u8>(text + length) != 0 {
        length += 1;
    }
    mem::bytes(text, length)
}

extern "C" fn strcpy(to: usize, from: usize) -> usize {
    terminated(to, &mem::c_bytes(from));
    to
}

extern "C" fn strcat(to: usize, from: usize) -> usize {
    strncat(to, from, usize::MAX)
}

extern "C" fn strncat(to: usize, from: usize, count: usize) -> usize {
    terminated(to + mem::c_bytes(to).len(), &limited(from, count));
    to
}

/// strlcat: the length that it tried to make.
extern "C" fn strlcat(to: usize, from: usize, size: usize) -> usize {
    let (used, more) = (limited(to, size).len(), mem::c_bytes(from));
    if used < size {
        terminated(to + used, &more[..more.len().min(size - used - 1)]);
    }
    used + more.len()
}

extern "C" fn strnlen(text: usize, count: usize) -> usize {
    limited(text, count).len()
}

extern "C" fn strchr(text: usize, character: u32) -> usize {
    let bytes = mem::c_bytes(text);
    let found = bytes.iter().chain(&[0]).position(|byte| *byte == character as u8);
    found.map_or(0, |place| text + place)
}

extern "C" fn strprefix(text: usize, prefix: usize) -> Boolean {
    Boolean::from(mem::c_bytes(text).starts_with(&mem::c_bytes(prefix)))
}

extern "C" fn strcasecmp(a: usize, b: usize) -> i32 {
    strncasecmp(a, b, usize::MAX)
}

extern "C" fn strncasecmp(a: usize, b: usize, count: usize) -> i32 {
    let text = |at| limited(at, count).to_ascii_lowercase();
    let (mut a, mut b) = (text(a), text(b));
    a.push(0);
    b.push(0);
    let different = a.iter().zip(&b).take(count).find(|(a, b)| a != b);
    different.map_or(0, |(a, b)| i32::from(*a) - i32::from(*b))
}

extern "C" fn bcmp(a: usize, b: usize, count: usize) -> i32 {
    i32::from(mem::bytes(a, count) != mem::bytes(b, count))
}

extern "C" fn find_first_set(word: u32) -> i32 {
    if word == 0 { 0 } else { word.trailing_zeros() as i32 + 1 }
}

/// What a number's text comes to: whether it is negative, its value, and how many bytes were read.
fn number(text: &[u8], base: u32) -> (bool, u64, usize) {
    let spaces = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let sign = text.get(spaces).copied().filter(|byte| matches!(byte, b'-' | b'+'));
    let mut at = spaces + usize::from(sign.is_some());
    let has_prefix = text[at..].len() > 2
        && text[at] == b'0'
        && text[at + 1].eq_ignore_ascii_case(&b'x')
        && text[at + 2].is_ascii_hexdigit();
    let base = match base {
        0 if has_prefix => 16,
        0 if text.get(at) == Some(&b'0') => 8,
        0 => 10,
        base => base.clamp(2, 36),
    };
    if base == 16 && has_prefix {
        at += 2;
    }
    let digits: Vec<u32> = text[at..].iter().map_while(|&byte| char::from(byte).to_digit(base)).collect();
    if digits.is_empty() {
        return (false, 0, 0);
    }
    let add = |value: u64, &digit: &u32| value.saturating_mul(base.into()).saturating_add(digit.into());
    (sign == Some(b'-'), digits.iter().fold(0, add), at + digits.len())
}

fn parse(text: usize, end: usize, base: u32) -> (bool, u64) {
    let (negative, value, length) = number(&mem::c_bytes(text), base);
    if end != 0 {
        mem::write(end, text + length);
    }
    (negative, value)
}

extern "C" fn strtol(text: usize, end: usize, base: u32) -> i64 {
    match parse(text, end, base) {
        (true, value) => 0i64.saturating_sub_unsigned(value),
        (false, value) => i64::try_from(value).unwrap_or(i64::MAX),
    }
}

extern "C" fn strtoul(text: usize, end: usize, base: u32) -> u64 {
    match parse(text, end, base) {
        (true, value) => value.wrapping_neg(),
        (false, value) => value,
    }
}

extern "C" fn atoi(text: usize) -> i32 {
    strtol(text, 0, 10) as i32
}

fn check(name: &str, needed: usize, size: usize) {
    if needed > size {
        fault::kernel_panic(&alloc::format!("{name} was to write {needed} bytes to a buffer of {size}"));
    }
}

extern "C" fn strcpy_checked(to: usize, from: usize, size: usize) -> usize {
    check("strcpy", mem::c_bytes(from).len() + 1, size);
    strcpy(to, from)
}

extern "C" fn strncpy_checked(to: usize, from: usize, count: usize, size: usize) -> usize {
    check("strncpy", count, size);
    mem::fill(to, 0, count);
    mem::put(to, &limited(from, count));
    to
}

extern "C" fn strlcpy_checked(to: usize, from: usize, count: usize, size: usize) -> usize {
    check("strlcpy", count, size);
    let text = mem::c_bytes(from);
    if count > 0 {
        terminated(to, &text[..text.len().min(count - 1)]);
    }
    text.len()
}

extern "C" fn strcat_checked(to: usize, from: usize, size: usize) -> usize {
    check("strcat", mem::c_bytes(to).len() + mem::c_bytes(from).len() + 1, size);
    strcat(to, from)
}

extern "C" fn strncat_checked(to: usize, from: usize, count: usize, size: usize) -> usize {
    check("strncat", mem::c_bytes(to).len() + limited(from, count).len() + 1, size);
    strncat(to, from, count)
}

extern "C" fn strlcat_checked(to: usize, from: usize, count: usize, size: usize) -> usize {
    check("strlcat", count, size);
    strlcat(to, from, count)
}

functions! { pub FUNCTIONS:
    "_strcpy" => strcpy,
    "_strcat" => strcat,
    "_strncat" => strncat,
    "_strlcat" => strlcat,
    "_strnlen" => strnlen,
    "_strchr" => strchr,
    "_strprefix" => strprefix,
    "_strcasecmp" => strcasecmp,
    "_strncasecmp" => strncasecmp,
    "_bcmp" => bcmp,
    "_ffs" => find_first_set,
    "_strtol" => strtol,
    "_strtoq" => strtol,
    "_strtoul" => strtoul,
    "_strtouq" => strtoul,
    "_atoi" => atoi,
    "___strcpy_chk" => strcpy_checked,
    "___strncpy_chk" => strncpy_checked,
    "___strlcpy_chk" => strlcpy_checked,
    "___strcat_chk" => strcat_checked,
    "___strncat_chk" => strncat_checked,
    "___strlcat_chk" => strlcat_checked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bases_and_signs() {
        assert_eq!(number(b" -0x1F!", 0), (true, 31, 6));
        assert_eq!(number(b"017", 0), (false, 15, 3));
        assert_eq!(number(b"0x", 0), (false, 0, 1));
        assert_eq!(number(b"zz", 36), (false, 35 * 36 + 35, 2));
        assert_eq!(number(b"none", 10), (false, 0, 0));
    }

    #[test]
    fn strings_are_joined_within_their_room() {
        let mut room = *b"ab\0xxxxx";
        let to = room.as_mut_ptr() as usize;
        assert_eq!(strlcat(to, c"cdefgh".as_ptr() as usize, 5), 8);
        assert_eq!(mem::c_bytes(to), b"abcd");
        assert_eq!(strncasecmp(to, c"ABCx".as_ptr() as usize, 3), 0);
        assert!(strcasecmp(to, c"ABCE".as_ptr() as usize) < 0);
        assert_eq!(strchr(to, u32::from(b'c')), to + 2);
        assert_eq!(strchr(to, 0), to + 4);
        assert_eq!(strncat(to, c"efgh".as_ptr() as usize, 2), to);
        assert_eq!(mem::c_bytes(to), b"abcdef");
    }
}
