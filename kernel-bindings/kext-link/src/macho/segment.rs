//! Segments and sections.

use super::constants::{LC_SEGMENT_64, S_GB_ZEROFILL, S_THREAD_LOCAL_ZEROFILL, S_ZEROFILL, SECTION_TYPE};
use super::{Error, LoadCommand, Name};
use crate::bytes;

const COMMAND_SIZE: u64 = 72;
const SECTION_SIZE: u64 = 80;

/// A segment (LC_SEGMENT_64).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    bytes: &'a [u8],
    headers: &'a [u8],
    /// Name, e.g. `__TEXT`.
    pub name: Name,
    /// Address as linked.
    pub vmaddr: u64,
    /// Size in memory in bytes.
    pub vmsize: u64,
    /// Offset of its contents in the file.
    pub fileoff: u64,
    /// Size of its contents in the file.
    pub filesize: u64,
    /// Highest protection.
    pub maxprot: u32,
    /// Protection to begin with.
    pub initprot: u32,
    /// Number of sections.
    pub nsects: u32,
    /// SG_… flags.
    pub flags: u32,
}

impl<'a> Segment<'a> {
    /// The segment of a command; `None` if it is another command.
    pub(super) fn read(bytes: &'a [u8], command: &LoadCommand<'a>) -> Option<Result<Self, Error>> {
        (command.cmd == LC_SEGMENT_64).then(|| Self::of(bytes, command))
    }

    fn of(bytes: &'a [u8], command: &LoadCommand<'a>) -> Result<Self, Error> {
        let nsects = command.u32(64)?;
        let flags = command.u32(68)?;
        let needed = u64::from(nsects) * SECTION_SIZE;
        let headers =
            bytes::range(command.data, COMMAND_SIZE, needed).ok_or_else(|| command.short(COMMAND_SIZE + needed))?;
        Ok(Self {
            bytes,
            headers,
            name: Name::new(bytes::array(command.data, 8).ok_or_else(|| command.short(COMMAND_SIZE))?),
            vmaddr: command.u64(24)?,
            vmsize: command.u64(32)?,
            fileoff: command.u64(40)?,
            filesize: command.u64(48)?,
            maxprot: command.u32(56)?,
            initprot: command.u32(60)?,
            nsects,
            flags,
        })
    }

    /// The sections in order.
    pub fn sections(&self) -> Sections<'a> {
        Sections { bytes: self.bytes, headers: self.headers }
    }

    /// The contents in the file; `None` if they do not lie within it.
    pub fn data(&self) -> Option<&'a [u8]> {
        bytes::range(self.bytes, self.fileoff, self.filesize)
    }
}

/// A section (struct section_64).
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    bytes: &'a [u8],
    /// Name, e.g. `__text`.
    pub name: Name,
    /// Name of its segment.
    pub segment: Name,
    /// Address as linked.
    pub addr: u64,
    /// Size in memory in bytes.
    pub size: u64,
    /// Offset of its contents in the file; 0 for zero-fill.
    pub offset: u32,
    /// Alignment as a power of two.
    pub align: u32,
    /// Offset of its own relocations in the file (object files).
    pub reloff: u32,
    /// Number of its own relocations.
    pub nreloc: u32,
    /// Type and attributes.
    pub flags: u32,
    /// Depends on the type; for pointers and stubs the first index into the indirect symbols.
    pub reserved1: u32,
    /// Depends on the type; for stubs their size.
    pub reserved2: u32,
}

impl<'a> Section<'a> {
    fn read(bytes: &'a [u8], header: &[u8]) -> Option<Self> {
        Some(Self {
            bytes,
            name: Name::new(bytes::array(header, 0)?),
            segment: Name::new(bytes::array(header, 16)?),
            addr: bytes::u64(header, 32)?,
            size: bytes::u64(header, 40)?,
            offset: bytes::u32(header, 48)?,
            align: bytes::u32(header, 52)?,
            reloff: bytes::u32(header, 56)?,
            nreloc: bytes::u32(header, 60)?,
            flags: bytes::u32(header, 64)?,
            reserved1: bytes::u32(header, 68)?,
            reserved2: bytes::u32(header, 72)?,
        })
    }

    /// The type, S_….
    pub fn kind(&self) -> u32 {
        self.flags & SECTION_TYPE
    }

    /// Whether the type says that the section has no contents in the file.
    pub fn is_zerofill(&self) -> bool {
        matches!(self.kind(), S_ZEROFILL | S_GB_ZEROFILL | S_THREAD_LOCAL_ZEROFILL)
    }

    /// The contents in the file; `None` for zero-fill and if they do not lie within the file.
    pub fn data(&self) -> Option<&'a [u8]> {
        if self.is_zerofill() { None } else { bytes::range(self.bytes, u64::from(self.offset), self.size) }
    }
}

/// The sections of a segment, in order.
#[derive(Clone, Debug)]
pub struct Sections<'a> {
    bytes: &'a [u8],
    headers: &'a [u8],
}

impl<'a> Iterator for Sections<'a> {
    type Item = Section<'a>;

    fn next(&mut self) -> Option<Section<'a>> {
        let (header, rest) = self.headers.split_at_checked(SECTION_SIZE as usize)?;
        self.headers = rest;
        Section::read(self.bytes, header)
    }
}
