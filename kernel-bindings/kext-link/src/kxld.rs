//! kxld, the linker in the kernels of Mac OS X 10.6 to macOS 10.15, step by step in its order.

mod check;
mod image;
mod load;
mod patch;
mod place;
mod relocate;
mod resolve;
mod symbols;
mod tables;
pub(crate) mod words;

use alloc::vec::Vec;

pub(crate) use check::check;
pub use resolve::WEAK_FILLER;

use crate::kmod;
use crate::libraries::Libraries;
use crate::link::Linked;
use crate::output::{self, Counts, Table};
use crate::{Refusal, Rules};

/// Links a kext.
pub(crate) fn link(
    file: &[u8],
    rules: Rules,
    libraries: &Libraries<'_>,
    place: impl FnOnce(u64) -> u64,
) -> Result<Linked, Refusal> {
    let mut warnings = Vec::new();
    let mut object = load::load(file, rules)?;
    let base = place(object.size);
    place::place(&mut object, base, &mut warnings)?;
    resolve::duplicates(&object, libraries)?;
    resolve::commons(&object)?;
    let imports = resolve::imports(&mut object, libraries)?;
    let mut tables = tables::Tables::read(&object)?;
    let patched_slots = patch::patch(&mut object, &mut tables, libraries)?;
    resolve::unresolved(&object)?;
    relocate::relocate(&mut object, &tables, rules, libraries, &mut warnings)?;
    let kmod_info = kmod::write(&mut object, no_kmod_info)?;
    if let Some(fault) = place::section_faults(&object, rules).next() {
        return Err(fault);
    }
    let image = image::build(&object)?;
    let tables = tables.list.iter().filter(|table| table.patched);
    let tables = tables.map(|table| Table {
        name: table.name.clone(),
        imports: table.entries.iter().map(|entry| entry.symbol).collect(),
    });
    output::assemble(&object, image, kmod_info, tables.collect(), Counts { patched_slots, imports }, warnings)
}

/// Size of the image that [`link`] makes, in bytes.
pub(crate) fn image_size(file: &[u8], rules: Rules) -> Result<u64, Refusal> {
    load::load(file, rules).map(|object| object.size)
}

fn no_kmod_info() -> Refusal {
    Refusal::said(words::NO_KMOD_INFO, "Define _kmod_info, hidden or not, in a section that has contents in the file.")
}
