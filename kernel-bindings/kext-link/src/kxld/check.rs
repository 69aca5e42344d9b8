//! What kxld would refuse whatever the libraries, and what it would get wrong.

use alloc::vec::Vec;

use super::{load, no_kmod_info, patch, place, relocate, resolve, tables};
use crate::check::at_run_time;
use crate::macho::File;
use crate::macho::constants::{LC_DYSYMTAB, LC_SYMTAB, N_ARM_THUMB_DEF, R_ABS, X86_64_RELOC_BRANCH};
use crate::object::{Object, PAGE, Symbol};
use crate::output::VTABLE_HEADER;
use crate::{Refusal, Rules, kmod};

/// Looks at a file.
pub(crate) fn check(file: &[u8], rules: Rules) -> Vec<Refusal> {
    let mut object = match load::load(file, rules) {
        Ok(object) => object,
        Err(refusal) => return Vec::from([refusal]),
    };
    if let Err(refusal) = place::place(&mut object, 0, &mut Vec::new()) {
        return Vec::from([refusal]);
    }
    let mut faults: Vec<Refusal> = place::section_faults(&object, rules).collect();
    faults.extend(resolve::commons(&object).err());
    faults.extend(kmod::place(&object, no_kmod_info).err());
    classes(&object, &mut faults);
    relocations(&object, rules, &mut faults);
    places(&object, &mut faults);
    tables_of_the_file(file, &mut faults);
    at_run_time(&object, &mut faults);
    faults
}

fn classes(object: &Object<'_>, faults: &mut Vec<Refusal>) {
    if object.external.is_empty() {
        faults.push(Refusal::trap(
            "it has no external relocations, counts as linked already and is not patched",
            "Imports need external relocations in LC_DYSYMTAB.",
        ));
        return;
    }
    for pointer in tables::super_pointers(object) {
        faults.extend(patch::metaclass_of(object, pointer).err());
    }
    let tables = match tables::Tables::read(object) {
        Ok(tables) => tables,
        Err(refusal) => {
            faults.push(refusal);
            return;
        }
    };
    for table in tables.list {
        let symbol = object.defined(&table.name).map(|index| &object.symbols[index as usize]);
        let Some(symbol) = symbol else { continue };
        for (entry, slot) in table.entries.iter().zip(0_u64..) {
            let address = symbol.base.wrapping_add(VTABLE_HEADER + slot * 8);
            if entry.reloc.is_none() && object.external_at(address).is_some() {
                faults.push(Refusal::trap(
                    format_args!(
                        "slot {slot} of {} is imported but not null in the file, so it is not patched",
                        table.name
                    ),
                    "Imported slots hold a null word.",
                ));
            }
        }
    }
}

fn relocations(object: &Object<'_>, rules: Rules, faults: &mut Vec<Refusal>) {
    for reloc in object.external.iter().chain(&object.local) {
        match relocate::examine(object, reloc, rules) {
            Err(refusal) => faults.push(refusal),
            Ok((offset, word)) => {
                let holds = |section: &&crate::object::Section| {
                    section.offset != 0 && offset.checked_sub(section.offset).is_some_and(|at| at < section.size)
                };
                if !object.sections.iter().any(|section| holds(&section)) {
                    faults.push(Refusal::trap(
                        format_args!("the relocation at {:#x} is in no section that has contents", reloc.address),
                        "Zero-fill cannot be relocated; what is written there is lost or hits something else in the file.",
                    ));
                }
                if reloc.kind == X86_64_RELOC_BRANCH && word != 0 {
                    faults.push(Refusal::trap(
                        format_args!(
                            "the call at {:#x} holds {word:#x} in the file, which is added to its target",
                            reloc.address
                        ),
                        "Calls with an external relocation hold 0.",
                    ));
                }
            }
        }
    }
    let pointers = object.sections.iter().filter(|section| section.name == "__nl_symbol_ptr");
    for section in pointers {
        let mut addresses =
            (0..section.size.min(object.data.len() as u64) / 8).map(|index| section.base.wrapping_add(index * 8));
        if addresses.any(|address| object.external_at(address).is_some()) {
            faults.push(Refusal::trap(
                "a pointer of __nl_symbol_ptr has a relocation too, so that its address is added twice",
                "The section is filled from the indirect symbols. Name it __got.",
            ));
        }
    }
}

fn places(object: &Object<'_>, faults: &mut Vec<Refusal>) {
    for section in &object.sections {
        if section.link != section.base {
            faults.push(Refusal::trap(place::moved(section), "Place sections at multiples of their alignment."));
        }
        if 1_u64.checked_shl(section.align).is_none_or(|align| align > PAGE) {
            faults.push(Refusal::trap(
                format_args!("section {},{} wants an alignment of 2^{}", section.segment, section.name, section.align),
                "Load addresses are multiples of a page and of no more.",
            ));
        }
    }
    for segment in &object.segments {
        if segment.name != "__LINKEDIT" && segment.fileoff != segment.base {
            faults.push(Refusal::trap(
                format_args!(
                    "segment {} is at {:#x} in the file and at {:#x} in memory",
                    segment.name, segment.fileoff, segment.base
                ),
                "Superclass pointers within a kext are read at the offset in the file that equals their address.",
            ));
        }
    }
    if object.segments.last().is_some_and(|segment| segment.name != "__LINKEDIT") {
        faults.push(Refusal::trap("__LINKEDIT is not the last segment, so it is not freed", "Put it last."));
    }
    let thumb = |symbol: &&Symbol<'_>| symbol.is_defined_here() && symbol.n_desc & N_ARM_THUMB_DEF != 0;
    for symbol in object.symbols.iter().filter(thumb) {
        faults.push(Refusal::trap(
            format_args!("the address of {} is made odd", symbol.name),
            "Clear bit 3 of its n_desc, which means a Thumb function.",
        ));
    }
}

fn tables_of_the_file(file: &[u8], faults: &mut Vec<Refusal>) {
    let Ok(macho) = File::parse(file) else { return };
    if let Ok(Some(table)) = macho.dysymtab() {
        let skipped = table.local.iter().filter(|reloc| !reloc.r_extern && reloc.r_symbolnum == R_ABS);
        for reloc in skipped {
            faults.push(Refusal::trap(
                format_args!("the local relocation at {:#x} names no section and is skipped", reloc.r_address),
                "Local relocations name the 1-based section of their target.",
            ));
        }
    }
    let at = |cmd| macho.commands().position(|command| command.cmd == cmd);
    if at(LC_DYSYMTAB) < at(LC_SYMTAB) {
        faults.push(Refusal::trap("LC_DYSYMTAB comes before LC_SYMTAB", "kxld takes the other order for granted."));
    }
}
