//! What compilers and linkers refer to.

use super::symbols;
use crate::world;

/// The value that functions put before their return addresses.
static STACK_GUARD: u64 = 0x5a17_c0de_0dd5_ee00;
/// Classes of blocks; only their addresses matter.
static STACK_BLOCK: [u64; 32] = [0; 32];
static GLOBAL_BLOCK: [u64; 32] = [0; 32];

extern "C" fn stack_check_failed() -> ! {
    world::stop(format!("the driver wrote beyond a variable on its stack, in {}", world::called()))
}

/// Older systems bind calls through it when they are made first; here all are bound from the beginning.
extern "C" fn stub_binder() -> ! {
    world::stop("the driver called dyld_stub_binder although all its calls are bound".to_owned())
}

/// Destructors run when a program ends; a driver's host just goes.
extern "C" fn at_exit(_function: usize, _argument: usize, _image: usize) -> i32 {
    0
}

symbols! {
    "___stack_chk_guard" => &raw const STACK_GUARD,
    "___stack_chk_fail" => stack_check_failed,
    "__NSConcreteStackBlock" => &raw const STACK_BLOCK,
    "__NSConcreteGlobalBlock" => &raw const GLOBAL_BLOCK,
    "dyld_stub_binder" => stub_binder,
    "___cxa_atexit" => at_exit,
    // What descriptors of thread-local variables begin with; the loader puts its own function there.
    "__tlv_bootstrap" => stub_binder,
}
