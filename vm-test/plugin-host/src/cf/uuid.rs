//! CFUUID.

use std::fmt::Write;

use hal_sys::uuid::CFUUIDBytes;

use super::{Kind, Object, Reference, new_string, object_of, take};
use crate::libraries::symbols;

extern "C" fn type_id() -> usize {
    Kind::Uuid as usize
}

extern "C" fn from_bytes(_allocator: Reference, bytes: CFUUIDBytes) -> Reference {
    take(Object::Uuid(bytes.0))
}

/// A UUID that is there for good.
extern "C" fn constant(
    _allocator: Reference,
    b0: u8,
    b1: u8,
    b2: u8,
    b3: u8,
    b4: u8,
    b5: u8,
    b6: u8,
    b7: u8,
    b8: u8,
    b9: u8,
    b10: u8,
    b11: u8,
    b12: u8,
    b13: u8,
    b14: u8,
    b15: u8,
) -> Reference {
    super::store::constant_uuid([b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15])
}

extern "C" fn get_bytes(uuid: Reference) -> CFUUIDBytes {
    CFUUIDBytes(if let Some(Object::Uuid(bytes)) = object_of(uuid) { bytes } else { [0; 16] })
}

/// Its text, as 443ABAB8-E7B3-491A-B985-BEB9187030DB.
pub(crate) fn text(bytes: [u8; 16]) -> String {
    bytes.iter().enumerate().fold(String::new(), |mut text, (index, byte)| {
        let dash = if [4, 6, 8, 10].contains(&index) { "-" } else { "" };
        let _ = write!(text, "{dash}{byte:02X}");
        text
    })
}

extern "C" fn as_string(_allocator: Reference, uuid: Reference) -> Reference {
    new_string(&text(get_bytes(uuid).0))
}

symbols! {
    "_CFUUIDGetTypeID" => type_id,
    "_CFUUIDCreateFromUUIDBytes" => from_bytes,
    "_CFUUIDGetConstantUUIDWithBytes" => constant,
    "_CFUUIDGetUUIDBytes" => get_bytes,
    "_CFUUIDCreateString" => as_string,
}
