//! What can be wrong with the structure of a Mach-O file.

use core::fmt;

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The magic number is not that of a 64-bit little-endian Mach-O file.
    Magic(u32),
    /// Something does not lie within the file.
    Truncated {
        /// The thing.
        what: &'static str,
        /// Where it should begin, in bytes.
        offset: u64,
        /// How long it should be, in bytes.
        size: u64,
    },
    /// A load command's size is below the 8 bytes of its own header.
    CommandSize {
        /// Index of the command.
        index: u32,
        /// Its cmdsize.
        size: u32,
    },
    /// A load command is smaller than its kind asks.
    ShortCommand {
        /// The command, LC_….
        cmd: u32,
        /// Its size in bytes.
        size: u64,
        /// The size that its contents ask for.
        needed: u64,
    },
}

impl Error {
    pub(crate) const fn truncated(what: &'static str, offset: u64, size: u64) -> Self {
        Self::Truncated { what, offset, size }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(magic) => {
                write!(f, "magic number {magic:#x} is not that of a 64-bit little-endian Mach-O file")
            }
            Self::Truncated { what, offset, size } => {
                write!(f, "{what} ({size} bytes at offset {offset:#x}) is beyond the end of the file")
            }
            Self::CommandSize { index, size } => write!(f, "load command {index} claims a size of {size} bytes"),
            Self::ShortCommand { cmd, size, needed } => {
                write!(f, "load command {cmd:#x} has {size} bytes where its contents need {needed}")
            }
        }
    }
}

impl core::error::Error for Error {}
