//! What a kext asks of its libraries.

use std::collections::BTreeSet;

use kext_link::macho::{File, Nlist};

/// The names that an executable imports, sorted.
///
/// # Errors
/// It is no Mach-O file, or its symbols cannot be read; the text says what is wrong.
pub fn imports(executable: &[u8]) -> Result<BTreeSet<String>, String> {
    let file = File::parse(executable).map_err(|why| why.to_string())?;
    let Some(symbols) = file.symtab().map_err(|why| why.to_string())? else { return Ok(BTreeSet::new()) };
    let name = |symbol: Nlist| symbols.name(&symbol).map(str::to_owned);
    Ok(symbols.iter().filter(Nlist::is_import).filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_no_executable_is_told() {
        assert!(super::imports(b"#!/bin/sh\n").is_err());
        assert!(super::imports(&[]).is_err());
    }
}
