//! Mach-O reading and the kernel linkers' rules: the one copy that the build's audit, the machines' loader and the audit
//! command use.
//!
//! [`macho`] reads files, [`fat`] picks slices, [`Rules`] says what a release's linker accepts, [`link()`] links a kext as
//! that linker does. Whatever the bytes: nothing here panics or reads out of bounds.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod bytes;
mod check;
mod collection;
pub mod dependencies;
pub mod fat;
mod index;
mod kext_library;
mod kmod;
mod kxld;
mod libraries;
pub mod link;
mod linker;
pub mod macho;
mod memory;
mod names;
mod object;
mod output;
mod pack_library;
mod refusal;
mod rules;
mod structors;
mod version;

pub use check::check;
pub use kext_library::{Indirect, KextLibrary};
pub use kxld::WEAK_FILLER;
pub use linker::{image_size, link, link_where};
pub use pack_library::PackLibrary;
pub use refusal::{Manner, Refusal};
pub use rules::{Linker, Rules};
pub use version::Version;
