//! The way in to the linkers.

use alloc::format;
use alloc::string::{String, ToString};

use crate::libraries::Libraries;
use crate::link::{Library, Linked};
use crate::rules::Linker;
use crate::{Refusal, Rules, collection, kxld};

/// Links a kext for an address by the rules of a release.
///
/// `file` is a thin Mach-O (for universal files see [`crate::fat::x86_64`]), `libraries` are the direct dependencies and
/// `base` is the page-aligned address that the image will be at. No byte of the file is trusted.
///
/// # Errors
/// The refusal of the release's linker, in its words.
pub fn link(
    file: &[u8],
    rules: &Rules,
    kext_identifier: &str,
    libraries: &[&dyn Library],
    base: u64,
) -> Result<Linked, Refusal> {
    link_where(file, rules, kext_identifier, libraries, |_| base)
}

/// As [`link`], for the address that `place` gives the image once its size in bytes is known.
///
/// # Errors
/// The refusal of the release's linker, in its words; `place` may have been asked by then.
pub fn link_where(
    file: &[u8],
    rules: &Rules,
    kext_identifier: &str,
    libraries: &[&dyn Library],
    place: impl FnOnce(u64) -> u64,
) -> Result<Linked, Refusal> {
    let libraries = Libraries::new(libraries);
    let linked = match rules.linker() {
        Linker::Kxld => kxld::link(file, *rules, &libraries, place),
        Linker::CollectionBuilder => collection::link(file, *rules, kext_identifier, &libraries, place),
    };
    linked.map_err(|refusal| refusal.from(origin(*rules, kext_identifier)))
}

/// Size in bytes of the image that [`link`] makes of a file, so that room can be found for it first.
///
/// # Errors
/// The refusal of the release's linker, if the size cannot be told.
pub fn image_size(file: &[u8], rules: &Rules, kext_identifier: &str) -> Result<u64, Refusal> {
    let size = match rules.linker() {
        Linker::Kxld => kxld::image_size(file, *rules),
        Linker::CollectionBuilder => collection::image_size(file, *rules, kext_identifier),
    };
    size.map_err(|refusal| refusal.from(origin(*rules, kext_identifier)))
}

fn origin(rules: Rules, kext_identifier: &str) -> String {
    match rules.linker() {
        Linker::Kxld => format!("kxld[{kext_identifier}]"),
        Linker::CollectionBuilder => kext_identifier.to_string(),
    }
}
