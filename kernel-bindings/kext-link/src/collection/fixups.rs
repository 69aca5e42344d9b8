//! Relocations, or what stands in their place, by the builder's rules: rebases, then binds by name.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::sites::Sites;
use super::validate::{Layout, complaint};
use super::{chained, opcodes};
use crate::index::Index;
use crate::libraries::Libraries;
use crate::macho::constants::{
    INDIRECT_SYMBOL_ABS, INDIRECT_SYMBOL_LOCAL, LC_DYLD_CHAINED_FIXUPS, LC_DYLD_INFO, LC_DYLD_INFO_ONLY, MH_TWOLEVEL,
    N_WEAK_DEF, S_LAZY_SYMBOL_POINTERS, S_NON_LAZY_SYMBOL_POINTERS, X86_64_RELOC_BRANCH, X86_64_RELOC_UNSIGNED,
};
use crate::object::{Object, Reloc, Target};
use crate::{Refusal, Rules, bytes};

/// The symbol that weak imports are bound to if nothing exports them.
const MAGIC: &str = "_gOSKextUnresolved";
/// Library ordinals that are not libraries: itself, looked up anywhere, the program.
const SPECIAL_ORDINALS: [u16; 3] = [0, 0xfe, 0xff];

/// What became of the external relocations, by their index in [`Object::external`].
pub(super) struct Binds {
    /// The symbol that stands there, and whether its address has been found.
    pub(super) of: Vec<(u32, bool)>,
    /// How many imports have been found.
    pub(super) imports: u32,
}

/// Where a symbol comes from.
#[derive(Clone, Copy)]
enum Found {
    Library(u64),
    /// A definition that may be replaced, but is not.
    Own(u64),
    /// A weak import that nothing exports.
    Filler(u64),
    Nowhere,
}

/// Applies all relocations for which there is a symbol.
pub(super) fn bind<'a>(
    object: &mut Object<'a>,
    layout: &Layout<'a>,
    rules: Rules,
    identifier: &str,
    libraries: &Libraries<'_>,
    warnings: &mut Vec<String>,
) -> Result<Binds, Refusal> {
    addresses(object, layout, rules, identifier)?;
    let places = Places::of(layout);
    let slide = object.base.wrapping_sub(places.lowest);
    for reloc in &object.local {
        let at = reloc.address - places.lowest;
        let word = object.word(at).unwrap_or(0).wrapping_add(slide);
        let _ = bytes::write(&mut object.data, at, &word.to_le_bytes());
    }
    let mut finder = Finder { libraries, found: Vec::new(), asks: false, filled: false };
    finder.found.resize(object.symbols.len(), None);
    let mut binds = Binds { of: Vec::with_capacity(object.external.len()), imports: 0 };
    for reloc in object.external.clone() {
        let Target::Symbol(symbol) = reloc.target else { continue };
        let found = finder.find(object, symbol, &reloc)?;
        let (Found::Library(address) | Found::Own(address) | Found::Filler(address)) = found else {
            binds.of.push((symbol, false));
            continue;
        };
        binds.of.push((symbol, true));
        put(object, &reloc, places.lowest, address, warnings)?;
    }
    if finder.filled && !finder.asks {
        return Err(Refusal::said(
            "Has weak references but does not test for them.  Test for weak references with OSKextSymbolIsResolved().",
            format_args!("The kext has weak imports that nothing exports, and no relocation to {MAGIC}."),
        ));
    }
    let imported = |found: &&Option<Found>| matches!(found, Some(Found::Library(_) | Found::Filler(_)));
    binds.imports = finder.found.iter().filter(imported).count() as u32;
    Ok(binds)
}

