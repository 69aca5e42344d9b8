//! What a linker is told of a library of the system: no SDK is needed, the stub is written here.

use std::fmt::Write;

/// A library of the system.
#[derive(Clone, Copy, Debug)]
pub struct Library<'a> {
    /// The stub's file name.
    pub file: &'a str,
    /// Where the library is on a Mac.
    pub install_name: &'a str,
    /// What is imported from it, and no more, so that whatever else comes to be imported is an error of the link.
    pub symbols: &'a [&'a str],
}

impl Library<'_> {
    /// The library as linkers read it, version 4 of the text format.
    pub fn stub(&self) -> String {
        let targets = "[ x86_64-macos, arm64-macos ]";
        let mut text = format!("--- !tapi-tbd\ntbd-version: 4\ntargets: {targets}\n");
        let symbols = self.symbols.join(", ");
        let _ = write!(
            text,
            "install-name: '{}'\nexports:\n  - targets: {targets}\n    symbols: [ {symbols} ]\n...\n",
            self.install_name
        );
        text
    }
}
