//! Mach-O reading and the kernel linkers' rules.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod link;
