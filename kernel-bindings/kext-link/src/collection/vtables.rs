//! Patching of vtables by the builder: in place, found by fixups, without the refusal of outdated superclasses.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::fixups::Binds;
use crate::libraries::Libraries;
use crate::link::Slot;
use crate::names::{Class, OSMETACLASS_VTABLE, Role};
use crate::object::{Object, Place, Symbol};
use crate::output::{self, VTABLE_HEADER};
use crate::{Refusal, bytes};

/// What patching did.
pub(super) struct Patched {
    /// How many slots were redirected.
    pub(super) slots: u32,
    pub(super) tables: Vec<output::Table>,
}

/// The superclass's table.
enum Parent {
    Library(String, Rc<[Slot]>),
    /// Of this kext, by address.
    Own(u64),
}

struct Table {
    name: String,
    parent: Parent,
    /// Addresses of the slots, each with its external relocation if it is not slid only.
    entries: Vec<(u64, Option<usize>)>,
    patched: bool,
}

/// Patches all tables of classes that have a `superClass` symbol.
pub(super) fn patch(object: &mut Object<'_>, binds: &mut Binds, libraries: &Libraries<'_>) -> Result<Patched, Refusal> {
    let tables = Finder::new(object, binds, libraries).tables()?;
    let names = names(object, |_| true);
    let mut patcher = Patcher { object, binds, tables, names, added: BTreeMap::new(), slots: 0 };
    loop {
        let left: Vec<u64> = patcher.tables.iter().filter(|(_, table)| !table.patched).map(|(at, _)| *at).collect();
        let mut progress = false;
        for &at in &left {
            progress |= patcher.table(at)?;
        }
        if left.is_empty() {
            return Ok(Patched { slots: patcher.slots, tables: patcher.output() });
        }
        if !progress {
            return Err(patcher.stuck(&left));
        }
    }
}

/// Finds classes and their tables.
struct Finder<'f, 'a> {
    object: &'f Object<'a>,
    binds: &'f Binds,
    libraries: &'f Libraries<'f>,
    /// Metaclass objects by address.
    metaclasses: BTreeMap<u64, u32>,
    errors: Vec<String>,
}

impl<'f, 'a> Finder<'f, 'a> {
    fn new(object: &'f Object<'a>, binds: &'f Binds, libraries: &'f Libraries<'f>) -> Self {
        let metaclasses = names(object, |symbol| symbol.role == Role::MetaClass);
        Self { object, binds, libraries, metaclasses, errors: Vec::new() }
    }

    fn tables(mut self) -> Result<BTreeMap<u64, Table>, Refusal> {
        let mut tables = BTreeMap::new();
        let globals = (0..self.object.symbols.len()).filter(|index| self.object.symbols[*index].external);
        let locals = (0..self.object.symbols.len()).filter(|index| !self.object.symbols[*index].external);
        for index in globals.chain(locals) {
            let symbol = &self.object.symbols[index];
            if symbol.role == Role::SuperPointer && symbol.is_defined() {
                self.class(&mut tables, index);
            }
        }
        let metaclass = self.libraries.vtable(OSMETACLASS_VTABLE);
        if self.errors.is_empty() && metaclass.is_none() && !tables.is_empty() {
            self.errors.push("Could not find OSMetaClass vtable in kernel binary".into());
        }
        if self.errors.is_empty() {
            return Ok(tables);
        }
        Err(Refusal::said(
            self.errors.join("\n"),
            "Each class that has a superClass symbol needs its vtable's symbol, a relocation to the superclass's metaclass \
             object, and the superclass in a library of OSBundleLibraries.",
        ))
    }

