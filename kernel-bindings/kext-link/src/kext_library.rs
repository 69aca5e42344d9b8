//! What a linked kext offers to kexts that name it in OSBundleLibraries.

use alloc::format;
use alloc::vec::Vec;

use crate::link::{Library, Linked, Slot};

/// A linked kext as a library.
#[derive(Clone, Copy, Debug)]
pub struct KextLibrary<'l> {
    identifier: &'l str,
    linked: &'l Linked,
}

impl<'l> KextLibrary<'l> {
    /// The kext `identifier`, linked.
    pub fn new(identifier: &'l str, linked: &'l Linked) -> KextLibrary<'l> {
        KextLibrary { identifier, linked }
    }
}

impl Library for KextLibrary<'_> {
    fn identifier(&self) -> &str {
        self.identifier
    }

    fn export(&self, name: &str) -> Option<u64> {
        let exports = &self.linked.exports;
        let index = exports.binary_search_by(|slot| (*slot.name).cmp(name)).ok()?;
        Some(exports[index].address)
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        let vtables = &self.linked.vtables;
        let index = vtables.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(vtables[index].1.clone())
    }

    fn is_final(&self, class: &str) -> bool {
        self.export(&format!("__ZN{}{class}14__OSFinalClassEv", class.len())).is_some()
    }
}

/// A library that a kext does not name itself, but a library of it does: its vtables can be seen, its exports cannot.
#[derive(Clone, Copy)]
pub struct Indirect<'l>(pub &'l dyn Library);

impl Library for Indirect<'_> {
    fn identifier(&self) -> &str {
        self.0.identifier()
    }

    fn export(&self, _name: &str) -> Option<u64> {
        None
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        self.0.vtable(name)
    }

    fn is_final(&self, class: &str) -> bool {
        self.0.is_final(class)
    }
}
