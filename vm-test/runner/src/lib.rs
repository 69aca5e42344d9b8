//! Starts machines, prepares their jobs, judges what comes back, and reports.
#![deny(unsafe_code)]

pub mod bundle;
pub mod conduct;
pub mod debug;
pub mod demangle;
pub mod ear;
pub mod fail;
#[cfg(test)]
mod fixture;
pub mod human;
pub mod imports;
pub mod judge;
pub mod machine;
pub mod measure;
mod picture;
pub mod plugin;
pub mod progress;
pub mod report;
pub mod run;
pub mod scripts;
pub mod share;
pub mod stand_in;
pub mod sweep;
pub mod symbolicate;
pub mod trace;

use files::samples;
pub use files::{Error, file, output, wav};
