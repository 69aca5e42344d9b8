//! The trace: what a machine records of the boundary between a kext and its kernel.
//!
//! ```text
//!  runner                                shared memory                         machine
//!    │ signatures: how to look at words ──► [ Signatures ] ──────────────────────► │ at each call over the boundary,
//!    │                                                                             │ and at each return from one:
//!    │ ◄──────────────────────────────────── [ Trace: header | records … ] ◄────── │ a record
//! ```
//!
//! Layout of the region, little-endian: u64 bytes of records, u64 1 if something did not fit, then the records, each a u32 length
//! and as many bytes of postcard. A record holds no address: objects, blocks and threads have numbers in the order in which
//! they were first seen, so that one seed gives the same bytes.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Bytes of the region before the first record.
pub const HEADER: usize = 16;
/// Bytes of the region: a sparse file, of which only what is written takes memory.
pub const CAPACITY: u64 = 256 << 20;
/// Bytes of a text that are recorded.
pub const LONGEST_TEXT: usize = 120;

/// How a word of a call is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// No value (void).
    Nothing,
    /// bool: the low byte.
    Bool,
    /// A signed integer of so many bytes.
    Signed(u8),
    /// An unsigned integer of so many bytes. One of eight may be an address.
    Unsigned(u8),
    /// IOReturn.
    Return,
    /// OSType: four characters.
    Code,
    /// `const char *`.
    Text,
    /// Any other pointer.
    Pointer,
    /// Nobody knows.
    Unknown,
}

/// What is known of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Whether the first argument is the object it is called for.
    pub this: bool,
    /// Its parameters; of those of a variable number none.
    pub parameters: Vec<Type>,
    /// Whether the last parameter is a format, and what it is about follows (printf and its kin).
    pub formatted: bool,
    /// Its result.
    pub result: Type,
}

/// Functions by Mach-O name, sorted by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatures(pub Vec<(String, Signature)>);

impl Signatures {
    /// What is known of a function.
    pub fn get(&self, name: &str) -> Option<&Signature> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok().map(|index| &self.0[index].1)
    }

    /// As bytes for shared memory.
    ///
    /// # Panics
    /// Never: there is nothing in it that postcard cannot write.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads them back.
    ///
    /// # Errors
    /// The bytes are not signatures of this build.
    pub fn from_bytes(bytes: &[u8]) -> Result<Signatures, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

/// A word of a call, as it was found at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// No value.
    Nothing,
    /// A word of which nothing can be said that would be the same in every run.
    Unknown,
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// An IOReturn.
    Return(u32),
    /// Four characters.
    Code(u32),
    /// A C string, and whether there is more of it than is recorded.
    Text(String, bool),
    /// The null pointer.
    Null,
    /// An object.
    Object {
        /// Its number, that of its memory.
        number: u32,
        /// The name of its class at that time; a constructor sees its superclass's.
        class: u32,
        /// The text of an OSString or OSSymbol, the value of an OSNumber or OSBoolean.
        value: Option<String>,
    },
    /// The metaclass object of the class of this name.
    Metaclass(u32),
    /// Kernel memory.
    Block {
        /// Its number.
        number: u32,
        /// How far into it the pointer points, in bytes.
        offset: u64,
    },
    /// A function or variable of a kext or of the kernel, with the offset from its start.
    Symbol {
        /// Name of the kext's bundle, or "" for the kernel.
        image: u32,
        /// Mach-O name.
        name: u32,
        /// Bytes from its start.
        offset: u64,
    },
    /// Somewhere on the stack of the calling thread.
    Stack,
    /// Memory that is none of these: the bench's own, or none at all.
    Elsewhere,
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// The kext calls the kernel.
    OutOfKext,
    /// The kernel calls the kext, or another kext does: the one whose call it is inside.
    IntoKext,
}