/// Checks all relocations, gives them whole addresses, and adds those that the indirect symbols stand for.
pub(super) fn addresses<'a>(
    object: &mut Object<'a>,
    layout: &Layout<'a>,
    rules: Rules,
    identifier: &str,
) -> Result<(), Refusal> {
    let places = Places::of(layout);
    let command = |kinds: &[u32]| layout.macho.commands().find(|command| kinds.contains(&command.cmd));
    if let Some(command) = command(&[LC_DYLD_CHAINED_FIXUPS]) {
        chained::read(&command, layout, &mut Sites::new(object, &places, rules, identifier))?;
    } else if let Some(command) = command(&[LC_DYLD_INFO, LC_DYLD_INFO_ONLY]) {
        opcodes::read(&command, layout, &mut Sites::new(object, &places, rules, identifier))?;
    } else {
        rebase_addresses(object, &places, identifier)?;
        bind_addresses(object, layout, &places, identifier)?;
        indirect_pointers(object, &places)?;
    }
    object.index = Index::of(&object.symbols, &object.external, &object.local);
    Ok(())
}

/// Segments that relocations may be in, and what their addresses count from.
pub(super) struct Places<'l, 'a> {
    pub(super) layout: &'l Layout<'a>,
    pub(super) lowest: u64,
    first: u64,
    pub(super) text: u64,
}

impl<'l, 'a> Places<'l, 'a> {
    fn of(layout: &'l Layout<'a>) -> Self {
        let segments = &layout.segments;
        let text = segments.iter().find(|segment| segment.name == "__TEXT");
        Self {
            layout,
            lowest: segments.iter().map(|segment| segment.vmaddr).min().unwrap_or(0),
            first: segments.first().map_or(0, |segment| segment.vmaddr),
            text: text.map_or(0, |segment| segment.vmaddr),
        }
    }

    /// The segment of an address; eight bytes there lie within it.
    fn find(&self, address: u64, identifier: &str, what: &str) -> Result<usize, Refusal> {
        let segments = &self.layout.segments[..self.layout.linkedit];
        let inside = |segment: &crate::macho::Segment<'_>| {
            address.checked_sub(segment.vmaddr).is_some_and(|offset| offset < segment.vmsize)
        };
        let index = segments.iter().position(inside).ok_or_else(|| {
            Refusal::said(
                "local relocation has out of range r_address",
                format_args!("The {what} at {address:#x} is in no segment in front of __LINKEDIT."),
            )
        })?;
        let (offset, size) = (address - segments[index].vmaddr, segments[index].vmsize);
        if offset > size.saturating_sub(8) {
            let text = format!("{what} current segment offset 0x{offset:08X} beyond segment size (0x{size:08X})");
            return Err(complaint(identifier, text, "A relocated word lies within its segment."));
        }
        Ok(index)
    }
}

fn rebase_addresses(object: &mut Object<'_>, places: &Places<'_, '_>, identifier: &str) -> Result<(), Refusal> {
    for reloc in &mut object.local {
        let fault = |what: &str, detail: &str| {
            Err(Refusal::said(what, format_args!("The local relocation at {:#x}: {detail}", reloc.address)))
        };
        if reloc.length != 3 {
            return fault("local relocation has wrong r_length", "pointers are eight bytes long.");
        }
        if reloc.kind != X86_64_RELOC_UNSIGNED {
            return fault("local relocation has wrong r_type", "only pointers (UNSIGNED) are slid.");
        }
        reloc.address = places.first.wrapping_add(u64::from(reloc.address as u32));
        places.find(reloc.address, identifier, "local relocation")?;
    }
    Ok(())
}

