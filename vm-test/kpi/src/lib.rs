//! The Darwin kernel programming interface as kexts see it.
#![no_std]

extern crate alloc;

pub mod platform;
pub mod window;
