//! IOKit's registry as programs see it: what somebody else has written down of one.

use std::cell::RefCell;

use hal_sys::OSStatus;

use crate::cf::{self, Reference};
use crate::libraries::symbols;
use crate::memory;

/// An entry of the registry. Entries stand in the order of a walk through the service plane, parents first.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// How far below the first one it is.
    pub depth: u32,
    /// Its class.
    pub class: String,
    /// Its properties.
    pub properties: plist::Value,
}

/// The first entry's number, and the first iterator's.
const ENTRY: u32 = 0x1000;
const ITERATOR: u32 = 0x8000_0000;
/// What IOServiceMatching has of a class.
const CLASS: &str = "IOProviderClass";
/// kIOReturnBadArgument.
const BAD_ARGUMENT: OSStatus = 0xe000_02c2_u32.cast_signed();
/// Bytes of an io_name_t.
const NAME: usize = 128;

thread_local! {
    static ENTRIES: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    /// What each iterator has still to come, the last one first.
    static ITERATORS: RefCell<Vec<Vec<u32>>> = const { RefCell::new(Vec::new()) };
}

/// Has programs find these.
pub(super) fn open(entries: Vec<Entry>) {
    ENTRIES.set(entries);
}

fn entry(number: u32) -> Option<(usize, Entry)> {
    let index = number.checked_sub(ENTRY)? as usize;
    ENTRIES.with_borrow(|entries| entries.get(index).map(|entry| (index, entry.clone())))
}

extern "C" fn matching(class: usize) -> Reference {
    let class = String::from_utf8_lossy(&memory::c_bytes(class)).into_owned();
    cf::of_plist(&plist::Value::Dictionary([(CLASS.to_owned(), plist::Value::String(class))].into_iter().collect()))
}

extern "C" fn service(_port: u32, matching: Reference) -> u32 {
    let wanted = cf::to_plist(matching).and_then(plist::Value::into_dictionary);
    cf::release_unless_none(matching);
    let class = wanted.and_then(|wanted| Some(wanted.get(CLASS)?.as_string()?.to_owned()));
    let found = ENTRIES.with_borrow(|all| all.iter().position(|entry| Some(&entry.class) == class.as_ref()));
    found.map_or(0, |index| ENTRY + index as u32)
}

extern "C" fn class(object: u32, name: usize) -> OSStatus {
    let Some((_, entry)) = entry(object).filter(|(_, entry)| entry.class.len() < NAME) else { return BAD_ARGUMENT };
    memory::put(name, &[entry.class.as_bytes(), &[0]].concat());
    0
}

/// References are numbers here, which stay good.
extern "C" fn release(object: u32) -> OSStatus {
    if object >= ENTRY { 0 } else { BAD_ARGUMENT }
}

extern "C" fn properties(object: u32, answer: usize, _allocator: usize, _options: u32) -> OSStatus {
    let Some((_, entry)) = entry(object) else { return BAD_ARGUMENT };
    memory::put(answer, &cf::of_plist(&entry.properties).to_ne_bytes());
    0
}

extern "C" fn children(object: u32, _plane: usize, answer: usize) -> OSStatus {
    let Some((index, parent)) = entry(object) else { return BAD_ARGUMENT };
    let mut below: Vec<u32> = ENTRIES.with_borrow(|all| {
        let below = all.iter().enumerate().skip(index + 1).take_while(|(_, entry)| entry.depth > parent.depth);
        below.filter(|(_, entry)| entry.depth == parent.depth + 1).map(|(index, _)| ENTRY + index as u32).collect()
    });
    below.reverse();
    let iterator = ITERATORS.with_borrow_mut(|all| {
        all.push(below);
        ITERATOR + all.len() as u32 - 1
    });
    memory::put(answer, &iterator.to_ne_bytes());
    0
}

extern "C" fn next(iterator: u32) -> u32 {
    let index = iterator.checked_sub(ITERATOR).map_or(usize::MAX, |index| index as usize);
    ITERATORS.with_borrow_mut(|all| all.get_mut(index).and_then(Vec::pop)).unwrap_or(0)
}

symbols! {
    "_IOServiceMatching" => matching,
    "_IOServiceGetMatchingService" => service,
    "_IOObjectGetClass" => class,
    "_IOObjectRelease" => release,
    "_IORegistryEntryCreateCFProperties" => properties,
    "_IORegistryEntryGetChildIterator" => children,
    "_IOIteratorNext" => next,
}
