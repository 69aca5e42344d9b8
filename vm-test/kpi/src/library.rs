//! The kernel's components as the linker sees them: exports and vtables of the release, at this machine's addresses.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use abi::pack::{Component, Pack};
use kext_link::link::{Library, Slot};

use crate::symbols;

/// One component of the release.
pub struct KernelLibrary {
    pack: &'static Pack<'static>,
    component: u8,
    /// Slots of classes and metaclasses by vtable symbol: class index and whether it is the metaclass's.
    tables: BTreeMap<String, (usize, bool)>,
}

/// The release's component of that identifier.
pub fn component(identifier: &str) -> Option<&'static Component<'static>> {
    symbols::pack().components.iter().find(|component| component.identifier == identifier)
}

impl KernelLibrary {
    /// The component of that identifier, if the release has it.
    pub fn new(identifier: &str) -> Option<KernelLibrary> {
        let pack = symbols::pack();
        let component = pack.components.iter().position(|component| component.identifier == identifier)? as u8;
        let mut tables = BTreeMap::new();
        for (index, class) in pack.classes.iter().enumerate() {
            let mangled = format!("{}{}", class.name.len(), class.name);
            tables.insert(format!("__ZTV{mangled}"), (index, false));
            tables.insert(format!("__ZTVN{mangled}9MetaClassE"), (index, true));
        }
        Some(KernelLibrary { pack, component, tables })
    }
}

impl Library for KernelLibrary {
    fn identifier(&self) -> &str {
        self.pack.components[usize::from(self.component)].identifier
    }

    fn export(&self, name: &str) -> Option<u64> {
        let index = self.pack.symbol(name)?;
        let exported = self.pack.symbols[index as usize].exported_by.contains(&self.component);
        exported.then(|| symbols::address_of(index) as u64)
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        let &(class, is_meta) = self.tables.get(name)?;
        let class = &self.pack.classes[class];
        let slots = if is_meta { &class.metaclass_vtable } else { &class.vtable };
        let slot = |&index: &u32| Slot {
            name: self.pack.symbols[index as usize].name.to_string(),
            address: symbols::address_of(index) as u64,
        };
        Some(slots.iter().map(slot).collect())
    }

    fn is_final(&self, class: &str) -> bool {
        self.pack.symbol(&format!("__ZN{}{class}14__OSFinalClassEv", class.len())).is_some()
    }
}
