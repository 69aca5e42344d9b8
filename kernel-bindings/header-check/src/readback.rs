//! Reads a compiled object file back.
use crate::Error;
use object::read::macho::MachOFile64;
use object::{Endianness, Object, ObjectSection, ObjectSymbol, RelocationTarget};
use std::collections::BTreeMap;

/// An object file, opened.
pub struct Readback<'a> {
    file: MachOFile64<'a, Endianness>,
    /// The address of each defined symbol. The sections of an object file share one address space.
    symbols: BTreeMap<&'a str, u64>,
    /// The symbol that each relocated word points to, by the word's address.
    words: BTreeMap<u64, &'a str>,
}

/// Words in front of the first slot of a vtable.
const HEADER_WORDS: u64 = 2;

impl<'a> Readback<'a> {
    /// Opens the object file.
    ///
    /// # Errors
    /// [`Error::Probe`] when it is no 64-bit Mach-O object.
    pub fn open(bytes: &'a [u8]) -> Result<Readback<'a>, Error> {
        let bad = |error: object::Error| Error::Probe(error.to_string());
        let file = MachOFile64::parse(bytes).map_err(bad)?;
        let mut symbols = BTreeMap::new();
        for symbol in file.symbols().filter(|symbol| symbol.section_index().is_some()) {
            symbols.insert(symbol.name().map_err(bad)?, symbol.address());
        }
        let mut words = BTreeMap::new();
        for section in file.sections() {
            for (offset, relocation) in section.relocations() {
                if let RelocationTarget::Symbol(index) = relocation.target() {
                    let symbol = file.symbol_by_index(index).map_err(bad)?;
                    words.insert(section.address() + offset, symbol.name().map_err(bad)?);
                }
            }
        }
        Ok(Readback { file, symbols, words })
    }

    /// The symbols that the object file defines.
    pub fn defined(&self) -> impl Iterator<Item = &'a str> {
        self.symbols.keys().copied()
    }

    /// The symbols that it takes from elsewhere.
    pub fn imported(&self) -> impl Iterator<Item = &'a str> {
        self.file.symbols().filter(ObjectSymbol::is_undefined).filter_map(|symbol| symbol.name().ok())
    }

    /// The symbol that the word at `symbol` points to.
    pub fn pointee(&self, symbol: &str) -> Option<&'a str> {
        self.words.get(self.symbols.get(symbol)?).copied()
    }

    fn address(&self, symbol: &str) -> Result<u64, Error> {
        self.symbols.get(symbol).copied().ok_or_else(|| Error::Probe(format!("no symbol {symbol}")))
    }

    /// The `count` numbers of eight bytes at `symbol`.
    ///
    /// # Errors
    /// [`Error::Probe`] when they are not there.
    pub fn numbers(&self, symbol: &str, count: usize) -> Result<Vec<u64>, Error> {
        let address = self.address(symbol)?;
        let mut data = self.file.sections().filter_map(|section| section.data_range(address, count as u64 * 8).ok()?);
        let bytes = data.next().ok_or_else(|| Error::Probe(format!("no {count} numbers at {symbol}")))?;
        let (numbers, _) = bytes.as_chunks::<8>();
        Ok(numbers.iter().map(|number| u64::from_le_bytes(*number)).collect())
    }

    /// The functions that the slots of the vtable at `symbol` point to, up to the first word without one.
    ///
    /// # Errors
    /// [`Error::Probe`] when there is no such symbol.
    pub fn table(&self, symbol: &str) -> Result<Vec<&'a str>, Error> {
        let first = self.address(symbol)? + HEADER_WORDS * 8;
        Ok((0..).map_while(|slot| self.words.get(&(first + slot * 8)).copied()).collect())
    }
}
