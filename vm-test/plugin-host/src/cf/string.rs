//! CFString.

use super::{Kind, Object, Reference, new_string, take, text_of};
use crate::libraries::symbols;
use crate::libraries::variadic_support::{Arguments, format, variadic};
use crate::memory;

const ASCII: u32 = 0x600;
const LATIN: u32 = 0x201;
const MAC_ROMAN: u32 = 0;
const UTF8: u32 = 0x0800_0100;

extern "C" fn type_id() -> usize {
    Kind::String as usize
}

/// A text of bytes; nothing if they are none of that encoding.
fn decode(bytes: &[u8], encoding: u32) -> Option<String> {
    match encoding {
        UTF8 => String::from_utf8(bytes.to_vec()).ok(),
        LATIN => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        ASCII | MAC_ROMAN if bytes.is_ascii() => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    }
}

fn encode(text: &str, encoding: u32) -> Option<Vec<u8>> {
    match encoding {
        UTF8 => Some(text.as_bytes().to_vec()),
        LATIN => text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect(),
        ASCII | MAC_ROMAN if text.is_ascii() => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

extern "C" fn with_c_string(_allocator: Reference, text: usize, encoding: u32) -> Reference {
    if text == 0 {
        return 0;
    }
    decode(&memory::c_bytes(text), encoding).map_or(0, |text| take(Object::String(text)))
}

extern "C" fn with_bytes(_allocator: Reference, bytes: usize, count: isize, encoding: u32, _mark: u8) -> Reference {
    let bytes = memory::bytes(bytes, usize::try_from(count).unwrap_or(0));
    decode(&bytes, encoding).map_or(0, |text| take(Object::String(text)))
}

extern "C" fn copy(_allocator: Reference, string: Reference) -> Reference {
    text_of(string).map_or(0, |text| new_string(&text))
}

extern "C" fn length(string: Reference) -> isize {
    text_of(string).map_or(0, |text| text.encode_utf16().count() as isize)
}

extern "C" fn get_c_string(string: Reference, buffer: usize, room: isize, encoding: u32) -> u8 {
    let bytes = text_of(string).and_then(|text| encode(&text, encoding));
    let Some(bytes) = bytes.filter(|bytes| (bytes.len() as isize) < room) else { return 0 };
    memory::put(buffer, &bytes);
    memory::put(buffer + bytes.len(), &[0]);
    1
}

/// The fast way that a Mac may refuse; so it does here, that drivers take the other one too.
extern "C" fn get_c_string_pointer(_string: Reference, _encoding: u32) -> usize {
    0
}

extern "C" fn maximum_size(length: isize, encoding: u32) -> isize {
    if encoding == UTF8 { length.saturating_mul(3) } else { length }
}

/// kCFCompareLessThan to kCFCompareGreaterThan.
extern "C" fn compare(left: Reference, right: Reference, options: u64) -> isize {
    const CASE_INSENSITIVE: u64 = 1;
    let text = |string| {
        let text = text_of(string).unwrap_or_default();
        if options & CASE_INSENSITIVE != 0 { text.to_lowercase() } else { text }
    };
    text(left).encode_utf16().cmp(text(right).encode_utf16()) as isize
}

extern "C" fn formatted(arguments: &Arguments) -> u64 {
    let pattern = text_of(arguments.integer(2)).unwrap_or_default();
    new_string(&format(pattern.as_bytes(), &mut arguments.after(3)))
}
variadic!(with_format, formatted);

symbols! {
    "_CFStringGetTypeID" => type_id,
    "_CFStringCreateWithCString" => with_c_string,
    "_CFStringCreateWithBytes" => with_bytes,
    "_CFStringCreateCopy" => copy,
    "_CFStringCreateWithFormat" => with_format,
    "_CFStringGetLength" => length,
    "_CFStringGetCString" => get_c_string,
    "_CFStringGetCStringPtr" => get_c_string_pointer,
    "_CFStringGetMaximumSizeForEncoding" => maximum_size,
    "_CFStringCompare" => compare,
}
