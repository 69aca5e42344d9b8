//! OSDictionary: keys are OSSymbols; the order is that of insertion.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::libkern::collection::{
    Record, change_record, count, ensure_capacity, free_empty, init_with_capacity, set_options, with_record,
};
use crate::libkern::string::{self, Key};
use crate::mem;
use crate::object::Obj;

/// `OSDictionary::count`.
const COUNT: usize = 32;
/// Entries for which there is room at once: about as many as a format's dictionary or the properties of a service are.
const ROOM: usize = 16;

static CLASS: class::Own = class::Own::new("OSDictionary");

/// A new, empty dictionary.
pub fn new() -> Obj {
    CLASS.instantiate()
}

/// Keys and values, not retained.
pub fn entries(dictionary: Obj) -> Vec<(Obj, Obj)> {
    let pairs = |record: &Record| record.members.iter().copied().zip(record.values.iter().copied()).collect();
    with_record(dictionary, pairs).unwrap_or_default()
}

/// The value under a key, not retained; NULL if there is none.
pub fn get(dictionary: Obj, key: &str) -> Obj {
    find(dictionary, key.as_bytes()).map_or(Obj::NULL, |(_, value)| value)
}

/// As [`get`], with a key that is used often.
pub fn get_key(dictionary: Obj, key: &Key) -> Obj {
    key.known().and_then(|key| find_symbol(dictionary, key)).map_or(Obj::NULL, |(_, value)| value)
}

fn find(dictionary: Obj, key: &[u8]) -> Option<(usize, Obj)> {
    // Keys are symbols, of which there is one for each text.
    find_symbol(dictionary, string::known_symbol(key)?)
}

fn find_symbol(dictionary: Obj, key: Obj) -> Option<(usize, Obj)> {
    with_record(dictionary, |record| {
        let index = place(record, key)?;
        Some((index, *record.values.get(index)?))
    })?
}

#[expect(clippy::needless_bitwise_bool, reason = "one branch for four: an emulator ends a block at each")]
fn place(record: &Record, key: Obj) -> Option<usize> {
    let (fours, rest) = record.members.as_chunks::<4>();
    let four = fours.iter().position(|&[a, b, c, d]| (a == key) | (b == key) | (c == key) | (d == key));
    let (from, among) = four.map_or((4 * fours.len(), rest), |four| (4 * four, &fours[four][..]));
    among.iter().position(|known| *known == key).map(|index| from + index)
}

/// Sets a value, which is retained, as the key is.
pub fn set(dictionary: Obj, key: &str, value: Obj) {
    let symbol = string::symbol(key);
    set_symbol(dictionary, symbol, value);
    symbol.release();
}

/// Sets a value and releases it: for values made for this one place.
pub fn put(dictionary: Obj, key: &str, value: Obj) {
    put_under(dictionary, string::known_symbol(key.as_bytes()), key, value);
}

/// As [`put`], with a key that is used often.
pub fn put_key(dictionary: Obj, key: &Key, value: Obj) {
    put_under(dictionary, key.known(), key.text(), value);
}

fn put_under(dictionary: Obj, known: Option<Obj>, key: &str, value: Obj) {
    // The value is the kernel's own, so that no code of a kext runs that could let go of a symbol that nobody holds here.
    match known {
        Some(symbol) => _ = set_symbol(dictionary, symbol, value),
        None => set(dictionary, key, value),
    }
    value.release();
}

/// Sets a value under an OSSymbol.
pub extern "C" fn set_symbol(this: Obj, key: Obj, value: Obj) -> bool {
    if key.is_null() || value.is_null() {
        return false;
    }
    value.hold();
    let old = change_record(this, |record| {
        if let Some(index) = place(record, key) {
            return Some(core::mem::replace(&mut record.values[index], value));
        }
        if record.members.is_empty() {
            record.members.reserve(ROOM);
            record.values.reserve(ROOM);
        }
        record.members.push(key);
        record.values.push(value);
        this.set(COUNT, record.members.len() as u32);
        None
    });
    match old {
        Some(old) => old.let_go(),
        None => _ = key.hold(),
    }
    true
}

/// Removes a value.
pub fn remove(dictionary: Obj, key: &str) {
    remove_bytes(dictionary, key.as_bytes());
}

fn remove_bytes(dictionary: Obj, key: &[u8]) {
    let Some((index, value)) = find(dictionary, key) else { return };
    let symbol = change_record(dictionary, |record| {
        record.values.remove(index);
        record.members.remove(index)
    });
    dictionary.set(COUNT, count(dictionary));
    symbol.let_go();
    value.let_go();
}

