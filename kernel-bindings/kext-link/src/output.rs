//! What linking hands back.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::link::{Linked, Segment, Slot};
use crate::names::Role;
use crate::object::{Object, PAGE, Place};
use crate::{Refusal, bytes, kmod, structors};

/// Header words of a vtable, in bytes.
pub(crate) const VTABLE_HEADER: u64 = 16;

/// A vtable after patching.
pub(crate) struct Table {
    pub(crate) name: String,
    /// For each slot the imported function, as index of a symbol; `None` for one of the kext's own.
    pub(crate) imports: Vec<Option<u32>>,
}

/// How often something was done.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) patched_slots: u32,
    pub(crate) imports: u32,
}

/// Puts the result together.
pub(crate) fn assemble(
    object: &Object<'_>,
    image: Vec<u8>,
    kmod_info: u64,
    tables: Vec<Table>,
    counts: Counts,
    mut warnings: Vec<String>,
) -> Result<Linked, Refusal> {
    let (start, stop) = kmod::entry_points(object, &image, kmod_info)?;
    let constructors = structors::functions(object, &image, "__mod_init_func", &mut warnings)?;
    let destructors = structors::functions(object, &image, "__mod_term_func", &mut warnings)?;
    Ok(Linked {
        base: object.base,
        segments: segments(object),
        code: code(object),
        kmod_info,
        start,
        stop,
        constructors,
        destructors,
        symbols: symbols(object),
        exports: exports(object),
        vtables: vtables(object, tables, &image),
        patched_slots: counts.patched_slots,
        imports: counts.imports,
        warnings,
        image,
    })
}

/// The pages of the segments: as the kernel protects them, which is page by page.
fn segments(object: &Object<'_>) -> Vec<Segment> {
    let pages = object.segments.iter().filter_map(|segment| {
        let start = segment.link.checked_next_multiple_of(PAGE)?;
        let end = segment.link.checked_add(segment.size)? / PAGE * PAGE;
        let image = object.base..=object.base.checked_add(object.size)?;
        (start < end && image.contains(&start) && image.contains(&end)).then(|| Segment {
            name: format!("{}", segment.name),
            address: start,
            size: end - start,
            executable: segment.executable,
        })
    });
    pages.collect()
}

fn code(object: &Object<'_>) -> Vec<Range<u64>> {
    let sections = object.sections.iter().filter(|section| section.is_code());
    sections.map(|section| section.link..section.link.saturating_add(section.size)).collect()
}

fn symbols(object: &Object<'_>) -> Vec<Slot> {
    let defined = object.symbols.iter().filter(|symbol| {
        symbol.is_defined_here() && symbol.role != Role::Stab && matches!(symbol.place, Place::Section(_))
    });
    let mut symbols: Vec<Slot> =
        defined.map(|symbol| Slot { name: String::from(&*symbol.name), address: symbol.link }).collect();
    symbols.sort_by_key(|symbol| symbol.address);
    symbols
}

fn exports(object: &Object<'_>) -> Vec<Slot> {
    let exported = object.symbols.iter().filter(|symbol| symbol.is_exported());
    let mut exports: Vec<Slot> =
        exported.map(|symbol| Slot { name: String::from(&*symbol.name), address: symbol.link }).collect();
    exports.sort_by(|a, b| a.name.cmp(&b.name));
    exports
}

/// The tables as kexts that use this one see them. Functions of this kext have names if it exports them.
fn vtables(object: &Object<'_>, tables: Vec<Table>, image: &[u8]) -> Vec<(String, Vec<Slot>)> {
    let exported = object.symbols.iter().filter(|symbol| symbol.is_exported() && symbol.role.is_cxx());
    let mut names: Vec<(u64, &str)> = exported.map(|symbol| (symbol.link, &*symbol.name)).collect();
    names.sort_unstable();
    let name_of = |address: u64| {
        let at = names.partition_point(|(known, _)| *known < address);
        names.get(at).filter(|(known, _)| *known == address).map_or("", |(_, name)| name)
    };
    let read = |table: Table| {
        let symbol = &object.symbols[object.defined(&table.name)? as usize];
        let first = symbol.link.wrapping_sub(object.base).wrapping_add(VTABLE_HEADER);
        let slots = table.imports.iter().zip(0_u64..).filter_map(|(import, index)| {
            let address = bytes::u64(image, first.wrapping_add(index * 8))?;
            let name = import.map_or_else(|| name_of(address), |import| &object.symbols[import as usize].name);
            Some(Slot { name: String::from(name), address })
        });
        let slots = slots.collect();
        Some((table.name, slots))
    };
    let mut vtables: Vec<(String, Vec<Slot>)> = tables.into_iter().filter_map(read).collect();
    vtables.sort_by(|a, b| a.0.cmp(&b.0));
    vtables
}
