//! What the kext executes on an IO thread's time, instruction by instruction, where the machine can step.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use protocol::cost::{Injected, Steps};

use crate::boundary::{self, Arguments, Control};
use crate::platform::Stepper;
use crate::{fault, images, symbols};

/// Whether IO threads are looked at.
static IS_ON: AtomicBool = AtomicBool::new(false);
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
    IS_ON.store(true, Ordering::Relaxed);
    true
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
    IS_ON.store(false, Ordering::Relaxed);
    stepper().map(Stepper::take).unwrap_or_default()
}

/// The functions of the kernel that `steps` says were called, by their names.
pub fn names(steps: &Steps) -> Vec<String> {
    let name = |target: u64| symbols::at_address(target as usize).unwrap_or("a function that has no name").to_string();
    steps.calls.iter().map(|call| name(call.target)).collect()
}

/// Does something that an IO thread does in a cycle.
pub fn io<R>(f: impl FnOnce() -> R) -> R {
    if !IS_ON.load(Ordering::Relaxed) {
        return f();
    }
    THREAD.store(boundary::current(), Ordering::Relaxed);
    let result = f();
    THREAD.store(core::ptr::null_mut(), Ordering::Relaxed);
    result
}

/// Calls a function of a kext.
pub(crate) fn call_kext(function: usize, arguments: &Arguments) -> u64 {
    let is_counted = IS_ON.load(Ordering::Relaxed) && is_ours();
    match is_counted.then(stepper).flatten() {
        Some(stepper) => {
            stepper.run(true);
            let result = boundary::call_kext(function, arguments);
            stepper.run(false);
            result
        }
        None => boundary::call_kext(function, arguments),
    }
}
