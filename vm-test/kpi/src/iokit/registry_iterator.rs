//! IORegistryIterator: walks a plane, one level at a time or all below an entry. It becomes invalid when the registry changes.

use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::iokit::registry;
use crate::libkern::{osobject, set};
use crate::object::{Method, Obj, Side};

/// `kIORegistryIterateRecursively` and `kIORegistryIterateParents`.
const RECURSIVELY: u32 = 1;
const PARENTS: u32 = 2;

/// A level of the walk: the entry it is below, and what is still to come.
struct Level {
    plane: Obj,
    /// The entry that was handed out last; NULL before the first.
    current: Obj,
    rest: Vec<Obj>,
}

struct Walk {
    root: Obj,
    plane: Obj,
    options: u32,
    generation: u32,
    levels: Vec<Level>,
    /// Entries that were handed out: one with two parents is met twice.
    done: Vec<Obj>,
    /// All that the walk holds references to.
    held: Vec<Obj>,
}

static WALKS: Side<Walk> = Side::new();

static ENTER: Method = Method::new("IORegistryIterator", "__ZN18IORegistryIterator10enterEntryEv");
static EXIT: Method = Method::new("IORegistryIterator", "__ZN18IORegistryIterator9exitEntryEv");

/// The entries below (or above) an entry, each retained.
fn next_to(entry: Obj, plane: Obj, options: u32) -> Vec<Obj> {
    let found = if options & PARENTS != 0 { registry::parents(entry, plane) } else { registry::children(entry, plane) };
    for found in &found {
        found.retain();
    }
    found
}

extern "C" fn over(root: Obj, plane: Obj, options: u32) -> Obj {
    if root.is_null() || plane.is_null() {
        return Obj::NULL;
    }
    let this = class::instantiate("IORegistryIterator");
    root.retain();
    let (levels, done, held) = (Vec::new(), Vec::new(), Vec::new());
    WALKS.insert(this, Walk { root, plane, options, generation: 0, levels, done, held });
    reset(this);
    this
}

extern "C" fn over_all(plane: Obj, options: u32) -> Obj {
    over(registry::root(), plane, options)
}

extern "C" fn free(this: Obj) {
    if let Some(walk) = WALKS.remove(this) {
        walk.held.into_iter().for_each(Obj::release);
        walk.root.release();
    }
    osobject::free(this);
}

extern "C" fn reset(this: Obj) {
    let old = WALKS.with(this, |walk| {
        walk.levels.clear();
        walk.done.clear();
        (core::mem::take(&mut walk.held), walk.root, walk.plane)
    });
    let Some((held, root, plane)) = old else { return };
    held.into_iter().for_each(Obj::release);
    push_level(this, root, plane);
    WALKS.with(this, |walk| walk.generation = registry::generation());
}

fn push_level(this: Obj, entry: Obj, plane: Obj) {
    let options = WALKS.with(this, |walk| walk.options).unwrap_or(0);
    let rest = next_to(entry, plane, options);
    WALKS.with(this, |walk| {
        walk.held.extend_from_slice(&rest);
        walk.levels.push(Level { plane, current: Obj::NULL, rest });
    });
}

extern "C" fn is_valid(this: Obj) -> bool {
    WALKS.with(this, |walk| walk.generation) == Some(registry::generation())
}

/// The next entry of the level.
extern "C" fn next_flat(this: Obj) -> Obj {
    if !is_valid(this) {
        return Obj::NULL;
    }
    let next = WALKS.with(this, |walk| {
        let level = walk.levels.last_mut()?;
        level.current = if level.rest.is_empty() { Obj::NULL } else { level.rest.remove(0) };
        level.current.some()
    });
    next.flatten().unwrap_or(Obj::NULL)
}

/// Down into the entry handed out last, then on; up again where a level ends. Each entry comes once.
extern "C" fn next_recursive(this: Obj) -> Obj {
    let current = current(this);
    if !current.is_null() {
        ENTER.call(this, &[]);
    }
    loop {
        let next = next_flat(this);
        if next.is_null() {
            if !is_valid(this) || !EXIT.call_bool(this, &[]) {
                return Obj::NULL;
            }
            continue;
        }
        let is_new = WALKS.with(this, |walk| {
            let is_new = !walk.done.contains(&next);
            if is_new {
                walk.done.push(next);
            }
            is_new
        });
        if is_new == Some(true) {
            return next;
        }
    }
}

extern "C" fn next(this: Obj) -> Obj {
    let options = WALKS.with(this, |walk| walk.options).unwrap_or(0);
    if options & RECURSIVELY != 0 { next_recursive(this) } else { next_flat(this) }
}

extern "C" fn current(this: Obj) -> Obj {
    let entry = WALKS.with(this, |walk| walk.levels.last().map(|level| level.current)).flatten();
    entry.filter(|_| is_valid(this)).unwrap_or(Obj::NULL)
}

extern "C" fn enter(this: Obj) {
    let plane = WALKS.with(this, |walk| walk.levels.last().map(|level| level.plane)).flatten();
    enter_in(this, plane.unwrap_or(Obj::NULL));
}

extern "C" fn enter_in(this: Obj, plane: Obj) {
    let entry = WALKS.with(this, |walk| walk.levels.last().map(|level| level.current)).flatten();
    if let Some(entry) = entry.and_then(Obj::some) {
        push_level(this, entry, plane);
    }
}

/// exitEntry: back to the level above; false at the top.
extern "C" fn exit(this: Obj) -> bool {
    let left = WALKS.with(this, |walk| {
        let inside = walk.levels.len() > 1;
        if inside {
            walk.levels.pop();
        }
        inside
    });
    left == Some(true)
}

/// iterateAll: a set of all entries, each once; NULL when there are none.
extern "C" fn all(this: Obj) -> Obj {
    reset(this);
    let found = set::new_ordered();
    loop {
        let entry = next_recursive(this);
        if entry.is_null() {
            break;
        }
        set::add(found, entry);
    }
    found
}

functions! { pub FUNCTIONS:
    "__ZN18IORegistryIterator11iterateOverEP15IORegistryEntryPK15IORegistryPlanej" => over,
    "__ZN18IORegistryIterator11iterateOverEPK15IORegistryPlanej" => over_all,
    "__ZN18IORegistryIterator4freeEv" => free,
    "__ZN18IORegistryIterator5resetEv" => reset,
    "__ZN18IORegistryIterator7isValidEv" => is_valid,
    "__ZN18IORegistryIterator13getNextObjectEv" => next,
    "__ZN18IORegistryIterator17getNextObjectFlatEv" => next_flat,
    "__ZN18IORegistryIterator22getNextObjectRecursiveEv" => next_recursive,
    "__ZN18IORegistryIterator15getCurrentEntryEv" => current,
    "__ZN18IORegistryIterator10enterEntryEv" => enter,
    "__ZN18IORegistryIterator10enterEntryEPK15IORegistryPlane" => enter_in,
    "__ZN18IORegistryIterator9exitEntryEv" => exit,
    "__ZN18IORegistryIterator10iterateAllEv" => all,
}
