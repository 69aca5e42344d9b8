//! What the linker of each release accepts, and which of its words differ.

use alloc::string::String;

use crate::kxld::words::MALFORMED;
use crate::macho::constants::{
    LC_BUILD_VERSION, LC_CODE_SIGNATURE, LC_DATA_IN_CODE, LC_DYLD_INFO, LC_DYLD_INFO_ONLY, LC_DYLIB_CODE_SIGN_DRS,
    LC_DYSYMTAB, LC_FUNCTION_STARTS, LC_ID_DYLIB, LC_MAIN, LC_NOTE, LC_SEGMENT_64, LC_SEGMENT_SPLIT_INFO,
    LC_SOURCE_VERSION, LC_SYMTAB, LC_UNIXTHREAD, LC_UUID, LC_VERSION_MIN_IPHONEOS, LC_VERSION_MIN_MACOSX,
    LC_VERSION_MIN_TVOS, LC_VERSION_MIN_WATCHOS, S_4BYTE_LITERALS, S_8BYTE_LITERALS, S_16BYTE_LITERALS, S_COALESCED,
    S_CSTRING_LITERALS, S_INTERPOSING, S_LITERAL_POINTERS, S_MOD_INIT_FUNC_POINTERS, S_MOD_TERM_FUNC_POINTERS,
    S_NON_LAZY_SYMBOL_POINTERS, S_REGULAR, S_SYMBOL_STUBS,
};

/// The linker of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linker {
    /// kxld, in the kernel: Mac OS X 10.6 to macOS 10.15.
    Kxld,
    /// The kernel collection builder, in user space: macOS 11.
    CollectionBuilder,
}

/// The rules of one release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    release: Release,
}

/// The releases whose rules differ or may differ, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Release {
    V10_6,
    V10_7,
    V10_8,
    V10_9,
    V10_10,
    V10_11,
    V10_12,
    V10_13,
    V10_14,
    V10_15,
    V11,
}

const RELEASES: [(&str, Release); 11] = [
    ("10.6", Release::V10_6),
    ("10.7", Release::V10_7),
    ("10.8", Release::V10_8),
    ("10.9", Release::V10_9),
    ("10.10", Release::V10_10),
    ("10.11", Release::V10_11),
    ("10.12", Release::V10_12),
    ("10.13", Release::V10_13),
    ("10.14", Release::V10_14),
    ("10.15", Release::V10_15),
    ("11", Release::V11),
];

impl Rules {
    /// The rules of a release, "10.6" to "10.15" or "11"; `None` for any other.
    pub fn for_release(release: &str) -> Option<Self> {
        let (_, release) = RELEASES.into_iter().find(|(name, _)| *name == release)?;
        Some(Self { release })
    }

    /// The releases that have rules, oldest first.
    pub fn releases() -> impl Iterator<Item = &'static str> {
        RELEASES.into_iter().map(|(name, _)| name)
    }

    /// The name of the release.
    pub fn release(&self) -> &'static str {
        RELEASES.into_iter().find(|(_, release)| *release == self.release).map_or("", |(name, _)| name)
    }

    /// Who links kexts on this release.
    pub fn linker(&self) -> Linker {
        if self.release >= Release::V11 { Linker::CollectionBuilder } else { Linker::Kxld }
    }

    /// Whether a load command may be in a kext.
    pub fn accepts_command(&self, cmd: u32) -> bool {
        match self.linker() {
            Linker::Kxld => command_since(cmd).is_some_and(|since| since <= self.release),
            // It expects kexts to have no platform.
            Linker::CollectionBuilder => !matches!(
                cmd,
                LC_BUILD_VERSION
                    | LC_VERSION_MIN_MACOSX
                    | LC_VERSION_MIN_IPHONEOS
                    | LC_VERSION_MIN_TVOS
                    | LC_VERSION_MIN_WATCHOS
                    | LC_ID_DYLIB
            ),
        }
    }

    /// Whether a section with contents may have a type.
    pub fn accepts_section_type(&self, kind: u32) -> bool {
        match kind {
            _ if self.linker() == Linker::CollectionBuilder => kind != S_INTERPOSING,
            S_SYMBOL_STUBS => self.release >= Release::V10_8,
            S_REGULAR
            | S_CSTRING_LITERALS
            | S_4BYTE_LITERALS
            | S_8BYTE_LITERALS
            | S_16BYTE_LITERALS
            | S_LITERAL_POINTERS
            | S_NON_LAZY_SYMBOL_POINTERS
            | S_MOD_INIT_FUNC_POINTERS
            | S_MOD_TERM_FUNC_POINTERS
            | S_COALESCED => true,
            _ => false,
        }
    }

    /// What kxld says of a load command that it does not take.
    pub(crate) fn invalid_command(self, cmd: u32) -> String {
        if matches!(cmd, LC_UNIXTHREAD | LC_MAIN) && (cmd == LC_UNIXTHREAD || self.release >= Release::V10_8) {
            let both = if self.release >= Release::V10_8 { "LC_UNIXTHREAD/LC_MAIN" } else { "LC_UNIXTHREAD" };
            return alloc::format!("{MALFORMED}{both} segment is not valid in a kext.");
        }
        let thing = if self.release >= Release::V10_8 { "load command" } else { "segment" };
        alloc::format!("{MALFORMED}Invalid {thing} type in MH_KEXT_BUNDLE kext: {cmd}.")
    }

    /// Whether a relocation that still aims at a replaced pad slot is refused; else it is only logged.
    pub(crate) fn refuses_replaced_pad(self) -> bool {
        self.release < Release::V10_15
    }

    /// The name that the linker reads a symbol's name as.
    pub(crate) fn renamed(self, name: &str) -> &str {
        const PAD: &str = "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev";
        const DISPATCH: &str = "__ZN15OSMetaClassBase8DispatchE5IORPC";
        if self.release >= Release::V10_15 && name == PAD { DISPATCH } else { name }
    }
}

/// The first release whose kxld takes a load command.
fn command_since(cmd: u32) -> Option<Release> {
    Some(match cmd {
        LC_SEGMENT_64 | LC_SYMTAB | LC_DYSYMTAB | LC_UUID => Release::V10_6,
        LC_CODE_SIGNATURE
        | LC_DYLD_INFO
        | LC_DYLD_INFO_ONLY
        | LC_FUNCTION_STARTS
        | LC_DATA_IN_CODE
        | LC_DYLIB_CODE_SIGN_DRS
        | LC_VERSION_MIN_MACOSX
        | LC_VERSION_MIN_IPHONEOS
        | LC_VERSION_MIN_TVOS
        | LC_VERSION_MIN_WATCHOS
        | LC_SOURCE_VERSION => Release::V10_8,
        LC_SEGMENT_SPLIT_INFO => Release::V10_9,
        LC_BUILD_VERSION | LC_NOTE => Release::V10_13,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_named_as_they_are_asked_for() {
        for release in Rules::releases() {
            assert_eq!(Rules::for_release(release).unwrap().release(), release);
        }
        assert!(Rules::for_release("10.5").is_none());
    }
}
