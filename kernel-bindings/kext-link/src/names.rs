//! What kxld reads in the names of C++ symbols. It cuts names by length, as is done here: it does not demangle.

use alloc::string::String;

/// The one vtable that all metaclasses are patched against.
pub(crate) const OSMETACLASS_VTABLE: &str = "__ZTV11OSMetaClass";
/// Stands in slots of methods without a body.
pub(crate) const PURE_VIRTUAL: &str = "___cxa_pure_virtual";

const VTABLE_PREFIX: &str = "__ZTV";
const METACLASS_VTABLE_PREFIX: &str = "__ZTVN";
const MEMBER_PREFIX: &str = "__ZN";
const PAD_TOKEN: &str = "_RESERVED";
const METACLASS_TOKEN: &str = "10gMetaClassE";
const SUPER_POINTER_TOKEN: &str = "10superClassE";
const METACLASS_VTABLE_SUFFIX: &str = "9MetaClassE";
const FINAL_TOKEN: &str = "14__OSFinalClassEv";
/// Names derived from names must stay shorter than this.
const MAX_NAME: usize = 256;

/// What a symbol is to the linker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A debugger's symbol.
    Stab,
    /// Not a C++ symbol.
    Plain,
    /// A C++ symbol without a special role.
    Cxx,
    /// The vtable of a class or metaclass.
    Vtable,
    /// A pad slot's function.
    Pad,
    /// A metaclass object.
    MetaClass,
    /// The pointer to the superclass's metaclass object.
    SuperPointer,
    /// The function in pure virtual slots.
    PureVirtual,
}

impl Role {
    /// By its name.
    pub(crate) fn of(name: &str) -> Self {
        if name == PURE_VIRTUAL {
            Self::PureVirtual
        } else if !name.starts_with("__Z") {
            Self::Plain
        } else if name.starts_with(VTABLE_PREFIX) {
            Self::Vtable
        } else if is_pad(name) {
            Self::Pad
        } else if name.contains(METACLASS_TOKEN) {
            Self::MetaClass
        } else if name.contains(SUPER_POINTER_TOKEN) {
            Self::SuperPointer
        } else {
            Self::Cxx
        }
    }
}

impl Role {
    /// Whether it is one of C++, the functions of pure slots included.
    pub(crate) fn is_cxx(self) -> bool {
        !matches!(self, Self::Stab | Self::Plain)
    }
}

/// Whether a slot's name is that of a pad.
pub(crate) fn is_pad(name: &str) -> bool {
    name.contains(PAD_TOKEN)
}

/// A class, as its names have it: "13IOAudioEngine".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class<'n>(pub(crate) &'n str);

impl<'n> Class<'n> {
    /// The class that a `…10superClassE` symbol belongs to.
    pub(crate) fn of_super_pointer(name: &'n str) -> Option<Self> {
        Self::inner(name, SUPER_POINTER_TOKEN)
    }

    /// The class whose metaclass object a `…10gMetaClassE` symbol is.
    pub(crate) fn of_metaclass(name: &'n str) -> Option<Self> {
        Self::inner(name, METACLASS_TOKEN)
    }

    fn inner(name: &'n str, suffix: &str) -> Option<Self> {
        let class = name.get(MEMBER_PREFIX.len()..name.len().checked_sub(suffix.len())?)?;
        (class.len() < MAX_NAME).then_some(Self(class))
    }

    /// As [`Self::of_super_pointer`], for a linker that looks whether the name begins and ends as it should.
    pub(crate) fn of_whole_super_pointer(name: &'n str) -> Option<Self> {
        name.strip_prefix(MEMBER_PREFIX)?.strip_suffix(SUPER_POINTER_TOKEN).map(Self)
    }

    /// As [`Self::of_metaclass`], for a linker that looks whether the name begins and ends as it should.
    pub(crate) fn of_whole_metaclass(name: &'n str) -> Option<Self> {
        name.strip_prefix(MEMBER_PREFIX)?.strip_suffix(METACLASS_TOKEN).map(Self)
    }

    /// The names that the vtable can have: of a class, and of one in a namespace.
    pub(crate) fn whole_vtables(self) -> [String; 2] {
        [alloc::format!("{VTABLE_PREFIX}{}", self.0), alloc::format!("{METACLASS_VTABLE_PREFIX}{}E", self.0)]
    }

    /// As the source has it: without the length in front.
    pub(crate) fn plain(self) -> &'n str {
        self.0.trim_start_matches(|c: char| c.is_ascii_digit())
    }

    /// `__ZTV<class>`.
    pub(crate) fn vtable(self) -> Option<String> {
        short(alloc::format!("{VTABLE_PREFIX}{}", self.0))
    }

    /// `__ZTVN<class>9MetaClassE`.
    pub(crate) fn metaclass_vtable(self) -> Option<String> {
        short(alloc::format!("{METACLASS_VTABLE_PREFIX}{}{METACLASS_VTABLE_SUFFIX}", self.0))
    }

    /// The symbol that marks the class as final.
    pub(crate) fn final_mark(self) -> Option<String> {
        short(alloc::format!("{MEMBER_PREFIX}{}{FINAL_TOKEN}", self.0))
    }
}

fn short(name: String) -> Option<String> {
    (name.len() < MAX_NAME).then_some(name)
}

/// Whether a function is a member of the class whose vtable has a name.
pub(crate) fn is_member(function: &str, vtable: &str) -> bool {
    let class = vtable.strip_prefix(VTABLE_PREFIX);
    class.is_some_and(|class| function.strip_prefix(MEMBER_PREFIX).is_some_and(|rest| rest.starts_with(class)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_known_by_its_super_pointer() {
        let class = Class::of_super_pointer("__ZN13IOAudioEngine10superClassE").unwrap();
        assert_eq!(class, Class("13IOAudioEngine"));
        assert_eq!(class.vtable().unwrap(), "__ZTV13IOAudioEngine");
        assert_eq!(class.metaclass_vtable().unwrap(), "__ZTVN13IOAudioEngine9MetaClassE");
        assert_eq!(class.final_mark().unwrap(), "__ZN13IOAudioEngine14__OSFinalClassEv");
    }

    #[test]
    fn names_too_short_to_cut_have_no_class() {
        assert_eq!(Class::of_super_pointer("10superClassE"), None);
        assert_eq!(Class::of_metaclass(""), None);
    }

    #[test]
    fn only_members_of_the_very_class_are_its_own() {
        assert!(is_member("__ZN3Foo3barEv", "__ZTV3Foo"));
        assert!(!is_member("__ZN6FooBar3barEv", "__ZTV3Foo"));
        assert!(!is_member("__ZN3Foo9MetaClass3barEv", "__ZTVN3Foo9MetaClassE"));
    }
}
