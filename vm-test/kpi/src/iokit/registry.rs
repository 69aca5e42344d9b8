//! IORegistryEntry's place in the planes: parents, children, IDs. A link holds a reference to what it points to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::iokit::names;
use crate::iokit::properties;
use crate::libkern::{array, osobject};
use crate::object::{Direct, Method, Obj, Side};
use crate::symbols;

/// Entries get IDs above this one when they are first attached.
const FIRST_ID: u64 = 0x1_0000_00ff;

#[derive(Clone, Default)]
struct Links {
    parents: Vec<Obj>,
    children: Vec<Obj>,
}

#[derive(Default)]
struct Entry {
    id: u64,
    /// By plane.
    links: BTreeMap<Obj, Links>,
}

struct Registry {
    last_id: u64,
    root: Obj,
    /// Rises with every change of a link.
    generation: u32,
}

static ENTRIES: Side<Entry> = Side::new();
static REGISTRY: Global<Registry> = Global::new(Registry { last_id: FIRST_ID, root: Obj::NULL, generation: 0 });

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static COPY_TABLE: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry24dictionaryWithPropertiesEv");
static ATTACH_TO_PARENT: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry14attachToParentEPS_PK15IORegistryPlane");
static ATTACH_TO_CHILD: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry13attachToChildEPS_PK15IORegistryPlane");
static DETACH_FROM_PARENT: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry16detachFromParentEPS_PK15IORegistryPlane");
static DETACH_FROM_CHILD: Method =
    Method::new("IORegistryEntry", "__ZN15IORegistryEntry15detachFromChildEPS_PK15IORegistryPlane");

static WITH_COLLECTION: Direct = Direct::new("__ZN20OSCollectionIterator14withCollectionEPK12OSCollection");

/// Makes the root entry.
pub fn boot() {
    let root = class::instantiate("IORegistryEntry");
    INIT.call(root, &[0]);
    names::set(root, "Root");
    REGISTRY.borrow().root = root;
}

/// The registry's root entry.
pub extern "C" fn root() -> Obj {
    REGISTRY.borrow().root
}

/// The parents in a plane, first attached first, not retained.
pub fn parents(entry: Obj, plane: Obj) -> Vec<Obj> {
    links(entry, plane).parents
}

/// The children in a plane, first attached first, not retained.
pub fn children(entry: Obj, plane: Obj) -> Vec<Obj> {
    links(entry, plane).children
}

fn links(entry: Obj, plane: Obj) -> Links {
    ENTRIES.with(entry, |entry| entry.links.get(&plane).cloned()).flatten().unwrap_or_default()
}

/// Runs `f` on each entry; all are retained until the last one is done.
pub fn for_each(entries: Vec<Obj>, mut f: impl FnMut(Obj)) {
    for &entry in &entries {
        entry.retain();
    }
    for &entry in &entries {
        f(entry);
    }
    for entry in entries {
        entry.release();
    }
}

/// An entry's ID; 0 while it was never attached.
pub extern "C" fn id(this: Obj) -> u64 {
    ENTRIES.with(this, |entry| entry.id).unwrap_or(0)
}

/// A number that changes whenever the registry does.
pub extern "C" fn generation() -> u32 {
    REGISTRY.borrow().generation
}

fn give_id(entry: Obj) {
    let id = {
        let mut registry = REGISTRY.borrow();
        registry.last_id += 1;
        registry.last_id
    };
    let used = ENTRIES.with_default(entry, |entry| {
        let free = entry.id == 0;
        if free {
            entry.id = id;
        }
        free
    });
    if !used {
        REGISTRY.borrow().last_id -= 1;
    }
}

/// Adds to one of an entry's lists; the member is retained. False if it was there.
fn link(entry: Obj, plane: Obj, list: fn(&mut Links) -> &mut Vec<Obj>, member: Obj) -> bool {
    let added = ENTRIES.with_default(entry, |entry| {
        let list = list(entry.links.entry(plane).or_default());
        let new = !list.contains(&member);
        if new {
            list.push(member);
        }
        new
    });
    if added {
        member.retain();
        REGISTRY.borrow().generation += 1;
    }
    added
}

/// Takes out of one of an entry's lists; the member is released.
fn unlink(entry: Obj, plane: Obj, list: fn(&mut Links) -> &mut Vec<Obj>, member: Obj) {
    let removed = ENTRIES.with(entry, |entry| {
        let Some(links) = entry.links.get_mut(&plane) else { return false };
        let before = list(links).len();
        list(links).retain(|&other| other != member);
        let removed = list(links).len() < before;
        if links.parents.is_empty() && links.children.is_empty() {
            entry.links.remove(&plane);
        }
        removed
    });
    if removed == Some(true) {
        REGISTRY.borrow().generation += 1;
        member.release();
    }
}

