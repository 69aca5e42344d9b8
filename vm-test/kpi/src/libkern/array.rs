//! OSArray.

use crate::class;
use crate::functions;
use crate::libkern::collection::{
    capacity, change, count, ensure_capacity, flush, free, init_with_capacity, member, members, set_options,
    with_members,
};
use crate::mem;
use crate::object::Obj;

/// `OSArray::count`.
const COUNT: usize = 32;

/// A new, empty array.
pub fn new() -> Obj {
    class::instantiate("OSArray")
}

/// Appends an object, which is retained.
pub fn push(array: Obj, object: Obj) {
    change(array, |members| members.push(object.hold()));
    array.set(COUNT, count(array));
}

/// The object at an index, not retained; NULL beyond the end.
pub extern "C" fn get(this: Obj, index: u32) -> Obj {
    member(this, index as usize)
}

extern "C" fn with_capacity(_capacity: u32) -> Obj {
    new()
}

extern "C" fn with_objects(objects: usize, number: u32, _capacity: u32) -> Obj {
    let array = new();
    for index in 0..number as usize {
        push(array, mem::read(objects + index * 8));
    }
    array
}

extern "C" fn with_array(other: Obj, _capacity: u32) -> Obj {
    let array = new();
    for member in members(other) {
        push(array, member);
    }
    array
}

extern "C" fn append(this: Obj, object: Obj) -> bool {
    if !object.is_null() {
        push(this, object);
    }
    !object.is_null()
}

extern "C" fn insert(this: Obj, index: u32, object: Obj) -> bool {
    let fits = !object.is_null() && index <= count(this);
    if fits {
        object.hold();
        change(this, |members| members.insert(index as usize, object));
        this.set(COUNT, count(this));
    }
    fits
}

extern "C" fn merge(this: Obj, other: Obj) -> bool {
    for member in members(other) {
        push(this, member);
    }
    true
}

/// Puts an object, which is retained, in the place of another; nothing for NULL or beyond the end.
pub extern "C" fn replace(this: Obj, index: u32, object: Obj) {
    if object.is_null() || index >= count(this) {
        return;
    }
    object.hold();
    change(this, |members| core::mem::replace(&mut members[index as usize], object)).let_go();
}

/// Removes the object at an index, if there is one.
pub extern "C" fn remove(this: Obj, index: u32) {
    if index < count(this) {
        let removed = change(this, |members| members.remove(index as usize));
        this.set(COUNT, count(this));
        removed.let_go();
    }
}

/// The last object, not retained; NULL if there is none.
pub extern "C" fn last(this: Obj) -> Obj {
    with_members(this, |members| members.last().copied()).flatten().unwrap_or(Obj::NULL)
}

extern "C" fn index_of(this: Obj, object: Obj, start: u32) -> u32 {
    let found = members(this).iter().skip(start as usize).position(|&member| member == object);
    found.map_or(u32::MAX, |index| index as u32 + start)
}

functions! { pub FUNCTIONS:
    "__ZN7OSArray12withCapacityEj" => with_capacity,
    "__ZN7OSArray11withObjectsEPPK8OSObjectjj" => with_objects,
    "__ZN7OSArray9withArrayEPKS_j" => with_array,
    "__ZN7OSArray16initWithCapacityEj" => init_with_capacity,
    "__ZN7OSArray4freeEv" => free,
    "__ZN7OSArray15flushCollectionEv" => flush,
    "__ZNK7OSArray8getCountEv" => count,
    "__ZNK7OSArray11getCapacityEv" => capacity,
    "__ZN7OSArray14ensureCapacityEj" => ensure_capacity,
    "__ZN7OSArray10setOptionsEjjPv" => set_options,
    "__ZN7OSArray9setObjectEPK15OSMetaClassBase" => append,
    "__ZN7OSArray9setObjectEjPK15OSMetaClassBase" => insert,
    "__ZN7OSArray5mergeEPKS_" => merge,
    "__ZN7OSArray13replaceObjectEjPK15OSMetaClassBase" => replace,
    "__ZN7OSArray12removeObjectEj" => remove,
    "__ZNK7OSArray9getObjectEj" => get,
    "__ZNK7OSArray13getLastObjectEv" => last,
    "__ZNK7OSArray20getNextIndexOfObjectEPK15OSMetaClassBasej" => index_of,
}
