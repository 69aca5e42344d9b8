//! Little-endian reads and writes that are checked against the bytes there are.

/// The `size` bytes at `offset`.
pub(crate) fn range(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = usize::try_from(offset.checked_add(size)?).ok()?;
    bytes.get(start..end)
}

/// The `N` bytes at `offset`.
pub(crate) fn array<const N: usize>(bytes: &[u8], offset: u64) -> Option<[u8; N]> {
    range(bytes, offset, N as u64)?.try_into().ok()
}

/// The 16-bit word at `offset`.
pub(crate) fn u16(bytes: &[u8], offset: u64) -> Option<u16> {
    array(bytes, offset).map(u16::from_le_bytes)
}

/// The 32-bit word at `offset`.
pub(crate) fn u32(bytes: &[u8], offset: u64) -> Option<u32> {
    array(bytes, offset).map(u32::from_le_bytes)
}

/// The 64-bit word at `offset`.
pub(crate) fn u64(bytes: &[u8], offset: u64) -> Option<u64> {
    array(bytes, offset).map(u64::from_le_bytes)
}

/// Writes `data` at `offset`; `None`, and nothing written, if it does not fit.
pub(crate) fn write(bytes: &mut [u8], offset: u64, data: &[u8]) -> Option<()> {
    let start = usize::try_from(offset).ok()?;
    bytes.get_mut(start..start.checked_add(data.len())?)?.copy_from_slice(data);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_end_with_the_bytes() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(u64(&bytes, 1), Some(0x0908_0706_0504_0302));
        assert_eq!(u64(&bytes, 2), None);
        assert_eq!(u32(&bytes, u64::MAX), None);
        assert_eq!(u16(&bytes, 7), Some(0x0908));
        assert_eq!(range(&bytes, 9, 0), Some(&[][..]));
    }

    #[test]
    fn a_write_that_does_not_fit_changes_nothing() {
        let mut bytes = [0; 4];
        assert_eq!(write(&mut bytes, 3, &[1, 2]), None);
        assert_eq!(bytes, [0; 4]);
        assert_eq!(write(&mut bytes, 2, &[1, 2]), Some(()));
        assert_eq!(bytes, [0, 0, 1, 2]);
    }
}
