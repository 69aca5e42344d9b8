//! kmod_info: what the kernel knows a kext by.

use crate::object::{Object, Place};
use crate::{Refusal, bytes};

const SYMBOL: &str = "_kmod_info";
/// Offsets of fields; the structure is packed to 4 bytes and 196 bytes long.
const ADDRESS: u64 = 156;
const SIZE: u64 = 164;
const HEADER_SIZE: u64 = 172;
const START: u64 = 180;
const STOP: u64 = 188;

/// Where the structure is in the object's bytes, and its address after linking.
pub(crate) fn place(object: &Object<'_>, missing: fn() -> Refusal) -> Result<(u64, u64), Refusal> {
    let index = object.defined(SYMBOL).ok_or_else(missing)?;
    let symbol = &object.symbols[index as usize];
    let Place::Section(section) = symbol.place else { return Err(missing()) };
    let section = object.sections.get(section).filter(|section| section.offset != 0).ok_or_else(missing)?;
    let at = symbol.base.wrapping_sub(section.base).wrapping_add(section.offset);
    Ok((at, symbol.link))
}

/// Fills in address, size and header size, and says where the structure is.
pub(crate) fn write(object: &mut Object<'_>, missing: fn() -> Refusal) -> Result<u64, Refusal> {
    let (at, address) = place(object, missing)?;
    for (field, value) in [(ADDRESS, object.base), (SIZE, object.size), (HEADER_SIZE, 0)] {
        let written = bytes::write(&mut object.data, at.wrapping_add(field), &value.to_le_bytes());
        written.ok_or_else(outside)?;
    }
    Ok(address)
}

/// Addresses in the file of the pointers to the start and stop functions.
pub(crate) fn entry_point_places(object: &Object<'_>) -> Option<(u64, u64)> {
    let symbol = &object.symbols[object.defined(SYMBOL)? as usize];
    Some((symbol.base.wrapping_add(START), symbol.base.wrapping_add(STOP)))
}

fn outside() -> Refusal {
    Refusal::crash("_kmod_info does not lie within the file", "The structure is 196 bytes long.")
}

/// The start and stop functions, which must be code of this kext.
pub(crate) fn entry_points(object: &Object<'_>, image: &[u8], kmod_info: u64) -> Result<(u64, u64), Refusal> {
    let at = kmod_info.wrapping_sub(object.base);
    let function = |name: &str, field: u64| {
        let address = bytes::u64(image, at.wrapping_add(field)).ok_or_else(outside)?;
        let is_inside = address.wrapping_sub(object.base) < object.size;
        let mut code = object.segments.iter().filter(|segment| segment.executable);
        if is_inside && code.any(|segment| address.checked_sub(segment.link).is_some_and(|at| at < segment.size)) {
            return Ok(address);
        }
        Err(Refusal::silent(
            format_args!("kmod_info's {name} routine is {address:#x}, which is not in executable pages of this kext"),
            "kmod_info needs a local relocation at each of its two function pointers.",
        ))
    };
    Ok((function("start", START)?, function("stop", STOP)?))
}
