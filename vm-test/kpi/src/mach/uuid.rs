//! uuid: 16 bytes and their text.

use alloc::string::String;
use core::fmt::Write;

use crate::functions;
use crate::mach::Boolean;
use crate::mem;
use crate::sched;

const SIZE: usize = 16;

fn read(at: usize) -> [u8; SIZE] {
    mem::read(at)
}

/// "6BA7B810-9DAD-11D1-80B4-00C04FD430C8".
fn text(uuid: [u8; SIZE]) -> String {
    let mut text = String::new();
    for (place, byte) in uuid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02X}").unwrap_or_default();
    }
    text
}

fn parsed(text: &str) -> Option<[u8; SIZE]> {
    let is_dash = |(place, byte): (usize, u8)| matches!(place, 8 | 13 | 18 | 23) == (byte == b'-');
    if text.len() != 36 || !text.bytes().enumerate().all(is_dash) {
        return None;
    }
    let number = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

fn put_text(to: usize, text: &str) {
    mem::put(to, text.as_bytes());
    mem::write(to + text.len(), 0u8);
}

extern "C" fn clear(uuid: usize) {
    mem::fill(uuid, 0, SIZE);
}

extern "C" fn copy(to: usize, from: usize) {
    mem::copy(from, to, SIZE);
}

extern "C" fn compare(one: usize, other: usize) -> i32 {
    read(one).cmp(&read(other)) as i32
}

extern "C" fn is_null(uuid: usize) -> Boolean {
    Boolean::from(read(uuid) == [0; SIZE])
}

/// uuid_generate: random, from the seed.
extern "C" fn generate(to: usize) {
    let mut uuid: [u8; SIZE] = core::array::from_fn(|_| sched::random(256) as u8);
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    mem::put(to, &uuid);
}

/// uuid_parse: 0, or -1 for what is no UUID.
extern "C" fn parse(from: usize, to: usize) -> i32 {
    match parsed(&mem::c_string(from)) {
        Some(uuid) => {
            mem::put(to, &uuid);
            0
        }
        None => -1,
    }
}

extern "C" fn unparse(uuid: usize, to: usize) {
    put_text(to, &text(read(uuid)));
}

extern "C" fn unparse_lower(uuid: usize, to: usize) {
    put_text(to, &text(read(uuid)).to_ascii_lowercase());
}

functions! { pub FUNCTIONS:
    "_uuid_clear" => clear,
    "_uuid_copy" => copy,
    "_uuid_compare" => compare,
    "_uuid_is_null" => is_null,
    "_uuid_generate" => generate,
    "_uuid_generate_random" => generate,
    "_uuid_parse" => parse,
    "_uuid_unparse" => unparse,
    "_uuid_unparse_upper" => unparse,
    "_uuid_unparse_lower" => unparse_lower,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_are_the_same() {
        let wanted = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8";
        let uuid = parsed(wanted).unwrap();
        assert_eq!((uuid[0], uuid[15]), (0x6b, 0xc8));
        assert_eq!(text(uuid), wanted);
        for wrong in ["", "6BA7B810-9DAD-11D1-80B4-00C04FD430C", "6BA7B810-9DAD-11D1-80B4+00C04FD430C8"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
