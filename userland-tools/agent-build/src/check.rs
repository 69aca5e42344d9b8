//! What was built, held against what a Mac of 10.6 takes and against the table of calls.

use std::fmt;

use kext_link::macho::File;
use kext_link::macho::constants::{LC_DYLD_INFO, LC_DYLD_INFO_ONLY};

use crate::calls::{Call, OLDEST};
use crate::start;

/// MH_EXECUTE.
const MH_EXECUTE: u32 = 2;
/// LC_REQ_DYLD: a system that does not know the command does not start the program.
const MUST_BE_KNOWN: u32 = 0x8000_0000;
/// LC_LOAD_DYLIB.
const LC_LOAD_DYLIB: u32 = 0xc;
/// LC_VERSION_MIN_MACOSX.
const LC_VERSION_MIN_MACOSX: u32 = 0x24;
/// LC_CODE_SIGNATURE, and where it is in the file: what a program with one cannot be on 10.6 and 10.7 is not known, so ours has
/// none.
const LC_CODE_SIGNATURE: u32 = 0x1d;

/// What a program imports, and that it is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Calls that it imports.
    pub imports: usize,
    /// Rows of the table that it does not import.
    pub unused: Vec<&'static str>,
    /// Where it begins, as linked.
    pub begin: u64,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} imports, all in calls.tsv and there since {OLDEST} or before", self.imports)
    }
}

/// Checks a program.
///
/// # Errors
/// All that is wrong, in words, a line each.
pub fn check(program: &[u8], calls: &[Call]) -> Result<Checked, String> {
    let file = File::parse(program).map_err(|why| why.to_string())?;
    let mut wrong = Vec::new();
    if file.header().filetype != MH_EXECUTE {
        wrong.push(format!("it is a Mach-O of type {}, not an executable", file.header().filetype));
    }
    for command in file.commands() {
        match command.cmd {
            LC_CODE_SIGNATURE => wrong.push("it has a signature".to_owned()),
            // Known to 10.6: LC_DYLD_INFO_ONLY.
            LC_DYLD_INFO_ONLY => {}
            other if other & MUST_BE_KNOWN != 0 => wrong.push(format!("{OLDEST} does not know its command {other:#x}")),
            _ => {}
        }
    }
    if !file.commands().any(|command| [LC_DYLD_INFO, LC_DYLD_INFO_ONLY].contains(&command.cmd)) {
        wrong.push("it has no LC_DYLD_INFO".to_owned());
    }
    let oldest = file.commands().find(|command| command.cmd == LC_VERSION_MIN_MACOSX);
    let oldest = oldest.and_then(|command| Some(u32::from_le_bytes(*command.data.get(8..)?.first_chunk()?)));
    if oldest != Some(10 << 16 | 6 << 8) {
        wrong.push(format!("its LC_VERSION_MIN_MACOSX is not of {OLDEST}"));
    }
    let begin = start::of(&file);
    if begin.is_none() {
        wrong.push("it has no LC_UNIXTHREAD of x86_64".to_owned());
    }
    let imports = imports(&file).map_err(|why| format!("its symbols cannot be read: {why}"))?;
    for (symbol, library) in &imports {
        match calls.iter().find(|call| call.symbol == symbol) {
            None => wrong.push(format!("it imports {symbol} of {library}, which calls.tsv does not have")),
            Some(call) if call.library != library => {
                wrong.push(format!("it imports {symbol} of {library}, calls.tsv has it in {}", call.library));
            }
            Some(_) => {}
        }
    }
    let is_used = |call: &&Call| !imports.iter().any(|(symbol, _)| symbol == call.symbol);
    let unused = calls.iter().filter(is_used).map(|call| call.symbol).collect();
    match begin {
        Some(begin) if wrong.is_empty() => Ok(Checked { imports: imports.len(), unused, begin }),
        _ => Err(wrong.join("\n")),
    }
}

