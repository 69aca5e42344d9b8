//! scanf's kin: `%[*][width][hh|h|l|ll|q|j|z|t]conversion` for d i u x X o p c s n [ %.

use alloc::vec::Vec;

use crate::functions;
use crate::libkern::format::Arguments;
use crate::libkern::print;
use crate::mem;

/// Where a text ended before anything was read.
const END: i32 = -1;

/// What is read, and how far.
struct Input<'t> {
    text: &'t [u8],
    at: usize,
}

impl Input<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Takes the bytes that are wanted, at most `most`.
    fn take(&mut self, most: usize, wanted: impl Fn(u8) -> bool) -> &[u8] {
        let rest = &self.text[self.at..];
        let count = rest.iter().take(most).take_while(|byte| wanted(**byte)).count();
        self.at += count;
        &rest[..count]
    }

    /// A number in at most `most` bytes; without a `base` its own prefix says it.
    fn number(&mut self, base: Option<u32>, most: usize) -> Option<u64> {
        let end = self.text.len().min(self.at.saturating_add(most));
        let text = &self.text[self.at..end];
        let sign = text.first().copied().filter(|byte| matches!(byte, b'-' | b'+'));
        let digits = &text[usize::from(sign.is_some())..];
        let is_hex = matches!(digits, [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit());
        let base = match base {
            Some(base) => base,
            None if is_hex => 16,
            None if digits.first() == Some(&b'0') => 8,
            None => 10,
        };
        let prefix = if base == 16 && is_hex { 2 } else { 0 };
        let values = digits[prefix..].iter().map_while(|&byte| char::from(byte).to_digit(base));
        let values: Vec<u32> = values.collect();
        if values.is_empty() {
            return None;
        }
        self.at += usize::from(sign.is_some()) + prefix + values.len();
        let value = values
            .into_iter()
            .fold(0u64, |value, digit| value.wrapping_mul(u64::from(base)).wrapping_add(u64::from(digit)));
        Some(if sign == Some(b'-') { value.wrapping_neg() } else { value })
    }
}

/// A conversion of a pattern.
struct Spec {
    /// It is read, and kept nowhere.
    skips: bool,
    width: Option<usize>,
    /// Bytes of an integer.
    size: usize,
    conversion: u8,
    /// The bytes in brackets, and whether these are the ones not wanted.
    set: Vec<u8>,
    inverted: bool,
}

/// A pattern from behind its `%`.
fn spec(pattern: &mut Input<'_>) -> Option<Spec> {
    let skips = pattern.peek() == Some(b'*');
    pattern.at += usize::from(skips);
    let width = pattern.take(4, |byte| byte.is_ascii_digit());
    let width = width.iter().fold(0, |width, digit| width * 10 + usize::from(digit - b'0'));
    let size = match pattern.take(2, |byte| b"hlqjzt".contains(&byte)) {
        b"hh" => 1,
        b"h" => 2,
        b"" => 4,
        _ => 8,
    };
    let conversion = pattern.peek()?;
    pattern.at += 1;
    let (mut set, mut inverted) = (Vec::new(), false);
    if conversion == b'[' {
        inverted = pattern.peek() == Some(b'^');
        pattern.at += usize::from(inverted);
        // A bracket that comes first is one of the set.
        set.push(pattern.peek()?);
        pattern.at += 1;
        while let Some(byte) = pattern.peek() {
            pattern.at += 1;
            match (byte, set.last().copied(), pattern.peek()) {
                (b']', ..) => break,
                (b'-', Some(from), Some(to)) if to != b']' => set.extend(from..=to),
                _ => set.push(byte),
            }
        }
    }
    Some(Spec { skips, width: (width > 0).then_some(width), size, conversion, set, inverted })
}

/// Reads `text` by `pattern`; `next` gives the places for what is read. How many were filled, or [`END`].
fn scan(text: &[u8], pattern: &[u8], mut next: impl FnMut() -> u64) -> i32 {
    let (mut text, mut pattern) = (Input { text, at: 0 }, Input { text: pattern, at: 0 });
    let mut filled = 0;
    while let Some(byte) = pattern.peek() {
        pattern.at += 1;
        if byte.is_ascii_whitespace() {
            text.skip_space();
            continue;
        }
        let spec = if byte == b'%' { spec(&mut pattern) } else { None };
        let Some(spec) = spec.filter(|spec| spec.conversion != b'%') else {
            if byte == b'%' {
                text.skip_space();
            }
            match text.peek() {
                Some(same) if same == byte => text.at += 1,
                Some(_) => return filled,
                None => return if filled == 0 { END } else { filled },
            }
            continue;
        };
        if spec.conversion == b'n' {
            put_number(&spec, text.at as u64, &mut next);
            continue;
        }
        if !matches!(spec.conversion, b'c' | b'[') {
            text.skip_space();
        }
        if text.peek().is_none() {
            return if filled == 0 { END } else { filled };
        }
        if !convert(&spec, &mut text, &mut next) {
            return filled;
        }
        filled += i32::from(!spec.skips);
    }
    filled
}

