//! What the finished part imports, held against the table.

use std::collections::BTreeSet;
use std::path::Path;

use kernel_build::Error;
use object::Endianness;
use object::macho::{LC_LOAD_DYLIB, LC_SYMTAB, MachHeader64};
use object::read::macho::{MachHeader as _, Nlist as _};
use plugin_build::slice::Slice;

/// A symbol with the install name of its library.
type Import = (String, String);

/// Holds the imports of a part against the table: none that is not there, and none there that is not imported.
///
/// # Errors
/// What is wrong, symbol by symbol.
pub fn check(path: &Path, part: &[u8], slice: &Slice) -> Result<(), Error> {
    let wrong = |problem: String| Error::Description { path: path.to_owned(), problem };
    let there = imports(part).map_err(|why| wrong(why.to_string()))?;
    let table = tool_build::of(slice.arch);
    let known: BTreeSet<Import> = table
        .iter()
        .flat_map(|(library, symbols)| symbols.iter().map(|symbol| ((*symbol).to_owned(), (*library).to_owned())))
        .collect();
    let problems = difference(&there, &known);
    if problems.is_empty() { Ok(()) } else { Err(wrong(problems.join("\n"))) }
}

/// What differs, in words.
fn difference(there: &BTreeSet<Import>, known: &BTreeSet<Import>) -> Vec<String> {
    let more = there.difference(known).map(|(symbol, library)| {
        format!(
            "imports {symbol} of {library}, which symbols.tsv does not have; add it with its source, or do without it"
        )
    });
    let fewer = known.difference(there).map(|(symbol, library)| {
        format!("does not import {symbol} of {library}, which symbols.tsv has; take it out there")
    });
    more.chain(fewer).collect()
}

/// The undefined symbols of a thin executable, each with the library that it is bound to.
fn imports(part: &[u8]) -> object::read::Result<BTreeSet<Import>> {
    let header = MachHeader64::<Endianness>::parse(part, 0)?;
    let endian = header.endian()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut libraries, mut table) = (Vec::new(), None);
    let mut commands = header.load_commands(endian, part, 0)?;
    while let Some(command) = commands.next()? {
        if command.cmd() == LC_LOAD_DYLIB
            && let Some(dylib) = command.dylib()?
        {
            libraries.push(text(command.string(endian, dylib.dylib.name)?));
        } else if command.cmd() == LC_SYMTAB {
            table = command.symtab()?;
        }
    }
    let mut found = BTreeSet::new();
    let Some(table) = table else { return Ok(found) };
    let symbols = table.symbols::<MachHeader64<Endianness>, _>(endian, part)?;
    for symbol in symbols.iter().filter(|symbol| !symbol.is_stab() && symbol.is_undefined()) {
        let ordinal = usize::from(symbol.n_desc(endian).0 >> 8);
        let library = ordinal.checked_sub(1).and_then(|index| libraries.get(index)).cloned();
        found.insert((text(symbol.name(endian, symbols.strings())?), library.unwrap_or_default()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_and_fewer_imports_are_named() {
        let set = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "/lib".to_owned())).collect();
        let said = difference(&set(&["_a", "_b"]), &set(&["_b", "_c"]));
        assert!(said[0].starts_with("imports _a of /lib") && said[1].starts_with("does not import _c"), "{said:?}");
        assert!(imports(b"no Mach-O").is_err());
    }
}
