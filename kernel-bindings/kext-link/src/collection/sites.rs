//! Fixups that are no relocations, put into the form of relocations.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;

use super::fixups::Places;
use super::validate::complaint;
use crate::macho::constants::X86_64_RELOC_UNSIGNED;
use crate::names::Role;
use crate::object::{Binding, Object, Place, Reloc, Symbol, Target};
use crate::{Refusal, Rules, bytes};

/// More fixups than any kext has: it bounds what a few hostile bytes can ask for.
const MOST: usize = 1 << 20;

/// What a fixup binds to.
#[derive(Clone, Copy)]
pub(super) struct Import<'a> {
    /// The symbol; none has been named yet.
    pub(super) name: Option<&'a str>,
    pub(super) weak: bool,
    pub(super) addend: u64,
}

/// Collects fixups into the relocations of an object.
pub(super) struct Sites<'s, 'a> {
    object: &'s mut Object<'a>,
    places: &'s Places<'s, 'a>,
    rules: Rules,
    pub(super) identifier: &'s str,
    /// Symbols by name.
    numbers: BTreeMap<&'a str, u32>,
}

impl<'s, 'a> Sites<'s, 'a> {
    /// Starts with none: relocations do not count.
    pub(super) fn new(
        object: &'s mut Object<'a>,
        places: &'s Places<'s, 'a>,
        rules: Rules,
        identifier: &'s str,
    ) -> Self {
        object.local.clear();
        object.external.clear();
        object.indirect.clear();
        Self { object, places, rules, identifier, numbers: BTreeMap::new() }
    }

    /// Address of `__TEXT` in the file.
    pub(super) fn text(&self) -> u64 {
        self.places.text
    }

    /// A pointer that is slid.
    pub(super) fn rebase(&mut self, segment: Option<u64>, offset: u64, is_pointer: bool) -> Result<(), Refusal> {
        let address = self.address(segment, offset, is_pointer, "rebase")?;
        self.object.local.push(reloc(address, Target::Section(0)));
        Ok(())
    }

    /// A pointer to an import.
    pub(super) fn bind(
        &mut self,
        segment: Option<u64>,
        offset: u64,
        is_pointer: bool,
        import: Import<'a>,
    ) -> Result<(), Refusal> {
        let address = self.address(segment, offset, is_pointer, "bind")?;
        let Some(name) = import.name else {
            let what = "bind opcode missing preceding BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM";
            return Err(complaint(self.identifier, what, "Rebuild the kext."));
        };
        if import.addend != 0 {
            return Err(Refusal::unsupported(
                format_args!("the pointer to {name} at {address:#x} has an addend"),
                "Point to the symbol itself.",
            ));
        }
        // The symbols of the table have been renamed when they were read.
        let number = self.number(self.rules.renamed(name), import.weak);
        self.object.external.push(reloc(address, Target::Symbol(number)));
        Ok(())
    }

    /// The word in a place of a segment.
    pub(super) fn word(&self, segment: u64, offset: u64) -> Result<u64, Refusal> {
        let address = self.address(Some(segment), offset, true, "chained fixup")?;
        Ok(self.object.word(address.wrapping_sub(self.places.lowest)).unwrap_or(0))
    }

    /// Replaces it; the place has been looked at.
    pub(super) fn put(&mut self, segment: u64, offset: u64, word: u64) {
        if let Ok(address) = self.address(Some(segment), offset, true, "chained fixup") {
            let _ = bytes::write(&mut self.object.data, address - self.places.lowest, &word.to_le_bytes());
        }
    }

    fn address(&self, segment: Option<u64>, offset: u64, is_pointer: bool, what: &str) -> Result<u64, Refusal> {
        let fault = |text: core::fmt::Arguments<'_>| {
            Err(complaint(self.identifier, format_args!("{what} {text}"), "A fixup is a pointer within its segment."))
        };
        if self.object.local.len() + self.object.external.len() >= MOST {
            return Err(Refusal::unsupported(
                format_args!("it has more than {MOST} fixups"),
                "The count of some opcode is wrong.",
            ));
        }
        let Some(number) = segment else { return fault(format_args!("missing preceding segment and offset")) };
        let segments = &self.places.layout.segments[..self.places.layout.linkedit];
        let Some(segment) = usize::try_from(number).ok().and_then(|number| segments.get(number)) else {
            return fault(format_args!("segment index {number} too large"));
        };
        if offset > segment.vmsize.saturating_sub(8) {
            let size = segment.vmsize;
            return fault(format_args!("current segment offset 0x{offset:08X} beyond segment size (0x{size:08X})"));
        }
        if !is_pointer {
            return fault(format_args!("type is not pointer"));
        }
        if segment.initprot & 2 == 0 {
            return fault(format_args!("pointer is in non-writable segment"));
        }
        Ok(segment.vmaddr + offset)
    }

    /// The symbol of this name, made if the symbol table has none.
    fn number(&mut self, name: &'a str, weak: bool) -> u32 {
        if self.numbers.is_empty() {
            let undefined = self.object.symbols.iter().zip(0_u32..).filter(|(symbol, _)| !symbol.is_defined());
            self.numbers.extend(undefined.filter_map(|(symbol, number)| match symbol.name {
                Cow::Borrowed(name) => Some((name, number)),
                Cow::Owned(_) => None,
            }));
        }
        if let Some(&number) = self.numbers.get(name) {
            self.object.symbols[number as usize].weak |= weak;
            return number;
        }
        let number = self.object.symbols.len() as u32;
        self.object.symbols.push(Symbol {
            name: Cow::Borrowed(name),
            place: Place::Undefined,
            role: Role::of(name),
            base: 0,
            link: 0,
            n_type: 0,
            n_desc: 0,
            external: true,
            weak,
            binding: Binding::Own,
        });
        self.numbers.insert(name, number);
        number
    }
}

fn reloc(address: u64, target: Target) -> Reloc {
    Reloc { address, target, pair: None, pcrel: false, length: 3, kind: X86_64_RELOC_UNSIGNED }
}
