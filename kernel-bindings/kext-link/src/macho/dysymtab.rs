//! The dynamic symbol table (LC_DYSYMTAB): ranges of symbols, and the relocations of a finished image.

use super::{Error, LoadCommand};
use crate::bytes;

const RELOCATION_SIZE: u64 = 8;

/// A relocation (struct relocation_info).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Where: an address as linked.
    pub r_address: u32,
    /// With `r_extern` the index of a symbol, else a 1-based section or 0 for absolute.
    pub r_symbolnum: u32,
    /// Whether the place holds a displacement from the next instruction.
    pub r_pcrel: bool,
    /// Size of the place as a power of two: 2 for four bytes, 3 for eight.
    pub r_length: u8,
    /// Whether `r_symbolnum` is a symbol.
    pub r_extern: bool,
    /// X86_64_RELOC_….
    pub r_type: u8,
}

/// A table of relocations.
#[derive(Clone, Copy, Debug)]
pub struct Relocations<'a>(&'a [u8]);

impl<'a> Relocations<'a> {
    fn read(bytes: &'a [u8], what: &'static str, offset: u32, count: u32) -> Result<Self, Error> {
        let size = u64::from(count) * RELOCATION_SIZE;
        let table = bytes::range(bytes, u64::from(offset), size);
        table.map(Self).ok_or(Error::truncated(what, u64::from(offset), size))
    }

    /// The relocations in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Relocation> + Clone + use<'a> {
        self.0.chunks_exact(RELOCATION_SIZE as usize).map(|entry| {
            let entry = u64::from_le_bytes(entry.try_into().unwrap_or([0; 8]));
            let bits = (entry >> 32) as u32;
            Relocation {
                r_address: entry as u32,
                r_symbolnum: bits & 0x00ff_ffff,
                r_pcrel: bits >> 24 & 1 != 0,
                r_length: (bits >> 25 & 3) as u8,
                r_extern: bits >> 27 & 1 != 0,
                r_type: (bits >> 28) as u8,
            }
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len() / RELOCATION_SIZE as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The dynamic symbol table.
#[derive(Clone, Copy, Debug)]
pub struct Dysymtab<'a> {
    indirect: &'a [u8],
    /// Index of the first local symbol.
    pub ilocalsym: u32,
    /// Number of local symbols.
    pub nlocalsym: u32,
    /// Index of the first defined external symbol.
    pub iextdefsym: u32,
    /// Number of defined external symbols.
    pub nextdefsym: u32,
    /// Index of the first import.
    pub iundefsym: u32,
    /// Number of imports.
    pub nundefsym: u32,
    /// Offset of the indirect symbols in the file.
    pub indirectsymoff: u32,
    /// Number of indirect symbols.
    pub nindirectsyms: u32,
    /// Offset of the external relocations in the file.
    pub extreloff: u32,
    /// Offset of the local relocations in the file.
    pub locreloff: u32,
    /// Relocations against symbols.
    pub external: Relocations<'a>,
    /// Relocations for the slide.
    pub local: Relocations<'a>,
}

impl<'a> Dysymtab<'a> {
    pub(super) fn read(bytes: &'a [u8], command: &LoadCommand<'a>) -> Result<Self, Error> {
        let (indirectsymoff, nindirectsyms) = (command.u32(56)?, command.u32(60)?);
        let (extreloff, locreloff) = (command.u32(64)?, command.u32(72)?);
        let size = u64::from(nindirectsyms) * 4;
        let indirect = bytes::range(bytes, u64::from(indirectsymoff), size);
        Ok(Self {
            indirect: indirect.ok_or(Error::truncated("the indirect symbol table", u64::from(indirectsymoff), size))?,
            ilocalsym: command.u32(8)?,
            nlocalsym: command.u32(12)?,
            iextdefsym: command.u32(16)?,
            nextdefsym: command.u32(20)?,
            iundefsym: command.u32(24)?,
            nundefsym: command.u32(28)?,
            indirectsymoff,
            nindirectsyms,
            extreloff,
            locreloff,
            external: Relocations::read(bytes, "the external relocation table", extreloff, command.u32(68)?)?,
            local: Relocations::read(bytes, "the local relocation table", locreloff, command.u32(76)?)?,
        })
    }

    /// The indirect symbol with an index: the index of a symbol, or INDIRECT_SYMBOL_… bits.
    pub fn indirect(&self, index: u64) -> Option<u32> {
        bytes::u32(self.indirect, index.checked_mul(4)?)
    }
}
