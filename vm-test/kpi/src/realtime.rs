//! Code of the kext that runs on an IO thread's time: it must not allocate, take a lock or wait.
//! Where else nothing may wait, [`crate::checks::context`] knows; it is asked from here.
//!
//! While a routine is marked, every call of the kext into the KPI is looked at; one to a function that is not known to be
//! harmless is a finding, once for each routine and function.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::boundary::{self, HOOKED, Registers, WATCH};
use crate::checks::{self, Rule, context};
use crate::global::Global;
use crate::symbols;

/// Reasons to look at calls: threads inside a marked routine, and [`context`].
static INSIDE: AtomicU32 = AtomicU32::new(0);

#[derive(Default)]
struct Watch {
    /// By symbol index; made when it is first needed.
    harmless: Vec<bool>,
    told: BTreeSet<(&'static str, u64)>,
}

static WATCH_STATE: Global<Option<Watch>> = Global::new(None);

/// C functions that only compute, copy or read a clock, by the start of their names.
const HARMLESS: [&str; 24] = [
    "_OSAddAtomic",
    "_OSBit",
    "_OSCompareAndSwap",
    "_OSDecrementAtomic",
    "_OSIncrementAtomic",
    "___bzero",
    "___stack_chk_fail",
    "_absolutetime_to_nanoseconds",
    "_bcmp",
    "_bcopy",
    "_bzero",
    "_clock_get_uptime",
    "_clock_interval_to",
    "_clock_timebase_info",
    "_mach_absolute_time",
    "_memcmp",
    "_memcpy",
    "_memmove",
    "_memset",
    "_nanoseconds_to_absolutetime",
    "_panic",
    "_strcmp",
    "_strlen",
    "_strncmp",
];

/// Runs `f`, in which the kext's `routine` is called, with the running thread marked.
pub fn inside<R>(routine: &'static str, f: impl FnOnce() -> R) -> R {
    let outer = mark(Some(routine));
    watch(true);
    let result = f();
    watch(false);
    mark(outer);
    result
}

/// Has the calls of kexts looked at for one more reason, or for one less.
pub(crate) fn watch(more: bool) {
    if more && INSIDE.fetch_add(1, Ordering::Relaxed) == 0 {
        HOOKED.fetch_or(WATCH, Ordering::Relaxed);
    } else if !more && INSIDE.fetch_sub(1, Ordering::Relaxed) == 1 {
        HOOKED.fetch_and(!WATCH, Ordering::Relaxed);
    }
}

/// What was told is told again.
pub(crate) fn forget() {
    if let Some(watch) = WATCH_STATE.borrow().as_mut() {
        watch.told.clear();
    }
}

fn mark(routine: Option<&'static str>) -> Option<&'static str> {
    let control = boundary::current();
    // SAFETY: the running thread's control lives as long as the thread, and only this thread writes it.
    unsafe { core::mem::replace(&mut (*control).routine, routine) }
}

/// A call of the kext while some thread is marked.
pub(crate) fn entered(registers: &Registers) {
    context::entered(registers);
    let control = boundary::current();
    // SAFETY: the running thread's control lives as long as the thread.
    let Some(routine) = (unsafe { (*control).routine }) else { return };
    let is_new = {
        let mut state = WATCH_STATE.borrow();
        let watch = state.get_or_insert_with(Watch::default);
        if watch.harmless.is_empty() {
            watch.harmless = symbols::pack().symbols.iter().map(|symbol| is_harmless(symbol.name)).collect();
        }
        watch.harmless.get(registers.symbol as usize) != Some(&true) && watch.told.insert((routine, registers.symbol))
    };
    if is_new {
        let name = symbols::name(registers.symbol).unwrap_or_default();
        checks::broken(Rule::IoPath, &format!("{routine} calls {name}, which may allocate, lock or wait"));
    }
}

fn is_harmless(name: &str) -> bool {
    match symbols::member(name) {
        Some((class, method)) => {
            (class.starts_with("IOAudio") && method.starts_with("get"))
                || matches!(method, "getMetaClass" | "safeMetaCast" | "metaCast" | "isInactive")
                || (class == "OSNumber" && method.starts_with("unsigned"))
        }
        None => HARMLESS.iter().any(|harmless| name.starts_with(harmless)),
    }
}
