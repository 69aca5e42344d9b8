//! All objects by reference, with how often each is held.
//!
//! References are numbers in a range of addresses where nothing is mapped, and none is used twice. Strings that a compiler has
//! laid out in the driver's data are the exception: they are told by their class and are there for good.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Kind, Object, Reference};
use crate::libraries::symbols;
use crate::{memory, world};

/// The first reference, and how far they are apart.
const FIRST: Reference = 0x6000_0000_0000;
const APART: Reference = 0x20;
/// References below this one are of objects that are there for good.
const FOR_GOOD: Reference = FIRST + 16 * APART;
const FALSE: Reference = FIRST;
const TRUE: Reference = FIRST + APART;
const NULL: Reference = FIRST + 2 * APART;
const ALLOCATOR: Reference = FIRST + 3 * APART;
/// Where a string of the compiler's has its kind, its characters and their number.
const FLAGS: usize = 8;
const CHARACTERS: usize = 16;
const LENGTH: usize = 24;
/// The flag of strings of 16-bit units.
const UTF16: u32 = 0x10;

/// The class of strings of the compiler's; only its address matters.
static STRING_CLASS: [u64; 32] = [0; 32];
static TRUE_PLACE: Reference = TRUE;
static FALSE_PLACE: Reference = FALSE;
static NULL_PLACE: Reference = NULL;
static ALLOCATOR_PLACE: Reference = ALLOCATOR;
static NO_ALLOCATOR: Reference = 0;
/// Callbacks of collections; only their addresses matter, since all collections here hold objects.
static CALLBACKS: [u64; 8] = [0; 8];

struct Entry {
    object: Object,
    held: u64,
}

#[derive(Default)]
struct Store {
    entries: BTreeMap<Reference, Entry>,
    made: u64,
    /// UUIDs that are there for good.
    constants: Vec<(Reference, [u8; 16])>,
}

thread_local! {
    static STORE: RefCell<Store> = RefCell::default();
}

/// Makes an object, held once. It takes over the references in it.
pub(crate) fn take(object: Object) -> Reference {
    STORE.with_borrow_mut(|store| {
        let reference = FOR_GOOD + store.made * APART;
        store.made += 1;
        store.entries.insert(reference, Entry { object, held: 1 });
        reference
    })
}

/// The UUID of these bytes that is there for good.
pub(super) fn constant_uuid(bytes: [u8; 16]) -> Reference {
    let known = STORE.with_borrow(|store| store.constants.iter().find(|(_, of)| *of == bytes).map(|(at, _)| *at));
    known.unwrap_or_else(|| {
        let reference = take(Object::Uuid(bytes));
        STORE.with_borrow_mut(|store| store.constants.push((reference, bytes)));
        reference
    })
}

/// CFBoolean's two objects.
pub(super) fn boolean(flag: bool) -> Reference {
    if flag { TRUE } else { FALSE }
}

/// The value of an object; nothing for 0. Anything that is no object ends the run.
pub(crate) fn object_of(reference: Reference) -> Option<Object> {
    match reference {
        0 => return None,
        TRUE | FALSE => return Some(Object::Boolean(reference == TRUE)),
        NULL | ALLOCATOR => return Some(Object::Null),
        _ => {}
    }
    if let Some(object) = STORE.with_borrow(|store| Some(store.entries.get(&reference)?.object.clone())) {
        return Some(object);
    }
    Some(constant(reference).unwrap_or_else(|| no_object(reference, "uses")))
}

/// A string of the compiler's.
fn constant(reference: Reference) -> Option<Object> {
    let inside = world::loaded(|loaded| {
        let (first, size) = loaded.image.extent();
        (first..first + size).contains(&reference.wrapping_sub(loaded.slide))
    });
    let at = reference as usize;
    if inside != Some(true) || memory::u64_at(at) != &raw const STRING_CLASS as u64 {
        return None;
    }
    let (characters, length) = (memory::u64_at(at + CHARACTERS) as usize, memory::u64_at(at + LENGTH) as usize);
    if u32::from_ne_bytes(memory::word(at + FLAGS)) & UTF16 == 0 {
        return Some(Object::String(String::from_utf8_lossy(&memory::bytes(characters, length)).into_owned()));
    }
    let units = memory::bytes(characters, length.checked_mul(2)?);
    let units: Vec<u16> = units.as_chunks::<2>().0.iter().map(|unit| u16::from_ne_bytes(*unit)).collect();
    Some(Object::String(String::from_utf16_lossy(&units)))
}

