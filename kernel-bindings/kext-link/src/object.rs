//! A kext while it is being linked.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::bytes;
use crate::index::Index;
use crate::macho::constants::{S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS, SECTION_TYPE};
use crate::macho::{Name, Relocation};
use crate::names::Role;

/// The unit of protection.
pub(crate) const PAGE: u64 = 4096;
/// More than this is not laid out; it bounds what a hostile size in a header can cost.
pub(crate) const LARGEST_IMAGE: u64 = 64 << 20;

/// A kext while it is being linked.
pub(crate) struct Object<'a> {
    /// The file, relocated in place: linkers relocate what is in the file and place it afterwards.
    pub(crate) data: Vec<u8>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) sections: Vec<Section>,
    pub(crate) symbols: Vec<Symbol<'a>>,
    /// Relocations against symbols.
    pub(crate) external: Vec<Reloc>,
    /// Relocations for the slide.
    pub(crate) local: Vec<Reloc>,
    /// The indirect symbols.
    pub(crate) indirect: Vec<u32>,
    /// What goes into the header of the linked kext beside segments and symbols.
    pub(crate) kept_commands: Vec<&'a [u8]>,
    pub(crate) cpusubtype: u32,
    /// The address it is linked for.
    pub(crate) base: u64,
    /// Size of the image.
    pub(crate) size: u64,
    pub(crate) index: Index,
}

/// A segment.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) name: Name,
    /// Address in the file.
    pub(crate) base: u64,
    /// Address after linking.
    pub(crate) link: u64,
    pub(crate) size: u64,
    pub(crate) fileoff: u64,
    /// Whether its pages are executable, and then not writable.
    pub(crate) executable: bool,
    /// Its sections, as indices.
    pub(crate) sections: Range<usize>,
}

/// A section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) name: Name,
    pub(crate) segment: Name,
    pub(crate) base: u64,
    pub(crate) link: u64,
    pub(crate) size: u64,
    /// Where its contents are in the file; 0 for none.
    pub(crate) offset: u64,
    pub(crate) align: u32,
    pub(crate) flags: u32,
    pub(crate) reserved1: u32,
    pub(crate) reserved2: u32,
}

impl Section {
    pub(crate) fn kind(&self) -> u32 {
        self.flags & SECTION_TYPE
    }

    /// Whether it holds instructions.
    pub(crate) fn is_code(&self) -> bool {
        self.flags & (S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS) != 0
    }

    /// How far it moves.
    pub(crate) fn slide(&self) -> u64 {
        self.link.wrapping_sub(self.base)
    }
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In the section with this index.
    Section(usize),
    /// An address of its own; also what an import has become.
    Absolute,
    /// To be found in a library.
    Undefined,
    /// To be given space, which kexts do not get.
    Common,
    /// Another name for a symbol.
    Indirect(&'a str),
}

/// A symbol.
#[derive(Clone, Debug)]
pub(crate) struct Symbol<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) place: Place<'a>,
    pub(crate) role: Role,
    /// Address in the file.
    pub(crate) base: u64,
    /// Address after linking.
    pub(crate) link: u64,
    pub(crate) n_type: u8,
    pub(crate) n_desc: u16,
    pub(crate) external: bool,
    pub(crate) weak: bool,
    pub(crate) binding: Binding,
}

/// Where a symbol's address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// The kext itself, or nowhere yet.
    Own,
    /// A library.
    Library,
    /// Patching put another symbol into a slot instead of it; it counts no more.
    Replaced,
}

impl Symbol<'_> {
    pub(crate) fn is_defined(&self) -> bool {
        matches!(self.place, Place::Section(_) | Place::Absolute) && self.binding != Binding::Replaced
    }

    pub(crate) fn is_defined_here(&self) -> bool {
        self.is_defined() && self.binding == Binding::Own
    }

    pub(crate) fn is_exported(&self) -> bool {
        self.is_defined_here() && self.external
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        match self.place {
            Place::Undefined => self.binding != Binding::Replaced,
            Place::Indirect(_) | Place::Common => true,
            Place::Section(_) | Place::Absolute => false,
        }
    }
}

/// What a relocation refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Symbol(u32),
    /// 0-based.
    Section(u32),
    Value(u32),
}

/// A relocation with its pair, if it has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reloc {
    pub(crate) address: u64,
    pub(crate) target: Target,
    pub(crate) pair: Option<Target>,
    pub(crate) pcrel: bool,
    pub(crate) length: u8,
    pub(crate) kind: u8,
}

impl Reloc {
    pub(crate) fn new(entry: &Relocation, pair: Option<Target>) -> Self {
        let target = if entry.r_extern {
            Target::Symbol(entry.r_symbolnum)
        } else {
            Target::Section(entry.r_symbolnum.wrapping_sub(1))
        };
        Self {
            // r_address is signed in the file.
            address: i64::from(entry.r_address.cast_signed()).cast_unsigned(),
            target,
            pair,
            pcrel: entry.r_pcrel,
            length: entry.r_length,
            kind: entry.r_type,
        }
    }
}

impl Object<'_> {
    /// The symbol of this name that the kext defines or that patching added. Of several the last counts.
    pub(crate) fn defined(&self, name: &str) -> Option<u32> {
        self.index.name(&self.symbols, name)
    }

    /// Adds a symbol with an address of its own.
    pub(crate) fn add(&mut self, name: String, address: u64) -> u32 {
        let index = self.symbols.len() as u32;
        self.index.add(name.clone(), index);
        self.symbols.push(Symbol {
            role: Role::of(&name),
            name: Cow::Owned(name),
            place: Place::Absolute,
            base: 0,
            link: address,
            n_type: 0,
            n_desc: 0,
            external: true,
            weak: false,
            binding: Binding::Library,
        });
        index
    }

    /// The C++ symbol that the kext defines at an address of the file. Of several the last counts.
    pub(crate) fn cxx_at(&self, address: u64) -> Option<u32> {
        self.index.address(&self.symbols, address)
    }

    /// Index of the first external relocation at an address of the file.
    pub(crate) fn external_at(&self, address: u64) -> Option<usize> {
        self.index.external(&self.external, address)
    }

    /// Index of the first local relocation at an address of the file.
    pub(crate) fn local_at(&self, address: u64) -> Option<usize> {
        self.index.local(&self.local, address)
    }

    /// The segment that an address of the file is in.
    pub(crate) fn segment_at(&self, address: u64) -> Option<&Segment> {
        self.segments.iter().find(|segment| address.checked_sub(segment.base).is_some_and(|at| at < segment.size))
    }

    /// The 64-bit word at an offset of the file.
    pub(crate) fn word(&self, offset: u64) -> Option<u64> {
        bytes::u64(&self.data, offset)
    }
}
