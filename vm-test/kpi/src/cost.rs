//! What the kext executes on an IO thread's time, instruction by instruction, where the machine can step; and how long IO calls
//! take, where it has a clock.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use protocol::cost::{Injected, Steps};
use protocol::event::Timed;

use crate::boundary::{self, Arguments, Control};
use crate::global::Global;
use crate::platform::Stepper;
use crate::{fault, images, symbols};

/// What of IO threads is looked at.
static LOOK: AtomicU8 = AtomicU8::new(NOTHING);
const NOTHING: u8 = 0;
/// What they execute.
const STEPS: u8 = 1;
/// How long they take.
const TIME: u8 = 2;

/// Times of the calls of [`io`] in ns: all of it, and what was the kext's.
static TIMES: Global<Vec<[u64; 2]>> = Global::new(Vec::new());
/// What is the kext's of the call that runs.
static OF_KEXT: Global<u64> = Global::new(0);

/// The thread whose calls into kexts are stepped.
static THREAD: AtomicPtr<Control> = AtomicPtr::new(core::ptr::null_mut());

fn stepper() -> Option<&'static dyn Stepper> {
    fault::platform().stepper()
}

fn is_ours() -> bool {
    boundary::current() == THREAD.load(Ordering::Relaxed)
}

/// Has what the kext that is tried executes inside of [`io`] be counted from now on; whether the machine can.
pub fn begin() -> bool {
    let (Some(stepper), Some(code)) = (stepper(), images::tried()) else { return false };
    stepper.prepare(code.start as u64..code.end as u64, is_ours);
    LOOK.store(STEPS, Ordering::Relaxed);
    true
}

/// Has the calls of [`io`] be timed from now on, if the machine has a clock.
pub fn begin_timing() {
    if fault::platform().clock().is_some() {
        LOOK.store(TIME, Ordering::Relaxed);
    }
}

/// What cycles of two calls each have taken since [`begin_timing`]; `None` without a clock or a cycle.
pub fn end_timing() -> Option<Timed> {
    LOOK.store(NOTHING, Ordering::Relaxed);
    let calls = core::mem::take(&mut *TIMES.borrow());
    let (cycles, _) = calls.as_chunks::<2>();
    let median = |of: fn([u64; 2]) -> u64| {
        let mut all: Vec<u64> = cycles.iter().map(|[one, other]| of(*one) + of(*other)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    };
    Some(Timed {
        calls: median(|[all, _]| all)?,
        driver: median(|[_, driver]| driver)?,
        above: median(|[all, driver]| all.saturating_sub(driver))?,
    })
}

fn timed<R>(f: impl FnOnce() -> R) -> (R, u64) {
    let clock = || fault::platform().clock().unwrap_or_default();
    let begin = clock();
    let result = f();
    (result, clock().saturating_sub(begin))
}

/// Has the kext make a mistake at its next instruction inside of [`io`]; whether the machine can.
pub fn inject(mistake: Injected) -> bool {
    if let Some(stepper) = stepper() {
        stepper.inject(mistake);
    }
    begin()
}

/// What was counted since [`begin`].
pub fn end() -> Steps {
    LOOK.store(NOTHING, Ordering::Relaxed);
    stepper().map(Stepper::take).unwrap_or_default()
}

/// The functions of the kernel that `steps` says were called, by their names.
pub fn names(steps: &Steps) -> Vec<String> {
    let name = |target: u64| symbols::at_address(target as usize).unwrap_or("a function that has no name").to_string();
    steps.calls.iter().map(|call| name(call.target)).collect()
}

/// Does something that an IO thread does in a cycle.
pub fn io<R>(f: impl FnOnce() -> R) -> R {
    let look = LOOK.load(Ordering::Relaxed);
    if look == NOTHING {
        return f();
    }
    THREAD.store(boundary::current(), Ordering::Relaxed);
    let result = if look == TIME {
        let (result, all) = timed(f);
        let of_kext = core::mem::take(&mut *OF_KEXT.borrow());
        TIMES.borrow().push([all, of_kext]);
        result
    } else {
        f()
    };
    THREAD.store(core::ptr::null_mut(), Ordering::Relaxed);
    result
}

/// Calls a function of a kext.
pub(crate) fn call_kext(function: usize, arguments: &Arguments) -> u64 {
    let look = LOOK.load(Ordering::Relaxed);
    if look == TIME && is_ours() {
        let (result, took) = timed(|| boundary::call_kext(function, arguments));
        *OF_KEXT.borrow() += took;
        return result;
    }
    match (look == STEPS && is_ours()).then(stepper).flatten() {
        Some(stepper) => {
            stepper.run(true);
            let result = boundary::call_kext(function, arguments);
            stepper.run(false);
            result
        }
        None => boundary::call_kext(function, arguments),
    }
}
