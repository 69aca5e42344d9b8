//! The interface of the linker: what a machine or the audit gives it, and what it gets back.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// What a direct dependency (an entry of OSBundleLibraries) offers. Implemented over the release's pack by machines and by
/// the audit, and over a linked kext for kexts that are libraries.
pub trait Library {
    /// Bundle identifier.
    fn identifier(&self) -> &str;
    /// Address of an exported symbol.
    fn export(&self, name: &str) -> Option<u64>;
    /// The vtable (of a class `__ZTV…` or of a metaclass) whose symbol is `name`: slot names and addresses in order.
    /// Unlike exports these are visible through indirect dependencies too.
    fn vtable(&self, name: &str) -> Option<Vec<Slot>>;
    /// Whether the class is marked final (`…14__OSFinalClassEv`).
    fn is_final(&self, class: &str) -> bool;
}

/// A vtable slot: the function's symbol name and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Mach-O name.
    pub name: String,
    /// Address.
    pub address: u64,
}

/// A linked kext: what is to be put in memory at `base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The address it was linked for.
    pub base: u64,
    /// The image from `base` on, all segments at their offsets, zero-fill included.
    pub image: Vec<u8>,
    /// Segments: page-aligned ranges of the image with their protection. Pages of the image outside of them are data.
    pub segments: Vec<Segment>,
    /// Addresses of its sections of instructions: what is exported from there is a function.
    pub code: Vec<Range<u64>>,
    /// Address of `_kmod_info`.
    pub kmod_info: u64,
    /// Address of the start function.
    pub start: u64,
    /// Address of the stop function.
    pub stop: u64,
    /// Addresses of the functions in `__mod_init_func`, in order.
    pub constructors: Vec<u64>,
    /// Addresses of the functions in `__mod_term_func`, in order.
    pub destructors: Vec<u64>,
    /// Symbols defined in the kext, sorted by address: for backtraces.
    pub symbols: Vec<Slot>,
    /// Symbols that other kexts may import from it.
    pub exports: Vec<Slot>,
    /// Vtables of its classes after patching, by symbol. A function of the kext itself that is not exported has an empty
    /// name: kexts that use this one cannot see it.
    pub vtables: Vec<(String, Vec<Slot>)>,
    /// How many slots were redirected.
    pub patched_slots: u32,
    /// How many imports were bound.
    pub imports: u32,
    /// What the release's linker logs although it accepts the kext, and what it gets wrong without a word.
    pub warnings: Vec<String>,
}

/// A segment of a linked kext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Name, e.g. `__TEXT`.
    pub name: String,
    /// Address, page aligned.
    pub address: u64,
    /// Size in bytes, whole pages.
    pub size: u64,
    /// Whether it is executable (then not writable).
    pub executable: bool,
}
