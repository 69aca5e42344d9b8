//! Facts about the Darwin kernel's interfaces, as data, and the tables made from them.
//!
//! [`pack`] is what a machine, the linker and the audit read. The rest needs the feature `tables` (on by default), which
//! embeds the files of `data/` and reads them where they lie: only the table that is asked for is parsed. What the files
//! hold and where it comes from is in this crate's `README.md`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod pack;
#[cfg(feature = "tables")]
mod release;
#[cfg(feature = "tables")]
mod span;
#[cfg(feature = "tables")]
pub mod tables;

#[cfg(feature = "tables")]
pub use release::{Release, UnknownRelease};
#[cfg(feature = "tables")]
pub use span::{Arch, BadSpan, Span, Target};
