//! OSDictionary: keys are OSSymbols; the order is that of insertion.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::libkern::collection::{
    change, count, ensure_capacity, init_with_capacity, members, set_options, with_members,
};
use crate::libkern::string;
use crate::mem;
use crate::object::{Obj, Side};

/// `OSDictionary::count`.
const COUNT: usize = 32;

/// Values, parallel to the collection's members, which are the keys.
static VALUES: Side<Vec<Obj>> = Side::new();

static CLASS: class::Own = class::Own::new("OSDictionary");

/// A new, empty dictionary.
pub fn new() -> Obj {
    CLASS.instantiate()
}

/// Keys and values, not retained.
pub fn entries(dictionary: Obj) -> Vec<(Obj, Obj)> {
    let values = VALUES.with(dictionary, |values| values.clone()).unwrap_or_default();
    members(dictionary).into_iter().zip(values).collect()
}

/// The value under a key, not retained; NULL if there is none.
pub fn get(dictionary: Obj, key: &str) -> Obj {
    find(dictionary, key.as_bytes()).map_or(Obj::NULL, |(_, value)| value)
}

fn find(dictionary: Obj, key: &[u8]) -> Option<(usize, Obj)> {
    // Keys are symbols, of which there is one for each text.
    find_symbol(dictionary, string::known_symbol(key)?)
}

fn find_symbol(dictionary: Obj, key: Obj) -> Option<(usize, Obj)> {
    let index = with_members(dictionary, |keys| keys.iter().position(|known| *known == key))??;
    let value = VALUES.with(dictionary, |values| values.get(index).copied())??;
    Some((index, value))
}

/// Sets a value, which is retained, as the key is.
pub fn set(dictionary: Obj, key: &str, value: Obj) {
    let symbol = string::symbol(key);
    set_symbol(dictionary, symbol, value);
    symbol.release();
}

/// Sets a value and releases it: for values made for this one place.
pub fn put(dictionary: Obj, key: &str, value: Obj) {
    // The value is the kernel's own, so that no code of a kext runs that could let go of a symbol that nobody holds here.
    match string::known_symbol(key.as_bytes()) {
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
    if let Some((index, old)) = find_symbol(this, key) {
        change(this, |_| ());
        VALUES.with(this, |values| values[index] = value);
        old.let_go();
        return true;
    }
    key.hold();
    change(this, |keys| keys.push(key));
    VALUES.with_default(this, |values| values.push(value));
    this.set(COUNT, count(this));
    true
}

/// Removes a value.
pub fn remove(dictionary: Obj, key: &str) {
    remove_bytes(dictionary, key.as_bytes());
}

fn remove_bytes(dictionary: Obj, key: &[u8]) {
    let Some((index, value)) = find(dictionary, key) else { return };
    let symbol = change(dictionary, |keys| keys.remove(index));
    VALUES.with(dictionary, |values| values.remove(index));
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
    let keys = change(this, core::mem::take);
    let values = VALUES.with(this, core::mem::take).unwrap_or_default();
    this.set(COUNT, 0u32);
    for object in keys.into_iter().chain(values) {
        object.let_go();
    }
}

extern "C" fn free(this: Obj) {
    flush(this);
    VALUES.remove(this);
    super::collection::free(this);
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