/// A new dictionary with the same entries.
pub fn copy(other: Obj) -> Obj {
    let dictionary = new();
    merge(dictionary, other);
    dictionary
}

extern "C" fn with_capacity(_capacity: u32) -> Obj {
    new()
}

extern "C" fn with_dictionary(other: Obj, _capacity: u32) -> Obj {
    copy(other)
}

extern "C" fn init_with_dictionary(this: Obj, other: Obj, _capacity: u32) -> bool {
    merge(this, other)
}

extern "C" fn with_symbols(objects: usize, keys: usize, number: u32, _capacity: u32) -> Obj {
    let dictionary = new();
    for index in 0..number as usize {
        set_symbol(dictionary, mem::read(keys + index * 8), mem::read(objects + index * 8));
    }
    dictionary
}

extern "C" fn set_string(this: Obj, key: Obj, value: Obj) -> bool {
    set_text(this, &string::text(key), value)
}

extern "C" fn set_c(this: Obj, key: usize, value: Obj) -> bool {
    set_text(this, &mem::c_string(key), value)
}

fn set_text(this: Obj, key: &str, value: Obj) -> bool {
    if !value.is_null() {
        set(this, key, value);
    }
    !value.is_null()
}

extern "C" fn get_string(this: Obj, key: Obj) -> Obj {
    get(this, &string::text(key))
}

extern "C" fn get_c(this: Obj, key: usize) -> Obj {
    get(this, &mem::c_string(key))
}

extern "C" fn remove_string(this: Obj, key: Obj) {
    remove_bytes(this, &string::bytes(key));
}

extern "C" fn remove_c(this: Obj, key: usize) {
    remove_bytes(this, &mem::c_bytes(key));
}

extern "C" fn merge(this: Obj, other: Obj) -> bool {
    for (key, value) in entries(other) {
        set_symbol(this, key, value);
    }
    true
}

extern "C" fn flush(this: Obj) {
    let Record { members, values } = change_record(this, core::mem::take);
    this.set(COUNT, 0u32);
    for object in members.into_iter().chain(values) {
        object.let_go();
    }
}

extern "C" fn free(this: Obj) {
    flush(this);
    free_empty(this);
}

extern "C" fn capacity(this: Obj) -> u32 {
    count(this)
}

functions! { pub FUNCTIONS:
    "__ZN12OSDictionary12withCapacityEj" => with_capacity,
    "__ZN12OSDictionary14withDictionaryEPKS_j" => with_dictionary,
    "__ZN12OSDictionary11withObjectsEPPK8OSObjectPPK8OSSymboljj" => with_symbols,
    "__ZN12OSDictionary11withObjectsEPPK8OSObjectPPK8OSStringjj" => with_symbols,
    "__ZN12OSDictionary16initWithCapacityEj" => init_with_capacity,
    "__ZN12OSDictionary18initWithDictionaryEPKS_j" => init_with_dictionary,
    "__ZN12OSDictionary4freeEv" => free,
    "__ZN12OSDictionary15flushCollectionEv" => flush,
    "__ZNK12OSDictionary8getCountEv" => count,
    "__ZNK12OSDictionary11getCapacityEv" => capacity,
    "__ZN12OSDictionary14ensureCapacityEj" => ensure_capacity,
    "__ZN12OSDictionary10setOptionsEjjPv" => set_options,
    "__ZN12OSDictionary9setObjectEPK8OSSymbolPK15OSMetaClassBase" => set_symbol,
    "__ZN12OSDictionary9setObjectEPK8OSStringPK15OSMetaClassBase" => set_string,
    "__ZN12OSDictionary9setObjectEPKcPK15OSMetaClassBase" => set_c,
    "__ZNK12OSDictionary9getObjectEPK8OSSymbol" => get_string,
    "__ZNK12OSDictionary9getObjectEPK8OSString" => get_string,
    "__ZNK12OSDictionary9getObjectEPKc" => get_c,
    "__ZN12OSDictionary12removeObjectEPK8OSSymbol" => remove_string,
    "__ZN12OSDictionary12removeObjectEPK8OSString" => remove_string,
    "__ZN12OSDictionary12removeObjectEPKc" => remove_c,
    "__ZN12OSDictionary5mergeEPKS_" => merge,
}
