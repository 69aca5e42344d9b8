//! LC_DYLD_INFO: opcodes that say what is slid and bound, which count instead of relocations.

use super::sites::{Import, Sites};
use super::validate::{Layout, complaint};
use crate::macho::LoadCommand;
use crate::{Refusal, bytes};

/// High half of a byte: the opcode; low half: its immediate.
const OPCODE: u8 = 0xf0;
const IMMEDIATE: u8 = 0x0f;
const POINTER: u8 = 1;
const WEAK_IMPORT: u8 = 1;
const WORD: u64 = 8;

/// Reads the opcodes of a command into `sites`.
pub(super) fn read<'a>(
    command: &LoadCommand<'_>,
    layout: &Layout<'a>,
    sites: &mut Sites<'_, 'a>,
) -> Result<(), Refusal> {
    let piece = |field: u64| -> &'a [u8] {
        let word = |index: u64| u64::from(bytes::u32(command.data, 8 + 4 * index).unwrap_or(0));
        // All pieces have been found to lie within __LINKEDIT.
        bytes::range(layout.macho.bytes(), word(field), word(field + 1)).unwrap_or_default()
    };
    rebases(piece(0), sites)?;
    binds(piece(2), false, sites)?;
    binds(piece(6), true, sites)
}

/// A stream of opcodes.
struct Stream<'a, 'i> {
    bytes: &'a [u8],
    identifier: &'i str,
}

impl<'a> Stream<'a, '_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    fn uleb(&mut self) -> Result<u64, Refusal> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.next().ok_or_else(|| self.malformed("uleb128 beyond end"))?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed("uleb128 too big for uint64"))
    }

    fn name(&mut self) -> Result<&'a str, Refusal> {
        let end = self.bytes.iter().position(|&byte| byte == 0);
        let name = end.and_then(|end| core::str::from_utf8(&self.bytes[..end]).ok());
        let name = name.ok_or_else(|| self.malformed("symbol name extends beyond the bind opcodes"))?;
        self.bytes = &self.bytes[name.len() + 1..];
        Ok(name)
    }

    fn malformed(&self, what: impl core::fmt::Display) -> Refusal {
        complaint(self.identifier, what, "The opcodes of LC_DYLD_INFO end or go wrong there.")
    }
}

/// Where a stream of opcodes is.
#[derive(Default)]
struct Cursor {
    segment: Option<u64>,
    offset: u64,
    is_pointer: bool,
}

impl Cursor {
    fn step(&mut self, by: u64) {
        self.offset = self.offset.wrapping_add(by);
    }
}

fn rebases(opcodes: &[u8], sites: &mut Sites<'_, '_>) -> Result<(), Refusal> {
    let mut stream = Stream { bytes: opcodes, identifier: sites.identifier };
    let mut at = Cursor::default();
    while let Some(byte) = stream.next() {
        let immediate = byte & IMMEDIATE;
        let (count, skip) = match byte & OPCODE {
            0x00 => break,
            0x10 => {
                at.is_pointer = immediate == POINTER;
                continue;
            }
            0x20 => {
                (at.segment, at.offset) = (Some(immediate.into()), stream.uleb()?);
                continue;
            }
            0x30 => {
                at.step(stream.uleb()?);
                continue;
            }
            0x40 => {
                at.step(u64::from(immediate) * WORD);
                continue;
            }
            0x50 => (immediate.into(), 0),
            0x60 => (stream.uleb()?, 0),
            0x70 => (1, stream.uleb()?),
            0x80 => (stream.uleb()?, stream.uleb()?),
            _ => return Err(stream.malformed(format_args!("unknown rebase opcode 0x{byte:02X}"))),
        };
        for _ in 0_u64..count {
            sites.rebase(at.segment, at.offset, at.is_pointer)?;
            at.step(skip.wrapping_add(WORD));
        }
    }
    Ok(())
}

fn binds<'a>(opcodes: &'a [u8], are_lazy: bool, sites: &mut Sites<'_, 'a>) -> Result<(), Refusal> {
    let identifier = sites.identifier;
    let mut stream = Stream { bytes: opcodes, identifier };
    let mut at = Cursor { is_pointer: are_lazy, ..Cursor::default() };
    let mut import = Import { name: None, weak: false, addend: 0 };
    while let Some(byte) = stream.next() {
        let immediate = byte & IMMEDIATE;
        let (count, skip) = match byte & OPCODE {
            // Lazy binds have an end each.
            0x00 if are_lazy => continue,
            0x00 => break,
            0x10 | 0x30 => continue,
            0x20 => {
                stream.uleb()?;
                continue;
            }
            0x40 => {
                import.weak = immediate & WEAK_IMPORT != 0;
                import.name = Some(stream.name()?);
                continue;
            }
            0x50 => {
                at.is_pointer = immediate == POINTER;
                continue;
            }
            0x60 => {
                // Signed; all that matters is whether it is 0.
                import.addend = stream.uleb()?;
                continue;
            }
            0x70 => {
                (at.segment, at.offset) = (Some(immediate.into()), stream.uleb()?);
                continue;
            }
            0x80 => {
                at.step(stream.uleb()?);
                continue;
            }
            0x90 => (1, 0),
            0xa0 => (1, stream.uleb()?),
            0xb0 => (1, u64::from(immediate) * WORD),
            0xc0 => (stream.uleb()?, stream.uleb()?),
            _ => return Err(stream.malformed(format_args!("bad bind opcode 0x{byte:02X}"))),
        };
        for _ in 0_u64..count {
            sites.bind(at.segment, at.offset, at.is_pointer, import)?;
            at.step(skip.wrapping_add(WORD));
        }
    }
    Ok(())
}