fn of_parents(links: &mut Links) -> &mut Vec<Obj> {
    &mut links.parents
}

fn of_children(links: &mut Links) -> &mut Vec<Obj> {
    &mut links.children
}

/// `attachToParent`: links both ways; the parent's way through its own `attachToChild`.
pub extern "C" fn attach_to_parent(this: Obj, parent: Obj, plane: Obj) -> bool {
    if this == parent || parent.is_null() {
        return false;
    }
    give_id(this);
    link(this, plane, of_parents, parent);
    if children(parent, plane).contains(&this) {
        true
    } else {
        ATTACH_TO_CHILD.call_bool(parent, &[this.word(), plane.word()])
    }
}

extern "C" fn attach_to_child(this: Obj, child: Obj, plane: Obj) -> bool {
    if this == child || child.is_null() {
        return false;
    }
    link(this, plane, of_children, child);
    if parents(child, plane).contains(&this) {
        true
    } else {
        ATTACH_TO_PARENT.call_bool(child, &[this.word(), plane.word()])
    }
}

/// `detachFromParent`: undoes both links.
pub extern "C" fn detach_from_parent(this: Obj, parent: Obj, plane: Obj) {
    this.retain();
    parent.retain();
    unlink(this, plane, of_parents, parent);
    if children(parent, plane).contains(&this) {
        DETACH_FROM_CHILD.call(parent, &[this.word(), plane.word()]);
    }
    parent.release();
    this.release();
}

extern "C" fn detach_from_child(this: Obj, child: Obj, plane: Obj) {
    this.retain();
    child.retain();
    unlink(this, plane, of_children, child);
    if parents(child, plane).contains(&this) {
        DETACH_FROM_PARENT.call(child, &[this.word(), plane.word()]);
    }
    child.release();
    this.release();
}

extern "C" fn detach_above(this: Obj, plane: Obj) {
    this.retain();
    while let Some(&parent) = parents(this, plane).first() {
        DETACH_FROM_PARENT.call(this, &[parent.word(), plane.word()]);
    }
    this.release();
}

extern "C" fn detach_all(this: Obj, plane: Obj) {
    this.retain();
    let below = children(this, plane);
    detach_above(this, plane);
    for_each(below, |child| detach_all(child, plane));
    this.release();
}

extern "C" fn parent_entry(this: Obj, plane: Obj) -> Obj {
    parents(this, plane).first().copied().unwrap_or(Obj::NULL)
}

extern "C" fn copy_parent_entry(this: Obj, plane: Obj) -> Obj {
    parent_entry(this, plane).retain()
}

extern "C" fn child_entry(this: Obj, plane: Obj) -> Obj {
    children(this, plane).first().copied().unwrap_or(Obj::NULL)
}

extern "C" fn copy_child_entry(this: Obj, plane: Obj) -> Obj {
    child_entry(this, plane).retain()
}

/// `isParent`; with `only`, whether it is the only one.
pub extern "C" fn is_parent(this: Obj, parent: Obj, plane: Obj, only: bool) -> bool {
    let parents = parents(this, plane);
    parents.contains(&parent) && (!only || parents.len() == 1)
}

/// `isChild`; with `only`, whether it is the only one.
pub extern "C" fn is_child(this: Obj, child: Obj, plane: Obj, only: bool) -> bool {
    let children = children(this, plane);
    children.contains(&child) && (!only || children.len() == 1)
}

/// `inPlane`: whether the entry has a parent in the plane; without one, in any.
pub extern "C" fn in_plane(this: Obj, plane: Obj) -> bool {
    if plane.is_null() {
        ENTRIES.with(this, |entry| !entry.links.is_empty()).unwrap_or(false)
    } else {
        !parents(this, plane).is_empty()
    }
}

extern "C" fn depth(this: Obj, plane: Obj) -> u32 {
    let mut at = this;
    let mut depth = 0;
    while let Some(&parent) = parents(at, plane).first() {
        at = parent;
        depth += 1;
    }
    depth
}

/// An iterator over a list as it is now.
pub fn iterator(entries: Vec<Obj>) -> Obj {
    let list = array::new();
    for entry in entries {
        array::push(list, entry);
    }
    let iterator = WITH_COLLECTION.call_obj(&[list.word()]);
    list.release();
    iterator
}

