//! The direct dependencies of a kext, together.

use alloc::vec::Vec;

use crate::link::{Library, Slot};

/// The direct dependencies of a kext.
#[derive(Clone, Copy)]
pub(crate) struct Libraries<'l>(pub(crate) &'l [&'l dyn Library]);

impl Libraries<'_> {
    pub(crate) fn export(&self, name: &str) -> Option<u64> {
        self.0.iter().find_map(|library| library.export(name))
    }

    pub(crate) fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        self.0.iter().find_map(|library| library.vtable(name))
    }

    pub(crate) fn is_final(&self, class: &str) -> bool {
        self.0.iter().any(|library| library.is_final(class))
    }
}