    fn class(&mut self, tables: &mut BTreeMap<u64, Table>, pointer: usize) {
        let symbol = &self.object.symbols[pointer];
        let Some(class) = Class::of_whole_super_pointer(&symbol.name) else { return };
        let [plain, namespaced] = class.whole_vtables();
        let found = self.own(&plain).or_else(|| self.own(&namespaced));
        let Some(vtable) = found else {
            self.errors.push(format!("Class vtables '{plain}' or '{namespaced}' is not an exported symbol"));
            return;
        };
        let metaclass = match self.metaclass(pointer) {
            Ok(metaclass) => metaclass,
            Err(error) => {
                self.errors.push(error);
                return;
            }
        };
        let Some(superclass) = Class::of_whole_metaclass(&metaclass) else { return };
        let Some(parent) = self.parent(superclass) else {
            let [wanted, _] = superclass.whole_vtables();
            self.errors.push(format!("Superclass vtable '{wanted}' is not exported from kext or its dependencies"));
            return;
        };
        tables.insert(vtable, self.table(plain, vtable, parent));
        // Without a metaclass table there is nothing to patch.
        let meta = format!("__ZTVN{}9MetaClassE", class.0);
        let osmetaclass = self.libraries.vtable(OSMETACLASS_VTABLE);
        if let (Some(at), Some(slots)) = (self.own(&meta), osmetaclass) {
            let parent = Parent::Library(OSMETACLASS_VTABLE.into(), slots);
            tables.insert(at, self.table(meta, at, parent));
        }
    }

    fn own(&self, name: &str) -> Option<u64> {
        self.object.defined(name).map(|index| self.object.symbols[index as usize].base)
    }

    /// The name of the metaclass object that a `superClass` pointer points to.
    fn metaclass(&self, pointer: usize) -> Result<String, String> {
        let symbol = &self.object.symbols[pointer];
        let unknown = || format!("Cannot find symbol for metaclass pointed to by '{}'", symbol.name);
        if let Some(reloc) = self.object.external_at(symbol.base) {
            let (target, bound) = self.binds.of[reloc];
            let target = &self.object.symbols[target as usize];
            return match (bound, target.role) {
                (true, Role::MetaClass) => Ok(String::from(&*target.name)),
                (true, _) => Err(unknown()),
                (false, _) => {
                    Err(format!("{}.  Expected symbol '{}' to be defined in another kext", unknown(), target.name))
                }
            };
        }
        let place = symbol.link.wrapping_sub(self.object.base);
        let target = self.object.word(place).map(|word| word.wrapping_sub(symbol.link).wrapping_add(symbol.base));
        let target = target.filter(|_| self.object.local_at(symbol.base).is_some());
        let target = target.and_then(|target| self.metaclasses.get(&target));
        target.map(|index| String::from(&*self.object.symbols[*index as usize].name)).ok_or_else(unknown)
    }

    fn parent(&self, superclass: Class<'_>) -> Option<Parent> {
        superclass.whole_vtables().into_iter().find_map(|name| {
            let library = self.libraries.vtable(&name).map(|slots| Parent::Library(name.clone(), slots));
            library.or_else(|| self.own(&name).map(Parent::Own))
        })
    }

    fn table(&self, name: String, at: u64, parent: Parent) -> Table {
        let mut entries = Vec::new();
        let mut slot = at.wrapping_add(VTABLE_HEADER);
        loop {
            match (self.object.external_at(slot), self.object.local_at(slot)) {
                (Some(reloc), _) => entries.push((slot, Some(reloc))),
                (None, Some(_)) => entries.push((slot, None)),
                (None, None) => break,
            }
            slot = slot.wrapping_add(8);
        }
        Table { name, parent, entries, patched: false }
    }
}

/// The symbols that are seen, by address; of several at one address a local one counts, and of those the last.
fn names(object: &Object<'_>, wanted: fn(&Symbol<'_>) -> bool) -> BTreeMap<u64, u32> {
    let seen = |external: bool| {
        let symbols = object.symbols.iter().zip(0_u32..);
        symbols.filter(move |(symbol, _)| matches!(symbol.place, Place::Section(_)) && symbol.external == external)
    };
    seen(true)
        .chain(seen(false))
        .filter(|(symbol, _)| wanted(symbol))
        .map(|(symbol, index)| (symbol.base, index))
        .collect()
}

struct Patcher<'p, 'a> {
    object: &'p mut Object<'a>,
    binds: &'p mut Binds,
    tables: BTreeMap<u64, Table>,
    /// Symbols by address.
    names: BTreeMap<u64, u32>,
    /// Symbols that patching added, by name and address.
    added: BTreeMap<(String, u64), u32>,
    slots: u32,
}

