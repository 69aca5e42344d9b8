//! Collections compared and copied: `isEqualTo` by their members, `copyCollection`, and the forms of `init` that take members.

use alloc::vec::Vec;

use crate::functions;
use crate::libkern::{array, collection, dictionary, set, string};
use crate::mem;
use crate::object::{Method, Obj};

static EQUAL: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9isEqualToEPKS_");
static COPY: Method = Method::new("OSCollection", "__ZN12OSCollection14copyCollectionEP12OSDictionary");

fn equal(one: Obj, other: Obj) -> bool {
    EQUAL.call_bool(one, &[other.word()])
}

extern "C" fn arrays_equal(this: Obj, other: Obj) -> bool {
    if !other.is("OSArray") {
        return false;
    }
    let (own, theirs) = (collection::members(this), collection::members(other));
    own.len() == theirs.len() && own.into_iter().zip(theirs).all(|(one, other)| equal(one, other))
}

/// Sets hold objects by their address.
extern "C" fn sets_equal(this: Obj, other: Obj) -> bool {
    if !other.is("OSSet") {
        return false;
    }
    let (own, theirs) = (collection::members(this), collection::members(other));
    own.len() == theirs.len() && own.iter().all(|member| theirs.contains(member))
}

extern "C" fn ordered_sets_equal(this: Obj, other: Obj) -> bool {
    other.is("OSOrderedSet") && collection::members(this) == collection::members(other)
}

extern "C" fn dictionaries_equal(this: Obj, other: Obj) -> bool {
    if !other.is("OSDictionary") {
        return false;
    }
    let own = dictionary::entries(this);
    own.len() == dictionary::entries(other).len() && same_under(&own, other)
}

fn same_under(own: &[(Obj, Obj)], other: Obj) -> bool {
    own.iter().all(|&(key, value)| {
        let theirs = dictionary::get(other, &string::text(key));
        !theirs.is_null() && equal(value, theirs)
    })
}

/// isEqualTo with a collection of keys: only those are compared.
extern "C" fn equal_under(this: Obj, other: Obj, keys: Obj) -> bool {
    let under = |key: Obj| {
        let key = string::text(key);
        let (own, theirs) = (dictionary::get(this, &key), dictionary::get(other, &key));
        own.is_null() == theirs.is_null() && (own.is_null() || equal(own, theirs))
    };
    other.is("OSDictionary") && collection::members(keys).into_iter().all(under)
}

/// A copy of a member for a copied collection, with one reference: collections are copied, all else is shared.
fn copied(member: Obj) -> Obj {
    if member.is("OSCollection") { COPY.call_obj(member, &[0]) } else { member.retain() }
}

extern "C" fn copy_array(this: Obj) -> Obj {
    let copy = array::new();
    for member in collection::members(this) {
        let member = copied(member);
        array::push(copy, member);
        member.release();
    }
    copy
}

fn fill(set: Obj, members: Vec<Obj>) -> Obj {
    for member in members {
        let member = copied(member);
        set::add(set, member);
        member.release();
    }
    set
}

extern "C" fn copy_set(this: Obj) -> Obj {
    fill(set::new(), collection::members(this))
}

extern "C" fn copy_ordered_set(this: Obj) -> Obj {
    fill(set::new_ordered(), collection::members(this))
}

extern "C" fn copy_dictionary(this: Obj) -> Obj {
    let copy = dictionary::new();
    for (key, value) in dictionary::entries(this) {
        let value = copied(value);
        dictionary::set_symbol(copy, key, value);
        value.release();
    }
    copy
}

extern "C" fn init_array(this: Obj, objects: usize, count: u32) -> bool {
    for place in 0..count as usize {
        array::push(this, mem::read(objects + place * 8));
    }
    true
}

extern "C" fn init_array_from(this: Obj, other: Obj) -> bool {
    for member in collection::members(other) {
        array::push(this, member);
    }
    !other.is_null()
}

extern "C" fn init_set(this: Obj, objects: usize, count: u32) -> bool {
    for place in 0..count as usize {
        set::add(this, mem::read(objects + place * 8));
    }
    true
}

extern "C" fn init_set_from(this: Obj, other: Obj) -> bool {
    for member in collection::members(other) {
        set::add(this, member);
    }
    !other.is_null()
}

extern "C" fn init_dictionary(this: Obj, objects: usize, keys: usize, count: u32) -> bool {
    for place in 0..count as usize {
        let (key, value): (Obj, Obj) = (mem::read(keys + place * 8), mem::read(objects + place * 8));
        dictionary::set(this, &string::text(key), value);
    }
    true
}

/// The members' capacity grows by what is needed.
extern "C" fn increment(_this: Obj) -> u32 {
    1
}

extern "C" fn set_increment(_this: Obj, increment: u32) -> u32 {
    increment
}

functions! { pub FUNCTIONS:
    "__ZNK7OSArray9isEqualToEPK15OSMetaClassBase" => arrays_equal,
    "__ZNK7OSArray9isEqualToEPKS_" => arrays_equal,
    "__ZN7OSArray14copyCollectionEP12OSDictionary" => copy_array,
    "__ZN7OSArray15initWithObjectsEPPK8OSObjectjj" => init_array,
    "__ZN7OSArray13initWithArrayEPKS_j" => init_array_from,
    "__ZNK7OSArray20getCapacityIncrementEv" => increment,
    "__ZN7OSArray20setCapacityIncrementEj" => set_increment,
    "__ZNK5OSSet9isEqualToEPK15OSMetaClassBase" => sets_equal,
    "__ZNK5OSSet9isEqualToEPKS_" => sets_equal,
    "__ZN5OSSet14copyCollectionEP12OSDictionary" => copy_set,
    "__ZN5OSSet15initWithObjectsEPPK8OSObjectjj" => init_set,
    "__ZN5OSSet13initWithArrayEPK7OSArrayj" => init_set_from,
    "__ZN5OSSet11initWithSetEPKS_j" => init_set_from,
    "__ZNK5OSSet20getCapacityIncrementEv" => increment,
    "__ZN5OSSet20setCapacityIncrementEj" => set_increment,
    "__ZNK12OSOrderedSet9isEqualToEPK15OSMetaClassBase" => ordered_sets_equal,
    "__ZNK12OSOrderedSet9isEqualToEPKS_" => ordered_sets_equal,
    "__ZN12OSOrderedSet14copyCollectionEP12OSDictionary" => copy_ordered_set,
    "__ZNK12OSOrderedSet20getCapacityIncrementEv" => increment,
    "__ZN12OSOrderedSet20setCapacityIncrementEj" => set_increment,
    "__ZNK12OSDictionary9isEqualToEPK15OSMetaClassBase" => dictionaries_equal,
    "__ZNK12OSDictionary9isEqualToEPKS_" => dictionaries_equal,
    "__ZNK12OSDictionary9isEqualToEPKS_PK12OSCollection" => equal_under,
    "__ZN12OSDictionary14copyCollectionEPS_" => copy_dictionary,
    "__ZN12OSDictionary15initWithObjectsEPPK8OSObjectPPK8OSSymboljj" => init_dictionary,
    "__ZN12OSDictionary15initWithObjectsEPPK8OSObjectPPK8OSStringjj" => init_dictionary,
    "__ZNK12OSDictionary20getCapacityIncrementEv" => increment,
    "__ZN12OSDictionary20setCapacityIncrementEj" => set_increment,
}
