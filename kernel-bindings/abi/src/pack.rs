//! The pack: one release's facts as a machine needs them, in a byte string (postcard) that is read without a file system.
//!
//! A pack borrows its strings from the bytes. Symbols are sorted by name, so that a name is found by bisection; everything
//! else refers to symbols by index. Thunk `i` of a machine belongs to symbol `i`.

#[cfg(feature = "tables")]
mod build;
mod component;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

#[cfg(feature = "tables")]
pub use build::build;

/// One release for x86_64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack<'a> {
    /// "10.6" … "11".
    pub release: &'a str,
    /// Darwin version, as KPI bundles carry it ("10.8.0").
    pub darwin: &'a str,
    /// The KPI components and IOAudioFamily.
    #[serde(borrow)]
    pub components: Vec<Component<'a>>,
    /// Every symbol that a component exports or that stands in a vtable, and every class's vtables and metaclass object,
    /// sorted by name (bytes).
    #[serde(borrow)]
    pub symbols: Vec<Symbol<'a>>,
    /// Classes, superclass before subclass.
    #[serde(borrow)]
    pub classes: Vec<Class<'a>>,
}

/// A bundle that kexts name in OSBundleLibraries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component<'a> {
    /// Bundle identifier.
    pub identifier: &'a str,
    /// CFBundleVersion ("10.8.0" for the kernel's own).
    pub version: &'a str,
    /// OSBundleCompatibleVersion.
    pub compatible: &'a str,
}

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SymbolKind {
    /// A function, as far as the facts tell.
    Function,
    /// A variable other than those below.
    Data,
    /// `__ZTV…`: the vtable of a class or of its metaclass.
    Vtable,
    /// `…10gMetaClassE`: a metaclass object.
    MetaClass,
    /// `…9metaClassE` or `…10superClassE`: a pointer to a metaclass object.
    MetaClassPointer,
}

/// A symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol<'a> {
    /// Mach-O name, with the leading underscore.
    pub name: &'a str,
    /// What it names.
    pub kind: SymbolKind,
    /// Indices into [`Pack::components`] of the components that export it; empty: it is known only inside the
    /// kernel, mostly because it stands in vtables.
    #[serde(borrow)]
    pub exported_by: Cow<'a, [u8]>,
    /// The kernel symbol behind an exported alias, as index of a symbol, if it is in the pack.
    pub alias_of: Option<u32>,
}

/// A class of the kernel or of IOAudioFamily.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class<'a> {
    /// Its name.
    pub name: &'a str,
    /// Index of the superclass in [`Pack::classes`].
    pub superclass: Option<u32>,
    /// sizeof, as the kernel has it.
    pub size: u32,
    /// Whether some slot is pure virtual (no metaclass `alloc`).
    pub is_abstract: bool,
    /// Index of the component that exports the class's vtable; none for a few classes inside the kernel.
    pub component: Option<u8>,
    /// The vtable's slots after the two header words, as indices of symbols under the names that the kernel uses
    /// (`___cxa_pure_virtual` for a pure one).
    pub vtable: Vec<u32>,
    /// For each slot, the index of the symbol by which the slot is known in the class that introduced it: the name that
    /// callers look a method up by. Equal to `vtable` where the class does not override.
    pub methods: Vec<u32>,
    /// The slots of the metaclass's vtable.
    pub metaclass_vtable: Vec<u32>,
}

impl<'a> Pack<'a> {
    /// Reads a pack.
    ///
    /// # Errors
    /// The bytes are not a pack of this build.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Pack<'a>, postcard::Error> {
        postcard::from_bytes(bytes)
    }

    /// The same release without some of its components: neither their symbols nor their classes. Nothing that stays may need
    /// them, as the kernel does not need IOAudioFamily.
    #[must_use]
    pub fn without(&self, gone: impl Fn(&str) -> bool) -> Pack<'a> {
        let stays = |component: &u8| !gone(self.components[usize::from(*component)].identifier);
        let components = renumbered((0..self.components.len()).map(|component| stays(&(component as u8))));
        let symbols = renumbered(
            self.symbols.iter().map(|symbol| symbol.exported_by.is_empty() || symbol.exported_by.iter().any(&stays)),
        );
        let class_stays = |class: &Class<'_>| class.component.as_ref().is_none_or(stays);
        let classes = renumbered(self.classes.iter().map(class_stays));
        let component = |old: &u8| components[usize::from(*old)].map(|new| new as u8);
        let symbol = |old: u32| symbols[old as usize];
        let slots = |slots: &[u32]| slots.iter().filter_map(|&old| symbol(old)).collect();
        let kept = |place: &(usize, &Symbol<'a>)| symbols[place.0].is_some();
        Pack {
            release: self.release,
            darwin: self.darwin,
            components: self.components.iter().filter(|component| !gone(component.identifier)).cloned().collect(),
            symbols: (self.symbols.iter().enumerate().filter(kept))
                .map(|(_, old)| Symbol {
                    name: old.name,
                    kind: old.kind,
                    exported_by: old.exported_by.iter().filter_map(component).collect(),
                    alias_of: old.alias_of.and_then(symbol),
                })
                .collect(),
            classes: (self.classes.iter().filter(|class| class_stays(class)))
                .map(|old| Class {
                    name: old.name,
                    superclass: old.superclass.and_then(|superclass| classes[superclass as usize]),
                    size: old.size,
                    is_abstract: old.is_abstract,
                    component: old.component.as_ref().and_then(component),
                    vtable: slots(&old.vtable),
                    methods: slots(&old.methods),
                    metaclass_vtable: slots(&old.metaclass_vtable),
                })
                .collect(),
        }
    }

    /// The pack as bytes, for [`Pack::from_bytes`].
    ///
    /// # Panics
    /// Never: a pack holds nothing that postcard cannot write.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("a pack has nothing that postcard cannot write")
    }

    /// Index of the symbol `name`.
    pub fn symbol(&self, name: &str) -> Option<u32> {
        self.symbols
            .binary_search_by(|symbol| symbol.name.as_bytes().cmp(name.as_bytes()))
            .ok()
            .map(|index| index as u32)
    }

    /// The class `name` and its index.
    pub fn class(&self, name: &str) -> Option<(u32, &Class<'a>)> {
        self.classes
            .iter()
            .enumerate()
            .find(|(_, class)| class.name == name)
            .map(|(index, class)| (index as u32, class))
    }
}

/// For each entry the index that it has once those that do not stay are gone.
fn renumbered(stays: impl Iterator<Item = bool>) -> Vec<Option<u32>> {
    let mut next = 0;
    stays
        .map(|stays| {
            let index = next;
            next += u32::from(stays);
            stays.then_some(index)
        })
        .collect()
}