fn bind_addresses(
    object: &mut Object<'_>,
    layout: &Layout<'_>,
    places: &Places<'_, '_>,
    identifier: &str,
) -> Result<(), Refusal> {
    for reloc in &mut object.external {
        let address = places.text.wrapping_add(u64::from(reloc.address as u32));
        let fault = |what: &str, detail: &str| {
            Err(Refusal::said(what, format_args!("The external relocation at {address:#x}: {detail}")))
        };
        let is_branch = reloc.kind == X86_64_RELOC_BRANCH;
        if reloc.length != if is_branch { 2 } else { 3 } {
            return fault("external relocation has wrong r_length", "a BRANCH is four bytes long, a pointer eight.");
        }
        if is_branch && !reloc.pcrel {
            return fault("external relocation should be pcrel", "a BRANCH counts from the next instruction.");
        }
        if !is_branch && reloc.kind != X86_64_RELOC_UNSIGNED {
            return fault("external relocation has wrong r_type", "there may be UNSIGNED and BRANCH.");
        }
        reloc.address = address;
        let segment = &layout.segments[places.find(reloc.address, identifier, "external relocation")?];
        // Local ones in the external table count as external here.
        let number = match reloc.target {
            Target::Symbol(number) => number,
            Target::Section(number) => number.wrapping_add(1),
            Target::Value(_) => u32::MAX,
        };
        reloc.target = Target::Symbol(number);
        let Some(entry) = layout.symtab.get(number) else {
            return fault("external relocation has out of range r_symbolnum", "it names a symbol that is not there.");
        };
        if entry.n_strx >= layout.symtab.strsize {
            let text = format!("external relocation has r_symbolnum={number} which has out of range n_strx");
            return fault(&text, "the name begins beyond the string table.");
        }
        let ordinal = entry.n_desc >> 8;
        if layout.macho.header().flags & MH_TWOLEVEL != 0 && !SPECIAL_ORDINALS.contains(&ordinal) {
            let text = format!("external relocation has library ordinal too large ({ordinal}) max (0)");
            return Err(complaint(identifier, text, "Imports of kexts name no library: clear MH_TWOLEVEL."));
        }
        let (writable, executable) = (segment.initprot & 2 != 0, segment.initprot & 4 != 0);
        let text = match (is_branch, writable, executable) {
            (false, false, _) => "pointer bind is in non-writable segment",
            (true, true, _) => "text bind is in writable segment",
            (true, false, false) => "pointer bind is in non-executable segment",
            _ => continue,
        };
        let detail = format!("The relocation is at {:#x} in {}.", reloc.address, segment.name);
        return Err(complaint(identifier, format_args!("external relocation {text}"), detail));
    }
    Ok(())
}

/// Pointers that the indirect symbols fill, as relocations.
fn indirect_pointers(object: &mut Object<'_>, places: &Places<'_, '_>) -> Result<(), Refusal> {
    if object.indirect.is_empty() {
        return Ok(());
    }
    let kinds = [S_LAZY_SYMBOL_POINTERS, S_NON_LAZY_SYMBOL_POINTERS];
    for section in object.sections.iter().filter(|section| kinds.contains(&section.kind())) {
        let (first, count) = (u64::from(section.reserved1), section.size / 8);
        let symbols = usize::try_from(first).ok().zip(usize::try_from(count).ok());
        let symbols = symbols.and_then(|(first, count)| object.indirect.get(first..first.checked_add(count)?));
        let Some(symbols) = symbols else {
            return Err(Refusal::said(
                format_args!("section {} overflows indirect symbol table", section.name),
                format_args!("It wants {count} from {first} on of {}.", object.indirect.len()),
            ));
        };
        for (&symbol, index) in symbols.iter().zip(0_u64..) {
            let address = section.base.wrapping_add(index * 8);
            if symbol == INDIRECT_SYMBOL_ABS {
                continue;
            }
            places.find(address, "indirect", "indirect symbol")?;
            let mut reloc = Reloc {
                address,
                target: Target::Symbol(symbol),
                pair: None,
                pcrel: false,
                length: 3,
                kind: X86_64_RELOC_UNSIGNED,
            };
            if symbol == INDIRECT_SYMBOL_LOCAL {
                reloc.target = Target::Section(0);
                object.local.push(reloc);
            } else if symbol as usize >= object.symbols.len() {
                return Err(Refusal::said(
                    format_args!("indirect symbol[{}] = {symbol} which is invalid symbol index", first + index),
                    "Rebuild the indirect symbol table.",
                ));
            } else {
                object.external.push(reloc);
            }
        }
    }
    Ok(())
}

/// Looks symbols up, each once.
struct Finder<'l> {
    libraries: &'l Libraries<'l>,
    found: Vec<Option<Found>>,
    /// Whether the kext asks whether weak imports were found.
    asks: bool,
    /// Whether one was not.
    filled: bool,
}

