//! The shared memory: a file of the runner's.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use protocol::share::{Kind, find};

/// The file and what was in it when the job began.
pub(crate) struct Share {
    file: File,
    bytes: Vec<u8>,
}

impl Share {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be opened or read.
    pub(crate) fn open(path: &Path) -> io::Result<Share> {
        let bytes = std::fs::read(path)?;
        Ok(Share { file: File::options().write(true).open(path)?, bytes })
    }

    /// Whether there is such a region.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        find(&self.bytes, kind).is_some()
    }

    /// A region; empty if there is none.
    pub(crate) fn region(&self, kind: Kind) -> &[u8] {
        let region = find(&self.bytes, kind);
        region.map_or(&[], |region| &self.bytes[region.offset as usize..][..region.length as usize])
    }

    /// Writes bytes into a region, from its byte `at` on.
    ///
    /// # Errors
    /// There is no such region, or it is shorter, or the system refuses.
    pub(crate) fn write(&self, kind: Kind, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at.saturating_add(bytes.len() as u64);
        let region = find(&self.bytes, kind).filter(|region| end <= region.length);
        let region = region.ok_or_else(|| io::Error::other("the shared memory has no room for what was recorded"))?;
        self.file.write_all_at(bytes, region.offset + at)
    }
}
