//! The kernel collection builder, which links kexts in user space on macOS 11.
//!
//! It works in memory layout: segments are put at their places first, then fixups are applied, then vtables are patched in
//! place. Kexts are taken here without platform and without split-segment info, as Apple's own linker makes them; the checks
//! that it applies only to files with a platform do not apply.

mod chained;
mod check;
mod fixups;
mod linkedit;
mod load;
mod opcodes;
mod sites;
mod validate;
mod vtables;

use alloc::vec::Vec;

pub(crate) use check::check;

use crate::libraries::Libraries;
use crate::link::Linked;
use crate::output::{self, Counts};
use crate::{Refusal, Rules, kmod};

/// Links a kext.
pub(crate) fn link(
    file: &[u8],
    rules: Rules,
    identifier: &str,
    libraries: &Libraries<'_>,
    place: impl FnOnce(u64) -> u64,
) -> Result<Linked, Refusal> {
    let mut warnings = Vec::new();
    let layout = validate::file(file, identifier)?;
    let size = load::load(&layout, rules, 0)?.size;
    let mut object = load::load(&layout, rules, place(size))?;
    let mut binds = fixups::bind(&mut object, &layout, rules, identifier, libraries, &mut warnings)?;
    let patched = vtables::patch(&mut object, &mut binds, libraries)?;
    binds.missing(&object, identifier)?;
    let kmod_info = kmod::write(&mut object, no_kmod_info)?;
    let image = core::mem::take(&mut object.data);
    let counts = Counts { patched_slots: patched.slots, imports: binds.imports };
    output::assemble(&object, image, kmod_info, patched.tables, counts, warnings)
}

/// Size of the image that [`link`] makes, in bytes.
pub(crate) fn image_size(file: &[u8], rules: Rules, identifier: &str) -> Result<u64, Refusal> {
    let layout = validate::file(file, identifier)?;
    load::load(&layout, rules, 0).map(|object| object.size)
}

fn no_kmod_info() -> Refusal {
    Refusal::silent(
        "it has no _kmod_info among the symbols that LC_DYSYMTAB calls local or defined external, and without it the kernel \
         cannot start the kext",
        "Define _kmod_info, and order the symbols: local ones first, without N_EXT, then defined externals, then imports.",
    )
}
