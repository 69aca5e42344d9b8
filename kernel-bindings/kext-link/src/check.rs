//! What can be said of a kext without the libraries that it links against.

use alloc::format;
use alloc::vec::Vec;

use crate::object::{Object, PAGE};
use crate::rules::Linker;
use crate::{Refusal, Rules, collection, kmod, kxld};

/// Sections that hold pointers to functions which the kernel calls, by the names that it looks for and their types.
const STRUCTORS: [(&str, u32); 2] = [("__mod_init_func", 9), ("__mod_term_func", 10)];

/// Everything about a file that the linker of a release would refuse whatever the libraries, and
/// ([`Manner::Trap`](crate::Manner::Trap)) what it would take and get wrong. A file that cannot be read any further gives the
/// one refusal that says why.
///
/// An empty list does not mean that the kext links: see [`link`](crate::link()).
pub fn check(file: &[u8], rules: &Rules) -> Vec<Refusal> {
    match rules.linker() {
        Linker::Kxld => kxld::check(file, *rules),
        Linker::CollectionBuilder => collection::check(file, *rules),
    }
}

/// What no linker looks at, but the kernel that runs the kext does.
pub(crate) fn at_run_time(object: &Object<'_>, faults: &mut Vec<Refusal>) {
    for segment in &object.segments {
        if !segment.base.is_multiple_of(PAGE) || !segment.size.is_multiple_of(PAGE) {
            faults.push(Refusal::trap(
                format_args!("segment {} at {:#x} is not whole pages", segment.name, segment.base),
                "Pages are protected whole: parts of pages stay writable and not executable.",
            ));
        }
    }
    for section in &object.sections {
        let segment = object.segment_at(section.base);
        if section.is_code() && segment.is_some_and(|segment| !segment.executable) {
            faults.push(Refusal::trap(
                format_args!(
                    "section {},{} has code in a segment that is not executable",
                    section.segment, section.name
                ),
                "Only __TEXT is.",
            ));
        }
        if let Some((name, _)) = STRUCTORS.iter().find(|(name, kind)| *kind == section.kind() && section.name != *name)
        {
            faults.push(Refusal::trap(
                format_args!("section {},{} is not run", section.segment, section.name),
                format!("The kernel looks for the name {name}, not for the type."),
            ));
        }
        if STRUCTORS.iter().any(|(name, _)| section.name == *name) {
            // A hostile size is bounded by what there is.
            for index in 0..section.size.min(object.data.len() as u64) / 8 {
                pointer(
                    object,
                    section.base.wrapping_add(index * 8),
                    &format!("entry {index} of {}", section.name),
                    faults,
                );
            }
        }
    }
    if let Some((start, stop)) = kmod::entry_point_places(object) {
        pointer(object, start, "kmod_info's start routine", faults);
        pointer(object, stop, "kmod_info's stop routine", faults);
    }
}

fn pointer(object: &Object<'_>, address: u64, what: &str, faults: &mut Vec<Refusal>) {
    if object.local_at(address).is_none() && object.external_at(address).is_none() {
        faults.push(Refusal::trap(
            format_args!("{what} at {address:#x} has no relocation and will not be slid"),
            "Pointers need local relocations.",
        ));
    }
}
