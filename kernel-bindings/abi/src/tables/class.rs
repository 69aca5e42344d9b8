//! Classes and their vtables.

use alloc::vec::Vec;

use super::rows::{number, number_if_any, rows, rows_on, span, text_if_any};
use crate::{Span, Target};

const CLASSES: &str = include_str!("../../data/classes.tsv");
const VTABLES: &str = include_str!("../../data/vtables.tsv");

/// What follows a class's name in `vtables.tsv` where the row is about the vtable of its metaclass.
const OF_METACLASS: &str = "::MetaClass";

/// What a compiler emits for a pure virtual slot, and the kernel's function behind it.
pub(crate) const PURE_VIRTUAL: &str = "___cxa_pure_virtual";

/// A class as a third-party kext sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: &'static str,
    /// Its superclass's name.
    pub superclass: Option<&'static str>,
    /// sizeof, in bytes, by the public headers.
    pub size: u32,
    /// sizeof, in bytes, of the objects that the kernel makes.
    pub kernel_size: u32,
    /// Alignment, in bytes.
    pub align: u32,
    /// Bytes used by the fields: where a subclass's first field may start.
    pub data_size: u32,
    /// Number of slots after the vtable's two header words.
    pub slots: u32,
    /// Whether some slot is pure virtual.
    pub is_abstract: bool,
    /// Whether it has a MetaClass (all but OSMetaClassBase and OSMetaClass).
    pub has_metaclass: bool,
    /// The virtual function with whose definition the vtable is emitted.
    pub key_function: Option<&'static str>,
    /// "family" or "kernel": whose internal header or source file declares it, where no public header does.
    pub internal: Option<&'static str>,
    /// The header that declares it, as a kext includes it.
    pub header: &'static str,
    /// Own slots: those it introduces or overrides, by slot.
    own: Vec<OwnSlot>,
    /// The same of its metaclass.
    own_metaclass: Vec<OwnSlot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnSlot {
    index: u32,
    symbol: &'static str,
    kernel_symbol: &'static str,
    is_pure: bool,
}

/// One slot of a vtable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The function as the public headers mangle it, also of a pure slot.
    pub symbol: &'static str,
    /// The function as the kernel mangles it; differs for a few methods whose argument types are private.
    pub kernel_symbol: &'static str,
    /// Whether it is pure virtual.
    pub is_pure: bool,
    /// The class that introduced the slot.
    pub introduced_by: &'static str,
    /// The class whose function stands in it.
    pub defined_in: &'static str,
    /// The kernel's symbol of the slot in the class that introduced it.
    pub method: &'static str,
}

impl Slot {
    /// What a compiler emits into the table of a third-party subclass that inherits the slot.
    pub fn emitted(&self) -> &'static str {
        if self.is_pure { PURE_VIRTUAL } else { self.symbol }
    }

    /// What stands in the kernel's own table.
    pub fn in_kernel(&self) -> &'static str {
        if self.is_pure { PURE_VIRTUAL } else { self.kernel_symbol }
    }

    /// Whether it is padding, kept for later methods.
    pub fn is_reserved(&self) -> bool {
        self.symbol.contains("_RESERVED")
    }
}

/// The classes of one target, superclass before subclass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes(Vec<Class>);

/// The classes of `target`, superclass before subclass, otherwise by name. Empty where there are no layouts.
pub fn classes(target: impl Into<Target>) -> Classes {
    let target = target.into();
    let mut classes: Vec<Class> = rows_on(CLASSES, target).map(class).collect();
    for [class, index, symbol, kernel_symbol, pure, _] in rows_on(VTABLES, target) {
        let (name, of_metaclass) = class.strip_suffix(OF_METACLASS).map_or((class, false), |name| (name, true));
        let kernel_symbol = text_if_any(kernel_symbol).unwrap_or(symbol);
        let slot = OwnSlot { index: number(index), symbol, kernel_symbol, is_pure: !pure.is_empty() };
        if let Ok(place) = classes.binary_search_by(|class| class.name.cmp(name)) {
            let class = &mut classes[place];
            if of_metaclass { class.own_metaclass.push(slot) } else { class.own.push(slot) }
        }
    }
    Classes(superclasses_first(classes))
}

