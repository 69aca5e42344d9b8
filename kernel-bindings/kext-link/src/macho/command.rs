//! Load commands.

use super::{Error, HEADER_SIZE};
use crate::bytes;

/// A load command.
#[derive(Clone, Copy, Debug)]
pub struct LoadCommand<'a> {
    /// Its kind, LC_….
    pub cmd: u32,
    /// Where it stands in the file.
    pub offset: u64,
    /// All of it, cmd and cmdsize included.
    pub data: &'a [u8],
}

impl LoadCommand<'_> {
    pub(super) fn short(&self, needed: u64) -> Error {
        Error::ShortCommand { cmd: self.cmd, size: self.data.len() as u64, needed }
    }

    pub(super) fn u32(&self, offset: u64) -> Result<u32, Error> {
        bytes::u32(self.data, offset).ok_or_else(|| self.short(offset + 4))
    }

    pub(super) fn u64(&self, offset: u64) -> Result<u64, Error> {
        bytes::u64(self.data, offset).ok_or_else(|| self.short(offset + 8))
    }
}

/// The load commands of a file, in order.
#[derive(Clone, Debug)]
pub struct Commands<'a> {
    bytes: &'a [u8],
    offset: u64,
    left: u32,
}

impl<'a> Commands<'a> {
    pub(super) fn new(bytes: &'a [u8], count: u32) -> Self {
        Self { bytes, offset: u64::from(HEADER_SIZE), left: count }
    }
}

impl<'a> Iterator for Commands<'a> {
    type Item = LoadCommand<'a>;

    fn next(&mut self) -> Option<LoadCommand<'a>> {
        self.left = self.left.checked_sub(1)?;
        let cmd = bytes::u32(self.bytes, self.offset)?;
        let size = u64::from(bytes::u32(self.bytes, self.offset + 4)?);
        let command = LoadCommand { cmd, offset: self.offset, data: bytes::range(self.bytes, self.offset, size)? };
        self.offset += size;
        Some(command)
    }
}

/// Checks that all commands lie within the file and can be told apart.
pub(super) fn walk(bytes: &[u8], count: u32) -> Result<(), Error> {
    let mut offset = u64::from(HEADER_SIZE);
    for index in 0..count {
        let size = bytes::u32(bytes, offset + 4).ok_or(Error::truncated("the header of a load command", offset, 8))?;
        if size < 8 {
            return Err(Error::CommandSize { index, size });
        }
        let size = u64::from(size);
        bytes::range(bytes, offset, size).ok_or(Error::truncated("a load command", offset, size))?;
        offset += size;
    }
    Ok(())
}
