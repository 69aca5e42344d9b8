//! Objects of CoreFoundation as JSON has them.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::{c_char, c_void};
use core::fmt::Write as _;
use core::ptr::null;

use hal_sys::interface::CFTypeRef;
use serde_json::{Map, Value};

/// kCFStringEncodingUTF8.
const UTF8: u32 = 0x0800_0100;
/// kCFNumberSInt64Type.
const SINT64: isize = 4;

#[repr(C)]
struct Range {
    from: isize,
    count: isize,
}

unsafe extern "C" {
    fn CFGetTypeID(object: CFTypeRef) -> usize;
    safe fn CFArrayGetTypeID() -> usize;
    safe fn CFBooleanGetTypeID() -> usize;
    safe fn CFDataGetTypeID() -> usize;
    safe fn CFDictionaryGetTypeID() -> usize;
    safe fn CFNumberGetTypeID() -> usize;
    safe fn CFStringGetTypeID() -> usize;
    fn CFArrayGetCount(array: CFTypeRef) -> isize;
    fn CFArrayGetValueAtIndex(array: CFTypeRef, index: isize) -> CFTypeRef;
    fn CFBooleanGetValue(boolean: CFTypeRef) -> u8;
    fn CFDataGetLength(data: CFTypeRef) -> isize;
    fn CFDataGetBytes(data: CFTypeRef, range: Range, to: *mut u8);
    fn CFDictionaryGetCount(dictionary: CFTypeRef) -> isize;
    fn CFDictionaryGetKeysAndValues(dictionary: CFTypeRef, keys: *mut CFTypeRef, values: *mut CFTypeRef);
    fn CFNumberGetValue(number: CFTypeRef, kind: isize, to: *mut c_void) -> u8;
    fn CFStringGetLength(string: CFTypeRef) -> isize;
    safe fn CFStringGetMaximumSizeForEncoding(length: isize, encoding: u32) -> isize;
    fn CFStringGetCString(string: CFTypeRef, to: *mut c_char, room: isize, encoding: u32) -> u8;
}

/// The text of a string; nothing if it cannot be had.
///
/// # Safety
/// It is a CFString, and somebody holds it meanwhile.
pub(crate) unsafe fn text(string: CFTypeRef) -> Option<String> {
    // SAFETY: the caller's promise.
    let length = unsafe { CFStringGetLength(string) };
    let room = CFStringGetMaximumSizeForEncoding(length, UTF8) + 1;
    let mut text = vec![0_u8; usize::try_from(room).unwrap_or(1)];
    // SAFETY: as above, and there is as much room as is said.
    let whole = unsafe { CFStringGetCString(string, text.as_mut_ptr().cast(), text.len() as isize, UTF8) };
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(0);
    text.truncate(end);
    (whole != 0).then(|| String::from_utf8_lossy(&text).into_owned())
}

/// An object of a property list: data are their bytes in hexadecimal, and what cannot be in a property list is `null`.
///
/// # Safety
/// It is an object, and somebody holds it meanwhile.
pub(crate) unsafe fn value(object: CFTypeRef) -> Value {
    if object.is_null() {
        return Value::Null;
    }
    // SAFETY: the caller's promise.
    let kind = unsafe { CFGetTypeID(object) };
    match kind {
        // SAFETY: a string, by its type.
        _ if kind == CFStringGetTypeID() => unsafe { text(object) }.map_or(Value::Null, Value::String),
        // SAFETY: a boolean, by its type.
        _ if kind == CFBooleanGetTypeID() => Value::Bool(unsafe { CFBooleanGetValue(object) } != 0),
        _ if kind == CFNumberGetTypeID() => {
            let mut number = 0_i64;
            // SAFETY: a number, by its type, and there is room for one of this kind.
            unsafe { CFNumberGetValue(object, SINT64, (&raw mut number).cast()) };
            Value::from(number)
        }
        _ if kind == CFDataGetTypeID() => Value::String(data(object)),
        _ if kind == CFArrayGetTypeID() => {
            // SAFETY: an array, by its type.
            let count = unsafe { CFArrayGetCount(object) };
            // SAFETY: so many elements are there.
            let element = |index| unsafe { CFArrayGetValueAtIndex(object, index) };
            // SAFETY: the array holds its elements.
            Value::Array((0..count).map(|index| unsafe { value(element(index)) }).collect())
        }
        _ if kind == CFDictionaryGetTypeID() => Value::Object(dictionary(object)),
        _ => Value::Null,
    }
}

fn data(object: CFTypeRef) -> String {
    // SAFETY: the caller has looked at its type.
    let count = unsafe { CFDataGetLength(object) };
    let mut bytes = vec![0_u8; usize::try_from(count).unwrap_or(0)];
    // SAFETY: as above; so many bytes are there, and room for them.
    unsafe { CFDataGetBytes(object, Range { from: 0, count }, bytes.as_mut_ptr()) };
    let mut text = String::new();
    for byte in bytes {
        // A text takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn dictionary(object: CFTypeRef) -> Map<String, Value> {
    // SAFETY: the caller has looked at its type.
    let count = usize::try_from(unsafe { CFDictionaryGetCount(object) }).unwrap_or(0);
    let (mut keys, mut values): (Vec<CFTypeRef>, Vec<CFTypeRef>) = (vec![null(); count], vec![null(); count]);
    // SAFETY: as above, and there is room for so many.
    unsafe { CFDictionaryGetKeysAndValues(object, keys.as_mut_ptr(), values.as_mut_ptr()) };
    let entries = keys.into_iter().zip(values);
    // SAFETY: the dictionary holds its keys and values, and the registry's keys are strings.
    entries.filter_map(|(key, it)| Some((unsafe { text(key) }?, unsafe { value(it) }))).collect()
}