fn no_object(reference: Reference, does: &str) -> ! {
    let known = STORE.with_borrow(|store| (FOR_GOOD..FOR_GOOD + store.made * APART).contains(&reference));
    let what = if known { "an object that was released" } else { "what is no object of CoreFoundation" };
    world::stop(format!("{} {does} {what}", world::called()))
}

/// How many objects there are.
pub(crate) fn count() -> u64 {
    STORE.with_borrow(|store| store.entries.len() as u64)
}

/// Holds an object once more.
pub(crate) fn retain(reference: Reference) -> Reference {
    let held = STORE.with_borrow_mut(|store| {
        let entry = store.entries.get_mut(&reference);
        entry.map(|entry| entry.held += 1)
    });
    if held.is_none() && reference != 0 {
        // There for good, or no object.
        object_of(reference);
    }
    reference
}

/// Gives an object up; the last time it goes, with what it holds.
pub(crate) fn release(reference: Reference) {
    let gone = STORE.with_borrow_mut(|store| {
        let is_constant = store.constants.iter().any(|(constant, _)| *constant == reference);
        let entry = store.entries.get_mut(&reference)?;
        entry.held -= u64::from(!is_constant);
        Some(if entry.held == 0 { store.entries.remove(&reference) } else { None })
    });
    match gone {
        Some(Some(entry)) => entry.object.references().into_iter().for_each(release),
        Some(None) => {}
        None if (FIRST..FOR_GOOD).contains(&reference) || constant(reference).is_some() => {}
        None => no_object(reference, "releases"),
    }
}

/// Changes an object's value.
pub(super) fn change(reference: Reference, change: impl FnOnce(&mut Object)) {
    let found = STORE.with_borrow_mut(|store| store.entries.get_mut(&reference).map(|entry| change(&mut entry.object)));
    if found.is_none() {
        no_object(reference, "changes");
    }
}

extern "C" fn cf_retain(reference: Reference) -> Reference {
    retain(reference)
}

extern "C" fn cf_release(reference: Reference) {
    release(reference);
}

extern "C" fn get_type(reference: Reference) -> usize {
    object_of(reference).map_or(0, |object| object.kind() as usize)
}

extern "C" fn equal(left: Reference, right: Reference) -> u8 {
    u8::from(same(left, right))
}

/// Whether two objects have the same value.
pub(super) fn same(left: Reference, right: Reference) -> bool {
    if left == right {
        return true;
    }
    match (object_of(left), object_of(right)) {
        (Some(Object::Array(left)), Some(Object::Array(right))) => {
            left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| same(*left, *right))
        }
        (Some(Object::Dictionary(left)), Some(Object::Dictionary(right))) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.iter().any(|(other, equal)| same(*key, *other) && same(*value, *equal)))
        }
        (left, right) => left == right,
    }
}

extern "C" fn retain_count(reference: Reference) -> isize {
    STORE.with_borrow(|store| store.entries.get(&reference).map_or(isize::MAX, |entry| entry.held as isize))
}

extern "C" fn null_type() -> usize {
    Kind::Null as usize
}

symbols! {
    "_CFRetain" => cf_retain,
    "_CFRelease" => cf_release,
    "_CFGetTypeID" => get_type,
    "_CFEqual" => equal,
    "_CFGetRetainCount" => retain_count,
    "_CFNullGetTypeID" => null_type,
    "___CFConstantStringClassReference" => &raw const STRING_CLASS,
    "_kCFBooleanTrue" => &raw const TRUE_PLACE,
    "_kCFBooleanFalse" => &raw const FALSE_PLACE,
    "_kCFNull" => &raw const NULL_PLACE,
    "_kCFAllocatorDefault" => &raw const NO_ALLOCATOR,
    "_kCFAllocatorSystemDefault" => &raw const ALLOCATOR_PLACE,
    "_kCFTypeArrayCallBacks" => &raw const CALLBACKS,
    "_kCFTypeDictionaryKeyCallBacks" => &raw const CALLBACKS,
    "_kCFTypeDictionaryValueCallBacks" => &raw const CALLBACKS,
    "_kCFCopyStringDictionaryKeyCallBacks" => &raw const CALLBACKS,
}
