//! What all collections share: the members are ours (beside the object), the update stamp and the count are in it.

use alloc::vec::Vec;

use crate::functions;
use crate::libkern::osobject;
use crate::object::{Obj, Side};

/// `OSCollection::updateStamp`: iterators become invalid when it changes.
const STAMP: usize = 12;
/// `OSCollection::fOptions`.
const OPTIONS: usize = 16;

/// What a collection holds.
#[derive(Default)]
pub struct Record {
    /// The members in order; a dictionary's are its keys.
    pub members: Vec<Obj>,
    /// A dictionary's values, parallel to its keys.
    pub values: Vec<Obj>,
}

static RECORDS: Side<Record> = Side::new();

/// The members; a dictionary's are its keys.
pub fn members(collection: Obj) -> Vec<Obj> {
    with_members(collection, <[Obj]>::to_vec).unwrap_or_default()
}

/// The member at an index, not retained; NULL if there is none.
pub fn member(collection: Obj, index: usize) -> Obj {
    with_members(collection, |members| members.get(index).copied()).flatten().unwrap_or(Obj::NULL)
}

/// Runs `f` on the members; `None` if there were never any.
pub fn with_members<R>(collection: Obj, f: impl FnOnce(&[Obj]) -> R) -> Option<R> {
    with_record(collection, |record| f(&record.members))
}

/// Runs `f` on all that a collection holds; `None` if there was never anything.
pub fn with_record<R>(collection: Obj, f: impl FnOnce(&Record) -> R) -> Option<R> {
    RECORDS.with(collection, |record| f(record))
}

/// Changes the members and notes the update.
pub fn change<R>(collection: Obj, f: impl FnOnce(&mut Vec<Obj>) -> R) -> R {
    change_record(collection, |record| f(&mut record.members))
}

/// Changes what a collection holds and notes the update.
pub fn change_record<R>(collection: Obj, f: impl FnOnce(&mut Record) -> R) -> R {
    collection.set(STAMP, collection.get::<u32>(STAMP).wrapping_add(1));
    RECORDS.with_default(collection, f)
}

/// The update stamp.
pub fn stamp(collection: Obj) -> u32 {
    collection.get(STAMP)
}

/// Releases all members.
pub extern "C" fn flush(this: Obj) {
    for member in change(this, core::mem::take) {
        member.let_go();
    }
}

/// `free` of arrays and sets.
pub extern "C" fn free(this: Obj) {
    flush(this);
    free_empty(this);
}

/// `free` of a collection that has let its members go.
pub fn free_empty(this: Obj) {
    RECORDS.remove(this);
    osobject::free(this);
}

/// `getCount`.
pub extern "C" fn count(this: Obj) -> u32 {
    with_members(this, |members| members.len() as u32).unwrap_or(0)
}

/// `getCapacity`: we never need to grow by steps, so it is the count.
pub extern "C" fn capacity(this: Obj) -> u32 {
    count(this)
}

/// `ensureCapacity`.
pub extern "C" fn ensure_capacity(this: Obj, wanted: u32) -> u32 {
    count(this).max(wanted)
}

/// `initWithCapacity`.
pub extern "C" fn init_with_capacity(_this: Obj, _capacity: u32) -> bool {
    true
}

extern "C" fn init(_this: Obj) -> bool {
    true
}

extern "C" fn have_updated(this: Obj) {
    change(this, |_| ());
}

/// `setOptions`: returns the old ones.
pub extern "C" fn set_options(this: Obj, options: u32, mask: u32) -> u32 {
    let old: u32 = this.get(OPTIONS);
    if mask != 0 {
        this.set(OPTIONS, (old & !mask) | (options & mask));
    }
    old
}

functions! { pub FUNCTIONS:
    "__ZN12OSCollection4initEv" => init,
    "__ZN12OSCollection11haveUpdatedEv" => have_updated,
    "__ZN12OSCollection10setOptionsEjjPv" => set_options,
}
