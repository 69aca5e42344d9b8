//! CFArray and CFDictionary. All hold objects, whatever callbacks are named.

use super::{Kind, Object, Reference, object_of, release, retain, store, take};
use crate::libraries::symbols;
use crate::memory;

extern "C" fn array_type() -> usize {
    Kind::Array as usize
}

/// References at an address.
fn references(at: usize, count: isize) -> Vec<Reference> {
    (0..usize::try_from(count).unwrap_or(0)).map(|index| memory::u64_at(at + 8 * index)).collect()
}

extern "C" fn new_array(_allocator: Reference, values: usize, count: isize, _callbacks: usize) -> Reference {
    take(Object::Array(references(values, count).into_iter().map(retain).collect()))
}

extern "C" fn new_mutable_array(_allocator: Reference, _capacity: isize, _callbacks: usize) -> Reference {
    take(Object::Array(Vec::new()))
}

fn elements(array: Reference) -> Vec<Reference> {
    if let Some(Object::Array(elements)) = object_of(array) { elements } else { Vec::new() }
}

extern "C" fn array_count(array: Reference) -> isize {
    elements(array).len() as isize
}

extern "C" fn array_value(array: Reference, index: isize) -> Reference {
    usize::try_from(index).ok().and_then(|index| elements(array).get(index).copied()).unwrap_or(0)
}

extern "C" fn array_append(array: Reference, value: Reference) {
    retain(value);
    store::change(array, |object| {
        if let Object::Array(elements) = object {
            elements.push(value);
        }
    });
}

extern "C" fn dictionary_type() -> usize {
    Kind::Dictionary as usize
}

fn entries(dictionary: Reference) -> Vec<(Reference, Reference)> {
    if let Some(Object::Dictionary(entries)) = object_of(dictionary) { entries } else { Vec::new() }
}

extern "C" fn new_dictionary(
    _allocator: Reference,
    keys: usize,
    values: usize,
    count: isize,
    _key_callbacks: usize,
    _value_callbacks: usize,
) -> Reference {
    let held = references(keys, count).into_iter().zip(references(values, count));
    take(Object::Dictionary(held.map(|(key, value)| (retain(key), retain(value))).collect()))
}

extern "C" fn new_mutable_dictionary(
    _allocator: Reference,
    _capacity: isize,
    _key_callbacks: usize,
    _value_callbacks: usize,
) -> Reference {
    take(Object::Dictionary(Vec::new()))
}

extern "C" fn dictionary_count(dictionary: Reference) -> isize {
    entries(dictionary).len() as isize
}

extern "C" fn dictionary_value(dictionary: Reference, key: Reference) -> Reference {
    entries(dictionary).into_iter().find(|(other, _)| store::same(*other, key)).map_or(0, |(_, value)| value)
}

extern "C" fn dictionary_contains(dictionary: Reference, key: Reference) -> u8 {
    u8::from(dictionary_value(dictionary, key) != 0)
}

extern "C" fn dictionary_contents(dictionary: Reference, keys: usize, values: usize) {
    for (index, (key, value)) in entries(dictionary).into_iter().enumerate() {
        for (place, reference) in [(keys, key), (values, value)] {
            if place != 0 {
                memory::put(place + 8 * index, &reference.to_ne_bytes());
            }
        }
    }
}

extern "C" fn dictionary_set(dictionary: Reference, key: Reference, value: Reference) {
    let place = entries(dictionary).iter().position(|(other, _)| store::same(*other, key));
    retain(value);
    let mut before = None;
    if place.is_none() {
        retain(key);
    }
    store::change(dictionary, |object| {
        if let Object::Dictionary(entries) = object {
            match place {
                Some(index) => before = Some(std::mem::replace(&mut entries[index].1, value)),
                None => entries.push((key, value)),
            }
        }
    });
    before.into_iter().for_each(release);
}

symbols! {
    "_CFArrayGetTypeID" => array_type,
    "_CFArrayCreate" => new_array,
    "_CFArrayCreateMutable" => new_mutable_array,
    "_CFArrayAppendValue" => array_append,
    "_CFArrayGetCount" => array_count,
    "_CFArrayGetValueAtIndex" => array_value,
    "_CFDictionaryGetTypeID" => dictionary_type,
    "_CFDictionaryCreate" => new_dictionary,
    "_CFDictionaryCreateMutable" => new_mutable_dictionary,
    "_CFDictionarySetValue" => dictionary_set,
    "_CFDictionaryAddValue" => dictionary_set,
    "_CFDictionaryGetCount" => dictionary_count,
    "_CFDictionaryGetValue" => dictionary_value,
    "_CFDictionaryContainsKey" => dictionary_contains,
    "_CFDictionaryGetKeysAndValues" => dictionary_contents,
}
