//! Memory for files and images, which may be too large to have.

use alloc::vec::Vec;

use crate::Refusal;

/// A copy of bytes.
pub(crate) fn copy(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut copy = with_room(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// So many zeroes.
pub(crate) fn zeroed(length: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = with_room(length)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// An empty vector with room for so many bytes.
pub(crate) fn with_room(capacity: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    match bytes.try_reserve_exact(capacity) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(Refusal::unsupported(
            format_args!("there is no memory for {capacity} bytes of it"),
            "Give the machine more memory, or make the kext smaller.",
        )),
    }
}
