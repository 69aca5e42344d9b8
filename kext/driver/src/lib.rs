//! The static library that the shims call: engine and mover, given a kernel.
//!
//! Each `lf_` function is called by one method of a C++ class in `kext/shims` and is declared in `kext/shims/driver.h`. A C++
//! engine holds an opaque pointer to an [`Instance`] and passes it back as a reference. Where a call needs the C++ engine,
//! it is passed as [`Host`].
//!
//! | functions | thread |
//! |---|---|
//! | `lf_root_start`, `lf_root_request` | the one that matches the personality; any that may block |
//! | `lf_engine_create`, `lf_engine_set_up`, `lf_engine_destroy` | the one that makes or frees the engine |
//! | `lf_engine_start`, `lf_engine_stop`, `lf_engine_timer`, `lf_engine_change_format`, `lf_engine_set_control`, `lf_engine_current_frame` | any, with the work loop's gate held |
//! | `lf_engine_write`, `lf_engine_read`, `lf_engine_erase` | a client's IO thread or the family's timers, with the stream's IO lock held: no lock, no allocation, no blocking |
#![no_std]

mod host;
mod instance;
mod io;
mod lifecycle;
mod list;
mod module;
mod root;
mod set_up;
mod statistics;

pub use host::Host;
pub use instance::Instance;
pub use root::Root;

/// Logs a line with the driver's name in front.
macro_rules! say {
    ($($arg:tt)*) => { core_io::log!("Loopflower: {}", format_args!($($arg)*)) };
}
pub(crate) use say;

/// Logs a line that only who looks for a fault wants to see: with the boot argument `-loopflowerdbg`.
macro_rules! detail {
    ($($arg:tt)*) => { if $crate::module::logs_details() { $crate::say!($($arg)*) } };
}
pub(crate) use detail;
