//! What all collections share: the members are ours (beside the object), the update stamp and the count are in it.

use alloc::vec::Vec;

use crate::functions;
use crate::libkern::osobject;
use crate::object::{Obj, Side};

/// `OSCollection::updateStamp`: iterators become invalid when it changes.
const STAMP: usize = 12;
/// `OSCollection::fOptions`.
const OPTIONS: usize = 16;

/// Members of arrays and sets, in order.
static MEMBERS: Side<Vec<Obj>> = Side::new();

/// The members; a dictionary's are its keys.
pub fn members(collection: Obj) -> Vec<Obj> {
    MEMBERS.with(collection, |members| members.clone()).unwrap_or_default()
}

/// Runs `f` on the members; `None` if there were never any.
pub fn with_members<R>(collection: Obj, f: impl FnOnce(&[Obj]) -> R) -> Option<R> {
    MEMBERS.with(collection, |members| f(members))
}

/// Changes the members and notes the update.
pub fn change<R>(collection: Obj, f: impl FnOnce(&mut Vec<Obj>) -> R) -> R {
    collection.set(STAMP, collection.get::<u32>(STAMP).wrapping_add(1));
    MEMBERS.with_default(collection, f)
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
    MEMBERS.remove(this);
    osobject::free(this);
}

/// `getCount`.
pub extern "C" fn count(this: Obj) -> u32 {
    MEMBERS.with(this, |members| members.len() as u32).unwrap_or(0)
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
