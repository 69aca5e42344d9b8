//! What known programs call outside of themselves.

use super::rows::{rows, text_if_any};

const IMPORTS: &str = include_str!("../../data/imports.tsv");

/// An undefined symbol of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// The program and its version ("Soundflower 2.0b2").
    pub program: &'static str,
    /// Mach-O name.
    pub symbol: &'static str,
    /// The component ("iokit" is com.apple.kpi.iokit), bundle, framework or library that has it.
    pub library: &'static str,
    /// "function" or "data" and by whom it is used, for a program that is not a kext.
    pub kind: Option<&'static str>,
}

/// The imports of all known programs, program by program.
pub fn imports() -> impl Iterator<Item = Import> {
    rows(IMPORTS).map(|[program, symbol, library, kind]| Import { program, symbol, library, kind: text_if_any(kind) })
}
