//! What our tools do with audio devices, as a program sees them: one copy for the agent of old Macs, the command on newer ones,
//! and the bench.
//!
//! ```text
//!  loop, play, record, meters, settings ──► Device ──► Hal: properties by address, IO by procedures
//!                                                       ├ a Mac's HAL (the agent, the command)
//!                                                       └ whatever plays one
//! ```
//!
//! Procedures run on the HAL's IO thread: what is theirs to do here neither allocates nor waits. They name sound by absolute
//! frame, so that a cycle that a Mac leaves out is a gap and not a shift.
#![no_std]
#![forbid(unsafe_code)]
#![allow(non_upper_case_globals, reason = "C names in patterns")]
#![allow(clippy::cast_precision_loss, reason = "frames, rates and times that floats hold exactly")]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod choice;
mod description;
mod device;
mod error;
mod hal;
mod looping;
mod measured;
mod meter;
mod session;
mod tape;
#[cfg(test)]
mod test_hal;

pub use choice::{Listed, choose};
pub use description::{Channel, Description, Range, Side, Stream};
pub use device::{Device, Direction, Format};
pub use error::Error;
pub use hal::{Cycle, Flow, Hal, Input, MOST_STREAMS, Moment, Notice, Output, Part, Procedure, Ran, Status};
pub use looping::loop_through;
pub use measured::{dimensions, measure};
pub use meter::{Level, Meters};
pub use session::{Session, play, record};
pub use tape::{Player, Recorder};
