//! Files that the command reads and writes, on Linux and on a Mac.
#![forbid(unsafe_code)]

mod error;
pub mod file;
pub mod output;
pub mod samples;
pub mod wav;

pub use error::Error;
