//! Relocation, as kxld does it for x86_64: in the file's bytes, before they are placed.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::tables::Tables;
use super::words::{MALFORMED, OVERFLOWED, PURE_VIRTUAL_CALL};
use crate::libraries::Libraries;
use crate::macho::constants::{
    INDIRECT_SYMBOL_ABS, INDIRECT_SYMBOL_LOCAL, S_NON_LAZY_SYMBOL_POINTERS, X86_64_RELOC_BRANCH, X86_64_RELOC_GOT,
    X86_64_RELOC_GOT_LOAD, X86_64_RELOC_SIGNED, X86_64_RELOC_SIGNED_1, X86_64_RELOC_SIGNED_2, X86_64_RELOC_SIGNED_4,
    X86_64_RELOC_SUBTRACTOR, X86_64_RELOC_UNSIGNED,
};
use crate::names::{PURE_VIRTUAL, Role};
use crate::object::{Binding, Object, Reloc, Target};
use crate::output::VTABLE_HEADER;
use crate::{Refusal, Rules, bytes};

/// Displacements reach less far than this.
const REACH: u64 = 1 << 31;

/// Relocates everything. What the linker only logs goes into `warnings`.
pub(crate) fn relocate(
    object: &mut Object<'_>,
    tables: &Tables,
    rules: Rules,
    libraries: &Libraries<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Refusal> {
    symbol_pointers(object)?;
    let mut pure = PureSlots { tables, libraries, known: BTreeMap::new() };
    for index in 0..object.external.len() {
        let reloc = object.external[index];
        apply(object, &reloc, rules, &mut pure, warnings)?;
    }
    for index in 0..object.local.len() {
        let reloc = object.local[index];
        apply(object, &reloc, rules, &mut pure, warnings)?;
    }
    Ok(())
}

/// Fills `__DATA,__nl_symbol_ptr`, the one section that kxld fills from the indirect symbols.
fn symbol_pointers(object: &mut Object<'_>) -> Result<(), Refusal> {
    let named = |section: &&crate::object::Section| section.segment == "__DATA" && section.name == "__nl_symbol_ptr";
    // kxld tests a bit here where it means a type.
    let filled = object.sections.iter().find(named).filter(|section| section.flags & S_NON_LAZY_SYMBOL_POINTERS != 0);
    let Some(section) = filled.cloned() else { return Ok(()) };
    let (first, count) = (u64::from(section.reserved1), section.size / 8);
    if first + count > object.indirect.len() as u64 {
        return Err(Refusal::said(
            format_args!("{MALFORMED}firstsym + nsyms > object->dysymtab_hdr->nindirectsyms"),
            format_args!(
                "__nl_symbol_ptr wants indirect symbols {first} to {} of {}.",
                first + count,
                object.indirect.len()
            ),
        ));
    }
    for index in 0..count {
        let symbol = object.indirect[(first + index) as usize];
        let addend = if symbol & INDIRECT_SYMBOL_LOCAL != 0 {
            if symbol & INDIRECT_SYMBOL_ABS != 0 {
                continue;
            }
            object.base
        } else {
            let symbol = object.symbols.get(symbol as usize);
            symbol.map(|symbol| symbol.link).ok_or_else(|| {
                Refusal::silent(
                    format_args!("pointer {index} of __nl_symbol_ptr names a symbol that is not in the table"),
                    "Rebuild the indirect symbol table.",
                )
            })?
        };
        let offset = section.offset + index * 8;
        let word = object.word(offset).filter(|_| section.offset != 0).map(|word| word.wrapping_add(addend));
        let written = word.and_then(|word| bytes::write(&mut object.data, offset, &word.to_le_bytes()));
        written.ok_or_else(|| outside("__nl_symbol_ptr", offset))?;
    }
    Ok(())
}

fn outside(what: impl core::fmt::Display, offset: u64) -> Refusal {
    Refusal::crash(
        format_args!("{what} is patched at offset {offset:#x}, which is not in the file"),
        "Relocations belong to places that have contents in the file.",
    )
}

/// Slots without a function in the vtables that relocations refer to.
struct PureSlots<'t> {
    tables: &'t Tables,
    libraries: &'t Libraries<'t>,
    known: BTreeMap<String, Vec<u64>>,
}