impl Patcher<'_, '_> {
    /// Patches a table if its superclass's is; whether it did.
    fn table(&mut self, at: u64) -> Result<bool, Refusal> {
        let table = &self.tables[&at];
        let (parent, parent_name) = match &table.parent {
            Parent::Library(name, slots) => (slots.clone(), name.clone()),
            Parent::Own(parent) => match self.tables.get(parent) {
                Some(parent) if parent.patched => (self.own_slots(parent), parent.name.clone()),
                Some(_) => return Ok(false),
                None => {
                    return Err(Refusal::crash(
                        format_args!("the superclass of {}, in the same kext, has no superClass symbol", table.name),
                        "Keep the superClass symbols of all classes.",
                    ));
                }
            },
        };
        if table.entries.len() < parent.len() {
            return Err(Refusal::said(
                format_args!(
                    "Malformed vtable.  Super class '{parent_name}' has {} entries vs subclass '{}' with {} entries",
                    parent.len(),
                    table.name,
                    table.entries.len()
                ),
                "A slot without a relocation ends a table.",
            ));
        }
        let entries: Vec<(u64, Option<usize>)> = table.entries.clone();
        for (above, (address, reloc)) in parent.iter().zip(entries) {
            let Some(reloc) = reloc else { continue };
            let (child, bound) = self.binds.of[reloc];
            let child = &self.object.symbols[child as usize];
            if above.name.is_empty() || child.role == Role::PureVirtual || child.name == above.name && bound {
                continue;
            }
            self.redirect(reloc, address, above);
        }
        if let Some(table) = self.tables.get_mut(&at) {
            table.patched = true;
        }
        Ok(true)
    }

    fn redirect(&mut self, reloc: usize, address: u64, above: &Slot) {
        let lowest = self.object.segments.iter().map(|segment| segment.base).min().unwrap_or(0);
        let _ = bytes::write(&mut self.object.data, address.wrapping_sub(lowest), &above.address.to_le_bytes());
        let object = &mut *self.object;
        let key = (above.name.clone(), above.address);
        let add = |(name, address): &(String, u64)| object.add(name.clone(), *address);
        let symbol = *self.added.entry(key).or_insert_with_key(add);
        self.binds.of[reloc] = (symbol, true);
        self.slots += 1;
    }

    /// The slots of a patched table of this kext.
    fn own_slots(&self, table: &Table) -> Rc<[Slot]> {
        let lowest = self.object.segments.iter().map(|segment| segment.base).min().unwrap_or(0);
        let slide = self.object.base.wrapping_sub(lowest);
        let slot = |&(at, reloc): &(u64, Option<usize>)| {
            let address = self.object.word(at.wrapping_sub(lowest)).unwrap_or(0);
            let import = reloc.map(|reloc| self.binds.of[reloc].0);
            let symbol = import.or_else(|| self.names.get(&address.wrapping_sub(slide)).copied());
            let name = symbol.map_or("", |symbol| &*self.object.symbols[symbol as usize].name);
            Slot { name: String::from(name), address }
        };
        table.entries.iter().map(slot).collect()
    }

    fn stuck(&self, left: &[u64]) -> Refusal {
        let name = |at: &u64| self.tables.get(at).map_or("", |table| &*table.name);
        let lines = left.iter().map(|at| {
            let superclass = match &self.tables[at].parent {
                Parent::Own(parent) => name(parent),
                Parent::Library(parent, _) => parent,
            };
            format!("Found unpatched vtable: '{}' with unpatched superclass '{superclass}'", name(at))
        });
        Refusal::said(lines.collect::<Vec<_>>().join("\n"), "Classes that are each other's superclass cannot be.")
    }

    fn output(&self) -> Vec<output::Table> {
        let table = |table: &Table| output::Table {
            name: table.name.clone(),
            imports: table.entries.iter().map(|(_, reloc)| reloc.map(|reloc| self.binds.of[reloc].0)).collect(),
        };
        self.tables.values().map(table).collect()
    }
}
