//! What the kernel keeps at an address, for reports of faults.

use alloc::format;
use alloc::string::{String, ToString};

use abi::pack::{Class, SymbolKind};

use super::{HOLE, SYMBOLS, Symbols, THUNK};
use crate::fault::Place;

/// Bytes of a vtable before its first slot.
const HEADER: usize = 16;

/// The function, variable, vtable or metaclass at an address; `None`: none of these, or the table is in the middle of a
/// change.
pub fn place_of(address: usize) -> Option<Place> {
    let guard = SYMBOLS.try_borrow()?;
    let symbols = guard.as_ref()?;
    if let Some(name) = symbols.hole(address) {
        return Some(Place { words: format!("{name}, which this bench does not implement"), mapped: false });
    }
    let words = symbols.thunk(address).or_else(|| symbols.variable(address)).or_else(|| symbols.class(address))?;
    Some(Place { words, mapped: true })
}

impl Symbols {
    fn hole(&self, address: usize) -> Option<&'static str> {
        let place = address.checked_sub(self.holes)? / HOLE;
        self.missing_data.get(place).map(|&index| self.pack.symbols[index as usize].name)
    }

    fn thunk(&self, address: usize) -> Option<String> {
        let index = address.checked_sub(self.thunks + THUNK)? / THUNK;
        self.pack.symbols.get(index).map(|symbol| format!("the code of {}", symbol.name))
    }

    fn variable(&self, address: usize) -> Option<String> {
        self.variables.contains(&address).then(|| {
            let before = self.locals.iter().filter(|(_, at)| self.variables.contains(at) && **at <= address);
            let name = before.max_by_key(|(_, at)| **at).map(|(name, _)| format!("the variable {name}"));
            name.unwrap_or_else(|| "the kernel's variables".to_string())
        })
    }

    /// A part of a class that has an address of its own.
    fn class(&self, address: usize) -> Option<String> {
        let near = |kind: SymbolKind, length: usize| {
            let mut symbols = self.pack.symbols.iter().zip(&self.addresses);
            let found = symbols.find(|(symbol, at)| symbol.kind == kind && (**at..**at + length).contains(&address));
            found.map(|(symbol, _)| symbol.name)
        };
        let metaclass = || {
            let size = self.pack.class("OSMetaClass")?.1.size as usize;
            near(SymbolKind::MetaClass, size).map(|name| format!("the metaclass object {name}"))
        };
        let pointer = || near(SymbolKind::MetaClassPointer, 8).map(|name| format!("the variable {name}"));
        let table = self.pack.classes.iter().find_map(|class| self.vtable(class, address));
        table.or_else(metaclass).or_else(pointer)
    }

    fn vtable(&self, class: &Class<'_>, address: usize) -> Option<String> {
        let (name, length) = (class.name, class.name.len());
        let tables = [
            (format!("__ZTV{length}{name}"), class.vtable.len(), name.to_string()),
            (format!("__ZTVN{length}{name}9MetaClassE"), class.metaclass_vtable.len(), format!("{name}::MetaClass")),
        ];
        tables.into_iter().find_map(|(symbol, slots, owner)| {
            let start = self.addresses[self.pack.symbol(&symbol)? as usize];
            let slot = address.checked_sub(start)?.saturating_sub(HEADER) / 8;
            // A null word ends the table.
            (slot <= slots).then(|| format!("slot {slot} of the vtable of {owner}"))
        })
    }
}
