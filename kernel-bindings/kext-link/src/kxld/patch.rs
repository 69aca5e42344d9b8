//! Patching of vtables: inherited slots are bound to whatever the superclass has there on this release.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::tables::{self, Table, Tables};
use crate::Refusal;
use crate::libraries::Libraries;
use crate::link::Slot;
use crate::names::{self, Class, OSMETACLASS_VTABLE, Role};
use crate::object::{Binding, Object, Target};

/// Patches all tables, superclasses first, and says how many slots were redirected.
pub(crate) fn patch(object: &mut Object<'_>, tables: &mut Tables, libraries: &Libraries<'_>) -> Result<u32, Refusal> {
    let mut patcher = Patcher { object, tables, libraries, log: Log::default(), patched: 0 };
    let pointers: Vec<u32> = tables::super_pointers(patcher.object).collect();
    let mut stuck = false;
    loop {
        let (mut done, mut progress) = (0, 0);
        for &pointer in &pointers {
            match patcher.class(pointer, stuck)? {
                Step::Done => done += 1,
                Step::Progress => {
                    done += 1;
                    progress += 1;
                }
                Step::Waiting => {}
            }
        }
        if stuck {
            return Err(patcher.log.refusal());
        }
        if done == pointers.len() {
            return Ok(patcher.patched);
        }
        stuck = progress == 0;
    }
}

/// What became of a class in a round.
enum Step {
    /// It was patched before.
    Done,
    /// It has been patched now.
    Progress,
    /// Its superclass has not been patched, or it cannot be patched at all.
    Waiting,
}

/// What the linker says, each thing once.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    said: BTreeSet<String>,
    detail: &'static str,
}

impl Log {
    fn say(&mut self, line: String, detail: &'static str) {
        if self.said.insert(line.clone()) {
            self.detail = if self.lines.is_empty() { detail } else { self.detail };
            self.lines.push(line);
        }
    }

    fn refusal(self) -> Refusal {
        if self.lines.is_empty() {
            return Refusal::silent(
                "a class that has a superClass symbol cannot be patched",
                "Declare and define the class with the OSDeclare… and OSDefine… macros.",
            );
        }
        Refusal::said(self.lines.join("\n"), self.detail)
    }
}

struct Patcher<'p, 'a> {
    object: &'p mut Object<'a>,
    tables: &'p mut Tables,
    libraries: &'p Libraries<'p>,
    log: Log,
    patched: u32,
}

impl Patcher<'_, '_> {
    fn class(&mut self, pointer: u32, stuck: bool) -> Result<Step, Refusal> {
        let class = tables::class_of(self.object, pointer)?;
        let class = Class(&String::from(class.0));
        let vtable = class.vtable().ok_or_else(tables::too_long)?;
        let table = self.tables.find(&vtable).ok_or_else(|| tables::missing(&vtable, class))?;
        if self.tables.list[table].patched {
            return Ok(Step::Done);
        }
        let metaclass = metaclass_of(self.object, pointer)?;
        let superclass = Class::of_metaclass(&metaclass).ok_or_else(tables::too_long)?;
        let super_vtable = superclass.vtable().ok_or_else(tables::too_long)?;
        let parent = self.parent(&super_vtable);
        if stuck {
            if parent.is_none() {
                let why = if self.tables.find(&super_vtable).is_some() { "patchable" } else { "found" };
                self.log.say(
                    format!("The {vtable} was not patched because its parent, the {super_vtable}, was not {why}."),
                    "Name the superclass's kext in OSBundleLibraries.",
                );
            }
            return Ok(Step::Waiting);
        }
        let Some(parent) = parent else { return Ok(Step::Waiting) };
        let mark = superclass.final_mark().ok_or_else(tables::too_long)?;
        let sealed = self.libraries.is_final(superclass.plain());
        if sealed || self.libraries.export(&mark).is_some() || self.object.defined(&mark).is_some() {
            self.log.say(
                format!("Class '{}' is a subclass of final class '{}'.", class.0, superclass.0),
                "A class that is marked with OSDeclareFinalStructors cannot be subclassed.",
            );
            return Ok(Step::Waiting);
        }
        if !self.table(table, &parent, &super_vtable)? {
            return Ok(Step::Waiting);
        }
        let meta = class.metaclass_vtable().ok_or_else(tables::too_long)?;
        let Some(meta) = self.tables.find(&meta) else { return Ok(Step::Progress) };
        let osmetaclass = self.parent(OSMETACLASS_VTABLE);
        let Some(osmetaclass) = osmetaclass.filter(|_| !self.tables.list[meta].patched) else {
            return Err(Refusal::silent(
                format_args!("{OSMETACLASS_VTABLE} is not among the vtables of the libraries"),
                "Name com.apple.kpi.libkern in OSBundleLibraries.",
            ));
        };
        if !self.table(meta, &osmetaclass, OSMETACLASS_VTABLE)? {
            return Err(core::mem::take(&mut self.log).refusal());
        }
        Ok(Step::Progress)
    }

    /// A vtable that is patched already: a library's or one of this kext.
    fn parent(&self, vtable: &str) -> Option<Rc<[Slot]>> {
        let own = self.tables.find(vtable).map(|index| &self.tables.list[index]).filter(|table| table.patched);
        own.map(|table| slots(self.object, table)).or_else(|| self.libraries.vtable(vtable))
    }

