//! LC_DYLD_CHAINED_FIXUPS: pointers that are linked into chains, page by page, and say themselves what they are.

use alloc::vec::Vec;

use super::sites::{Import, Sites};
use super::validate::{Layout, complaint};
use crate::macho::LoadCommand;
use crate::{Refusal, bytes};

/// A page without a chain.
const NO_CHAIN: u16 = 0xffff;
/// A page with several.
const SEVERAL: u16 = 0x8000;
/// Formats of pointers: the target is an address, or counts from the header.
const FORMAT_64: u16 = 2;
const FORMAT_64_OFFSET: u16 = 6;
/// The unit of the distance to the next pointer, in bytes.
const STRIDE: u64 = 4;
const BIND: u64 = 1 << 63;

/// Reads the chains of a command into `sites`.
pub(super) fn read<'a>(
    command: &LoadCommand<'_>,
    layout: &Layout<'a>,
    sites: &mut Sites<'_, 'a>,
) -> Result<(), Refusal> {
    let word = |index: u64| u64::from(bytes::u32(command.data, 8 + 4 * index).unwrap_or(0));
    // The piece has been found to lie within __LINKEDIT.
    let table = bytes::range(layout.macho.bytes(), word(0), word(1)).unwrap_or_default();
    let identifier = sites.identifier;
    let cut = || complaint(identifier, "chained fixups exceed their load command", "Rebuild the kext.");
    let header = |index: u64| bytes::u32(table, index * 4).map(u64::from).ok_or_else(cut);
    if header(0)? != 0 {
        let what = format_args!("chained fixups, unknown header version ({})", header(0)?);
        return Err(complaint(identifier, what, "Version 0 is known."));
    }
    let imports = imports(table, [header(2)?, header(3)?, header(4)?, header(5)?], identifier)?;
    let starts = header(1)?;
    let count = bytes::u32(table, starts).ok_or_else(cut)?;
    if count as usize > layout.segments.len() {
        let what = format_args!("chained fixups, seg_count ({count}) does not match number of segments");
        return Err(complaint(identifier, what, "Rebuild the kext."));
    }
    for segment in 0..u64::from(count) {
        let info = bytes::u32(table, starts + 4 + segment * 4).ok_or_else(cut)?;
        if info != 0 {
            let chains = Chains { table, at: starts + u64::from(info), segment, imports: &imports };
            chains.walk(sites).ok_or_else(cut)??;
        }
    }
    Ok(())
}

/// The imports: where they are, where their names are, how many there are, and their format.
fn imports<'a>(table: &'a [u8], fields: [u64; 4], identifier: &str) -> Result<Vec<Import<'a>>, Refusal> {
    let [start, names, count, format] = fields;
    let cut = || complaint(identifier, "chained fixups, imports array exceeds their load command", "Rebuild the kext.");
    let size = match format {
        1 => 4,
        2 => 8,
        3 => 16,
        _ => {
            let what = format_args!("chained fixups, unknown imports_format ({format})");
            return Err(complaint(identifier, what, "1, 2 and 3 are known."));
        }
    };
    // A hostile count is bounded by what there is.
    bytes::range(table, start, count.saturating_mul(size)).ok_or_else(cut)?;
    let import = |index: u64| {
        let at = start + index * size;
        let first = bytes::u32(table, at)?;
        let (weak, offset, addend) = match format {
            1 => (first >> 8 & 1, first >> 9, 0),
            2 => (first >> 8 & 1, first >> 9, bytes::u32(table, at + 4)?.into()),
            _ => (first >> 16 & 1, bytes::u32(table, at + 4)?, bytes::u64(table, at + 8)?),
        };
        let rest = table.get(usize::try_from(names.checked_add(offset.into())?).ok()?..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        let name = core::str::from_utf8(&rest[..end]).ok()?;
        Some(Import { name: Some(name), weak: weak != 0, addend })
    };
    (0..count).map(|index| import(index).ok_or_else(cut)).collect()
}

/// The chains of a segment.
struct Chains<'t, 'a> {
    table: &'a [u8],
    at: u64,
    segment: u64,
    imports: &'t [Import<'a>],
}

impl<'a> Chains<'_, 'a> {
    /// Follows them all; `None`: the table ends too early.
    fn walk(&self, sites: &mut Sites<'_, 'a>) -> Option<Result<(), Refusal>> {
        let page_size = u64::from(bytes::u16(self.table, self.at + 4)?);
        let format = bytes::u16(self.table, self.at + 6)?;
        if ![FORMAT_64, FORMAT_64_OFFSET].contains(&format) {
            return Some(Err(complaint(
                sites.identifier,
                format_args!("chained fixups, unknown pointer_format ({format})"),
                "A kext for x86_64 has format 2 or 6.",
            )));
        }
        for page in 0..bytes::u16(self.table, self.at + 20)?.into() {
            let start = bytes::u16(self.table, self.at + 22 + page * 2)?;
            if start == NO_CHAIN {
                continue;
            }
            if start & SEVERAL != 0 {
                return Some(Err(Refusal::unsupported(
                    format_args!("page {page} of segment {} has several chains of fixups", self.segment),
                    "Only 32-bit files have those.",
                )));
            }
            if let Err(refusal) = self.chain(page * page_size + u64::from(start), format, sites) {
                return Some(Err(refusal));
            }
        }
        Some(Ok(()))
    }

    fn chain(&self, mut offset: u64, format: u16, sites: &mut Sites<'_, 'a>) -> Result<(), Refusal> {
        loop {
            let word = sites.word(self.segment, offset)?;
            let next = (word >> 51 & 0xfff) * STRIDE;
            if word & BIND == 0 {
                let target = word & 0xf_ffff_ffff;
                let base = if format == FORMAT_64_OFFSET { sites.text() } else { 0 };
                let target = base.wrapping_add(target) | (word >> 36 & 0xff) << 56;
                sites.put(self.segment, offset, target);
                sites.rebase(Some(self.segment), offset, true)?;
            } else {
                let (ordinal, addend) = (word & 0xff_ffff, word >> 24 & 0xff);
                let import = usize::try_from(ordinal).ok().and_then(|ordinal| self.imports.get(ordinal));
                let import = import.ok_or_else(|| {
                    let what = format_args!("chained fixups, bind ordinal ({ordinal}) out of range");
                    complaint(sites.identifier, what, format_args!("There are {} imports.", self.imports.len()))
                })?;
                sites.put(self.segment, offset, 0);
                let import = Import { addend: import.addend.wrapping_add(addend), ..*import };
                sites.bind(Some(self.segment), offset, true, import)?;
            }
            if next == 0 {
                return Ok(());
            }
            offset += next;
        }
    }
}
