//! Names of segments and sections.

use core::fmt;

/// A segment's or section's name: up to 16 bytes, padded with NULs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name([u8; 16]);

impl Name {
    /// From the field as it stands in the file.
    pub fn new(field: [u8; 16]) -> Self {
        Self(field)
    }

    /// The bytes before the first NUL.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_bytes().escape_ascii(), f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_name_may_fill_its_field() {
        assert_eq!(Name::new(*b"__objc_imageinfo"), "__objc_imageinfo");
        assert_eq!(Name::new(*b"__TEXT\0\0\0garbage"), "__TEXT");
        assert_eq!(Name::new(*b"\x1b[0m\0\0\0\0\0\0\0\0\0\0\0\0").to_string(), "\\x1b[0m");
    }
}
