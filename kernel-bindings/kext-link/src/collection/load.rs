//! Segments put at their places, and the symbols that the builder sees.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use super::validate::Layout;
use crate::index::Index;
use crate::macho::constants::{LC_SEGMENT_64, N_EXT, N_SECT, N_TYPE, N_WEAK_REF};
use crate::macho::{Nlist, Relocations};
use crate::memory::zeroed;
use crate::names::Role;
use crate::object::{Binding, LARGEST_IMAGE, Object, PAGE, Place, Reloc, Section, Segment, Symbol};
use crate::{Refusal, Rules, bytes};

const EXECUTE: u32 = 4;

/// Lays the segments out for an address.
pub(super) fn load<'a>(layout: &Layout<'a>, rules: Rules, base: u64) -> Result<Object<'a>, Refusal> {
    if !base.is_multiple_of(PAGE) {
        return Err(Refusal::unsupported(
            format_args!("load address {base:#x} is not page-aligned"),
            "Load addresses are multiples of 4096.",
        ));
    }
    let lowest = layout.segments.iter().map(|segment| segment.vmaddr).min().unwrap_or(0);
    let slide = base.wrapping_sub(lowest);
    // The ends have been found not to wrap.
    let highest = layout.segments.iter().map(|segment| segment.vmaddr + segment.vmsize).max().unwrap_or(0);
    let size = highest - lowest;
    if size > LARGEST_IMAGE {
        return Err(Refusal::unsupported(
            format_args!("its segments take more than {} MiB of address space", LARGEST_IMAGE >> 20),
            "The vmaddr or vmsize of some segment is wrong.",
        ));
    }
    let mut data = zeroed(size as usize)?;
    let mut segments = Vec::new();
    let mut sections = Vec::new();
    for segment in &layout.segments {
        let first = sections.len();
        sections.extend(segment.sections().map(|section| Section {
            name: section.name,
            segment: section.segment,
            base: section.addr,
            link: section.addr.wrapping_add(slide),
            size: section.size,
            offset: section.addr - lowest,
            align: section.align,
            flags: section.flags,
            reserved1: section.reserved1,
            reserved2: section.reserved2,
        }));
        let contents = segment.data().unwrap_or_default();
        // filesize has been found not to exceed vmsize.
        let _ = bytes::write(&mut data, segment.vmaddr - lowest, contents);
        segments.push(Segment {
            name: segment.name,
            base: segment.vmaddr,
            link: segment.vmaddr.wrapping_add(slide),
            size: segment.vmsize,
            fileoff: segment.vmaddr - lowest,
            executable: segment.initprot & EXECUTE != 0,
            sections: first..sections.len(),
        });
    }
    slide_header(layout, &mut data, lowest, slide);
    let symbols = symbols(layout, rules, slide)?;
    let relocations = |table: Relocations<'_>| table.iter().map(|entry| Reloc::new(&entry, None)).collect::<Vec<_>>();
    let (external, local) = (relocations(layout.dysymtab.external), relocations(layout.dysymtab.local));
    let indirect = (0..u64::from(layout.dysymtab.nindirectsyms)).map_while(|index| layout.dysymtab.indirect(index));
    let index = Index::of(&symbols, &external, &local);
    Ok(Object {
        data,
        segments,
        sections,
        symbols,
        external,
        local,
        indirect: indirect.collect(),
        kept_commands: Vec::new(),
        cpusubtype: layout.macho.header().cpusubtype,
        base,
        size,
        index,
    })
}

/// Slides the addresses in the header, by which the kernel finds segments and sections at run time.
fn slide_header(layout: &Layout<'_>, data: &mut [u8], lowest: u64, slide: u64) {
    let text = layout.segments.iter().find(|segment| segment.name == "__TEXT").map_or(0, |text| text.vmaddr - lowest);
    let mut add = |offset: u64| {
        let word = bytes::u64(data, text + offset).map(|word| word.wrapping_add(slide));
        word.and_then(|word| bytes::write(data, text + offset, &word.to_le_bytes()))
    };
    for command in layout.macho.commands().filter(|command| command.cmd == LC_SEGMENT_64) {
        // Load commands have been found to lie within __TEXT.
        let sections = (command.data.len() as u64).saturating_sub(72) / 80;
        let _ = add(command.offset + 24);
        for section in 0..sections {
            let _ = add(command.offset + 72 + section * 80 + 32);
        }
    }
}

/// All entries of the table. Only those in the right range with the right scope count as defined.
fn symbols<'a>(layout: &Layout<'a>, rules: Rules, slide: u64) -> Result<Vec<Symbol<'a>>, Refusal> {
    let table = &layout.dysymtab;
    // The ranges have been found to lie within the table.
    let range = |first: u32, count: u32| first as usize..first as usize + count as usize;
    let locals = range(table.ilocalsym, table.nlocalsym);
    let globals = range(table.iextdefsym, table.nextdefsym);
    let symbol = |(index, entry): (usize, Nlist)| {
        let name = name(layout, index, &entry)?;
        let seen = entry.is_section() && name.is_some() && is_seen(index, &entry, &locals, &globals);
        let name = rules.renamed(name.unwrap_or_default());
        let external = seen && entry.n_type & N_EXT != 0;
        let section = usize::from(entry.n_sect).wrapping_sub(1);
        Ok(Symbol {
            name: Cow::Borrowed(name),
            place: if seen { Place::Section(section) } else { Place::Undefined },
            role: if entry.is_stab() { Role::Stab } else { Role::of(name) },
            base: entry.n_value,
            link: entry.n_value.wrapping_add(slide),
            n_type: entry.n_type,
            n_desc: entry.n_desc,
            external,
            weak: entry.n_desc & N_WEAK_REF != 0,
            binding: Binding::Own,
        })
    };
    layout.symtab.iter().enumerate().map(symbol).collect()
}

fn is_seen(index: usize, entry: &Nlist, locals: &Range<usize>, globals: &Range<usize>) -> bool {
    let external = entry.n_type & N_EXT != 0;
    entry.n_type & N_TYPE == N_SECT && if external { globals.contains(&index) } else { locals.contains(&index) }
}

/// A symbol's name; `None` if it begins beyond the strings, which the builder passes over.
fn name<'a>(layout: &Layout<'a>, index: usize, entry: &Nlist) -> Result<Option<&'a str>, Refusal> {
    if entry.n_strx >= layout.symtab.strsize {
        return Ok(None);
    }
    layout.symtab.name(entry).map(Some).ok_or_else(|| {
        Refusal::crash(
            format_args!("the name of symbol {index} does not end within the string table"),
            "Names end with a NUL within the strings of LC_SYMTAB.",
        )
    })
}
