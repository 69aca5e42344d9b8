//! OSObject: reference counts, creation and destruction.
//!
//! The count's low half counts references, the high half those that collections hold.

use crate::checks::{self, Rule, history};
use crate::class;
use crate::functions;
use crate::heap::{self, Allocator};
use crate::object::{Method, Obj, Usual};
use crate::symbols;

/// `OSObject::retainCount`.
const COUNT: usize = 8;
/// A reference that a collection holds counts in both halves.
pub(crate) const TAGGED: u32 = 0x1_0001;
/// The references of an object that is being freed: nothing changes them.
const FREEING: u32 = 0xffff;

static FREE: Method = Method::new("OSObject", "__ZN8OSObject4freeEv");
static GET_META_CLASS: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase12getMetaClassEv");
pub(crate) static TAGGED_RELEASE_WHEN: Usual<2> =
    Usual::new("OSMetaClassBase", "__ZNK15OSMetaClassBase13taggedReleaseEPKvi");
/// The deleting destructor has the same slot in every class.
static DELETE: Method = Method::new("OSMetaClassBase", "__ZN15OSMetaClassBaseD0Ev");

extern "C" fn operator_new(size: usize) -> usize {
    heap::allocate_for(Allocator::Object, size, 16)
}

extern "C" fn operator_delete(memory: usize, size: usize) {
    if memory != 0 {
        heap::free_for(Allocator::Object, memory, size);
    }
}

extern "C" fn init(_this: Obj) -> bool {
    true
}

/// OSObject::free: what every class's `free` ends with.
pub extern "C" fn free(this: Obj) {
    let id = class::of_own(this).or_else(|| class::by_metaclass(GET_META_CLASS.call_obj(this, &[])));
    if let Some(id) = id {
        class::instance_destructed(id);
    }
    heap::frees_object(this.0, this.get(0));
    DELETE.call(this, &[]);
}

fn references(count: u32) -> u32 {
    count & 0xffff
}

fn add(this: Obj, amount: u32) {
    let count: u32 = this.get(COUNT);
    match references(count) {
        0 => checks::dead(this),
        FREEING => return,
        _ => history::retained(this.0),
    }
    this.set(COUNT, count.wrapping_add(amount));
}

/// Adds references for the kernel, which is what [`Method`]s come to that OSObject's own functions implement; nothing is noted
/// of that. `false`, and nothing is done: this is no usual count, and the method's to see.
#[inline]
pub(crate) fn add_at_once(this: Obj, amount: u32) -> bool {
    let count: u32 = this.get(COUNT);
    let is_usual = !matches!(references(count), 0 | FREEING);
    if is_usual {
        this.set(COUNT, count.wrapping_add(amount));
    }
    is_usual
}

/// Drops references for the kernel, as [`add_at_once`] adds them. `false`, and nothing is done: the last ones go, or these are too
/// many.
#[inline]
pub(crate) fn drop_at_once(this: Obj, amount: u32) -> bool {
    let count: u32 = this.get(COUNT);
    let left = count.wrapping_sub(amount);
    let is_usual =
        references(count) != FREEING && references(count) > references(amount) && references(left) >= left >> 16;
    if is_usual {
        this.set(COUNT, left);
    }
    is_usual
}

/// Drops a collection's reference of an object whose functions for that are OSObject's own.
pub(crate) fn drop_for_collection(this: Obj) {
    if !drop_at_once(this, TAGGED) {
        let index = symbols::own_index(TAGGED_RELEASE_WHEN.address(this)).unwrap_or_default();
        symbols::run_as(index, || drop_references(this, TAGGED, 1));
    }
}

/// OSObject's retain.
pub(crate) const RETAIN: *const () = retain as *const ();
/// OSObject's release.
pub(crate) const RELEASE: *const () = release as *const ();
/// OSObject's taggedRetain.
pub(crate) const TAGGED_RETAIN: *const () = tagged_retain as *const ();
/// OSObject's taggedRelease, with a tag only and with a count too.
pub(crate) const TAGGED_RELEASES: [*const (); 2] = [tagged_release as *const (), tagged_release_when as *const ()];

/// Drops references; frees when `when` or fewer are left.
fn drop_references(this: Obj, amount: u32, when: u32) {
    let count: u32 = this.get(COUNT);
    let left = count.wrapping_sub(amount);
    match references(count) {
        0 => checks::dead(this),
        FREEING => return,
        _ => history::released(this.0),
    }
    // As in the kernel, what collections hold is counted in the upper half; nobody but they give that back.
    let held = left >> 16;
    if references(left) < held {
        checks::fatal(
            Rule::OverRelease,
            &alloc::format!(
                "an object of class {} was released more often than it was retained: collections hold it {held} times, of \
                 {} references{}",
                this.class_name(),
                references(count),
                history::of(this.0)
            ),
        );
    }
    if references(left) < when.max(1) {
        this.set(COUNT, FREEING);
        FREE.call(this, &[]);
    } else {
        this.set(COUNT, left);
    }
}

extern "C" fn retain(this: Obj) {
    add(this, 1);
}

extern "C" fn release(this: Obj) {
    drop_references(this, 1, 1);
}

extern "C" fn release_when(this: Obj, when: u32) {
    drop_references(this, 1, when);
}

extern "C" fn tagged_retain(this: Obj, tag: usize) {
    add(this, if tag == 0 { 1 } else { TAGGED });
}

/// taggedRelease with a tag only: the form with a count may be another class's.
extern "C" fn tagged_release(this: Obj, tag: usize) {
    TAGGED_RELEASE_WHEN.call(this, &[tag as u64, 1]);
}

extern "C" fn tagged_release_when(this: Obj, tag: usize, when: u32) {
    drop_references(this, if tag == 0 { 1 } else { TAGGED }, when);
}

extern "C" fn retain_count(this: Obj) -> u32 {
    references(this.get(COUNT))
}

extern "C" fn is_same(this: Obj, other: Obj) -> bool {
    this == other
}

functions! { pub FUNCTIONS:
    "__ZN8OSObjectnwEm" => operator_new,
    "__ZN8OSObjectdlEPvm" => operator_delete,
    "__ZN8OSObject4initEv" => init,
    "__ZN8OSObject4freeEv" => free,
    "__ZNK8OSObject6retainEv" => retain,
    "__ZNK8OSObject7releaseEv" => release,
    "__ZNK8OSObject7releaseEi" => release_when,
    "__ZNK8OSObject12taggedRetainEPKv" => tagged_retain,
    "__ZNK8OSObject13taggedReleaseEPKv" => tagged_release,
    "__ZNK8OSObject13taggedReleaseEPKvi" => tagged_release_when,
    "__ZNK8OSObject14getRetainCountEv" => retain_count,
    "__ZNK15OSMetaClassBase9isEqualToEPKS_" => is_same,
}