/// A class, without its vtables, with where it is so.
pub fn every_class() -> impl Iterator<Item = (Class, Span)> {
    rows(CLASSES).map(|row: [&'static str; 13]| (class(row), span(row[12])))
}

/// A slot that a class has otherwise than its superclass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedSlot {
    /// The class.
    pub class: &'static str,
    /// Whether the slot is of its metaclass's vtable.
    pub of_metaclass: bool,
    /// Its number after the vtable's two header words.
    pub index: u32,
    /// The function as the public headers mangle it.
    pub symbol: &'static str,
    /// The function as the kernel mangles it.
    pub kernel_symbol: &'static str,
    /// Whether it is pure virtual.
    pub is_pure: bool,
    /// Where this holds.
    pub on: Span,
}

/// The slots of all targets that classes have otherwise than their superclasses, class by class.
pub fn every_own_slot() -> impl Iterator<Item = OwnedSlot> {
    rows(VTABLES).map(|[class, index, symbol, kernel_symbol, pure, on]| {
        let (class, of_metaclass) = class.strip_suffix(OF_METACLASS).map_or((class, false), |name| (name, true));
        OwnedSlot {
            class,
            of_metaclass,
            index: number(index),
            symbol,
            kernel_symbol: text_if_any(kernel_symbol).unwrap_or(symbol),
            is_pure: !pure.is_empty(),
            on: span(on),
        }
    })
}

fn class(row: [&'static str; 13]) -> Class {
    let [
        name,
        superclass,
        size,
        kernel_size,
        align,
        data_size,
        slots,
        is_abstract,
        metaclass,
        key,
        internal,
        header,
        _,
    ] = row;
    let size = number(size);
    Class {
        name,
        superclass: text_if_any(superclass),
        size,
        kernel_size: number_if_any(kernel_size).unwrap_or(size),
        align: number(align),
        data_size: number(data_size),
        slots: number(slots),
        is_abstract: !is_abstract.is_empty(),
        has_metaclass: !metaclass.is_empty(),
        key_function: text_if_any(key),
        internal: text_if_any(internal),
        header,
        own: Vec::new(),
        own_metaclass: Vec::new(),
    }
}

/// Moves each class behind its superclass, generation by generation.
fn superclasses_first(mut rest: Vec<Class>) -> Vec<Class> {
    let mut ordered: Vec<Class> = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let known = ordered.len();
        let ready = |class: &Class| {
            class.superclass.is_none_or(|name| ordered[..known].iter().any(|parent| parent.name == name))
        };
        let (generation, later): (Vec<Class>, Vec<Class>) = rest.into_iter().partition(ready);
        assert!(!generation.is_empty(), "no superclass in the table: {}", later[0].name);
        ordered.extend(generation);
        rest = later;
    }
    ordered
}

impl Classes {
    /// The classes, superclass before subclass.
    pub fn iter(&self) -> core::slice::Iter<'_, Class> {
        self.0.iter()
    }

    /// The class `name`.
    pub fn get(&self, name: &str) -> Option<&Class> {
        self.0.iter().find(|class| class.name == name)
    }

    /// Its place in the order of [`Classes::iter`].
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|class| class.name == name)
    }

    /// The slots of `class`'s vtable in order, the two header words and the null word at the end left out.
    pub fn vtable(&self, class: &Class) -> Vec<Slot> {
        let inherited =
            class.superclass.and_then(|name| self.get(name)).map_or(Vec::new(), |parent| self.vtable(parent));
        class.vtable_over(inherited)
    }

    /// The slots of the vtable of `class`'s metaclass; empty where it has none.
    pub fn metaclass_vtable(&self, class: &Class) -> Vec<Slot> {
        match self.get("OSMetaClass") {
            Some(base) if class.has_metaclass => class.metaclass_vtable_over(self.vtable(base)),
            _ => Vec::new(),
        }
    }
}

impl<'a> IntoIterator for &'a Classes {
    type Item = &'a Class;
    type IntoIter = core::slice::Iter<'a, Class>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Class {
    /// The symbol of its vtable, `__ZTV…`.
    pub fn vtable_symbol(&self) -> alloc::string::String {
        alloc::format!("__ZTV{}{}", self.name.len(), self.name)
    }

    /// The symbol of its metaclass's vtable, `__ZTVN…9MetaClassE`.
    pub fn metaclass_vtable_symbol(&self) -> alloc::string::String {
        alloc::format!("__ZTVN{}{}9MetaClassE", self.name.len(), self.name)
    }

    /// The symbol of a static member or of a member of its metaclass, `suffix` being what follows the class's name.
    pub(crate) fn member(&self, suffix: &str) -> alloc::string::String {
        alloc::format!("__ZN{}{}{suffix}", self.name.len(), self.name)
    }

    /// Whether IOAudioFamily defines it; the kernel does all others.
    pub fn is_in_family(&self) -> bool {
        self.internal == Some("family") || self.header.starts_with(super::FAMILY_HEADERS)
    }

    /// Its vtable, from its superclass's.
    pub(crate) fn vtable_over(&self, inherited: Vec<Slot>) -> Vec<Slot> {
        over(inherited, &self.own, self.name)
    }

    /// Its metaclass's vtable, from OSMetaClass's.
    pub(crate) fn metaclass_vtable_over(&self, inherited: Vec<Slot>) -> Vec<Slot> {
        over(inherited, &self.own_metaclass, self.name)
    }
}

/// Lays a class's own slots, which stand in order, over the inherited ones.
fn over(mut slots: Vec<Slot>, own: &[OwnSlot], class: &'static str) -> Vec<Slot> {
    for own in own {
        let OwnSlot { symbol, kernel_symbol, is_pure, .. } = *own;
        match slots.get_mut(own.index as usize) {
            Some(slot) => *slot = Slot { symbol, kernel_symbol, is_pure, defined_in: class, ..*slot },
            None => slots.push(Slot {
                symbol,
                kernel_symbol,
                is_pure,
                introduced_by: class,
                defined_in: class,
                method: kernel_symbol,
            }),
        }
    }
    slots
}
