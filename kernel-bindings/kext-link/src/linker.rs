//! Linking, step by step in kxld's order.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::image::is_executable;
use crate::kmod::{self, Kmod};
use crate::link::{Library, Linked, Segment, Slot};
use crate::names::Role;
use crate::object::{Object, PAGE, Place};
use crate::resolve::{self, Libraries};
use crate::tables::{HEADER, Tables};
use crate::{Refusal, Rules, bytes, image, load, patch, place, relocate, structors};

/// Links a kext for an address by the rules of a release.
///
/// `file` is a thin Mach-O (for universal files see [`crate::fat::x86_64`]), `libraries` are the direct dependencies and
/// `base` is the page-aligned address that the image will be at. No byte of the file is trusted.
///
/// # Errors
/// The refusal of the release's linker, in its words.
pub fn link(
    file: &[u8],
    rules: &Rules,
    kext_identifier: &str,
    libraries: &[&dyn Library],
    base: u64,
) -> Result<Linked, Refusal> {
    run(file, *rules, Libraries(libraries), base).map_err(|refusal| refusal.from(format!("kxld[{kext_identifier}]")))
}

fn run(file: &[u8], rules: Rules, libraries: Libraries<'_>, base: u64) -> Result<Linked, Refusal> {
    let mut warnings = Vec::new();
    let mut object = load::load(file, rules)?;
    place::place(&mut object, base, &mut warnings)?;
    resolve::duplicates(&object, libraries)?;
    resolve::commons(&object)?;
    let imports = resolve::imports(&mut object, libraries)?;
    let mut tables = Tables::read(&object)?;
    let patched_slots = patch::patch(&mut object, &mut tables, rules, libraries)?;
    resolve::unresolved(&object)?;
    relocate::relocate(&mut object, &tables, rules, libraries, &mut warnings)?;
    let kmod = Kmod::write(&mut object)?;
    if let Some(fault) = place::section_faults(&object, rules).next() {
        return Err(fault);
    }
    let image = image::build(&object)?;
    let (start, stop) = kmod::entry_points(&object, &image, &kmod)?;
    let constructors = structors::functions(&object, &image, "__mod_init_func", &mut warnings)?;
    let destructors = structors::functions(&object, &image, "__mod_term_func", &mut warnings)?;
    let vtables = vtables(&object, &tables, &image);
    Ok(Linked {
        base,
        segments: segments(&object),
        kmod_info: kmod.address,
        start,
        stop,
        constructors,
        destructors,
        symbols: symbols(&object),
        exports: exports(&object),
        vtables,
        patched_slots,
        imports,
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
            executable: is_executable(segment),
        })
    });
    pages.collect()
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

/// The patched tables as kexts that use this one see them. Functions of this kext have names if it exports them.
fn vtables(object: &Object<'_>, tables: &Tables, image: &[u8]) -> Vec<(String, Vec<Slot>)> {
    let mut named: Vec<(u64, &str)> = object
        .symbols
        .iter()
        .filter(|symbol| symbol.is_exported() && symbol.role.is_cxx())
        .map(|symbol| (symbol.link, &*symbol.name))
        .collect();
    named.sort_unstable();
    let name_of = |address: u64| {
        let at = named.partition_point(|(known, _)| *known < address);
        named.get(at).filter(|(known, _)| *known == address).map_or("", |(_, name)| name)
    };
    let mut vtables: Vec<_> = tables
        .list
        .iter()
        .filter(|table| table.patched)
        .filter_map(|table| {
            let symbol = &object.symbols[object.defined(&table.name)? as usize];
            let first = symbol.link.wrapping_sub(object.base).wrapping_add(HEADER);
            let slots = table.entries.iter().zip(0_u64..).filter_map(|(entry, index)| {
                let address = bytes::u64(image, first.wrapping_add(index * 8))?;
                let name =
                    entry.symbol.map_or_else(|| name_of(address), |import| &object.symbols[import as usize].name);
                Some(Slot { name: String::from(name), address })
            });
            Some((table.name.clone(), slots.collect()))
        })
        .collect();
    vtables.sort_by(|a: &(String, Vec<Slot>), b| a.0.cmp(&b.0));
    vtables
}
