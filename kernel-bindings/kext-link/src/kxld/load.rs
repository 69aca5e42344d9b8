//! Reading of a file into an [`Object`] by kxld's rules: header, load commands, segments, sections.

use alloc::vec::Vec;

use super::symbols;
use super::words::{MALFORMED, TRUNCATED};
use crate::index::Index;
use crate::macho::constants::{
    CPU_TYPE_X86_64, LC_BUILD_VERSION, LC_DYSYMTAB, LC_SEGMENT_64, LC_SOURCE_VERSION, LC_UUID, LC_VERSION_MIN_IPHONEOS,
    LC_VERSION_MIN_MACOSX, LC_VERSION_MIN_TVOS, LC_VERSION_MIN_WATCHOS, MH_EXECUTE, MH_KEXT_BUNDLE, R_ABS, S_ZEROFILL,
    X86_64_RELOC_SUBTRACTOR, X86_64_RELOC_UNSIGNED,
};
use crate::macho::{Error, File, Relocations, Section as Header};
use crate::memory::copy;
use crate::object::{LARGEST_IMAGE, Object, PAGE, Reloc, Section, Segment, Target};
use crate::{Refusal, Rules};

/// Reads a file.
pub(crate) fn load(file: &[u8], rules: Rules) -> Result<Object<'_>, Refusal> {
    let macho = header(file)?;
    extents(&macho)?;
    let kind = macho.header();
    if kind.cputype != CPU_TYPE_X86_64 {
        return Err(Refusal::said(
            TRUNCATED,
            format_args!(
                "cputype is {:#x}, not x86_64 ({CPU_TYPE_X86_64:#x}); kxld has no other words for that.",
                kind.cputype
            ),
        ));
    }
    match kind.filetype {
        MH_KEXT_BUNDLE => {}
        MH_EXECUTE => {
            return Err(Refusal::crash(
                "its file type is MH_EXECUTE (0x2), and kxld takes it for the kernel",
                "A kext's file type is MH_KEXT_BUNDLE (0xb).",
            ));
        }
        other => {
            return Err(Refusal::said(
                format_args!("The Mach-O filetype {other:#x} is not supported on the target architecture."),
                "A kext's file type is MH_KEXT_BUNDLE (0xb).",
            ));
        }
    }
    commands(&macho, rules)
}

fn header(file: &[u8]) -> Result<File<'_>, Refusal> {
    File::parse(file).map_err(|error| match error {
        Error::Magic(magic) => Refusal::said(
            format_args!("{MALFORMED}Invalid magic number: {magic:#x}."),
            "Only thin 64-bit little-endian Mach-O files are taken; user space picks the slice of a universal one.",
        ),
        Error::CommandSize { .. } => Refusal::crash(error, "A load command is at least 8 bytes long."),
        _ => truncated(error),
    })
}

fn truncated(what: impl core::fmt::Display) -> Refusal {
    Refusal::said(TRUNCATED, format_args!("{what}."))
}

/// Everything that a header says is in the file must be.
fn extents(macho: &File<'_>) -> Result<(), Refusal> {
    let size = macho.bytes().len() as u64;
    let within = |offset: u64, length: u64| offset.checked_add(length).is_some_and(|end| end <= size);
    for segment in macho.segments() {
        let segment = segment.map_err(|error| Refusal::crash(error, "The section headers belong into the command."))?;
        if segment.vmsize == 0 {
            continue;
        }
        if !within(segment.fileoff, segment.filesize) {
            return Err(truncated(format_args!(
                "segment {} ({:#x} bytes at {:#x}) does not lie within the file",
                segment.name, segment.filesize, segment.fileoff
            )));
        }
        for section in segment.sections() {
            // kxld tests a bit here where it means a type.
            let excused = section.flags & S_ZEROFILL != 0;
            if !excused && !within(u64::from(section.offset), section.size) {
                return Err(truncated(format_args!(
                    "section {},{} ({:#x} bytes at {:#x}) does not lie within the file",
                    section.segment, section.name, section.size, section.offset
                )));
            }
            if !within(u64::from(section.reloff), u64::from(section.nreloc) * 8) {
                return Err(truncated(format_args!(
                    "the relocations of section {},{} do not lie within the file",
                    section.segment, section.name
                )));
            }
        }
    }
    macho.symtab().map(drop).map_err(|error| match error {
        Error::ShortCommand { .. } => Refusal::crash(error, "LC_SYMTAB is 24 bytes long."),
        _ => truncated(error),
    })
}

