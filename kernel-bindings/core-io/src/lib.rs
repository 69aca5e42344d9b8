//! Safe no_std layer over the kernel's C interfaces, for kexts written in Rust: return codes, logging, time, wired
//! memory and boot arguments.
//!
//! Only what every release from 10.6 to 11 exports to kexts is used. All of it may be called from any thread that may
//! block; [`time::uptime`] and what takes no kernel call at all may be called from anywhere.
#![no_std]

pub mod boot;
pub mod log;
pub mod mem;
pub mod object;
#[cfg(feature = "panic-handler")]
mod panic;
pub mod ret;
pub mod time;

pub use mem::Wired;
pub use ret::{IOReturn, Result};

#[cfg(test)]
mod fake;
