//! LC_DYLD_INFO: opcodes that say what is slid and bound.

use kext_link::macho::LoadCommand;

use super::stream::Stream;
use super::{Fixups, Import, Unloadable, library, unloadable};

const OPCODE: u8 = 0xf0;
const IMMEDIATE: u8 = 0x0f;
/// The only kind of place in 64-bit files.
const POINTER: u8 = 1;
const WEAK_IMPORT: u8 = 1;
const WORD: u64 = 8;
/// More pointers than an image has room for.
const MOST: u64 = 1 << 24;

/// Reads the opcodes of a command: rebases, binds, weak binds, lazy binds.
pub(super) fn read(
    command: &LoadCommand<'_>,
    file: &[u8],
    libraries: &[String],
    fixups: &mut Fixups<'_>,
) -> Result<(), Unloadable> {
    let piece = |index: usize| {
        let word = |at: usize| Some(u32::from_le_bytes(*command.data.get(at..)?.first_chunk()?) as usize);
        let (from, size) = (word(8 + 8 * index)?, word(12 + 8 * index)?);
        file.get(from..from.checked_add(size)?)
    };
    let piece = |index| piece(index).map_or_else(|| unloadable("its LC_DYLD_INFO names bytes beyond its end"), Ok);
    rebases(piece(0)?, fixups)?;
    binds(piece(1)?, false, libraries, fixups)?;
    // Weak definitions have been bound to what the file has or imports; with one image there is nothing to coalesce.
    piece(2)?;
    binds(piece(3)?, true, libraries, fixups)
}

fn rebases(opcodes: &[u8], fixups: &mut Fixups<'_>) -> Result<(), Unloadable> {
    let mut stream = Stream(opcodes);
    let (mut segment, mut offset) = (0, 0_u64);
    while let Some(byte) = stream.next() {
        let immediate = byte & IMMEDIATE;
        let (count, skip) = match byte & OPCODE {
            0x00 => break,
            0x10 if immediate == POINTER => continue,
            0x20 => {
                (segment, offset) = (immediate.into(), stream.unsigned()?);
                continue;
            }
            0x30 => {
                offset = offset.wrapping_add(stream.unsigned()?);
                continue;
            }
            0x40 => {
                offset = offset.wrapping_add(u64::from(immediate) * WORD);
                continue;
            }
            0x50 => (immediate.into(), 0),
            0x60 => (stream.unsigned()?, 0),
            0x70 => (1, stream.unsigned()?),
            0x80 => (stream.unsigned()?, stream.unsigned()?),
            _ => return unloadable(format!("its fixups have the rebase opcode {byte:#04x}, which nobody knows")),
        };
        for _ in 0..count.min(MOST) {
            let target = fixups.word(segment, offset);
            fixups.rebase(segment, offset, target)?;
            offset = offset.wrapping_add(skip).wrapping_add(WORD);
        }
    }
    Ok(())
}

fn binds(opcodes: &[u8], are_lazy: bool, libraries: &[String], fixups: &mut Fixups<'_>) -> Result<(), Unloadable> {
    let mut stream = Stream(opcodes);
    let (mut segment, mut offset, mut addend, mut ordinal) = (0, 0_u64, 0, 0_i64);
    let (mut symbol, mut weak) = (String::new(), false);
    while let Some(byte) = stream.next() {
        let immediate = byte & IMMEDIATE;
        let (count, skip) = match byte & OPCODE {
            // Lazy binds have an end each.
            0x00 if are_lazy => continue,
            0x00 => break,
            0x10 => {
                ordinal = immediate.into();
                continue;
            }
            0x20 => {
                ordinal = stream.unsigned()?.cast_signed();
                continue;
            }
            // Itself, the program, any: negative numbers of four bits.
            0x30 => {
                ordinal = if immediate == 0 { 0 } else { i64::from(immediate) - 16 };
                continue;
            }
            0x40 => {
                (symbol, weak) = (stream.name()?.to_owned(), immediate & WEAK_IMPORT != 0);
                continue;
            }
            0x50 if immediate == POINTER => continue,
            0x60 => {
                addend = stream.signed()?;
                continue;
            }
            0x70 => {
                (segment, offset) = (immediate.into(), stream.unsigned()?);
                continue;
            }
            0x80 => {
                offset = offset.wrapping_add(stream.unsigned()?);
                continue;
            }
            0x90 => (1, 0),
            0xa0 => (1, stream.unsigned()?),
            0xb0 => (1, u64::from(immediate) * WORD),
            0xc0 => (stream.unsigned()?, stream.unsigned()?),
            _ => return unloadable(format!("its fixups have the bind opcode {byte:#04x}, which nobody knows")),
        };
        let import = Import { symbol: symbol.clone(), library: library(libraries, ordinal), weak };
        let import = fixups.import(import);
        for _ in 0..count.min(MOST) {
            fixups.bind(segment, offset, import, addend)?;
            offset = offset.wrapping_add(skip).wrapping_add(WORD);
        }
    }
    Ok(())
}
