//! OSCollectionIterator: invalid once its collection changes.

use crate::class;
use crate::functions;
use crate::libkern::{collection, osobject};
use crate::object::{Obj, Side};

/// `OSCollectionIterator::collection`.
const COLLECTION: usize = 16;
/// `OSCollectionIterator::initialUpdateStamp`.
const STAMP: usize = 32;
/// `OSCollectionIterator::valid`.
const VALID: usize = 36;

static NEXT: Side<usize> = Side::new();

extern "C" fn with_collection(of: Obj) -> Obj {
    if of.is_null() {
        return Obj::NULL;
    }
    let iterator = class::instantiate("OSCollectionIterator");
    init_with_collection(iterator, of);
    iterator
}

extern "C" fn init_with_collection(this: Obj, of: Obj) -> bool {
    this.set(COLLECTION, of.retain());
    NEXT.insert(this, 0);
    reset(this);
    true
}

extern "C" fn reset(this: Obj) {
    this.set(STAMP, collection::stamp(this.get_obj(COLLECTION)));
    this.set(VALID, true);
    NEXT.insert(this, 0);
}

extern "C" fn is_valid(this: Obj) -> bool {
    this.get::<u32>(STAMP) == collection::stamp(this.get_obj(COLLECTION))
}

extern "C" fn next(this: Obj) -> Obj {
    if !is_valid(this) {
        return Obj::NULL;
    }
    let index = NEXT.with(this, |next| core::mem::replace(next, *next + 1)).unwrap_or(usize::MAX);
    collection::member(this.get_obj(COLLECTION), index)
}

extern "C" fn free(this: Obj) {
    NEXT.remove(this);
    this.get_obj(COLLECTION).release();
    osobject::free(this);
}

functions! { pub FUNCTIONS:
    "__ZN20OSCollectionIterator14withCollectionEPK12OSCollection" => with_collection,
    "__ZN20OSCollectionIterator18initWithCollectionEPK12OSCollection" => init_with_collection,
    "__ZN20OSCollectionIterator5resetEv" => reset,
    "__ZN20OSCollectionIterator7isValidEv" => is_valid,
    "__ZN20OSCollectionIterator13getNextObjectEv" => next,
    "__ZN20OSCollectionIterator4freeEv" => free,
}
