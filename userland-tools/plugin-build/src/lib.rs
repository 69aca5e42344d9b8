//! What builds code for Macs without an SDK: cross-compilation to a static library, and stubs of the system's libraries.
#![forbid(unsafe_code)]

pub mod compile;
pub mod library;
pub mod slice;
