//! Universal files. The in-kernel linkers take thin files only: user space picks the slice.

use crate::bytes;
use crate::macho::constants::{CPU_SUBTYPE_MASK, CPU_SUBTYPE_X86_64_ALL, CPU_TYPE_X86_64};

const FAT_MAGIC: u32 = 0xcafe_babe;
const HEADER_SIZE: u64 = 8;
const ARCH_SIZE: u64 = 20;
/// No more slices than this are looked at; a Java class file has the same magic number and its version in this place.
const MOST_SLICES: u32 = 32;

/// A slice of a universal file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice<'a> {
    /// Processor.
    pub cputype: u32,
    /// Processor variant, without capability bits.
    pub cpusubtype: u32,
    /// The thin file; `None` if it does not lie within the universal one.
    pub bytes: Option<&'a [u8]>,
}

/// The slices of a universal file in order; `None` if the file is not universal.
pub fn slices(file: &[u8]) -> Option<impl Iterator<Item = Slice<'_>> + Clone> {
    let field = |offset| bytes::array(file, offset).map(u32::from_be_bytes);
    let count = field(4)?;
    if field(0)? != FAT_MAGIC || count > MOST_SLICES {
        return None;
    }
    Some((0..u64::from(count)).map_while(move |index| {
        let at = HEADER_SIZE + index * ARCH_SIZE;
        let (offset, size) = (field(at + 8)?, field(at + 12)?);
        Some(Slice {
            cputype: field(at)?,
            cpusubtype: field(at + 4)? & !CPU_SUBTYPE_MASK,
            bytes: bytes::range(file, u64::from(offset), u64::from(size)),
        })
    }))
}

/// The x86_64 file in a universal file, or a thin file itself. The slice for any x86_64 goes before one for Haswell.
///
/// # Errors
/// The words of the linker when there is no such slice, or when it is cut off.
pub fn x86_64(file: &[u8]) -> Result<&[u8], &'static str> {
    let Some(slices) = slices(file) else { return Ok(file) };
    let mut mine = slices.filter(|slice| slice.cputype == CPU_TYPE_X86_64);
    let best = mine.clone().find(|slice| slice.cpusubtype == CPU_SUBTYPE_X86_64_ALL).or_else(|| mine.next());
    let best = best.ok_or("The kext does not contain a fat slice for the target architecture.")?;
    best.bytes.ok_or(crate::kxld::words::TRUNCATED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn universal(slices: &[(u32, u32, &[u8])]) -> Vec<u8> {
        let mut file: Vec<u8> = [FAT_MAGIC, slices.len() as u32].iter().flat_map(|word| word.to_be_bytes()).collect();
        let mut offset = HEADER_SIZE as u32 + slices.len() as u32 * ARCH_SIZE as u32;
        for (cputype, subtype, bytes) in slices {
            let size = bytes.len() as u32;
            file.extend([*cputype, *subtype, offset, size, 0].iter().flat_map(|word| word.to_be_bytes()));
            offset += size;
        }
        file.extend(slices.iter().flat_map(|slice| slice.2));
        file
    }

    #[test]
    fn the_slice_for_any_x86_64_is_picked() {
        let file =
            universal(&[(7, 3, b"i386"), (CPU_TYPE_X86_64, 8, b"haswell"), (CPU_TYPE_X86_64, 0x8000_0003, b"all")]);
        assert_eq!(x86_64(&file), Ok(&b"all"[..]));
        let haswell_only = universal(&[(CPU_TYPE_X86_64, 8, b"haswell")]);
        assert_eq!(x86_64(&haswell_only), Ok(&b"haswell"[..]));
        assert_eq!(x86_64(b"thin"), Ok(&b"thin"[..]));
    }

    #[test]
    fn a_missing_or_cut_slice_is_named_in_the_linkers_words() {
        let file = universal(&[(7, 3, b"i386")]);
        assert_eq!(x86_64(&file), Err("The kext does not contain a fat slice for the target architecture."));
        let file = universal(&[(CPU_TYPE_X86_64, 3, b"all")]);
        assert_eq!(x86_64(&file[..file.len() - 1]), Err(crate::kxld::words::TRUNCATED));
    }

    #[test]
    fn a_java_class_file_is_not_universal() {
        assert!(slices(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]).is_none());
    }
}
