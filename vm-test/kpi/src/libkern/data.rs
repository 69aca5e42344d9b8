//! OSData: bytes in a kernel block behind the object's `data` field.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::heap;
use crate::libkern::{osobject, string};
use crate::mem;
use crate::object::Obj;

/// `OSData::data`.
const DATA: usize = 16;
/// `OSData::length`.
const LENGTH: usize = 24;
/// `OSData::capacity`.
const CAPACITY: usize = 28;
/// The capacity of data whose bytes are somebody else's.
const EXTERNAL: u32 = u32::MAX;

/// A new OSData.
pub fn new(bytes: &[u8]) -> Obj {
    let object = class::instantiate("OSData");
    append(object, bytes);
    object
}

/// The bytes.
pub fn bytes(object: Obj) -> Vec<u8> {
    mem::bytes(object.get(DATA), object.get::<u32>(LENGTH) as usize)
}

fn append(object: Obj, more: &[u8]) {
    let mut all = bytes(object);
    all.extend_from_slice(more);
    if all.len() > object.get::<u32>(CAPACITY) as usize {
        reserve(object, all.len());
    }
    mem::put(object.get(DATA), &all);
    object.set(LENGTH, all.len() as u32);
}

fn reserve(object: Obj, capacity: usize) {
    let (old, kept) = (object.get::<usize>(DATA), bytes(object));
    let block = heap::allocate(capacity, 1);
    mem::put(block, &kept);
    if old != 0 {
        heap::free(old, 0);
    }
    object.set(DATA, block);
    object.set(CAPACITY, capacity as u32);
}

extern "C" fn with_capacity(capacity: u32) -> Obj {
    let object = class::instantiate("OSData");
    reserve(object, capacity as usize);
    object
}

extern "C" fn with_bytes(from: usize, length: u32) -> Obj {
    new(&mem::bytes(from, length as usize))
}

extern "C" fn with_data(other: Obj) -> Obj {
    new(&bytes(other))
}

extern "C" fn with_part(other: Obj, start: u32, count: u32) -> Obj {
    part(other, start, count).map_or(Obj::NULL, |bytes| new(&bytes))
}

/// Some of the bytes; `None` when there are not as many.
fn part(other: Obj, start: u32, count: u32) -> Option<Vec<u8>> {
    let end = (start as usize).checked_add(count as usize)?;
    bytes(other).get(start as usize..end).map(<[u8]>::to_vec)
}

extern "C" fn with_bytes_no_copy(from: usize, length: u32) -> Obj {
    let object = class::instantiate("OSData");
    init_no_copy(object, from, length);
    object
}

extern "C" fn init_with_capacity(this: Obj, capacity: u32) -> bool {
    reserve(this, capacity as usize);
    true
}

extern "C" fn init_with_bytes(this: Obj, from: usize, length: u32) -> bool {
    append(this, &mem::bytes(from, length as usize));
    true
}

extern "C" fn init_with_data(this: Obj, other: Obj) -> bool {
    append(this, &bytes(other));
    true
}

extern "C" fn init_with_part(this: Obj, other: Obj, start: u32, count: u32) -> bool {
    let part = part(other, start, count);
    if let Some(bytes) = &part {
        append(this, bytes);
    }
    part.is_some()
}

/// The bytes stay the caller's, and cannot become more.
extern "C" fn init_no_copy(this: Obj, from: usize, length: u32) -> bool {
    this.set(DATA, from);
    this.set(LENGTH, length);
    this.set(CAPACITY, EXTERNAL);
    true
}

fn is_external(this: Obj) -> bool {
    this.get::<u32>(CAPACITY) == EXTERNAL
}

extern "C" fn ensure_capacity(this: Obj, wanted: u32) -> u32 {
    if wanted > capacity(this) {
        reserve(this, wanted as usize);
    }
    capacity(this)
}

