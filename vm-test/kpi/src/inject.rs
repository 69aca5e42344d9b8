//! What scenarios make go wrong: allocations that fail, counted; calls that fail, by site ([`sites`]). Lateness and stalls of
//! timers are in [`crate::timer`], another timebase in [`crate::mach::clock`]. Nothing of it happens unless it is asked for.

pub mod sites;

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use crate::boundary::{ALLOCATIONS, HOOKED, Registers};
use crate::global::Global;
use crate::trace::between;
use crate::{images, symbols};

struct Plan {
    /// By symbol index: whether a call of the kext allocates.
    allocating: Vec<bool>,
    calls: u64,
    failing: Option<u64>,
}

static PLAN: Global<Option<Plan>> = Global::new(None);

/// Functions that give the kext memory or an object, by the start of their names.
const ALLOCATORS: [&str; 12] = [
    "_IOMalloc",
    "_IOLockAlloc",
    "_IORWLockAlloc",
    "_IORecursiveLockAlloc",
    "_IOSimpleLockAlloc",
    "_OSMalloc",
    "_kalloc",
    "_lck_grp_alloc",
    "_lck_mtx_alloc",
    "_lck_rw_alloc",
    "_lck_spin_alloc",
    "_thread_call_allocate",
];

/// Member functions that make an object or enlarge one; each answers NULL or false when it cannot.
const MAKERS: [&str; 10] = [
    "commandGate",
    "dictionaryWithProperties",
    "getClientIterator",
    "getProviderIterator",
    "setObject",
    "setProperty",
    "timerEventSource",
    "workLoop",
    "workLoopWithOptions",
    "initWithAudioEngine",
];

/// Counts the allocations that the kext asks for from here on; the `failing`-th, counted from 1, fails. A call counts once,
/// whatever the kernel allocates for it.
pub fn count_allocations(failing: Option<u64>) {
    let names = symbols::pack().symbols.iter();
    let allocating = names.map(|symbol| allocates(symbol.name)).collect();
    *PLAN.borrow() = Some(Plan { allocating, calls: 0, failing });
    HOOKED.fetch_or(ALLOCATIONS, Ordering::Relaxed);
}

/// Allocations that the kext has asked for since [`count_allocations`].
pub fn allocations() -> u64 {
    PLAN.borrow().as_ref().map_or(0, |plan| plan.calls)
}

/// No allocation is counted or fails any more.
pub fn stop_counting() {
    HOOKED.fetch_and(!ALLOCATIONS, Ordering::Relaxed);
}

/// Whether a call of a kext fails. Those of libraries do not: it is the kext which uses them that is tried.
pub(crate) fn fails(registers: &Registers) -> bool {
    let mut plan = PLAN.borrow();
    let allocates = |plan: &&mut Plan| plan.allocating.get(registers.symbol as usize) == Some(&true);
    let Some(plan) = plan.as_mut().filter(allocates).filter(|_| images::is_tried(caller(registers))) else {
        return false;
    };
    plan.calls += 1;
    plan.failing == Some(plan.calls)
}

/// Where in a kext a call comes from.
fn caller(registers: &Registers) -> usize {
    between::return_address(registers.kext_sp as usize)
}

fn allocates(name: &str) -> bool {
    if let Some((class, method)) = symbols::member(name) {
        return method.starts_with("with")
            || MAKERS.contains(&method)
            || (class.starts_with("IOAudio") && (method == "init" || method.starts_with("create")));
    }
    name == "__ZN8OSObjectnwEm" || ALLOCATORS.iter().any(|allocator| name.starts_with(allocator))
}
