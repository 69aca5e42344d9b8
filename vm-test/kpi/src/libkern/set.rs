//! OSSet and OSOrderedSet.

use crate::class;
use crate::functions;
use crate::libkern::collection::{
    self, capacity, change, count, ensure_capacity, flush, init_with_capacity, members, set_options,
};
use crate::mem;
use crate::object::{Obj, Side};
use crate::symbols;

/// An ordered set's function and its reference; a larger result puts the first argument first.
static ORDERS: Side<(usize, u64)> = Side::new();

/// A new, empty OSSet.
pub fn new() -> Obj {
    class::instantiate("OSSet")
}

/// A new OSOrderedSet that keeps the order of insertion.
pub fn new_ordered() -> Obj {
    class::instantiate("OSOrderedSet")
}

/// Adds an object unless it is a member; it is retained.
pub extern "C" fn add(this: Obj, object: Obj) -> bool {
    if object.is_null() || contains(this, object) {
        return false;
    }
    object.hold();
    let at = place(this, object);
    change(this, |members| members.insert(at, object));
    true
}

/// Where an object belongs: behind all members that are ordered before it or equal to it.
fn place(this: Obj, object: Obj) -> usize {
    let list = members(this);
    let Some((function, reference)) = ORDERS.with(this, |order| *order) else { return list.len() };
    let before = |&member: &Obj| {
        (symbols::invoke(function, &[member.word(), object.word(), reference]) as u32).cast_signed() >= 0
    };
    list.iter().take_while(|member| before(member)).count()
}

/// Whether an object is a member.
pub extern "C" fn contains(this: Obj, object: Obj) -> bool {
    members(this).contains(&object)
}

/// Removes an object.
pub extern "C" fn remove(this: Obj, object: Obj) {
    let at = members(this).iter().position(|&member| member == object);
    if let Some(at) = at {
        change(this, |members| members.remove(at)).let_go();
    }
}

extern "C" fn with_capacity(_capacity: u32) -> Obj {
    new()
}

extern "C" fn with_objects(objects: usize, number: u32, _capacity: u32) -> Obj {
    let set = new();
    for index in 0..number as usize {
        add(set, mem::read(objects + index * 8));
    }
    set
}

extern "C" fn with_members_of(other: Obj, _capacity: u32) -> Obj {
    let set = new();
    merge(set, other);
    set
}

extern "C" fn merge(this: Obj, other: Obj) -> bool {
    let mut all = true;
    for member in members(other) {
        all &= add(this, member);
    }
    all
}

extern "C" fn first(this: Obj) -> Obj {
    members(this).first().copied().unwrap_or(Obj::NULL)
}

extern "C" fn last(this: Obj) -> Obj {
    members(this).last().copied().unwrap_or(Obj::NULL)
}

extern "C" fn ordered(_capacity: u32, function: usize, reference: u64) -> Obj {
    let set = new_ordered();
    if function != 0 {
        ORDERS.insert(set, (function, reference));
    }
    set
}

extern "C" fn set_first(this: Obj, object: Obj) -> bool {
    insert_at(this, 0, object)
}

extern "C" fn set_last(this: Obj, object: Obj) -> bool {
    insert_at(this, count(this), object)
}

extern "C" fn insert_at(this: Obj, index: u32, object: Obj) -> bool {
    let fits = !object.is_null() && index <= count(this) && !contains(this, object);
    if fits {
        object.hold();
        change(this, |members| members.insert(index as usize, object));
    }
    fits
}

extern "C" fn get(this: Obj, index: u32) -> Obj {
    members(this).get(index as usize).copied().unwrap_or(Obj::NULL)
}

extern "C" fn free_ordered(this: Obj) {
    ORDERS.remove(this);
    collection::free(this);
}

functions! { pub FUNCTIONS:
    "__ZN5OSSet12withCapacityEj" => with_capacity,
    "__ZN5OSSet11withObjectsEPPK8OSObjectjj" => with_objects,
    "__ZN5OSSet9withArrayEPK7OSArrayj" => with_members_of,
    "__ZN5OSSet7withSetEPKS_j" => with_members_of,
    "__ZN5OSSet16initWithCapacityEj" => init_with_capacity,
    "__ZN5OSSet4freeEv" => collection::free,
    "__ZN5OSSet15flushCollectionEv" => flush,
    "__ZNK5OSSet8getCountEv" => count,
    "__ZNK5OSSet11getCapacityEv" => capacity,
    "__ZN5OSSet14ensureCapacityEj" => ensure_capacity,
    "__ZN5OSSet10setOptionsEjjPv" => set_options,
    "__ZN5OSSet9setObjectEPK15OSMetaClassBase" => add,
    "__ZN5OSSet5mergeEPK7OSArray" => merge,
    "__ZN5OSSet5mergeEPKS_" => merge,
    "__ZN5OSSet12removeObjectEPK15OSMetaClassBase" => remove,
    "__ZNK5OSSet14containsObjectEPK15OSMetaClassBase" => contains,
    "__ZNK5OSSet6memberEPK15OSMetaClassBase" => contains,
    "__ZNK5OSSet12getAnyObjectEv" => first,
    "__ZN12OSOrderedSet12withCapacityEjPFiPK15OSMetaClassBaseS2_PvES3_" => ordered,
    "__ZN12OSOrderedSet4freeEv" => free_ordered,
    "__ZN12OSOrderedSet15flushCollectionEv" => flush,
    "__ZNK12OSOrderedSet8getCountEv" => count,
    "__ZNK12OSOrderedSet11getCapacityEv" => capacity,
    "__ZN12OSOrderedSet14ensureCapacityEj" => ensure_capacity,
    "__ZN12OSOrderedSet10setOptionsEjjPv" => set_options,
    "__ZN12OSOrderedSet9setObjectEPK15OSMetaClassBase" => add,
    "__ZN12OSOrderedSet14setFirstObjectEPK15OSMetaClassBase" => set_first,
    "__ZN12OSOrderedSet13setLastObjectEPK15OSMetaClassBase" => set_last,
    "__ZN12OSOrderedSet9setObjectEjPK15OSMetaClassBase" => insert_at,
    "__ZN12OSOrderedSet12removeObjectEPK15OSMetaClassBase" => remove,
    "__ZNK12OSOrderedSet14containsObjectEPK15OSMetaClassBase" => contains,
    "__ZNK12OSOrderedSet6memberEPK15OSMetaClassBase" => contains,
    "__ZNK12OSOrderedSet14getFirstObjectEv" => first,
    "__ZNK12OSOrderedSet13getLastObjectEv" => last,
    "__ZNK12OSOrderedSet9getObjectEj" => get,
}
