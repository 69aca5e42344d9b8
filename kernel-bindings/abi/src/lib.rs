//! Facts about the Darwin kernel's interfaces, as data, and the tables made from them.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod pack;
