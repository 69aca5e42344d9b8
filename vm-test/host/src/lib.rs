//! What user space does on a Mac, inside a machine: kextd's part (load, match, unload) and the HAL's part (user clients,
//! IO cycles).
//!
//! ```text
//!  job ──► session: boot kernel, load kext, start, match ──► hal: open engine, set rate, register buffers, start
//!                                                             │  io: a real-time thread that cycles
//!          session: unload, count what is left ◄──────────────┘  stop, unregister, close
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod census;
mod hal;
mod io;
mod session;

use alloc::string::ToString;

use kpi::platform::Platform;
use protocol::event::Event;
use protocol::job::Job;
use protocol::share::{self, Kind};

/// The memory that the runner shares with the machine.
pub struct Shared {
    /// All of it; the output region is not to be read here.
    pub bytes: &'static [u8],
    /// The output region; empty when the job has none.
    pub output: &'static mut [u8],
}

/// Runs the job in the shared memory and ends the machine. The caller is on a stack of 256 KiB or more.
pub fn run(platform: &'static dyn Platform, shared: Shared) -> ! {
    kpi::fault::boot(platform);
    kpi::fault::emit(&Event::Booted { machine: platform.name().to_string() });
    let held = session::run(platform, shared).unwrap_or_else(|text| {
        kpi::fault::emit(&Event::Finding { text });
        false
    });
    kpi::fault::emit(&Event::End { held });
    platform.exit(if held { 0 } else { kpi::fault::EXIT_FAILED })
}

/// Bytes of a region.
fn region(bytes: &'static [u8], kind: Kind) -> Option<&'static [u8]> {
    let region = share::find(bytes, kind)?;
    bytes.get(region.offset as usize..)?.get(..region.length as usize)
}

/// The job.
fn job(bytes: &'static [u8]) -> Option<Job> {
    Job::from_bytes(region(bytes, Kind::Job)?).ok()
}
