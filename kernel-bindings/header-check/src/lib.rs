//! Makes the headers in `kernel-bindings/include` and core-io-sys's bindings from the ABI facts, and proves them.
//!
//! - [`generate`] prints the headers: [`spec`] says which header holds what, [`facts`] what is known of it.
//! - [`check`] compiles the headers and compares what the compiler makes of them with every claimed release: sizes, offsets,
//!   values, and each vtable slot's name as it stands in the object file.
//! - `bindings` (feature `bindgen`) makes core-io-sys's `bindings.rs`.
//!
//! `cargo run -p header-check -- generate` writes all of it, `cargo run -p header-check -- check` prints what was compared.
#![forbid(unsafe_code)]

#[cfg(feature = "bindgen")]
pub mod bindings;
pub mod check;
mod clang;
mod emit;
mod error;
pub mod facts;
pub mod generate;
mod probe;
pub mod readback;
pub mod spec;
mod types;

pub use clang::Clang;
pub use error::Error;

use std::path::PathBuf;

/// The folder of the headers in this checkout.
pub fn include_dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../include"))
}
