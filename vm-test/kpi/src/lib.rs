//! The Darwin kernel programming interface as kexts see it: libkern, IOKit, mach and bsd in Rust.
//!
//! [`boot`] makes, for the release in the pack, an address for every symbol, vtables and metaclasses for every class, and the
//! first thread. What stands behind the symbols is in the registry ([`registry::Part`]); what does not, stops the run with its
//! name. The order of the layers: `mem`, `global` → `symbols`, `boundary`, `sched` → `class`, `object` → the functions.
#![no_std]

extern crate alloc;

pub mod boundary;
pub mod checks;
pub mod class;
pub mod cost;
pub mod coverage;
pub mod debug;
pub mod fault;
pub mod global;
pub mod heap;
pub mod images;
pub mod inject;
pub mod iokit;
pub mod kext;
pub mod libkern;
pub mod mach;
pub mod mem;
pub mod object;
pub mod platform;
pub mod random;
pub mod realtime;
pub mod registry;
pub mod reserve;
pub mod sched;
pub mod symbols;
pub mod timer;
pub mod trace;
pub mod user;
pub mod window;

use alloc::boxed::Box;

use abi::pack::Pack;

use crate::platform::Platform;
use crate::registry::Part;

/// Starts the kernel: the caller becomes its first thread and must be on a stack of 256 KiB or more.
///
/// # Errors
/// The pack is not one of this build.
pub fn boot(
    platform: &'static dyn Platform,
    pack: &'static [u8],
    seed: u64,
    parts: &[Part],
) -> Result<(), &'static str> {
    fault::boot(platform);
    let pack: &'static Pack = Box::leak(Box::new(Pack::from_bytes(pack).map_err(|_| "the pack is not of this build")?));
    sched::boot(platform, seed);
    symbols::boot(platform, pack, parts);
    class::boot(platform);
    for part in parts {
        (part.boot)();
    }
    Ok(())
}
