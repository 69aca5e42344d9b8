//! Builds a kext from Rust and C++: cross-compilation, link, conversion, audit, bundle.
//!
//! ```text
//!   driver (Rust) ── cargo, core rebuilt ──┐
//!   shims (C++) ──── clang++ ──────────────┼── ld64.lld ── postlink ── audit ── Name.kext
//!   kmod_info ────── clang++ ──────────────┘
//! ```
#![forbid(unsafe_code)]

pub mod audit;
mod build;
mod cxx_part;
mod error;
mod info_plist;
mod kext;
mod libraries;
mod library;
mod link;
pub mod postlink;
pub mod program;
pub mod property_list;
mod rust_part;
mod tools;
mod version;

pub use audit::{Finding, Releases, Rule, audit};
pub use build::{Built, build, executable};
pub use error::{At, Error, Printed, run};
pub use kext::{Driver, Entry, Kext, loopflower};
pub use link::EXPORTED;
pub use tools::Tools;
pub use version::{NoVersion, Version};
