//! The direct dependencies of a kext, together.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::link::{Library, Slot};

/// The direct dependencies of a kext. Vtables are asked for once: libraries make them anew each time.
pub(crate) struct Libraries<'l> {
    list: &'l [&'l dyn Library],
    vtables: RefCell<BTreeMap<String, Option<Rc<[Slot]>>>>,
}

impl<'l> Libraries<'l> {
    pub(crate) fn new(list: &'l [&'l dyn Library]) -> Self {
        Self { list, vtables: RefCell::default() }
    }

    pub(crate) fn export(&self, name: &str) -> Option<u64> {
        self.list.iter().find_map(|library| library.export(name))
    }

    pub(crate) fn vtable(&self, name: &str) -> Option<Rc<[Slot]>> {
        if let Some(known) = self.vtables.borrow().get(name) {
            return known.clone();
        }
        let found: Option<Vec<Slot>> = self.list.iter().find_map(|library| library.vtable(name));
        let found: Option<Rc<[Slot]>> = found.map(Rc::from);
        self.vtables.borrow_mut().insert(name.into(), found.clone());
        found
    }

    pub(crate) fn is_final(&self, class: &str) -> bool {
        self.list.iter().any(|library| library.is_final(class))
    }
}
