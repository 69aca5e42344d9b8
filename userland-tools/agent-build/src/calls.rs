//! The table of calls: what the agent may import, from where, since which release, by which source.

use kernel_build::Version;

/// The table as it is checked in.
const TABLE: &str = include_str!("../../agent/calls.tsv");
/// Its columns.
const COLUMNS: [&str; 4] = ["symbol", "library", "since", "source"];
/// The release that all must be there in.
pub const OLDEST: &str = "10.6";

/// The libraries by the names that the table has for them: the stub's file, and where the library is on a Mac.
pub const LIBRARIES: [(&str, &str, &str); 4] = [
    ("libSystem", "libSystem.tbd", "/usr/lib/libSystem.B.dylib"),
    (
        "CoreFoundation",
        "CoreFoundation.tbd",
        "/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation",
    ),
    ("CoreAudio", "CoreAudio.tbd", "/System/Library/Frameworks/CoreAudio.framework/Versions/A/CoreAudio"),
    ("IOKit", "IOKit.tbd", "/System/Library/Frameworks/IOKit.framework/Versions/A/IOKit"),
];

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name in Mach-O.
    pub symbol: &'static str,
    /// Where the library is on a Mac.
    pub library: &'static str,
    /// The first release that has it.
    pub since: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// The table.
///
/// # Errors
/// A row is not of its form, or names what is newer than the oldest release; in words.
pub fn table() -> Result<Vec<Call>, String> {
    read(TABLE)
}

fn read(table: &'static str) -> Result<Vec<Call>, String> {
    let mut lines = table.lines().enumerate();
    let heading = lines.next().map(|(_, line)| line.split('\t').collect::<Vec<_>>());
    if heading.as_deref() != Some(&COLUMNS) {
        return Err(format!("calls.tsv: its first line must be {}", COLUMNS.join(", ")));
    }
    let mut calls: Vec<Call> = Vec::new();
    for (index, line) in lines {
        let place = format!("calls.tsv, line {}", index + 1);
        let row: Vec<&str> = line.split('\t').collect();
        let &[symbol, library, since, source] = row.as_slice() else {
            return Err(format!("{place}: has {} cells, {} are right", row.len(), COLUMNS.len()));
        };
        let known = LIBRARIES.iter().find(|(name, ..)| *name == library);
        let Some((_, _, library)) = known else { return Err(format!("{place}: there is no library {library}")) };
        let is_old = is_in_oldest(since).ok_or_else(|| format!("{place}: {since} is no release"))?;
        if !is_old {
            return Err(format!("{place}: {symbol} begins with {since}, the agent is for {OLDEST} and later"));
        }
        if source.is_empty() {
            return Err(format!("{place}: {symbol} has no source"));
        }
        if calls.iter().any(|call| call.symbol == symbol) {
            return Err(format!("{place}: {symbol} is there twice"));
        }
        calls.push(Call { symbol, library, since, source });
    }
    Ok(calls)
}

/// Whether the oldest release has what begins with a release.
fn is_in_oldest(since: &str) -> Option<bool> {
    let version = |text: &str| text.parse::<Version>().ok();
    Some(version(since)? <= version(OLDEST)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_of_its_form() {
        assert!(table().unwrap().iter().any(|call| call.symbol == "_AudioDeviceCreateIOProcID"));
    }

    #[test]
    fn rows_that_are_wrong_are_told() {
        for (row, why) in [
            ("_a\tlibSystem\t10.6", "line 2: has 3 cells"),
            ("_a\tlibOther\t10.6\tx", "there is no library libOther"),
            ("_a\tlibSystem\t10.7\tx", "_a begins with 10.7"),
            ("_a\tlibSystem\t10.10\tx", "_a begins with 10.10"),
            ("_a\tlibSystem\tnew\tx", "new is no release"),
            ("_a\tlibSystem\t10.0\t", "_a has no source"),
            ("_a\tlibSystem\t10.0\tx\n_a\tCoreAudio\t10.0\tx", "line 3: _a is there twice"),
        ] {
            let table = format!("{}\n{row}\n", COLUMNS.join("\t"));
            let said = read(Box::leak(table.into_boxed_str())).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert!(read("symbol\tsince\n").unwrap_err().contains("first line"));
    }
}
