//! kmod_info: what the kernel knows a kext by.

use crate::Refusal;
use crate::bytes;
use crate::image::is_executable;
use crate::object::{Object, Place};
use crate::words::NO_KMOD_INFO;

const SYMBOL: &str = "_kmod_info";
/// Offsets of fields; the structure is packed to 4 bytes and 196 bytes long.
const ADDRESS: u64 = 156;
const SIZE: u64 = 164;
const HEADER_SIZE: u64 = 172;
const START: u64 = 180;
const STOP: u64 = 188;

/// The structure in a linked kext.
pub(crate) struct Kmod {
    /// Where it is.
    pub(crate) address: u64,
}

impl Kmod {
    /// Fills in address, size and header size.
    pub(crate) fn write(object: &mut Object<'_>) -> Result<Self, Refusal> {
        let missing = || {
            Refusal::said(NO_KMOD_INFO, "Define _kmod_info, hidden or not, in a section that has contents in the file.")
        };
        let index = object.defined(SYMBOL).ok_or_else(missing)?;
        let symbol = &object.symbols[index as usize];
        let Place::Section(section) = symbol.place else { return Err(missing()) };
        let section = object.sections.get(section).filter(|section| section.offset != 0).ok_or_else(missing)?;
        let at = symbol.base.wrapping_sub(section.base).wrapping_add(section.offset);
        let address = symbol.link;
        let fields = [(ADDRESS, object.base), (SIZE, object.size), (HEADER_SIZE, 0)];
        for (field, value) in fields {
            let written = bytes::write(&mut object.data, at.wrapping_add(field), &value.to_le_bytes());
            written.ok_or_else(|| {
                Refusal::crash("_kmod_info does not lie within the file", "The structure is 196 bytes long.")
            })?;
        }
        Ok(Self { address })
    }
}

/// The start and stop functions, which must be code of this kext.
pub(crate) fn entry_points(object: &Object<'_>, image: &[u8], kmod: &Kmod) -> Result<(u64, u64), Refusal> {
    let at = kmod.address.wrapping_sub(object.base);
    let function = |name: &str, field: u64| {
        let address = bytes::u64(image, at.wrapping_add(field)).ok_or_else(|| {
            Refusal::crash("_kmod_info does not lie within the image", "The structure is 196 bytes long.")
        })?;
        let mut code = object.segments.iter().filter(|segment| is_executable(segment));
        if code.any(|segment| address.checked_sub(segment.link).is_some_and(|at| at < segment.size)) {
            return Ok(address);
        }
        Err(Refusal::silent(
            format_args!("kmod_info's {name} routine is {address:#x}, which is not in this kext's __TEXT"),
            "kmod_info needs a local relocation at each of its two function pointers.",
        ))
    };
    Ok((function("start", START)?, function("stop", STOP)?))
}
