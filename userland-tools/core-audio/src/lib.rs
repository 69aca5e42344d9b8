//! The HAL of the Mac that this runs on, through CoreAudio, behind the trait of the crate `sound`; elsewhere there is nothing in
//! here. Not yet run on a Mac.
//!
//! ```text
//!  sound ──► CoreAudio: Hal ──► AudioObject…Property…      properties, and listeners that note what changes
//!                          └──► AudioDevice…IOProc…        io: a procedure behind a lock that the IO thread never waits for
//! ```
#![cfg(target_os = "macos")]

mod hal;
mod io;

pub use hal::CoreAudio;