fn commands<'a>(macho: &File<'a>, rules: Rules) -> Result<Object<'a>, Refusal> {
    let mut segments = Vec::new();
    let mut sections = Vec::new();
    let mut kept = Vec::new();
    let (mut external, mut local, mut indirect) = (Vec::new(), Vec::new(), Vec::new());
    let mut headers = macho.segments();
    let mut has_dysymtab = false;
    for command in macho.commands() {
        match command.cmd {
            LC_SEGMENT_64 => {
                // Has been read before without an error.
                let Some(Ok(header)) = headers.next() else { continue };
                if header.vmsize == 0 {
                    continue;
                }
                let first = sections.len();
                for section in header.sections() {
                    if section.segment != header.name {
                        return Err(Refusal::silent(
                            format_args!(
                                "section {},{} stands in segment {}",
                                section.segment, section.name, header.name
                            ),
                            "A section's segname is that of its segment.",
                        ));
                    }
                    sections.push(section_of(&section));
                }
                segments.push(Segment {
                    name: header.name,
                    base: header.vmaddr,
                    link: header.vmaddr,
                    size: header.vmsize,
                    fileoff: header.fileoff,
                    executable: header.name == "__TEXT",
                    sections: first..sections.len(),
                });
            }
            LC_DYSYMTAB => {
                has_dysymtab = true;
                let table = macho.dysymtab().map_err(|error| {
                    Refusal::crash(error, "What LC_DYSYMTAB names must lie within the file; kxld does not check it.")
                })?;
                if let Some(table) = table {
                    external = relocations("external", table.external)?;
                    local = relocations("local", table.local)?;
                    indirect = (0..u64::from(table.nindirectsyms)).map_while(|index| table.indirect(index)).collect();
                }
            }
            LC_UUID
            | LC_SOURCE_VERSION
            | LC_BUILD_VERSION
            | LC_VERSION_MIN_MACOSX
            | LC_VERSION_MIN_IPHONEOS
            | LC_VERSION_MIN_TVOS
            | LC_VERSION_MIN_WATCHOS
                if rules.accepts_command(command.cmd) =>
            {
                kept.push(command.data);
            }
            cmd if rules.accepts_command(cmd) => {}
            cmd => {
                return Err(Refusal::said(
                    rules.invalid_command(cmd),
                    format_args!(
                        "Load command {cmd:#x} at offset {:#x} is not one that a kext for {} may have. A kext for all \
                         releases has LC_SEGMENT_64, LC_SYMTAB, LC_DYSYMTAB and LC_UUID only.",
                        command.offset,
                        rules.release()
                    ),
                ));
            }
        }
    }
    let Ok(Some(symtab)) = macho.symtab() else {
        return Err(Refusal::crash("it has no LC_SYMTAB", "Link without stripping the load command."));
    };
    let symbols = symbols::read(&symtab, rules)?;
    if !has_dysymtab {
        return Err(Refusal::crash(
            "it has no LC_DYSYMTAB, so kxld takes it for linked already and reads imported vtables as tables",
            "Bindings count only as relocations of LC_DYSYMTAB; LC_DYLD_INFO and chained fixups are never applied.",
        ));
    }
    let index = Index::of(&symbols, &external, &local);
    let mut object = Object {
        data: copy(macho.bytes())?,
        segments,
        sections,
        symbols,
        external,
        local,
        indirect,
        kept_commands: kept,
        cpusubtype: macho.header().cpusubtype,
        base: 0,
        size: 0,
        index,
    };
    size_linkedit(&mut object)?;
    Ok(object)
}

fn section_of(header: &Header<'_>) -> Section {
    Section {
        name: header.name,
        segment: header.segment,
        base: header.addr,
        link: header.addr,
        size: header.size,
        offset: u64::from(header.offset),
        align: header.align,
        flags: header.flags,
        reserved1: header.reserved1,
        reserved2: header.reserved2,
    }
}

/// The relocations of a table, each with its pair.
fn relocations(what: &str, table: Relocations<'_>) -> Result<Vec<Reloc>, Refusal> {
    let mut entries = table.iter().enumerate();
    let mut relocations = Vec::with_capacity(table.len());
    while let Some((index, entry)) = entries.next() {
        let absolute = !entry.r_extern && entry.r_symbolnum == R_ABS;
        if index == 0 && (absolute || entry.r_type == X86_64_RELOC_SUBTRACTOR) {
            return Err(Refusal::silent(
                format_args!("the first {what} relocation (at {:#x}) is absolute or half of a pair", entry.r_address),
                "kxld counts the table wrongly then. A local relocation names the 1-based section of its target.",
            ));
        }
        if absolute {
            continue;
        }
        let mut pair = None;
        if entry.r_type == X86_64_RELOC_SUBTRACTOR {
            if entry.r_extern {
                return Err(Refusal::crash(
                    format_args!("relocation {index} at {:#x} is an external SUBTRACTOR", entry.r_address),
                    "Differences of symbols are to be resolved when the kext is built.",
                ));
            }
            let Some((_, second)) = entries.next().filter(|(_, second)| second.r_type == X86_64_RELOC_UNSIGNED) else {
                return Err(Refusal::silent(
                    format_args!(
                        "the SUBTRACTOR relocation at {:#x} is not followed by its UNSIGNED half",
                        entry.r_address
                    ),
                    "Relocations of differences come in pairs.",
                ));
            };
            pair = Some(if second.r_extern {
                Target::Symbol(second.r_symbolnum)
            } else {
                Target::Value(second.r_address)
            });
        }
        relocations.push(Reloc::new(&entry, pair));
    }
    Ok(relocations)
}

/// kxld writes `__LINKEDIT` anew: the symbols that the kext defines and their names.
fn size_linkedit(object: &mut Object<'_>) -> Result<(), Refusal> {
    let size = symbols::linkedit_size(&object.symbols).next_multiple_of(PAGE);
    let Some(linkedit) = object.segments.iter_mut().find(|segment| segment.name == "__LINKEDIT") else {
        return Err(Refusal::crash(
            "it has no __LINKEDIT segment, or an empty one",
            "kxld uses the segment without looking whether it is there; do not strip it.",
        ));
    };
    linkedit.size = size;
    let total = object.segments.iter().try_fold(0_u64, |sum, segment| sum.checked_add(segment.size));
    object.size = total.filter(|total| *total <= LARGEST_IMAGE).ok_or_else(|| {
        Refusal::silent(
            format_args!("its segments are larger than {} MiB together", LARGEST_IMAGE >> 20),
            "There is no memory for it. The vmsize of some segment is wrong.",
        )
    })?;
    Ok(())
}