impl PureSlots<'_> {
    /// Whether the slot at an offset from a vtable's symbol is pure virtual.
    fn has(&mut self, object: &Object<'_>, vtable: &str, offset: u64) -> bool {
        if !self.known.contains_key(vtable) {
            let offsets = self.offsets(object, vtable);
            self.known.insert(vtable.into(), offsets);
        }
        self.known.get(vtable).is_some_and(|offsets| offsets.binary_search(&offset).is_ok())
    }

    fn offsets(&self, object: &Object<'_>, vtable: &str) -> Vec<u64> {
        let own = self.tables.find(vtable).map(|index| &self.tables.list[index]).filter(|table| table.patched);
        if let Some(table) = own {
            let pure = |symbol: Option<u32>| {
                symbol.is_some_and(|symbol| object.symbols[symbol as usize].role == Role::PureVirtual)
            };
            return offsets(table.entries.iter().map(|entry| pure(entry.symbol)));
        }
        let slots = self.libraries.vtable(vtable);
        offsets(slots.iter().flat_map(|slots| slots.iter()).map(|slot| slot.name == PURE_VIRTUAL))
    }
}

fn offsets(pure: impl Iterator<Item = bool>) -> Vec<u64> {
    (0_u64..).zip(pure).filter(|(_, pure)| *pure).map(|(slot, _)| VTABLE_HEADER + slot * 8).collect()
}

/// Where a relocation leads.
struct Resolved {
    target: u64,
    /// The pair's value; 1 for local relocations without one, by which kxld knows them.
    pair: u64,
    /// The symbol, if it is a vtable.
    vtable: Option<usize>,
}

fn resolve(object: &Object<'_>, reloc: &Reloc, rules: Rules, warnings: &mut Vec<String>) -> Result<Resolved, Refusal> {
    let got = matches!(reloc.kind, X86_64_RELOC_GOT | X86_64_RELOC_GOT_LOAD);
    match reloc.target {
        Target::Section(index) => {
            let section = object.sections.get(index as usize).filter(|_| !got);
            let section = section.ok_or_else(|| {
                refused(reloc, format_args!("it names section {} of {}", index.wrapping_add(1), object.sections.len()))
            })?;
            let pair = match reloc.pair {
                None => 1,
                Some(Target::Value(value)) => u64::from(value),
                Some(_) => return Err(refused(reloc, "its pair is a symbol")),
            };
            Ok(Resolved { target: section.slide(), pair, vtable: None })
        }
        Target::Symbol(index) => {
            let symbol = object
                .symbols
                .get(index as usize)
                .ok_or_else(|| refused(reloc, format_args!("it names symbol {index} of {}", object.symbols.len())))?;
            if symbol.role == Role::Pad && symbol.binding == Binding::Replaced {
                let words = alloc::format!(
                    "Relocation failed because some class in this kext didn't use the OSDeclareDefaultStructors and \
                     OSDefineMetaClassAndStructors, so it still references {}, which has been patched with another symbol \
                     for binary compatibility. Please make sure all classes that inherit from OSObject use these macros.",
                    symbol.name
                );
                if rules.refuses_replaced_pad() {
                    return Err(Refusal::said(words, format_args!("The relocation is at {:#x}.", reloc.address)));
                }
                if !warnings.contains(&words) {
                    warnings.push(words);
                }
            }
            let vtable = (symbol.role == Role::Vtable).then_some(index as usize);
            // There is no global offset table: its entries' addresses are 0.
            Ok(Resolved { target: symbol.link, pair: 0, vtable })
        }
        Target::Value(_) => Err(refused(reloc, "it has no target")),
    }
}

fn refused(reloc: &Reloc, what: impl core::fmt::Display) -> Refusal {
    Refusal::silent(
        format_args!(
            "a relocation at {:#x} (type {}, length {}) cannot be done: {what}",
            reloc.address, reloc.kind, reloc.length
        ),
        "Kexts have UNSIGNED relocations of length 3, and BRANCH relocations of length 2 that are pc-relative.",
    )
}

/// Where a relocation is in the file, and what is there.
fn site(object: &Object<'_>, reloc: &Reloc) -> Result<(u64, u64), Refusal> {
    let segment = object.segment_at(reloc.address).ok_or_else(|| refused(reloc, "its address is in no segment"))?;
    let offset = segment.fileoff.wrapping_add(reloc.address - segment.base);
    let word = match reloc.length {
        2 => bytes::u32(&object.data, offset).map(|word| i64::from(word.cast_signed()).cast_unsigned()),
        3 => bytes::u64(&object.data, offset),
        _ => return Err(refused(reloc, "its length is neither 2 nor 3")),
    };
    Ok((offset, word.ok_or_else(|| beyond(reloc, offset))?))
}

fn beyond(reloc: &Reloc, offset: u64) -> Refusal {
    outside(format_args!("the place of a relocation at {:#x}", reloc.address), offset)
}

