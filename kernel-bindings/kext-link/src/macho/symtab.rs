//! The symbol table (LC_SYMTAB).

use super::constants::{N_EXT, N_PEXT, N_SECT, N_STAB, N_TYPE, N_UNDF};
use super::{Error, LoadCommand};
use crate::bytes;

/// Size of a symbol in the file.
pub(crate) const NLIST_SIZE: u64 = 16;

/// A symbol (struct nlist_64).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nlist {
    /// Offset of the name in the strings.
    pub n_strx: u32,
    /// Kind and scope.
    pub n_type: u8,
    /// 1-based section, 0 for none.
    pub n_sect: u8,
    /// Further bits and the library ordinal.
    pub n_desc: u16,
    /// Address, for defined symbols.
    pub n_value: u64,
}

impl Nlist {
    fn of(entry: &[u8]) -> Option<Self> {
        let [n_type, n_sect] = bytes::array(entry, 4)?;
        Some(Self {
            n_strx: bytes::u32(entry, 0)?,
            n_type,
            n_sect,
            n_desc: bytes::u16(entry, 6)?,
            n_value: bytes::u64(entry, 8)?,
        })
    }

    /// Whether it is a debugger's symbol.
    pub fn is_stab(&self) -> bool {
        self.n_type & N_STAB != 0
    }

    /// Whether it is defined in a section of this file.
    pub fn is_section(&self) -> bool {
        !self.is_stab() && self.n_type & N_TYPE == N_SECT
    }

    /// Whether it is to be found in a library.
    pub fn is_import(&self) -> bool {
        !self.is_stab() && self.n_type & N_TYPE == N_UNDF && self.n_value == 0
    }

    /// Whether it is visible outside of the file.
    pub fn is_external(&self) -> bool {
        !self.is_stab() && self.n_type & (N_EXT | N_PEXT) == N_EXT
    }
}

/// The symbols and their strings.
#[derive(Clone, Copy, Debug)]
pub struct Symtab<'a> {
    symbols: &'a [u8],
    strings: &'a [u8],
    /// Offset of the symbols in the file.
    pub symoff: u32,
    /// Number of symbols.
    pub nsyms: u32,
    /// Offset of the strings in the file.
    pub stroff: u32,
    /// Size of the strings in bytes.
    pub strsize: u32,
}

impl<'a> Symtab<'a> {
    pub(super) fn read(bytes: &'a [u8], command: &LoadCommand<'a>) -> Result<Self, Error> {
        let (symoff, nsyms) = (command.u32(8)?, command.u32(12)?);
        let (stroff, strsize) = (command.u32(16)?, command.u32(20)?);
        let size = u64::from(nsyms) * NLIST_SIZE;
        let symbols = bytes::range(bytes, u64::from(symoff), size).ok_or(Error::truncated(
            "the symbol table",
            u64::from(symoff),
            size,
        ))?;
        let strings = bytes::range(bytes, u64::from(stroff), u64::from(strsize)).ok_or(Error::truncated(
            "the string table",
            u64::from(stroff),
            u64::from(strsize),
        ))?;
        Ok(Self { symbols, strings, symoff, nsyms, stroff, strsize })
    }

    /// The symbol with an index.
    pub fn get(&self, index: u32) -> Option<Nlist> {
        Nlist::of(bytes::range(self.symbols, u64::from(index) * NLIST_SIZE, NLIST_SIZE)?)
    }

    /// The symbols in order.
    pub fn iter(&self) -> impl Iterator<Item = Nlist> + Clone + use<'a> {
        self.symbols.chunks_exact(NLIST_SIZE as usize).filter_map(Nlist::of)
    }

    /// The string at an offset, without its NUL; `None` if it does not begin or end within the strings.
    pub fn string(&self, offset: u64) -> Option<&'a [u8]> {
        let rest = self.strings.get(usize::try_from(offset).ok()?..)?;
        rest.get(..rest.iter().position(|&byte| byte == 0)?)
    }

    /// A symbol's name as text; `None` if it is not within the strings or not UTF-8.
    pub fn name(&self, symbol: &Nlist) -> Option<&'a str> {
        core::str::from_utf8(self.string(u64::from(symbol.n_strx))?).ok()
    }
}
