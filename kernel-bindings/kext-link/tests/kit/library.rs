//! The libraries that the kexts of the tests link against.

use std::collections::{BTreeMap, BTreeSet};

use kext_link::link::{Library, Linked, Slot};
use kext_link::{Refusal, Rules};

use super::{OSMETACLASS, OSOBJECT};

/// Where the kernel is.
pub const KPI: u64 = 0xffff_ff80_0020_0000;
/// Where kexts are linked in the tests: within reach of the kernel.
pub const BASE: u64 = 0xffff_ff7f_8100_0000;

/// A library.
#[derive(Clone, Default)]
pub struct Kpi {
    pub exports: BTreeMap<String, u64>,
    pub vtables: BTreeMap<String, Vec<Slot>>,
    pub finals: BTreeSet<String>,
}

impl Kpi {
    /// The kernel of 10.14.
    pub fn kernel() -> Self {
        Self::of("10.14")
    }

    /// The kernel of a release: OSObject and OSMetaClass, and a function.
    pub fn of(release: &str) -> Self {
        let mut kpi = Self::default();
        kpi.class("__ZTV8OSObject", &OSOBJECT);
        kpi.class("__ZTV11OSMetaClass", &OSMETACLASS);
        for name in ["_IOLog", "__ZN8OSObject10gMetaClassE", "_gOSKextUnresolved"] {
            kpi.offer(name);
        }
        if ["10.15", "11"].contains(&release) {
            kpi.replace("__ZTV11OSMetaClass", 2, "__ZN15OSMetaClassBase8DispatchE5IORPC");
        }
        kpi
    }

    /// Exports a symbol and says where it is: each name has an address of its own, whatever else there is.
    pub fn offer(&mut self, name: &str) -> u64 {
        let address = address(name);
        self.exports.insert(name.into(), address);
        address
    }

    /// Exports a vtable and its functions.
    pub fn class(&mut self, vtable: &str, slots: &[&str]) {
        self.offer(vtable);
        let slots = slots.iter().map(|name| Slot { name: (*name).into(), address: self.offer(name) });
        let slots = slots.collect();
        self.vtables.insert(vtable.into(), slots);
    }

    /// Replaces a slot and its export.
    pub fn replace(&mut self, vtable: &str, slot: usize, name: &str) {
        let address = self.offer(name);
        let slot = &mut self.vtables.get_mut(vtable).unwrap()[slot];
        self.exports.remove(&slot.name);
        *slot = Slot { name: name.into(), address };
    }

    /// Links a kext against this library.
    pub fn link(&self, file: &[u8], release: &str) -> Result<Linked, Refusal> {
        self.link_at(file, release, BASE)
    }

    pub fn link_at(&self, file: &[u8], release: &str, base: u64) -> Result<Linked, Refusal> {
        kext_link::link(file, &Rules::for_release(release).unwrap(), "org.example.driver", &[self], base)
    }
}

/// An even address in the kernel, from the name.
pub fn address(name: &str) -> u64 {
    let hash = name.bytes().fold(5381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte));
    KPI + hash % 0x40_0000 * 2
}

impl Library for Kpi {
    fn identifier(&self) -> &'static str {
        "com.apple.kpi.libkern"
    }

    fn export(&self, name: &str) -> Option<u64> {
        self.exports.get(name).copied()
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        self.vtables.get(name).cloned()
    }

    fn is_final(&self, class: &str) -> bool {
        self.finals.contains(class)
    }
}
