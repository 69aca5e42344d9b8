//! Weak imports that nothing exports: what they become, and how a kext finds out.

use alloc::vec::Vec;

use kext_link::WEAK_FILLER;
use kext_link::link::{Library, Slot};

use crate::registry::{Part, Variable};
use crate::{fault, functions, mem, symbols};

/// The variable that kexts compare the address of a weak import with.
const UNRESOLVED: &str = "_gOSKextUnresolved";

/// The loader's part of the registry.
pub static PART: Part =
    Part { functions: &[FUNCTIONS], variables: &[Variable { name: UNRESOLVED, size: 8, value: 0 }], boot };

fn boot() {
    if let Some(filler) = symbols::address(WEAK_FILLER) {
        mem::write(symbols::variable(UNRESOLVED), filler);
    }
}

functions! { FUNCTIONS:
    "_kext_weak_symbol_referenced" => referenced,
}

extern "C" fn referenced() {
    fault::kernel_panic("A kext referenced an unresolved weak symbol")
}

/// What the kernel itself offers to its linker alone.
pub(super) struct Filler;

impl Library for Filler {
    fn identifier(&self) -> &'static str {
        "__kernel__"
    }

    fn export(&self, name: &str) -> Option<u64> {
        if name == WEAK_FILLER { symbols::address(name).map(|address| address as u64) } else { None }
    }

    fn vtable(&self, _name: &str) -> Option<Vec<Slot>> {
        None
    }

    fn is_final(&self, _class: &str) -> bool {
        false
    }
}