extern "C" fn append_byte(this: Obj, byte: u8, count: u32) -> bool {
    if is_external(this) {
        return false;
    }
    append(this, &alloc::vec![byte; count as usize]);
    true
}

/// The capacity grows by what is needed.
extern "C" fn increment(_this: Obj) -> u32 {
    1
}

extern "C" fn set_increment(_this: Obj, increment: u32) -> u32 {
    increment
}

/// isEqualTo with a string: its text, with or without the final zero.
extern "C" fn equals_string(this: Obj, other: Obj) -> bool {
    let (own, text) = (bytes(this), string::bytes(other));
    own == text || own.strip_suffix(&[0]) == Some(&text[..])
}

extern "C" fn free(this: Obj) {
    let block: usize = this.get(DATA);
    if block != 0 && !is_external(this) {
        heap::free(block, 0);
    }
    osobject::free(this);
}

extern "C" fn length(this: Obj) -> u32 {
    this.get(LENGTH)
}

extern "C" fn capacity(this: Obj) -> u32 {
    this.get(CAPACITY)
}

extern "C" fn append_bytes(this: Obj, from: usize, length: u32) -> bool {
    if is_external(this) {
        return false;
    }
    append(this, &mem::bytes(from, length as usize));
    true
}

extern "C" fn append_data(this: Obj, other: Obj) -> bool {
    append(this, &bytes(other));
    true
}

extern "C" fn pointer(this: Obj) -> usize {
    if length(this) == 0 { 0 } else { this.get(DATA) }
}

extern "C" fn pointer_to(this: Obj, start: u32, count: u32) -> usize {
    let inside = start.checked_add(count).is_some_and(|end| end <= length(this)) && count > 0;
    if inside { pointer(this) + start as usize } else { 0 }
}

extern "C" fn equals_object(this: Obj, other: Obj) -> bool {
    other.is("OSData") && bytes(this) == bytes(other)
}

extern "C" fn equals_bytes(this: Obj, from: usize, count: u32) -> bool {
    count == length(this) && bytes(this) == mem::bytes(from, count as usize)
}

functions! { pub FUNCTIONS:
    "__ZN6OSData12withCapacityEj" => with_capacity,
    "__ZN6OSData9withBytesEPKvj" => with_bytes,
    "__ZN6OSData8withDataEPKS_" => with_data,
    "__ZN6OSData8withDataEPKS_jj" => with_part,
    "__ZN6OSData15withBytesNoCopyEPvj" => with_bytes_no_copy,
    "__ZN6OSData16initWithCapacityEj" => init_with_capacity,
    "__ZN6OSData13initWithBytesEPKvj" => init_with_bytes,
    "__ZN6OSData19initWithBytesNoCopyEPvj" => init_no_copy,
    "__ZN6OSData12initWithDataEPKS_" => init_with_data,
    "__ZN6OSData12initWithDataEPKS_jj" => init_with_part,
    "__ZN6OSData14ensureCapacityEj" => ensure_capacity,
    "__ZNK6OSData20getCapacityIncrementEv" => increment,
    "__ZN6OSData20setCapacityIncrementEj" => set_increment,
    "__ZN6OSData10appendByteEhj" => append_byte,
    "__ZNK6OSData9isEqualToEPK8OSString" => equals_string,
    "__ZN6OSData4freeEv" => free,
    "__ZNK6OSData9getLengthEv" => length,
    "__ZNK6OSData11getCapacityEv" => capacity,
    "__ZN6OSData11appendBytesEPKvj" => append_bytes,
    "__ZN6OSData11appendBytesEPKS_" => append_data,
    "__ZNK6OSData14getBytesNoCopyEv" => pointer,
    "__ZNK6OSData14getBytesNoCopyEjj" => pointer_to,
    "__ZNK6OSData9isEqualToEPK15OSMetaClassBase" => equals_object,
    "__ZNK6OSData9isEqualToEPKS_" => equals_object,
    "__ZNK6OSData9isEqualToEPKvj" => equals_bytes,
}
