//! The trace of a run: every call of a kext over the boundary to its kernel, every call into it, and what they returned.
//!
//! The machine records ([`protocol::trace`]); here it is told beforehand how to look at words ([`signatures`]), and what it
//! recorded is written down afterwards, as text or as JSON lines.
//!
//! # Text
//! A line holds the virtual time in seconds, the class and number of the thread, and the call, indented by how deep it is
//! nested. `>` marks a call into a kext, by the kernel or by another kext, `<` its end; a call of a kext out to the kernel has no
//! mark, and `=` begins the line of its end. A call in which nothing else happens is one line with its result. `--` marks the begin of a
//! step of a scenario from a file.
//!
//! ```text
//! 1.000000000 -- A:3 load
//! 1.000000000 matching 3  > Loopflower#12->Loopflower::start(IOResources#2)
//! 1.000000000 matching 3      Loopflower#12->IOService::start(IOResources#2) = true
//! 1.000000000 matching 3  < Loopflower::start = true
//! ```
//!
//! # JSON lines
//! One object a call, one a return and one a step, in the order in which they happened:
//!
//! ```text
//! {"step":"A:3 load","at":1000000000}
//! {"call":7,"inside":6,"depth":1,"at":1000000000,"thread":{"id":3,"name":"IOConfigThread","class":"matching"},
//!  "way":"out","image":"","function":"__ZN9IOService5startEPS_","demangled":"IOService::start(IOService*)",
//!  "this":{"object":12,"class":"Loopflower"},"arguments":[{"object":2,"class":"IOResources"}]}
//! {"return":7,"at":1000000000,"result":true}
//! ```
//!
//! | key | value |
//! |---|---|
//! | `step` | a step of a scenario from a file begins: file, line and what it says |
//! | `call` | number of the call, from 1; its `return` has the same |
//! | `inside` | number of the call that the thread was inside; `null` for none |
//! | `depth` | how many calls the thread was inside |
//! | `at` | virtual time in ns |
//! | `thread` | `id`, `name`, `class`: `matching`, `work loop`, `timer`, `client IO`, `termination`, `host` (user space's part; the HAL), `kext` or `driver` (a user-space driver's own) |
//! | `way` | `out` (of the kext) or `in` (to it); `in` for a call from one kext to another, too |
//! | `image` | the kext that is called, `""` for the kernel; who calls is the image of the call that it is `inside` |
//! | `function`, `demangled` | its Mach-O name, and the name for people |
//! | `this` | the object it is called for; absent for functions without |
//! | `arguments` | the others, as far as their types are known |
//! | `result` | absent for `void` |
//!
//! A value is `true` or `false`, a number, a string (C string, `"…"` at its end if there is more of it), `null` (the null
//! pointer), or an object: `{"object":N,"class":C}` with `"value"` for OSString, OSSymbol, OSNumber and OSBoolean;
//! `{"block":N,"offset":B}`; `{"symbol":S,"image":I,"offset":B}`; `{"metaclass":C}`; `{"code":"ovlm"}` for four characters;
//! `{"return":"kIOReturnSuccess","code":N}`; `{"place":"stack"}`, `{"place":"elsewhere"}`, `{"place":"unknown"}`. Objects and
//! blocks share one count and keep their number for life.

mod filter;
mod json;
mod read;
mod signatures;
mod text;
mod types;
mod words;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

pub use filter::Filter;
pub use signatures::signatures;

use crate::{Error, output};
use read::{Entry, Reader};

/// Form of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// The form that a file's name asks for: JSON lines for `.jsonl`.
    pub fn of(path: &Path) -> Format {
        if path.extension().is_some_and(|suffix| suffix == "jsonl") { Format::Json } else { Format::Text }
    }
}

/// What a user wants to be traced.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the trace goes.
    pub path: PathBuf,
    /// Its form.
    pub format: Format,
    /// What of it is written.
    pub filter: Filter,
}

/// A trace that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Traced {
    /// The file's path as it was given.
    pub path: String,
    /// Calls that the filter lets through.
    pub calls: u64,
    /// Calls that were recorded.
    pub recorded: u64,
    /// Whether the machine ran out of room for the trace, so that later calls are not in it.
    pub full: bool,
}

/// Writes down what lies in the region of a trace.
///
/// # Errors
/// The file cannot be written.
pub fn write(wanted: &Wanted, shown: String, region: &[u8]) -> Result<Traced, Error> {
    let (_, full) = protocol::trace::extent(region);
    let mut traced = Traced { path: shown, calls: 0, recorded: 0, full };
    output::write(&wanted.path, |file| {
        let mut text = text::Writer::default();
        for entry in Reader::new(region) {
            let is_shown = wanted.filter.lets(&entry);
            if let Entry::Call(_) = &entry {
                traced.recorded += 1;
                traced.calls += u64::from(is_shown);
            }
            if is_shown {
                match wanted.format {
                    Format::Text => text.write(entry, file)?,
                    Format::Json => writeln!(file, "{}", json::line(&entry))?,
                }
            }
        }
        text.end(file)
    })?;
    Ok(traced)
}
