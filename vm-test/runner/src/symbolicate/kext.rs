//! What a bundle knows of addresses in its kext.

use std::path::Path;

use kext_link::macho::File;

use super::lines::Lines;
use crate::Error;
use crate::bundle::Bundle;
use crate::demangle::demangle;

/// A kext's names, by address as linked.
#[derive(Debug)]
pub struct Kext {
    /// The bundle's file name without `.kext`.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: String,
    /// UUID of its executable, as panics spell it.
    pub uuid: Option<String>,
    /// Address and Mach-O name, sorted.
    symbols: Vec<(u64, String)>,
    lines: Option<Lines>,
}

impl Kext {
    /// Opens a bundle, with the debugging information in it or in a `.dSYM` beside it.
    ///
    /// # Errors
    /// It is absent or no kext with an x86_64 executable.
    pub fn open(path: &Path) -> Result<Kext, Error> {
        let Bundle { kext, executable, .. } = Bundle::read(path)?;
        let refused = |why: &dyn std::fmt::Display| {
            Error::Usage(format!("{}: its executable is unusable: {why}", path.display()))
        };
        let file = File::parse(&executable).map_err(|why| refused(&why))?;
        let mut symbols = Vec::new();
        if let Some(table) = file.symtab().map_err(|why| refused(&why))? {
            let defined = table.iter().filter(|symbol| symbol.is_section() && !symbol.is_stab());
            symbols.extend(defined.filter_map(|symbol| Some((symbol.n_value, table.name(&symbol)?.to_owned()))));
            symbols.sort();
        }
        let lines = Lines::of(&file).or_else(|| Lines::beside(path, file.uuid()?));
        let uuid = file.uuid().map(spelled);
        Ok(Kext { name: kext.name, identifier: kext.identifier, version: kext.version, uuid, symbols, lines })
    }

    /// What lies at an address: "Driver::start(IOService*) + 0x12 (driver.cpp:34)". Of a return address, the line is that of
    /// the call before it.
    pub fn describe(&self, address: u64, returns: bool) -> String {
        let next = self.symbols.partition_point(|(start, _)| *start <= address);
        let function = match next.checked_sub(1).map(|index| &self.symbols[index]) {
            Some((start, name)) => format!("{} + {:#x}", demangle(name), address - start),
            None => format!("{} + {address:#x}", self.name),
        };
        let line = self.lines.as_ref().and_then(|lines| lines.at(address - u64::from(returns && address > 0)));
        match line {
            Some(line) => format!("{function} ({line})"),
            None => function,
        }
    }

    /// Address of a symbol.
    pub fn address(&self, symbol: &str) -> Option<u64> {
        self.symbols.iter().find(|(_, name)| name == symbol).map(|(address, _)| *address)
    }
}

/// A UUID as panics spell it.
fn spelled(uuid: [u8; 16]) -> String {
    let digits = format!("{:032X}", u128::from_be_bytes(uuid));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
