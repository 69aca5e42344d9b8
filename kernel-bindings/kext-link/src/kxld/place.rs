//! Where kxld puts things: one slide for all, sections moved to their alignment.

use alloc::string::String;
use alloc::vec::Vec;

use super::words::MALFORMED;
use crate::object::{Object, PAGE, Place};
use crate::{Refusal, Rules};

/// Gives segments, sections and symbols their addresses. Sections that move against their segment are noted.
pub(crate) fn place(object: &mut Object<'_>, base: u64, warnings: &mut Vec<String>) -> Result<(), Refusal> {
    if !base.is_multiple_of(PAGE) {
        return Err(Refusal::said(
            format_args!("Load address {base:#x} is not page-aligned."),
            "Load addresses are multiples of 4096.",
        ));
    }
    object.base = base;
    for segment in &mut object.segments {
        segment.link = segment.base.wrapping_add(base);
    }
    for section in &mut object.sections {
        let at = section.base.wrapping_add(base);
        section.link = align(at, section.align);
        if section.link != at {
            warnings.push(alloc::format!("{}.", moved(section)));
        }
    }
    for symbol in &mut object.symbols {
        let Place::Section(index) = symbol.place else { continue };
        let section = object.sections.get(index).ok_or_else(|| {
            Refusal::silent(
                format_args!("symbol {} is in section {} of {}", symbol.name, index + 1, object.sections.len()),
                "n_sect is the 1-based number of a section of this file.",
            )
        })?;
        symbol.link = symbol.base.wrapping_add(section.slide());
    }
    Ok(())
}

/// What is to be said of a section that stands at an address which is not a multiple of its alignment.
pub(crate) fn moved(section: &crate::object::Section) -> String {
    alloc::format!(
        "section {},{} at {:#x} wants an alignment of 2^{}, so kxld moves it, and references that were fixed at the build \
         miss it",
        section.segment,
        section.name,
        section.base,
        section.align
    )
}

/// The next multiple of a power of two.
pub(crate) fn align(address: u64, exponent: u32) -> u64 {
    let mask = u64::from(1_u32.wrapping_shl(exponent).wrapping_sub(1));
    address.wrapping_add(mask) & !mask
}

/// Finds fault with where sections with contents would go in the image.
pub(crate) fn section_faults(object: &Object<'_>, rules: Rules) -> impl Iterator<Item = Refusal> {
    object.sections.iter().filter(|section| section.offset != 0).filter_map(move |section| {
        let name = || alloc::format!("{},{}", section.segment, section.name);
        let offset = section.link.wrapping_sub(object.base);
        if align(offset, section.align) != offset {
            return Some(Refusal::said(
                format_args!("{MALFORMED}Alignment error: {} != {offset} for {}", align(offset, section.align), name()),
                "No section may want a larger alignment than a page.",
            ));
        }
        if offset.checked_add(section.size).is_none_or(|end| end > object.size) {
            return Some(Refusal::silent(
                format_args!(
                    "section {} would end at {:#x} of an image of {:#x} bytes, the sum of its segments' sizes",
                    name(),
                    offset.wrapping_add(section.size),
                    object.size
                ),
                "Segments follow each other without gaps from address 0 on and hold their sections.",
            ));
        }
        if !rules.accepts_section_type(section.kind()) {
            return Some(Refusal::said(
                format_args!("{MALFORMED}Invalid section type: {}.", section.kind()),
                format_args!(
                    "Section {} has contents and a type that kxld for {} does not copy. Thread-local variables, lazy \
                     pointers, initialiser offsets and, for 10.6 and 10.7, stubs cannot be in a kext.",
                    name(),
                    rules.release()
                ),
            ));
        }
        None
    })
}