    /// Patches a table; `false`: it cannot be.
    fn table(&mut self, index: usize, parent: &[Slot], parent_name: &str) -> Result<bool, Refusal> {
        let name = self.tables.list[index].name.clone();
        if self.tables.list[index].entries.len() < parent.len() {
            self.log.say(
                format!(
                    "The vtable '{name}' is malformed. Make sure your kext has been built against the correct headers."
                ),
                "The table has fewer slots than the superclass's: a slot with neither a word nor a relocation ends it.",
            );
            return Ok(false);
        }
        let mut complete = true;
        for (slot, above) in parent.iter().enumerate() {
            let entry = self.tables.list[index].entries[slot];
            let (Some(child), Some(reloc)) = (entry.symbol, entry.reloc) else { continue };
            let symbol = &self.object.symbols[child as usize];
            if above.name.is_empty()
                || symbol.is_defined_here()
                || symbol.role == Role::PureVirtual
                || symbol.name == above.name
            {
                continue;
            }
            if names::is_pad(&above.name) {
                self.log.say(
                    format!(
                        "The super class vtable '{parent_name}' for vtable '{name}' is out of date. Make sure your kext has \
                         been built against the correct headers."
                    ),
                    "The kext was built against newer headers than this release has; use those of the oldest release.",
                );
                return Ok(false);
            }
            if !symbol.is_defined() && names::is_member(&symbol.name, &name) {
                self.log.say(
                    format!(
                        "The {name} is unpatchable because its class declares the method '{}' without providing an \
                         implementation.",
                        symbol.name
                    ),
                    "Implement the method or remove its declaration.",
                );
                complete = false;
                continue;
            }
            self.redirect(index, slot, reloc, above)?;
        }
        self.tables.list[index].patched = complete;
        Ok(complete)
    }

    fn redirect(&mut self, table: usize, slot: usize, reloc: usize, above: &Slot) -> Result<(), Refusal> {
        let symbol = match self.object.defined(&above.name) {
            Some(symbol) => symbol,
            None => self.object.add(above.name.clone(), above.address),
        };
        let target = &self.object.symbols[symbol as usize];
        if target.role != Role::PureVirtual && target.link & 1 != 0 {
            return Err(Refusal::crash(
                format_args!("the virtual function {} is at the odd address {:#x}", target.name, target.link),
                "Align functions to 2 bytes or more.",
            ));
        }
        let entry = &mut self.tables.list[table].entries[slot];
        if let Some(replaced) = entry.symbol.replace(symbol) {
            self.object.symbols[replaced as usize].binding = Binding::Replaced;
        }
        self.object.external[reloc].target = Target::Symbol(symbol);
        self.patched += 1;
        Ok(())
    }
}

/// The slots of a patched table, as subclasses see them: functions of the kext itself have no name.
fn slots(object: &Object<'_>, table: &Table) -> Rc<[Slot]> {
    let slot = |symbol: Option<u32>| {
        let symbol = symbol.map(|symbol| &object.symbols[symbol as usize]);
        symbol.map_or(Slot { name: String::new(), address: 0 }, |symbol| Slot {
            name: Cow::clone(&symbol.name).into_owned(),
            address: symbol.link,
        })
    };
    table.entries.iter().map(|entry| slot(entry.symbol)).collect()
}

/// The name of the metaclass object that the superclass pointer is relocated to.
pub(super) fn metaclass_of(object: &Object<'_>, pointer: u32) -> Result<String, Refusal> {
    let symbol = &object.symbols[pointer as usize];
    let none = || {
        Refusal::said(
            format_args!(
                "metaclass == NULL kxld_sym {} <get_metaclass_symbol_from_super_meta_class_pointer_symbol>",
                symbol.name
            ),
            "The eight bytes at this symbol need a relocation to a …10gMetaClassE symbol.",
        )
    };
    let target = match (object.external_at(symbol.base), object.local_at(symbol.base)) {
        (Some(reloc), _) => object.external[reloc].target,
        (None, Some(reloc)) => object.local[reloc].target,
        (None, None) => return Err(none()),
    };
    let metaclass = match target {
        Target::Symbol(index) => object.symbols.get(index as usize),
        // kxld reads the pointer at the offset in the file that equals the address: __DATA must be at fileoff == vmaddr.
        Target::Section(_) => {
            let word = object.word(symbol.base).ok_or_else(|| {
                Refusal::crash(
                    format_args!("{} is read at offset {:#x}, beyond the end of the file", symbol.name, symbol.base),
                    "Lay __DATA out with fileoff equal to vmaddr.",
                )
            })?;
            object.cxx_at(word).map(|index| &object.symbols[index as usize])
        }
        Target::Value(_) => None,
    };
    let metaclass = metaclass.ok_or_else(none)?;
    if metaclass.role != Role::MetaClass {
        return Err(Refusal::silent(
            format_args!("{} points to {}, which is no metaclass object", symbol.name, metaclass.name),
            "The superclass pointer points to a …10gMetaClassE symbol.",
        ));
    }
    Ok(Cow::clone(&metaclass.name).into_owned())
}
