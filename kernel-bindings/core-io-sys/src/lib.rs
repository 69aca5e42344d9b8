//! Raw bindings to the kernel's C interfaces: the names, types and values of the headers in `kernel-bindings/include`.
//!
//! `src/bindings.rs` is generated and committed, so that building a kext needs no libclang; the crate `header-check`
//! makes it and proves it current. Everything declared here is exported to kexts by every release from 10.6 to 11.
#![no_std]

#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::pedantic,
    reason = "the names are the kernel's, the text is bindgen's"
)]
#[rustfmt::skip]
mod bindings;

#[allow(non_snake_case, reason = "the names are the kernel's")]
pub mod libkern;

pub use bindings::*;
