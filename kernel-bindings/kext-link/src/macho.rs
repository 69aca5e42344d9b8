//! Reading of thin, 64-bit, little-endian Mach-O files: typed views of the bytes, nothing copied, every access checked.
//!
//! This says what is in a file, not whether a linker takes it: see [`crate::check()`] and [`crate::link()`].

mod command;
pub mod constants;
mod dysymtab;
mod error;
mod name;
mod segment;
mod symtab;

pub use command::{Commands, LoadCommand};
pub use dysymtab::{Dysymtab, Relocation, Relocations};
pub use error::Error;
pub use name::Name;
pub use segment::{Section, Sections, Segment};
pub(crate) use symtab::NLIST_SIZE;
pub use symtab::{Nlist, Symtab};

use crate::bytes;
use constants::{LC_DYSYMTAB, LC_SYMTAB, LC_UUID, MH_MAGIC_64};

/// Size of the Mach-O header.
pub const HEADER_SIZE: u32 = 32;

/// The Mach-O header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Processor, e.g. [`constants::CPU_TYPE_X86_64`].
    pub cputype: u32,
    /// Processor variant.
    pub cpusubtype: u32,
    /// Kind of file, e.g. [`constants::MH_KEXT_BUNDLE`].
    pub filetype: u32,
    /// Number of load commands.
    pub ncmds: u32,
    /// Size of the load commands in bytes.
    pub sizeofcmds: u32,
    /// MH_… flags.
    pub flags: u32,
}

/// A Mach-O file whose header and load commands lie within the bytes.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    bytes: &'a [u8],
    header: Header,
}

impl<'a> File<'a> {
    /// Reads the header and checks that the load commands can be walked.
    ///
    /// # Errors
    /// The bytes are not a 64-bit little-endian Mach-O file, or end before its load commands do.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let truncated = Error::truncated("the Mach-O header", 0, u64::from(HEADER_SIZE));
        let field = |offset| bytes::u32(bytes, offset).ok_or(truncated);
        let magic = field(0)?;
        let header = Header {
            cputype: field(4)?,
            cpusubtype: field(8)?,
            filetype: field(12)?,
            ncmds: field(16)?,
            sizeofcmds: field(20)?,
            flags: field(24)?,
        };
        field(28)?;
        if magic != MH_MAGIC_64 {
            return Err(Error::Magic(magic));
        }
        command::walk(bytes, header.ncmds)?;
        Ok(Self { bytes, header })
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The header.
    pub fn header(&self) -> Header {
        self.header
    }

    /// The load commands in order.
    pub fn commands(&self) -> Commands<'a> {
        Commands::new(self.bytes, self.header.ncmds)
    }

    /// The segments in order.
    ///
    /// # Errors
    /// Each item fails if its command is too small for itself and its section headers.
    pub fn segments(&self) -> impl Iterator<Item = Result<Segment<'a>, Error>> + use<'a> {
        let bytes = self.bytes;
        self.commands().filter_map(move |command| Segment::read(bytes, &command))
    }

    /// The symbol table. Of several LC_SYMTAB the last counts.
    ///
    /// # Errors
    /// The command, the symbols or the strings do not lie within the file.
    pub fn symtab(&self) -> Result<Option<Symtab<'a>>, Error> {
        self.last(LC_SYMTAB).map(|command| Symtab::read(self.bytes, &command)).transpose()
    }

    /// The dynamic symbol table. Of several LC_DYSYMTAB the last counts.
    ///
    /// # Errors
    /// The command or the relocations do not lie within the file.
    pub fn dysymtab(&self) -> Result<Option<Dysymtab<'a>>, Error> {
        self.last(LC_DYSYMTAB).map(|command| Dysymtab::read(self.bytes, &command)).transpose()
    }

    /// The UUID.
    pub fn uuid(&self) -> Option<[u8; 16]> {
        bytes::array(self.last(LC_UUID)?.data, 8)
    }

    fn last(&self, cmd: u32) -> Option<LoadCommand<'a>> {
        self.commands().filter(|command| command.cmd == cmd).last()
    }
}
