//! What the builder asks of a file's header, load commands and segments.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

use super::linkedit;
use crate::Refusal;
use crate::macho::constants::{
    CPU_SUBTYPE_MASK, CPU_SUBTYPE_X86_64_ALL, CPU_TYPE_X86_64, LC_BUILD_VERSION, LC_ID_DYLIB, LC_VERSION_MIN_IPHONEOS,
    LC_VERSION_MIN_MACOSX, LC_VERSION_MIN_TVOS, LC_VERSION_MIN_WATCHOS, MH_BUNDLE, MH_DYLIB, MH_DYLINKER, MH_EXECUTE,
    MH_KEXT_BUNDLE, S_INTERPOSING,
};
use crate::macho::{Dysymtab, Error, File, HEADER_SIZE, Segment, Symtab};

/// A file that the builder takes.
pub(super) struct Layout<'a> {
    pub(super) macho: File<'a>,
    pub(super) segments: Vec<Segment<'a>>,
    /// Index of `__LINKEDIT` among the segments.
    pub(super) linkedit: usize,
    pub(super) symtab: Symtab<'a>,
    pub(super) dysymtab: Dysymtab<'a>,
}

/// A complaint of the usual form.
pub(super) fn complaint(identifier: &str, what: impl Display, detail: impl Display) -> Refusal {
    Refusal::said(format_args!("in '{identifier}' {what}"), detail)
}

fn unusable(identifier: &str, why: impl Display, detail: impl Display) -> Refusal {
    Refusal::said(format_args!("could not use '{identifier}' because {why}"), detail)
}

fn misplaced(why: &str, detail: &str) -> Refusal {
    Refusal::said(format_args!("cannot be placed in kernel collection because: {why}"), detail)
}

/// Checks a file.
pub(super) fn file<'a>(file: &'a [u8], identifier: &str) -> Result<Layout<'a>, Refusal> {
    let macho = header(file, identifier)?;
    let segments: Result<Vec<_>, _> = macho.segments().collect();
    let segments =
        segments.map_err(|error| complaint(identifier, error, "The section headers belong into the command."))?;
    load_commands(&macho, &segments, identifier)?;
    self::segments(file.len() as u64, &segments, identifier)?;
    sections(&segments, identifier)?;
    let (symtab, dysymtab) = linkedit::check(&macho, &segments, identifier)?;
    if macho.header().filetype != MH_KEXT_BUNDLE {
        return Err(misplaced("Not MH_KEXT_BUNDLE", "A kext's file type is MH_KEXT_BUNDLE (0xb)."));
    }
    let mut sections = segments.iter().flat_map(Segment::sections);
    if sections
        .any(|section| section.kind() == S_INTERPOSING || section.segment == "__DATA" && section.name == "__interpose")
    {
        return Err(misplaced("Has interposing tuples", "Functions of the kernel cannot be interposed."));
    }
    let linkedit = segments.iter().position(|segment| segment.name == "__LINKEDIT").unwrap_or(segments.len());
    Ok(Layout { macho, segments, linkedit, symtab, dysymtab })
}

fn header<'a>(file: &'a [u8], identifier: &str) -> Result<File<'a>, Refusal> {
    let macho = File::parse(file).map_err(|error| match error {
        Error::Magic(magic) => unusable(
            identifier,
            format_args!("it is not a mach-o file: 0x{magic:08X}"),
            "Only thin 64-bit little-endian Mach-O files are taken; user space picks the slice of a universal one.",
        ),
        Error::CommandSize { index, size } => complaint(
            identifier,
            format_args!("malformed load command #{index}, size (0x{size:X}) too small"),
            "A load command is at least 8 bytes long.",
        ),
        _ => complaint(identifier, "load commands exceed length of file", format_args!("{error}.")),
    })?;
    let header = macho.header();
    let subtype = header.cpusubtype & !CPU_SUBTYPE_MASK;
    if header.cputype != CPU_TYPE_X86_64 || subtype != CPU_SUBTYPE_X86_64_ALL {
        return Err(unusable(
            identifier,
            "it is not a compatible arch",
            format_args!(
                "cputype {:#x}, cpusubtype {subtype:#x}; x86_64 is {CPU_TYPE_X86_64:#x}, 0x3.",
                header.cputype
            ),
        ));
    }
    let known = [MH_EXECUTE, MH_DYLIB, MH_BUNDLE, MH_DYLINKER, MH_KEXT_BUNDLE];
    if !known.contains(&header.filetype) {
        return Err(unusable(
            identifier,
            format_args!("it is not a dylib, bundle, or executable, filetype=0x{:08X}", header.filetype),
            "A kext's file type is MH_KEXT_BUNDLE (0xb).",
        ));
    }
    let end = u64::from(header.sizeofcmds) + u64::from(HEADER_SIZE);
    let last = macho.commands().last().map_or(0, |command| command.offset + command.data.len() as u64);
    if end > file.len() as u64 || last > end {
        return Err(complaint(
            identifier,
            "load commands exceed length of file",
            format_args!("sizeofcmds is {:#x}, the commands end at {last:#x}.", header.sizeofcmds),
        ));
    }
    Ok(macho)
}