/// Whether a relocation can be done at all. Where it is in the file, and what is there.
pub(super) fn examine(object: &Object<'_>, reloc: &Reloc, rules: Rules) -> Result<(u64, u64), Refusal> {
    let (offset, word) = site(object, reloc)?;
    let resolved = resolve(object, reloc, rules, &mut Vec::new())?;
    if reloc.length == 3 {
        long(reloc, &resolved, word)?;
    } else {
        short(object, reloc, &resolved, word)?;
    }
    if matches!(reloc.kind, X86_64_RELOC_GOT | X86_64_RELOC_GOT_LOAD) {
        let detail =
            format_args!("The relocation at {:#x} wants a global offset table, of which there is none.", reloc.address);
        return Err(Refusal::said(OVERFLOWED, detail));
    }
    Ok((offset, word))
}

fn apply(
    object: &mut Object<'_>,
    reloc: &Reloc,
    rules: Rules,
    pure: &mut PureSlots<'_>,
    warnings: &mut Vec<String>,
) -> Result<(), Refusal> {
    let (offset, word) = site(object, reloc)?;
    let resolved = resolve(object, reloc, rules, warnings)?;
    if let Some(index) = resolved.vtable {
        let vtable = &object.symbols[index].name;
        if pure.has(object, vtable, word) {
            return Err(Refusal::said(
                PURE_VIRTUAL_CALL,
                format_args!("The relocation at {:#x} takes slot offset {word:#x} of {vtable}.", reloc.address),
            ));
        }
    }
    let written = if reloc.length == 3 {
        let word = long(reloc, &resolved, word)?;
        bytes::write(&mut object.data, offset, &word.to_le_bytes())
    } else {
        let word = short(object, reloc, &resolved, word)?;
        bytes::write(&mut object.data, offset, &word.to_le_bytes())
    };
    written.ok_or_else(|| beyond(reloc, offset))
}

/// The new value of an eight-byte place.
fn long(reloc: &Reloc, resolved: &Resolved, word: u64) -> Result<u64, Refusal> {
    match reloc.kind {
        _ if reloc.pcrel => Err(refused(reloc, "it is eight bytes long and pc-relative")),
        X86_64_RELOC_UNSIGNED => Ok(word.wrapping_add(resolved.target)),
        X86_64_RELOC_SUBTRACTOR => Ok(resolved.target.wrapping_sub(resolved.pair)),
        _ => Err(refused(reloc, "its type has no eight-byte form")),
    }
}

/// The new value of a four-byte place.
fn short(object: &Object<'_>, reloc: &Reloc, resolved: &Resolved, place: u64) -> Result<u32, Refusal> {
    if reloc.kind == X86_64_RELOC_SUBTRACTOR && !reloc.pcrel {
        return Ok(resolved.target.wrapping_sub(resolved.pair) as u32);
    }
    let pc = reloc.address.wrapping_add(object.base);
    let is_local = resolved.pair != 0;
    let (target, adjustment) = match reloc.kind {
        _ if !reloc.pcrel => return Err(refused(reloc, "it is four bytes long and not pc-relative")),
        X86_64_RELOC_BRANCH => (resolved.target, pc.wrapping_add(4)),
        X86_64_RELOC_SIGNED if is_local => (resolved.target, object.base),
        X86_64_RELOC_SIGNED_1 if is_local => (resolved.target, object.base.wrapping_add(1)),
        X86_64_RELOC_SIGNED_2 if is_local => (resolved.target, object.base.wrapping_add(2)),
        X86_64_RELOC_SIGNED_4 if is_local => (resolved.target, object.base.wrapping_add(4)),
        X86_64_RELOC_SIGNED | X86_64_RELOC_SIGNED_1 | X86_64_RELOC_SIGNED_2 | X86_64_RELOC_SIGNED_4 => {
            (resolved.target, pc.wrapping_add(4))
        }
        X86_64_RELOC_GOT | X86_64_RELOC_GOT_LOAD => (resolved.pair, pc.wrapping_add(4)),
        _ => return Err(refused(reloc, "its type has no four-byte form")),
    };
    let displacement = place.wrapping_add(target).wrapping_sub(adjustment).cast_signed();
    if displacement.unsigned_abs() >= REACH {
        return Err(Refusal::said(
            OVERFLOWED,
            format_args!(
                "The place at {:#x} (linked at {pc:#x}) would have to reach {displacement:#x} bytes far.",
                reloc.address
            ),
        ));
    }
    Ok(displacement as u32)
}