/// What a file imports: symbols, and where their libraries are on a Mac.
fn imports(file: &File<'_>) -> Result<Vec<(String, String)>, String> {
    let path = |data: &[u8]| {
        let at = u32::from_le_bytes(*data.get(8..)?.first_chunk()?) as usize;
        let path = data.get(at..)?.split(|byte| *byte == 0).next()?;
        Some(String::from_utf8_lossy(path).into_owned())
    };
    let libraries = file.commands().filter(|command| command.cmd == LC_LOAD_DYLIB);
    let libraries: Vec<String> = libraries.map(|command| path(command.data).unwrap_or_default()).collect();
    let Some(table) = file.symtab().map_err(|why| why.to_string())? else { return Ok(Vec::new()) };
    let import = |symbol: kext_link::macho::Nlist| {
        let name = table.name(&symbol).unwrap_or_default().to_owned();
        let ordinal = usize::from(symbol.n_desc >> 8);
        let library = ordinal.checked_sub(1).and_then(|index| libraries.get(index));
        (name, library.cloned().unwrap_or_else(|| format!("library {ordinal}")))
    };
    Ok(table.iter().filter(kext_link::macho::Nlist::is_import).map(import).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::table;

    /// The agent as it was built; `cargo xtask test` does that first.
    fn agent() -> Vec<u8> {
        let target = std::env::current_exe().unwrap();
        let path = target.ancestors().nth(3).unwrap().join("agent/loopflower-agent");
        std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}; type: cargo xtask agent", path.display()))
    }

    /// The agent with a word of a command, found by its number, changed.
    fn changed(command: u32, at: usize, to: u32) -> Vec<u8> {
        let mut program = agent();
        let file = File::parse(&program).unwrap();
        let found = file.commands().find(|it| it.cmd == command).unwrap();
        let place = found.offset as usize + at;
        program[place..place + 4].copy_from_slice(&to.to_le_bytes());
        program
    }

    #[test]
    fn the_agent_imports_what_the_table_has_and_no_more() {
        let calls = table().unwrap();
        let checked = check(&agent(), &calls).unwrap();
        assert_eq!((checked.imports, checked.unused), (calls.len(), Vec::new()));
        let file = agent();
        let file = File::parse(&file).unwrap();
        let text = file.segments().map(Result::unwrap).find(|segment| segment.name == "__TEXT").unwrap();
        assert!((text.vmaddr..text.vmaddr + text.vmsize).contains(&checked.begin));
    }

    #[test]
    fn what_is_not_for_10_6_is_told() {
        let calls = table().unwrap();
        let without: Vec<Call> = calls.iter().copied().filter(|call| call.symbol != "_usleep").collect();
        let moved: Vec<Call> = calls.iter().map(|call| Call { library: "/usr/lib/other.dylib", ..*call }).collect();
        for (program, calls, why) in [
            (agent(), &without, "it imports _usleep of /usr/lib/libSystem.B.dylib, which calls.tsv does not have"),
            (agent(), &moved, "calls.tsv has it in /usr/lib/other.dylib"),
            (changed(start::LC_UNIXTHREAD, 0, start::LC_MAIN), &calls, "10.6 does not know its command 0x80000028"),
            (changed(start::LC_UNIXTHREAD, 8, 7), &calls, "it has no LC_UNIXTHREAD of x86_64"),
            (changed(LC_VERSION_MIN_MACOSX, 8, 10 << 16 | 7 << 8), &calls, "its LC_VERSION_MIN_MACOSX is not of 10.6"),
            (changed(LC_VERSION_MIN_MACOSX, 0, LC_CODE_SIGNATURE), &calls, "it has a signature"),
            (changed(LC_DYLD_INFO_ONLY, 0, 0x8000_0034), &calls, "it has no LC_DYLD_INFO"),
        ] {
            let said = check(&program, calls).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert!(check(b"no Mach-O", &calls).is_err());
    }
}
