//! What builds code for Macs without an SDK: cross-compilation to a static library, and stubs of the system's
//! libraries, and files of several processors' parts.
#![forbid(unsafe_code)]

pub mod compile;
pub mod library;
pub mod slice;
pub mod universal;
