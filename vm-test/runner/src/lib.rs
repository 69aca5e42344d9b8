//! Starts machines, prepares their jobs, judges what comes back, and reports.
#![deny(unsafe_code)]

pub mod bundle;
pub mod conduct;
pub mod debug;
pub mod demangle;
mod error;
pub mod fail;
pub mod file;
#[cfg(test)]
mod fixture;
pub mod human;
pub mod imports;
pub mod judge;
pub mod machine;
pub mod measure;
pub mod output;
mod picture;
pub mod plugin;
pub mod progress;
pub mod report;
pub mod run;
mod samples;
pub mod scripts;
pub mod share;
pub mod stand_in;
pub mod sweep;
pub mod symbolicate;
pub mod trace;
pub mod wav;

pub use error::Error;
