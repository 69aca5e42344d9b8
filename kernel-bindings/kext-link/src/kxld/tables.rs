//! Vtables of an unlinked kext, read from its file and its external relocations.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Refusal;
use crate::names::{Class, Role};
use crate::object::{Object, Place, Target};
use crate::output::VTABLE_HEADER;

/// A vtable.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
    /// Whether its slots are final.
    pub(crate) patched: bool,
}

/// A slot.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The imported function; functions of the kext itself are not looked at.
    pub(crate) symbol: Option<u32>,
    /// The external relocation that fills it.
    pub(crate) reloc: Option<usize>,
}

/// The vtables that a linker looks at, by name.
pub(crate) struct Tables {
    pub(crate) list: Vec<Table>,
    by_name: BTreeMap<String, usize>,
}

impl Tables {
    /// The tables of all classes that have a `superClass` symbol. A kext without external relocations counts as linked:
    /// its tables are taken as they are.
    pub(crate) fn read(object: &Object<'_>) -> Result<Self, Refusal> {
        let mut tables = Self { list: Vec::new(), by_name: BTreeMap::new() };
        if object.external.is_empty() {
            for (index, symbol) in object.symbols.iter().enumerate() {
                if symbol.role == Role::Vtable {
                    tables.add(read(object, index as u32, true)?);
                }
            }
            return Ok(tables);
        }
        for pointer in super_pointers(object) {
            let class = class_of(object, pointer)?;
            for name in [class.vtable(), class.metaclass_vtable()] {
                let name = name.ok_or_else(too_long)?;
                let symbol = object.defined(&name).ok_or_else(|| missing(&name, class))?;
                tables.add(read(object, symbol, false)?);
            }
        }
        Ok(tables)
    }

    fn add(&mut self, table: Table) {
        self.by_name.insert(table.name.clone(), self.list.len());
        self.list.push(table);
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

/// The `superClass` symbols, which make classes known.
pub(crate) fn super_pointers(object: &Object<'_>) -> impl Iterator<Item = u32> + use<> {
    let found = object.symbols.iter().enumerate().filter(|(_, symbol)| symbol.role == Role::SuperPointer);
    found.map(|(index, _)| index as u32).collect::<Vec<_>>().into_iter()
}

/// The class of a `superClass` symbol.
pub(crate) fn class_of<'o>(object: &'o Object<'_>, pointer: u32) -> Result<Class<'o>, Refusal> {
    Class::of_super_pointer(&object.symbols[pointer as usize].name).ok_or_else(too_long)
}

pub(crate) fn too_long() -> Refusal {
    Refusal::silent("a C++ name is longer than 255 characters or too short for its kind", "Shorten the class's name.")
}

pub(crate) fn missing(vtable: &str, class: Class<'_>) -> Refusal {
    Refusal::said(
        format_args!(
            "Cannot find the vtable '{vtable}' for class '{}'. This vtable symbol is required for binary compatibility, and \
             it may have been stripped.",
            class.0
        ),
        "Keep the symbols of vtables and metaclass vtables in the symbol table; private external is enough.",
    )
}

fn read(object: &Object<'_>, symbol: u32, linked: bool) -> Result<Table, Refusal> {
    let vtable = &object.symbols[symbol as usize];
    let outside = || {
        Refusal::crash(
            format_args!("the vtable {} does not lie in a section with contents", vtable.name),
            "A vtable is defined in a section of this file and ends with a null word.",
        )
    };
    let Place::Section(section) = vtable.place else { return Err(outside()) };
    let section = object.sections.get(section).filter(|section| section.offset != 0).ok_or_else(outside)?;
    let at = vtable.base.checked_sub(section.base).and_then(|at| at.checked_add(section.offset));
    let mut offset = at.and_then(|at| at.checked_add(VTABLE_HEADER)).ok_or_else(outside)?;
    let mut address = vtable.base.wrapping_add(VTABLE_HEADER);
    let mut entries = Vec::new();
    loop {
        let word = object.word(offset).ok_or_else(outside)?;
        let reloc = if word == 0 && !linked { object.external_at(address) } else { None };
        if word == 0 && reloc.is_none() {
            break;
        }
        let symbol = match reloc.map(|reloc| object.external[reloc].target) {
            Some(Target::Symbol(symbol)) if (symbol as usize) < object.symbols.len() => Some(symbol),
            _ => None,
        };
        entries.push(Entry { symbol, reloc });
        offset += 8;
        address = address.wrapping_add(8);
    }
    Ok(Table { name: vtable.name.clone().into_owned(), entries, patched: linked })
}
