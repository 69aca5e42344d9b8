//! A stream of bytes with numbers of any length and names in it.

use super::{Unloadable, unloadable};

pub(super) struct Stream<'a>(pub(super) &'a [u8]);

impl<'a> Stream<'a> {
    pub(super) fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// A number of seven bits a byte, the lowest first.
    pub(super) fn unsigned(&mut self) -> Result<u64, Unloadable> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let Some(byte) = self.next() else { return unloadable("its fixups end within a number") };
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        unloadable("its fixups have a number of more than 64 bits")
    }

    /// The same with a sign.
    pub(super) fn signed(&mut self) -> Result<i64, Unloadable> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let Some(byte) = self.next() else { return unloadable("its fixups end within a number") };
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let sign = if byte & 0x40 != 0 && shift + 7 < 64 { -1_i64 << (shift + 7) } else { 0 };
                return Ok(value | sign);
            }
        }
        unloadable("its fixups have a number of more than 64 bits")
    }

    /// A name, up to its NUL.
    pub(super) fn name(&mut self) -> Result<&'a str, Unloadable> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let name = end.and_then(|end| std::str::from_utf8(&self.0[..end]).ok());
        let Some(name) = name else { return unloadable("its fixups end within a name, or it is not UTF-8") };
        self.0 = &self.0[name.len() + 1..];
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_read() {
        let mut stream = Stream(&[0x7f, 0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f]);
        assert_eq!(stream.unsigned(), Ok(127));
        assert_eq!(stream.unsigned(), Ok(624_485));
        assert_eq!(stream.signed(), Ok(-1));
        assert_eq!(stream.signed(), Ok(-128));
        assert!(stream.unsigned().is_err());
        assert!(Stream(&[0xff; 12]).unsigned().is_err());
    }
}