/// One entry of the trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A name that later records name by its number; numbers count from 0.
    Name(String),
    /// A thread that is seen for the first time.
    Thread {
        /// Its number.
        id: u32,
        /// Its name in the kernel.
        name: u32,
    },
    /// A step of a scenario from a file begins.
    Step {
        /// Virtual time in ns.
        at: u64,
        /// Its place and text: "A:3 start A".
        text: String,
    },
    /// A call.
    Call(Call),
    /// The end of a call.
    Return {
        /// The call.
        call: u32,
        /// Virtual time in ns.
        at: u64,
        /// What it returned.
        result: Value,
    },
}

/// A call over the boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its number, from 1.
    pub id: u32,
    /// The call that the thread was inside; 0 for none.
    pub inside: u32,
    /// How many calls the thread was inside.
    pub depth: u32,
    /// Number of the thread.
    pub thread: u32,
    /// Virtual time in ns.
    pub at: u64,
    /// Which way it goes.
    pub way: Way,
    /// Name of the bundle of the kext that is called, "" for the kernel.
    pub image: u32,
    /// Mach-O name of the function.
    pub function: u32,
    /// `this` if the function has one, and the arguments.
    pub arguments: Vec<Value>,
    /// Whether the first of them is `this`.
    pub this: bool,
}

/// Records in their order, up to the end or to the first that is damaged.
pub fn records(region: &[u8]) -> impl Iterator<Item = Record> + '_ {
    let used = word(region, 0).and_then(|used| usize::try_from(used).ok()).unwrap_or(0);
    let mut rest = region.get(HEADER..).and_then(|rest| rest.get(..used)).unwrap_or_default();
    core::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (bytes, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = behind;
        postcard::from_bytes(bytes).ok()
    })
}

/// Bytes of records in a region, and whether something did not fit.
pub fn extent(header: &[u8]) -> (u64, bool) {
    (word(header, 0).unwrap_or(0), word(header, 8).is_some_and(|full| full != 0))
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Writes records into a region.
#[derive(Debug)]
pub struct Writer<'a> {
    region: &'a mut [u8],
    used: usize,
    full: bool,
}

impl<'a> Writer<'a> {
    /// A writer at the beginning of the region, which is zero.
    pub fn new(region: &'a mut [u8]) -> Writer<'a> {
        Writer { region, used: 0, full: false }
    }

    /// Appends a record. Once one did not fit, none does. Whether it is in.
    pub fn write(&mut self, record: &Record) -> bool {
        let Ok(bytes) = postcard::to_allocvec(record) else { return false };
        let from = HEADER + self.used;
        let to = from + 4 + bytes.len();
        let Some(place) = self.region.get_mut(from..to).filter(|_| !self.full) else {
            self.full = true;
            self.put(8, 1);
            return false;
        };
        place[..4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        place[4..].copy_from_slice(&bytes);
        self.used = to - HEADER;
        self.put(0, self.used as u64);
        true
    }

    fn put(&mut self, at: usize, word: u64) {
        if let Some(place) = self.region.get_mut(at..at + 8) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    fn end(call: u32) -> Record {
        Record::Return { call, at: 5, result: Value::Bool(true) }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut region = vec![0; 256];
        let mut writer = Writer::new(&mut region);
        let written =
            [Record::Name("a".to_string()), Record::Step { at: 5, text: "A:1 load".to_string() }, end(1), end(300)];
        assert!(written.iter().all(|record| writer.write(record)));
        assert!(records(&region).eq(written));
    }

    #[test]
    fn what_does_not_fit_is_told_and_nothing_follows_it() {
        let mut region = vec![0; HEADER + 10];
        let mut writer = Writer::new(&mut region);
        assert!(writer.write(&end(1)));
        assert!(!writer.write(&Record::Name("a long name".to_string())));
        assert!(!writer.write(&end(2)));
        assert!(extent(&region).1);
        assert!(records(&region).eq([end(1)]));
    }

    #[test]
    fn damaged_bytes_are_no_records() {
        assert_eq!(records(&[]).count(), 0);
        assert_eq!(records(&[0xff; 64]).count(), 0);
        let mut region = vec![0; 64];
        Writer::new(&mut region).write(&end(1));
        region[HEADER] = 200;
        assert_eq!(records(&region).count(), 0);
    }
}
