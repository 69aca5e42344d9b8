//! Where nothing may wait or allocate: while a spin lock is held, in a primary interrupt, and while interrupts are disabled.

use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Rule, broken, mine};
use crate::boundary::Registers;
use crate::global::Global;
use crate::{realtime, symbols};

/// Spin locks that are held, interrupts that run, and threads that have interrupts disabled.
static NARROW: AtomicU32 = AtomicU32::new(0);

/// By symbol index, whether the function may wait or allocate; made when it is first needed.
static BLOCKING: Global<Vec<bool>> = Global::new(Vec::new());

/// C functions that may wait or allocate, by the start of their names.
const FUNCTIONS: [&str; 32] = [
    "_IOCreateThread",
    "_IOFree",
    "_IOLockAlloc",
    "_IOLockFree",
    "_IOLockLock",
    "_IOLockSleep",
    "_IOMalloc",
    "_IORWLockAlloc",
    "_IORWLockRead",
    "_IORWLockWrite",
    "_IORecursiveLockAlloc",
    "_IORecursiveLockLock",
    "_IORecursiveLockSleep",
    "_IOSleep",
    "_OSFree",
    "_OSMalloc",
    "__FREE",
    "__MALLOC",
    "_assert_wait",
    "_kalloc",
    "_kernel_thread_start",
    "_kfree",
    "_lck_mtx_alloc",
    "_lck_mtx_lock",
    "_lck_mtx_sleep",
    "_lck_rw_lock_exclusive",
    "_lck_rw_lock_shared",
    "_lck_rw_sleep",
    "_msleep",
    "_semaphore_wait",
    "_thread_block",
    "__ZN8OSObjectnwEm",
];

/// Member functions that close a gate, wait, or allocate.
const MEMBERS: [&str; 20] = [
    "attach",
    "closeGate",
    "commandSleep",
    "copyProperty",
    "detach",
    "getProperty",
    "messageClients",
    "registerService",
    "removeProperty",
    "runAction",
    "runCommand",
    "setObject",
    "setProperties",
    "setProperty",
    "sleepGate",
    "start",
    "stop",
    "terminate",
    "workLoop",
    "addEventSource",
];

/// A spin lock is held, or a primary interrupt begins.
fn narrow(change: impl FnOnce(&mut super::PerThread)) {
    if mine(change).is_some() && NARROW.fetch_add(1, Ordering::Relaxed) == 0 {
        realtime::watch(true);
    }
}

/// The end of one.
fn widen(change: impl FnOnce(&mut super::PerThread)) {
    if mine(change).is_some() && NARROW.fetch_sub(1, Ordering::Relaxed) == 1 {
        realtime::watch(false);
    }
}

/// The running thread has taken a spin lock.
pub(super) fn spin_taken() {
    narrow(|thread| thread.spins += 1);
}

/// It has released one.
pub(super) fn spin_released() {
    widen(|thread| thread.spins -= 1);
}

/// Runs `f`, in which the kext is called as in a primary interrupt (filters, handlers of interrupts).
pub fn interrupt<R>(f: impl FnOnce() -> R) -> R {
    let enabled = set_interrupts_enabled(false);
    narrow(|thread| thread.interrupts += 1);
    let result = f();
    widen(|thread| thread.interrupts -= 1);
    set_interrupts_enabled(enabled);
    result
}

/// Whether the running thread can be interrupted.
pub fn interrupts_enabled() -> bool {
    mine(|thread| !thread.interrupts_disabled).unwrap_or(true)
}

/// Has the running thread interrupted or not; whether it could be before.
pub fn set_interrupts_enabled(enable: bool) -> bool {
    let before = interrupts_enabled();
    match (before, enable) {
        (true, false) => narrow(|thread| thread.interrupts_disabled = true),
        (false, true) => widen(|thread| thread.interrupts_disabled = false),
        _ => {}
    }
    before
}

/// The rule that the running thread is under, and where it is.
fn rule() -> Option<(Rule, &'static str)> {
    mine(|thread| match thread {
        super::PerThread { interrupts: 1.., .. } => Some((Rule::Interrupt, "in a primary interrupt")),
        super::PerThread { spins: 1.., .. } => Some((Rule::SpinLock, "while a spin lock is held")),
        super::PerThread { interrupts_disabled: true, .. } => Some((Rule::Interrupt, "while interrupts are disabled")),
        _ => None,
    })
    .flatten()
}

/// A call of the kext while some thread is under a rule.
pub(crate) fn entered(registers: &Registers) {
    let Some((rule, place)) = rule() else { return };
    let blocks = {
        let mut blocking = BLOCKING.borrow();
        if blocking.is_empty() {
            *blocking = symbols::pack().symbols.iter().map(|symbol| may_block(symbol.name)).collect();
        }
        blocking.get(registers.symbol as usize) == Some(&true)
    };
    if blocks {
        let name = symbols::name(registers.symbol).unwrap_or_default();
        broken(rule, &format!("{name}, which may wait or allocate, is called {place}"));
    }
}

/// The running thread is about to wait.
pub(crate) fn waits(why: &str) {
    if NARROW.load(Ordering::Relaxed) > 0
        && let Some((rule, place)) = rule()
        && why != super::locks::SPINNING
    {
        broken(rule, &format!("a thread waits for {why} {place}"));
    }
}

fn may_block(name: &str) -> bool {
    match symbols::member(name) {
        Some((class, member)) => MEMBERS.contains(&member) || (class.starts_with("OS") && member.starts_with("with")),
        None => FUNCTIONS.iter().any(|function| name.starts_with(function)),
    }
}