/// One conversion; `false`: what is there does not fit.
fn convert(spec: &Spec, text: &mut Input<'_>, next: &mut impl FnMut() -> u64) -> bool {
    let most = spec.width.unwrap_or(usize::MAX);
    let bytes = match spec.conversion {
        b'c' => text.take(spec.width.unwrap_or(1), |_| true),
        b's' => text.take(most, |byte| !byte.is_ascii_whitespace()),
        b'[' => text.take(most, |byte| spec.set.contains(&byte) != spec.inverted),
        conversion => {
            let base = match conversion {
                b'd' | b'u' => Some(10),
                b'x' | b'X' | b'p' => Some(16),
                b'o' => Some(8),
                b'i' => None,
                _ => return false,
            };
            return text.number(base, most).map(|value| put_number(spec, value, next)).is_some();
        }
    };
    if bytes.is_empty() {
        return false;
    }
    if !spec.skips {
        let to = next() as usize;
        mem::put(to, bytes);
        if spec.conversion != b'c' {
            mem::write(to + bytes.len(), 0u8);
        }
    }
    true
}

fn put_number(spec: &Spec, value: u64, next: &mut impl FnMut() -> u64) {
    if !spec.skips {
        let size = if spec.conversion == b'p' { 8 } else { spec.size };
        mem::put(next() as usize, &value.to_le_bytes()[..size]);
    }
}

extern "C" fn sscanf(text: usize, pattern: usize) -> i32 {
    let mut arguments = Arguments::after(2);
    scan(&mem::c_bytes(text), &mem::c_bytes(pattern), || arguments.take())
}

extern "C" fn vsscanf(text: usize, pattern: usize, list: usize) -> i32 {
    scan(&mem::c_bytes(text), &mem::c_bytes(pattern), || print::next(list))
}

functions! { pub FUNCTIONS:
    "_sscanf" => sscanf,
    "_vsscanf" => vsscanf,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read into places of 16 bytes that hold 0xaa before.
    fn read(text: &str, pattern: &str) -> (i32, [[u8; 16]; 4]) {
        let mut places = [[0xaa_u8; 16]; 4];
        let mut addresses = places.iter_mut().map(|place| place.as_mut_ptr() as u64);
        let filled = scan(text.as_bytes(), pattern.as_bytes(), || addresses.next().unwrap());
        (filled, places)
    }

    fn numbers(text: &str, pattern: &str) -> (i32, [i64; 4]) {
        let (filled, places) = read(text, pattern);
        (filled, places.map(|place| i64::from_le_bytes(place[..8].try_into().unwrap())))
    }

    #[test]
    fn numbers_are_read_in_their_sizes() {
        let aa = |low: u64, size: u32| ((u64::MAX / 0xff * 0xaa) << (8 * size) | low) as i64;
        assert_eq!(numbers("0x1f -7", "%lx%ld").1[..2], [0x1f, -7]);
        assert_eq!(numbers("12 34 56", "%hhd %hu %u").1[..3], [aa(12, 1), aa(34, 2), aa(56, 4)]);
        assert_eq!(numbers("0x10 010 10", "%lli %lli %qi").1[..3], [16, 8, 10]);
        assert_eq!(numbers("1234", "%2ld%*1d%ld").1[..2], [12, 4]);
        assert_eq!(numbers("ab:ff", "ab:%lx%ln"), (1, [255, 5, aa(0, 0), aa(0, 0)]));
    }

    #[test]
    fn texts_end_at_space_at_a_width_and_outside_of_a_set() {
        let (filled, places) = read(" one two]-x", "%s %3c%[]a-z-]%[^x]");
        assert_eq!(filled, 3, "the fourth has nothing");
        assert_eq!(&places[0][..5], b"one\0\xaa");
        assert_eq!(&places[1][..4], b"two\xaa");
        assert_eq!(&places[2][..5], b"]-x\0\xaa");
    }

    #[test]
    fn what_does_not_fit_ends_it() {
        assert_eq!(numbers("", "%d").0, END);
        assert_eq!(numbers("   ", "%d").0, END);
        assert_eq!(numbers("x", "%d").0, 0);
        assert_eq!(numbers("5", "%d %d").0, 1);
        assert_eq!(numbers("5%6", "%d%%%d").0, 2);
        assert_eq!(numbers("5,6", "%d;%d").0, 1);
        assert_eq!(numbers("5", "%y").0, 0);
        assert_eq!(numbers("-", "%d").0, 0);
    }
}