fn load_commands(macho: &File<'_>, segments: &[Segment<'_>], identifier: &str) -> Result<(), Refusal> {
    if let Some(text) = segments.iter().find(|segment| segment.name == "__TEXT") {
        if u64::from(macho.header().sizeofcmds) + u64::from(HEADER_SIZE) > text.filesize {
            let detail = "__TEXT begins with the header and the load commands.";
            return Err(complaint(identifier, "load commands exceed length of __TEXT segment", detail));
        }
        if text.fileoff != 0 {
            let detail = "__TEXT begins at offset 0, with the header.";
            return Err(complaint(identifier, "__TEXT segment not start of mach-o", detail));
        }
    }
    for command in macho.commands() {
        match command.cmd {
            LC_BUILD_VERSION
            | LC_VERSION_MIN_MACOSX
            | LC_VERSION_MIN_IPHONEOS
            | LC_VERSION_MIN_TVOS
            | LC_VERSION_MIN_WATCHOS => {
                return Err(unusable(
                    identifier,
                    "we expected it to have no platform",
                    format_args!("Take load command {:#x} at offset {:#x} out.", command.cmd, command.offset),
                ));
            }
            LC_ID_DYLIB => {
                let detail = "Link the kext as a kext bundle, not as a dynamic library.";
                return Err(complaint(identifier, "LC_ID_DYLIB found in non-MH_DYLIB", detail));
            }
            _ => {}
        }
    }
    Ok(())
}

fn segments(size: u64, segments: &[Segment<'_>], identifier: &str) -> Result<(), Refusal> {
    let fault = |what: String, detail: &str| Err(complaint(identifier, what, detail));
    for segment in segments {
        let name = segment.name;
        let end = segment.fileoff.checked_add(segment.filesize);
        if end.is_none_or(|end| end > size) {
            return fault("segment load command content extends beyond end of file".into(), &format!("It is {name}."));
        }
        if segment.filesize > segment.vmsize {
            return fault(format!("segment '{name}' filesize exceeds vmsize"), "vmsize holds all contents.");
        }
        let permissions = segment.initprot | segment.maxprot;
        if name != "__TEXT" && name != "__LINKEDIT" && permissions & !7 != 0 {
            return fault(
                format!("{name} segment permissions has invalid bits set"),
                "They are read, write and execute.",
            );
        }
        if segment.vmaddr.checked_add(segment.vmsize).is_none() {
            return fault(format!("{name} segment vm range wraps"), "Link the kext at address 0.");
        }
    }
    for name in ["__TEXT", "__LINKEDIT"] {
        if segments.iter().all(|segment| segment.name != name) {
            return fault(format!("missing {name} segment"), "Do not strip segments.");
        }
    }
    overlaps(segments, identifier)
}

fn overlaps(segments: &[Segment<'_>], identifier: &str) -> Result<(), Refusal> {
    // Neighbours in order are enough, and a hostile file may have very many.
    let check = |range: fn(&Segment<'_>) -> (u64, u64), what: &str| {
        let mut order: Vec<&Segment<'_>> = segments.iter().filter(|segment| range(segment).1 != 0).collect();
        order.sort_by_key(|segment| range(segment));
        let overlap = order.windows(2).find(|pair| range(pair[0]).0 + range(pair[0]).1 > range(pair[1]).0);
        overlap.map(|pair| {
            let text = format!("segment {} {what} segment {}", pair[0].name, pair[1].name);
            complaint(identifier, text, "Segments follow each other without overlaps.")
        })
    };
    let overlap = check(|segment| (segment.vmaddr, segment.vmsize), "vm range overlaps");
    overlap
        .or_else(|| check(|segment| (segment.fileoff, segment.filesize), "file content overlaps"))
        .map_or(Ok(()), Err)
}

fn sections(segments: &[Segment<'_>], identifier: &str) -> Result<(), Refusal> {
    for segment in segments {
        for section in segment.sections() {
            let name = section.name;
            if section.size.cast_signed() < 0 {
                let text = format!("section '{name}' size too large 0x{:X}", section.size);
                return Err(complaint(identifier, text, "A section is smaller than its segment."));
            }
            if section.addr < segment.vmaddr {
                let text = format!(
                    "section '{name}' start address 0x{:X} is before containing segment's address 0x{:X}",
                    section.addr, segment.vmaddr
                );
                return Err(complaint(identifier, text, "Sections lie within their segment."));
            }
        }
    }
    Ok(())
}
