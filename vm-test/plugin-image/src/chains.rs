//! LC_DYLD_CHAINED_FIXUPS: pointers that are linked into chains, page by page, and say themselves what they are.

use kext_link::macho::LoadCommand;

use super::{Fixups, Import, Unloadable, library, unloadable};

/// A page without a chain.
const NO_CHAIN: u16 = 0xffff;
/// A page with several, of 32-bit files.
const SEVERAL: u16 = 0x8000;
/// Formats of pointers: the target is an address, or counts from the header.
const FORMATS: [u16; 2] = [2, 6];
/// The unit of the distance to the next pointer, in bytes.
const STRIDE: u64 = 4;
const BIND: u64 = 1 << 63;

/// Little-endian words of a table.
struct Table<'a>(&'a [u8]);

impl Table<'_> {
    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Unloadable> {
        let bytes = self.0.get(at..).and_then(<[u8]>::first_chunk).copied();
        bytes.map_or_else(|| unloadable("its chained fixups end too early"), Ok)
    }

    fn u16(&self, at: usize) -> Result<u16, Unloadable> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(&self, at: usize) -> Result<usize, Unloadable> {
        self.array(at).map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    fn u64(&self, at: usize) -> Result<u64, Unloadable> {
        self.array(at).map(u64::from_le_bytes)
    }
}

/// Reads the chains of a command.
pub(super) fn read(
    command: &LoadCommand<'_>,
    file: &[u8],
    libraries: &[String],
    fixups: &mut Fixups<'_>,
) -> Result<(), Unloadable> {
    let words = Table(command.data);
    let (from, size) = (words.u32(8)?, words.u32(12)?);
    let Some(table) = from.checked_add(size).and_then(|end| file.get(from..end)) else {
        return unloadable("its LC_DYLD_CHAINED_FIXUPS names bytes beyond its end");
    };
    let table = Table(table);
    let (starts, imports) = (table.u32(4)?, imports(&table, libraries, fixups)?);
    for segment in 0..table.u32(starts)?.min(fixups.parts.len()) {
        let info = table.u32(starts + 4 + 4 * segment)?;
        if info != 0 {
            chains(&table, starts + info, segment, &imports, fixups)?;
        }
    }
    Ok(())
}

/// The imports in their order: index among those of the image, and addend.
fn imports(table: &Table<'_>, libraries: &[String], fixups: &mut Fixups<'_>) -> Result<Vec<(usize, i64)>, Unloadable> {
    let (start, names, count, format) = (table.u32(8)?, table.u32(12)?, table.u32(16)?, table.u32(20)?);
    let size = match format {
        1 => 4,
        2 => 8,
        3 => 16,
        _ => return unloadable(format!("its chained fixups have imports of format {format}; 1 to 3 are known")),
    };
    let mut found = Vec::new();
    for index in 0..count {
        let at = start.saturating_add(index.saturating_mul(size));
        let (ordinal, weak, name, addend) = if format == 3 {
            let word = table.u64(at)?;
            (i64::from(word as u16 as i16), word >> 16 & 1, (word >> 32) as usize, table.u64(at + 8)?.cast_signed())
        } else {
            let word = table.u32(at)? as u32;
            let addend = if format == 2 { i64::from((table.u32(at + 4)? as u32).cast_signed()) } else { 0 };
            (i64::from(word as u8 as i8), u64::from(word >> 8 & 1), (word >> 9) as usize, addend)
        };
        let text = table.0.get(names.saturating_add(name)..).and_then(|rest| rest.split(|byte| *byte == 0).next());
        let Some(symbol) = text.and_then(|text| std::str::from_utf8(text).ok()) else {
            return unloadable("the name of one of its imports lies beyond its end");
        };
        let import = Import { symbol: symbol.to_owned(), library: library(libraries, ordinal), weak: weak != 0 };
        found.push((fixups.import(import), addend));
    }
    Ok(found)
}

/// Follows all chains of a segment.
fn chains(
    table: &Table<'_>,
    at: usize,
    segment: usize,
    imports: &[(usize, i64)],
    fixups: &mut Fixups<'_>,
) -> Result<(), Unloadable> {
    let (page_size, format) = (u64::from(table.u16(at + 4)?), table.u16(at + 6)?);
    if !FORMATS.contains(&format) {
        return unloadable(format!("its chained fixups have pointers of format {format}; x86_64 has 2 and 6"));
    }
    for page in 0..usize::from(table.u16(at + 20)?) {
        let start = table.u16(at + 22 + 2 * page)?;
        if start == NO_CHAIN {
            continue;
        }
        if start & SEVERAL != 0 {
            return unloadable("its chained fixups have pages of several chains, which only 32-bit files have");
        }
        chain(page as u64 * page_size + u64::from(start), format, segment, imports, fixups)?;
    }
    Ok(())
}

fn chain(
    mut offset: u64,
    format: u16,
    segment: usize,
    imports: &[(usize, i64)],
    fixups: &mut Fixups<'_>,
) -> Result<(), Unloadable> {
    let first = fixups.parts.first().map_or(0, |part| part.address);
    loop {
        let word = fixups.word(segment, offset);
        if word & BIND == 0 {
            let base = if format == 6 { first } else { 0 };
            let target = base.wrapping_add(word & 0xf_ffff_ffff) | (word >> 36 & 0xff) << 56;
            fixups.rebase(segment, offset, target)?;
        } else {
            let (ordinal, addend) = ((word & 0xff_ffff) as usize, (word >> 24 & 0xff) as i64);
            let Some((import, more)) = imports.get(ordinal) else {
                return unloadable(format!("a chained pointer is bound to import {ordinal} of {}", imports.len()));
            };
            fixups.bind(segment, offset, *import, addend.wrapping_add(*more))?;
        }
        let next = (word >> 51 & 0xfff) * STRIDE;
        if next == 0 {
            return Ok(());
        }
        offset += next;
    }
}
