//! Functions that the kernel calls before start and after stop.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::object::Object;
use crate::{Refusal, bytes};

/// The pointers in the sections of this name, the first of each segment, in order. Sections are found by name, not by type.
pub(crate) fn functions(
    object: &Object<'_>,
    image: &[u8],
    name: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<u64>, Refusal> {
    let mut functions = Vec::new();
    for segment in &object.segments {
        let mut sections = object.sections[segment.sections.clone()].iter().filter(|section| section.name == name);
        let Some(section) = sections.next() else { continue };
        if sections.next().is_some() {
            warnings.push(format!("Only the first {name} section of segment {} is run.", segment.name));
        }
        let at = section.link.wrapping_sub(object.base);
        let pointers = bytes::range(image, at, section.size / 8 * 8).ok_or_else(|| {
            Refusal::crash(format_args!("section {name} does not lie within the image"), "Rebuild the kext.")
        })?;
        for (index, pointer) in pointers.chunks_exact(8).enumerate() {
            match bytes::u64(pointer, 0) {
                Some(0) | None => warnings.push(format!("Entry {index} of {name} is null and is skipped.")),
                Some(address) => functions.push(address),
            }
        }
    }
    Ok(functions)
}
