//! Starts machines, prepares their jobs, judges what comes back, and reports.
#![forbid(unsafe_code)]

mod error;
pub mod wav;

pub use error::Error;
