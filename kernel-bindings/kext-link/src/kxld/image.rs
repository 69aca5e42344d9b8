//! The linked image: sections at their places, a new header, new contents of `__LINKEDIT`.

use alloc::vec::Vec;

use crate::macho::constants::{CPU_TYPE_X86_64, LC_SEGMENT_64, LC_SYMTAB, MH_KEXT_BUNDLE, MH_MAGIC_64, MH_NOUNDEFS};
use crate::macho::{HEADER_SIZE, NLIST_SIZE};
use crate::memory::{with_room, zeroed};
use crate::object::{Object, Place, Section};
use crate::{Refusal, bytes};

const READ_WRITE: u32 = 3;
const READ_EXECUTE: u32 = 5;

/// Lays the image out. The sections have been found to fit.
pub(crate) fn build(object: &Object<'_>) -> Result<Vec<u8>, Refusal> {
    let mut image = zeroed(object.size as usize)?;
    let (linkedit, symoff) = linkedit(object)?;
    let header = header(object, symoff, &linkedit);
    bytes::write(&mut image, 0, &header).ok_or_else(|| too_large("the header", 0, header.len()))?;
    for section in object.sections.iter().filter(|section| section.offset != 0) {
        let name = || alloc::format!("section {},{}", section.segment, section.name);
        let contents = bytes::range(&object.data, section.offset, section.size).ok_or_else(|| {
            Refusal::crash(
                format_args!("{} ends beyond the end of the file", name()),
                "kxld does not check this for some section types.",
            )
        })?;
        let at = section.link.wrapping_sub(object.base);
        if at < header.len() as u64 && section.size != 0 {
            return Err(over_header(name()));
        }
        bytes::write(&mut image, at, contents).ok_or_else(|| too_large(name(), at, contents.len()))?;
    }
    let contents = linkedit.bytes;
    if symoff < header.len() as u64 {
        return Err(over_header("__LINKEDIT"));
    }
    bytes::write(&mut image, symoff, &contents).ok_or_else(|| too_large("__LINKEDIT", symoff, contents.len()))?;
    Ok(image)
}

fn over_header(what: impl core::fmt::Display) -> Refusal {
    Refusal::crash(
        format_args!("{what} is put over the header that it writes, in which the kernel finds the segments afterwards"),
        "The first section comes behind the header and the load commands.",
    )
}

fn too_large(what: impl core::fmt::Display, at: u64, size: usize) -> Refusal {
    Refusal::silent(
        format_args!(
            "{what} ({size:#x} bytes) does not fit at {at:#x} of the image, which is as large as its segments together"
        ),
        "Segments follow each other without gaps from address 0 on, the header in front of the first section.",
    )
}

/// What goes into `__LINKEDIT`: the symbols that the kext defines, then their names.
struct Linkedit {
    bytes: Vec<u8>,
    symbols: u32,
    strings: u32,
}

fn linkedit(object: &Object<'_>) -> Result<(Linkedit, u64), Refusal> {
    let size = super::symbols::linkedit_size(&object.symbols) as usize;
    let mut entries = with_room(size)?;
    let mut strings = Vec::from([0]);
    let mut count = 0;
    for symbol in object.symbols.iter().filter(|symbol| symbol.is_defined_here()) {
        let n_sect = if let Place::Section(index) = symbol.place { index as u8 + 1 } else { 0 };
        entries.extend((strings.len() as u32).to_le_bytes());
        entries.extend([symbol.n_type, n_sect]);
        entries.extend(symbol.n_desc.to_le_bytes());
        entries.extend(symbol.link.to_le_bytes());
        strings.extend(symbol.name.as_bytes());
        strings.push(0);
        count += 1;
    }
    let length = strings.len() as u32;
    entries.extend(strings);
    let at = object.segments.iter().find(|segment| segment.name == "__LINKEDIT").map_or(0, |segment| segment.base);
    Ok((Linkedit { bytes: entries, symbols: count, strings: length }, at))
}

/// The header that the kernel reads at run time: segments, symbols, UUID and versions; the other commands vanish.
fn header(object: &Object<'_>, symoff: u64, linkedit: &Linkedit) -> Vec<u8> {
    let mut commands = Vec::new();
    for segment in &object.segments {
        let sections = &object.sections[segment.sections.clone()];
        let protection = if segment.executable { READ_EXECUTE } else { READ_WRITE };
        words(&mut commands, &[LC_SEGMENT_64, 72 + sections.len() as u32 * 80]);
        commands.extend(padded(segment.name.as_bytes()));
        for word in [segment.link, segment.size, segment.link.wrapping_sub(object.base), segment.size] {
            commands.extend(word.to_le_bytes());
        }
        words(&mut commands, &[protection, protection, sections.len() as u32, 0]);
        for section in sections {
            section_header(&mut commands, object, section);
        }
    }
    let stroff = (symoff as u32).wrapping_add(linkedit.symbols * NLIST_SIZE as u32);
    words(&mut commands, &[LC_SYMTAB, 24, symoff as u32, linkedit.symbols, stroff, linkedit.strings]);
    for command in &object.kept_commands {
        commands.extend_from_slice(command);
    }
    let count = object.segments.len() + 1 + object.kept_commands.len();
    let mut header = Vec::with_capacity(HEADER_SIZE as usize + commands.len());
    words(&mut header, &[MH_MAGIC_64, CPU_TYPE_X86_64, object.cpusubtype, MH_KEXT_BUNDLE]);
    words(&mut header, &[count as u32, commands.len() as u32, MH_NOUNDEFS, 0]);
    header.extend(commands);
    header
}

fn section_header(header: &mut Vec<u8>, object: &Object<'_>, section: &Section) {
    header.extend(padded(section.name.as_bytes()));
    header.extend(padded(section.segment.as_bytes()));
    header.extend(section.link.to_le_bytes());
    header.extend(section.size.to_le_bytes());
    let offset = if section.offset == 0 { 0 } else { section.link.wrapping_sub(object.base) as u32 };
    words(header, &[offset, section.align, 0, 0, section.flags, section.reserved1, section.reserved2, 0]);
}

fn words(header: &mut Vec<u8>, words: &[u32]) {
    header.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn padded(name: &[u8]) -> [u8; 16] {
    core::array::from_fn(|index| name.get(index).copied().unwrap_or(0))
}
