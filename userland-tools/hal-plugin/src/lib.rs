//! `Loopflower.driver`: the user-space twin of the kext, an AudioServerPlugIn on the same engine and mover.
//!
//! ```text
//! HAL                        driver                     engine, mover
//!   factory, Initialize ────► devices of Info.plist ───► an engine and a ring each, for good
//!   HasProperty … Set ──────► one table of properties ─► settings
//!   StartIO ────────────────► first one ───────────────► start: anchor, frames of its own
//!   GetZeroTimeStamp ───────► now ─────────────────────► the last begin of a lap, however long ago the last call
//!   DoIOOperation ──────────► frames as ring frames ───► plan, carried out between buffer and ring
//! ```
//!
//! Devices live as long as the process, so no call can come too late for them, and the IO path takes no lock and allocates
//! nothing: [`io`] is all of it.
#![no_std]
#![allow(non_upper_case_globals, reason = "C names in patterns")]
#![allow(clippy::cast_precision_loss, reason = "frames and values of controls, which floats hold exactly")]

extern crate alloc;

mod bundle;
mod cf;
mod change;
mod controls;
mod device;
mod driver;
mod host;
mod io;
mod objects;
mod plugin;
mod properties;
mod requests;
mod sink;
mod storage;
mod system;
mod writers;

pub use driver::Loopflower_Create;

/// Writes a line to the system's log.
macro_rules! say {
    ($($words:tt)*) => { $crate::system::log(&::alloc::format!($($words)*)) };
}
pub(crate) use say;