impl Finder<'_> {
    fn find(&mut self, object: &Object<'_>, index: u32, reloc: &Reloc) -> Result<Found, Refusal> {
        let found = match self.found[index as usize] {
            Some(found) => found,
            None => self.look_up(object, index)?,
        };
        self.found[index as usize] = Some(found);
        let (kind, name) = (reloc.kind, &object.symbols[index as usize].name);
        match found {
            Found::Own(_) if kind == X86_64_RELOC_BRANCH => {
                Err(Refusal::said("Unexpected weak bind type: 3", format_args!("{name} is called directly.")))
            }
            Found::Filler(_) if kind == X86_64_RELOC_BRANCH => Err(Refusal::said(
                "Unexpected bind type: 3",
                format_args!("The weak import {name} is called directly."),
            )),
            found => Ok(found),
        }
    }

    fn look_up(&mut self, object: &Object<'_>, index: u32) -> Result<Found, Refusal> {
        let symbol = &object.symbols[index as usize];
        if let Some(address) = self.libraries.export(&symbol.name) {
            self.asks |= symbol.name == MAGIC;
            return Ok(Found::Library(address));
        }
        if symbol.external && symbol.n_desc & N_WEAK_DEF != 0 {
            return Ok(Found::Own(symbol.link));
        }
        if symbol.weak && !symbol.is_defined() {
            self.filled = true;
            return self.libraries.export(MAGIC).map(Found::Filler).ok_or_else(|| {
                Refusal::said(
                    format_args!("Weak bind symbol '{MAGIC}' not found in kernel"),
                    format_args!("The weak import {} needs it.", symbol.name),
                )
            });
        }
        Ok(Found::Nowhere)
    }
}

/// Writes an address. What the file has in the place, an addend too, is written over.
fn put(
    object: &mut Object<'_>,
    reloc: &Reloc,
    lowest: u64,
    address: u64,
    warnings: &mut Vec<String>,
) -> Result<(), Refusal> {
    let at = reloc.address - lowest;
    if reloc.kind != X86_64_RELOC_BRANCH {
        if let Some(addend) = object.word(at).filter(|word| *word != 0) {
            warnings.push(format!("macOS 11 drops the addend {addend:#x} of the pointer at {:#x}.", reloc.address));
        }
        let _ = bytes::write(&mut object.data, at, &address.to_le_bytes());
        return Ok(());
    }
    let next = object.base.wrapping_add(at).wrapping_add(4);
    let displacement = i32::try_from(address.wrapping_sub(next).cast_signed()).map_err(|_| {
        Refusal::unsupported(
            format_args!("the call at {:#x} is more than 2 GiB away from {address:#x}", reloc.address),
            "macOS 11 makes a stub for such a call. Link the kext nearer to the kernel.",
        )
    })?;
    let _ = bytes::write(&mut object.data, at, &displacement.to_le_bytes());
    Ok(())
}

impl Binds {
    /// Refuses what is still not bound after patching.
    pub(super) fn missing(&self, object: &Object<'_>, identifier: &str) -> Result<(), Refusal> {
        let missing = self.of.iter().zip(&object.external).filter(|((_, found), _)| !found);
        let mut missing: Vec<(u64, u32)> = missing.map(|((symbol, _), reloc)| (reloc.address, *symbol)).collect();
        missing.sort_unstable();
        if missing.is_empty() {
            return Ok(());
        }
        let line = |(address, symbol): (u64, u32)| {
            let name = &object.symbols[symbol as usize].name;
            let inside = |section: &&crate::object::Section| {
                address.checked_sub(section.base).is_some_and(|offset| offset < section.size)
            };
            let place = object.sections.iter().find(inside).map(|section| {
                format!(" (at offset {:#x} in {}, {})", address - section.base, section.segment, section.name)
            });
            let place = place.unwrap_or_default();
            format!(
                "Failed to bind '{name}' in '{identifier}'{place} as could not find a kext which exports this symbol"
            )
        };
        let lines: Vec<String> = missing.into_iter().map(line).collect();
        Err(Refusal::said(
            lines.join("\n"),
            "No library of OSBundleLibraries exports them on this release. Symbols that the kext defines itself must not have \
             external relocations either.",
        ))
    }
}
