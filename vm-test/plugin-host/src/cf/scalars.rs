//! CFBoolean, CFNumber, CFData.

use super::{Kind, Object, Reference, object_of, take};
use crate::libraries::symbols;
use crate::memory;

extern "C" fn boolean_type() -> usize {
    Kind::Boolean as usize
}

extern "C" fn boolean_value(boolean: Reference) -> u8 {
    u8::from(object_of(boolean) == Some(Object::Boolean(true)))
}

extern "C" fn number_type() -> usize {
    Kind::Number as usize
}

/// A kind of number: bytes, and whether it is a float.
fn kind(kind: isize) -> Option<(usize, bool)> {
    Some(match kind {
        1 | 7 => (1, false),
        2 | 8 => (2, false),
        3 | 9 => (4, false),
        4 | 10 | 11 | 14 | 15 => (8, false),
        5 | 12 => (4, true),
        6 | 13 | 16 => (8, true),
        _ => return None,
    })
}

extern "C" fn new_number(_allocator: Reference, of: isize, value: usize) -> Reference {
    take(match kind(of) {
        Some((1, _)) => Object::Integer(i8::from_ne_bytes(memory::word(value)).into()),
        Some((2, _)) => Object::Integer(i16::from_ne_bytes(memory::word(value)).into()),
        Some((4, false)) => Object::Integer(i32::from_ne_bytes(memory::word(value)).into()),
        Some((_, false)) => Object::Integer(i64::from_ne_bytes(memory::word(value))),
        Some((4, true)) => Object::Real(f64::from(f32::from_ne_bytes(memory::word(value))).to_bits()),
        Some((_, true)) => Object::Real(u64::from_ne_bytes(memory::word(value))),
        None => return 0,
    })
}

/// Whether the number is the same in the kind that is asked for.
extern "C" fn number_value(number: Reference, of: isize, value: usize) -> u8 {
    let (integer, real) = match object_of(number) {
        Some(Object::Integer(integer)) => (integer, integer as f64),
        Some(Object::Real(bits)) => (f64::from_bits(bits) as i64, f64::from_bits(bits)),
        _ => return 0,
    };
    let exact = match kind(of) {
        Some((4, true)) => {
            memory::put(value, &(real as f32).to_ne_bytes());
            f64::from(real as f32).to_bits() == real.to_bits()
        }
        Some((_, true)) => {
            memory::put(value, &real.to_ne_bytes());
            true
        }
        Some((bytes, false)) => {
            memory::put(value, &integer.to_ne_bytes()[..bytes]);
            let bits = 64 - 8 * bytes as u32;
            integer << bits >> bits == integer && (integer as f64).to_bits() == real.to_bits()
        }
        None => false,
    };
    u8::from(exact)
}

extern "C" fn data_type() -> usize {
    Kind::Data as usize
}

extern "C" fn new_data(_allocator: Reference, bytes: usize, count: isize) -> Reference {
    take(Object::Data(memory::bytes(bytes, usize::try_from(count).unwrap_or(0))))
}

fn data(data: Reference) -> Vec<u8> {
    if let Some(Object::Data(bytes)) = object_of(data) { bytes } else { Vec::new() }
}

extern "C" fn data_length(of: Reference) -> isize {
    data(of).len() as isize
}

extern "C" fn data_bytes(of: Reference, from: isize, count: isize, buffer: usize) {
    let (from, count) = (usize::try_from(from).unwrap_or(0), usize::try_from(count).unwrap_or(0));
    if let Some(bytes) = from.checked_add(count).and_then(|end| data(of).get(from..end).map(<[u8]>::to_vec)) {
        memory::put(buffer, &bytes);
    }
}

symbols! {
    "_CFBooleanGetTypeID" => boolean_type,
    "_CFBooleanGetValue" => boolean_value,
    "_CFNumberGetTypeID" => number_type,
    "_CFNumberCreate" => new_number,
    "_CFNumberGetValue" => number_value,
    "_CFDataGetTypeID" => data_type,
    "_CFDataCreate" => new_data,
    "_CFDataGetLength" => data_length,
    "_CFDataGetBytes" => data_bytes,
}
