//! What the kernel calls when it has loaded the kext and before it unloads it. The drivers themselves are started and
//! stopped by matching and termination.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};

use core_io::boot;

use crate::say;

static DETAILS: AtomicBool = AtomicBool::new(false);

/// Whether the boot argument `-loopflowerdbg` was given.
pub(crate) fn logs_details() -> bool {
    DETAILS.load(Ordering::Relaxed)
}

/// After the kext's constructors. Loading succeeds.
#[unsafe(no_mangle)]
pub extern "C" fn loopflower_start(_info: *mut c_void, _data: *mut c_void) -> c_int {
    DETAILS.store(boot::number(c"-loopflowerdbg").is_some(), Ordering::Relaxed);
    say!("version {} loaded", env!("CARGO_PKG_VERSION"));
    0
}

/// Before the kext's destructors. Unloading succeeds: the kernel asks only when no object of the kext is left.
#[unsafe(no_mangle)]
pub extern "C" fn loopflower_stop(_info: *mut c_void, _data: *mut c_void) -> c_int {
    say!("unloaded");
    0
}
