//! The processor, as a kext sees it: there is one, and a thread can keep interrupts away from itself.

use crate::checks::context;
use crate::functions;
use crate::mach::Boolean;

/// cpu_number: the number of the only one.
extern "C" fn number() -> i32 {
    0
}

extern "C" fn interrupts_enabled() -> Boolean {
    context::interrupts_enabled().into()
}

/// ml_set_interrupts_enabled: whether they were.
extern "C" fn set_interrupts_enabled(enable: Boolean) -> Boolean {
    context::set_interrupts_enabled(enable != 0).into()
}

functions! { pub FUNCTIONS:
    "_cpu_number" => number,
    "_ml_get_interrupts_enabled" => interrupts_enabled,
    "_ml_set_interrupts_enabled" => set_interrupts_enabled,
}