/// `getParentIterator`.
pub extern "C" fn parent_iterator(this: Obj, plane: Obj) -> Obj {
    iterator(parents(this, plane))
}

/// `getChildIterator`.
pub extern "C" fn child_iterator(this: Obj, plane: Obj) -> Obj {
    iterator(children(this, plane))
}

/// `applyToParents`: calls `applier(parent, context)` for each.
pub extern "C" fn apply_to_parents(this: Obj, applier: usize, context: u64, plane: Obj) {
    for_each(parents(this, plane), |parent| {
        symbols::invoke(applier, &[parent.word(), context]);
    });
}

/// `applyToChildren`: calls `applier(child, context)` for each.
pub extern "C" fn apply_to_children(this: Obj, applier: usize, context: u64, plane: Obj) {
    for_each(children(this, plane), |child| {
        symbols::invoke(applier, &[child.word(), context]);
    });
}

/// `init` with another entry: takes its properties and its place in a plane.
pub extern "C" fn init_from(this: Obj, from: Obj, plane: Obj) -> bool {
    let table = COPY_TABLE.call_obj(from, &[]);
    let made = INIT.call_bool(this, &[table.word()]);
    table.release();
    if made && !plane.is_null() {
        for_each(parents(from, plane), |parent| {
            detach_from_parent(from, parent, plane);
            attach_to_parent(this, parent, plane);
        });
        for_each(children(from, plane), |child| {
            detach_from_child(from, child, plane);
            attach_to_child(this, child, plane);
        });
    }
    made
}

/// IORegistryEntry::free: what every entry's `free` ends with.
pub extern "C" fn free(this: Obj) {
    let linked = ENTRIES.remove(this).is_some_and(|entry| !entry.links.is_empty());
    if linked {
        crate::fault::kernel_panic(&alloc::format!(
            "a registry entry of class {} was freed while it was attached (released once too often)",
            this.class_name()
        ));
    }
    names::forget(this);
    properties::forget(this);
    osobject::free(this);
}

functions! { pub FUNCTIONS:
    "__ZN15IORegistryEntry15getRegistryRootEv" => root,
    "__ZN15IORegistryEntry18getRegistryEntryIDEv" => id,
    "__ZN15IORegistryEntry18getGenerationCountEv" => generation,
    "__ZN15IORegistryEntry4initEPS_PK15IORegistryPlane" => init_from,
    "__ZN15IORegistryEntry4freeEv" => free,
    "__ZN15IORegistryEntry14attachToParentEPS_PK15IORegistryPlane" => attach_to_parent,
    "__ZN15IORegistryEntry13attachToChildEPS_PK15IORegistryPlane" => attach_to_child,
    "__ZN15IORegistryEntry16detachFromParentEPS_PK15IORegistryPlane" => detach_from_parent,
    "__ZN15IORegistryEntry15detachFromChildEPS_PK15IORegistryPlane" => detach_from_child,
    "__ZN15IORegistryEntry11detachAboveEPK15IORegistryPlane" => detach_above,
    "__ZN15IORegistryEntry9detachAllEPK15IORegistryPlane" => detach_all,
    "__ZNK15IORegistryEntry14getParentEntryEPK15IORegistryPlane" => parent_entry,
    "__ZNK15IORegistryEntry15copyParentEntryEPK15IORegistryPlane" => copy_parent_entry,
    "__ZNK15IORegistryEntry13getChildEntryEPK15IORegistryPlane" => child_entry,
    "__ZNK15IORegistryEntry14copyChildEntryEPK15IORegistryPlane" => copy_child_entry,
    "__ZNK15IORegistryEntry8isParentEPS_PK15IORegistryPlaneb" => is_parent,
    "__ZNK15IORegistryEntry7isChildEPS_PK15IORegistryPlaneb" => is_child,
    "__ZNK15IORegistryEntry7inPlaneEPK15IORegistryPlane" => in_plane,
    "__ZNK15IORegistryEntry8getDepthEPK15IORegistryPlane" => depth,
    "__ZNK15IORegistryEntry17getParentIteratorEPK15IORegistryPlane" => parent_iterator,
    "__ZNK15IORegistryEntry16getChildIteratorEPK15IORegistryPlane" => child_iterator,
    "__ZNK15IORegistryEntry14applyToParentsEPFvPS_PvES1_PK15IORegistryPlane" => apply_to_parents,
    "__ZNK15IORegistryEntry15applyToChildrenEPFvPS_PvES1_PK15IORegistryPlane" => apply_to_children,
}
