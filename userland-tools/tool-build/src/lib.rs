//! The symbols that the command for Macs may import, from a checked-in table.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

/// The table.
const TABLE: &str = include_str!("../symbols.tsv");

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its Mach-O name.
    pub name: &'static str,
    /// The processor whose part imports it: "x86_64", "arm64", or "both".
    pub arch: &'static str,
    /// The install name of the library that exports it.
    pub library: &'static str,
    /// How that is known; the table's head says what the words mean.
    pub source: &'static str,
}

/// The rows.
pub fn symbols() -> impl Iterator<Item = Symbol> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut fields = row.split('\t');
        let mut next = || fields.next();
        Some(Symbol { name: next()?, arch: next()?, library: next()?, source: next()? })
    })
}

/// What a processor's part may import, by library.
pub fn of(arch: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut libraries: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for symbol in symbols().filter(|symbol| symbol.arch == arch || symbol.arch == "both") {
        libraries.entry(symbol.library).or_default().push(symbol.name);
    }
    libraries
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the words in the table's last column may be.
    const SOURCES: [&str; 6] = ["std", "posix", "dyld", "sdk", "header", "unverified"];

    #[test]
    fn every_row_says_what_it_must_and_stands_once() {
        let rows: Vec<Symbol> = symbols().collect();
        assert_eq!(rows.len(), TABLE.lines().filter(|line| !line.starts_with('#')).count());
        for row in &rows {
            assert!(["x86_64", "arm64", "both"].contains(&row.arch), "{row:?}");
            assert!(SOURCES.contains(&row.source) && row.library.starts_with('/'), "{row:?}");
        }
        assert!(rows.is_sorted_by(|one, next| (one.name, one.arch) < (next.name, next.arch)));
    }

    #[test]
    fn what_is_said_to_be_of_the_standard_library_is() {
        let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
        let folder = std::path::Path::new(String::from_utf8(sysroot).unwrap().trim())
            .join("lib/rustlib/x86_64-apple-darwin/lib");
        // `cargo xtask test` installs it.
        let files = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        let mut names = std::collections::BTreeSet::new();
        for file in files {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            // A name stands in its object's table between zeros.
            for name in bytes.split(|byte| *byte == 0).filter(|name| name.first() == Some(&b'_') && name.len() < 64) {
                names.insert(name.to_vec());
            }
        }
        for symbol in symbols().filter(|symbol| symbol.source == "std" && symbol.arch != "arm64") {
            assert!(names.contains(symbol.name.as_bytes()), "{}: not of the standard library", symbol.name);
        }
    }
}
