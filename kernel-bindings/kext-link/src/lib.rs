//! Mach-O reading and the kernel linkers' rules: the one copy that the build's audit, the machines' loader and the audit
//! command use.
//!
//! [`macho`] reads files, [`fat`] picks slices, [`Rules`] says what a release's linker accepts, [`link()`] links a kext as
//! that linker does. Whatever the bytes: nothing here panics or reads out of bounds.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod bytes;
pub mod fat;
mod image;
mod index;
mod kmod;
pub mod link;
mod linker;
mod load;
pub mod macho;
mod names;
mod object;
mod patch;
mod place;
mod refusal;
mod relocate;
mod resolve;
mod rules;
mod structors;
mod symbols;
mod tables;
mod words;

pub use linker::link;
pub use refusal::{Manner, Refusal};
pub use resolve::WEAK_FILLER;
pub use rules::{Linker, Rules};
