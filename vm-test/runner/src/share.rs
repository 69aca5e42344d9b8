//! The shared memory on the runner's side: a memory file that the machine's process maps.

mod memory;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use protocol::share::{Kind, PAGE, Region, lay_out};

use crate::Error;
use memory::Memory;

/// A memory file: `base` bytes of the machine's own memory, then the header and the regions.
#[derive(Debug)]
pub struct Share {
    memory: Memory,
    base: u64,
    size: u64,
    regions: Vec<Region>,
}

/// A region to be: its kind, its contents, and its length where that is more (the rest is zero).
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What it holds.
    pub kind: Kind,
    /// Its first bytes.
    pub bytes: &'a [u8],
    /// Its length in bytes; at least that of `bytes`.
    pub length: u64,
}

impl<'a> Part<'a> {
    /// A region that holds just these bytes.
    pub fn of(kind: Kind, bytes: &'a [u8]) -> Part<'a> {
        Part { kind, bytes, length: bytes.len() as u64 }
    }
}

/// What a machine wants of the memory file beside the job.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Bytes of its own memory, before the header; a multiple of [`PAGE`].
    pub own: u64,
    /// Bytes for lines of events ([`Kind::Events`]); 0: it says them on its standard output.
    pub events: u64,
}

impl Share {
    /// Makes the memory and fills it.
    ///
    /// # Errors
    /// The system has no memory for it.
    pub fn new(room: Room, parts: &[Part]) -> Result<Share, Error> {
        let failed = |why: io::Error| Error::Failed(format!("no shared memory for the machine: {why}"));
        let base = room.own;
        let mut wanted: Vec<(Kind, u64)> = parts.iter().map(|part| (part.kind, part.length)).collect();
        wanted.extend((room.events > 0).then_some((Kind::Events, room.events)));
        let (header, regions, size) = lay_out(&wanted);
        let memory = Memory::new().map_err(failed)?;
        let file = memory.file();
        file.set_len(base + size).map_err(failed)?;
        file.write_all_at(&header, base).map_err(failed)?;
        for (part, region) in parts.iter().zip(&regions) {
            file.write_all_at(part.bytes, base + region.offset).map_err(failed)?;
        }
        Ok(Share { memory, base, size, regions })
    }

    /// Makes the file longer, to a multiple of `unit` bytes, and says how long it is.
    ///
    /// # Errors
    /// The system refuses.
    pub fn round_up(&self, unit: u64) -> Result<u64, Error> {
        let length = (self.base + self.size).next_multiple_of(unit.max(PAGE));
        self.memory.file().set_len(length).map_err(|why| Error::Failed(format!("no memory for the machine: {why}")))?;
        Ok(length)
    }

    /// The path under which a child process opens the memory.
    pub fn path(&self) -> String {
        self.memory.path()
    }

    /// Bytes before the header.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Writes a region's first bytes while the machine runs.
    ///
    /// # Errors
    /// There is no such region, or the system does not let us write it.
    pub fn write(&self, kind: Kind, bytes: &[u8]) -> Result<(), Error> {
        let region = self.regions.iter().find(|region| region.kind == kind as u64);
        let region = region.ok_or_else(|| Error::Failed(format!("the shared memory has no region {kind:?}")))?;
        self.memory
            .file()
            .write_all_at(bytes, self.base + region.offset)
            .map_err(|why| Error::Failed(format!("cannot write the shared memory: {why}")))
    }

    /// The lines of events that the machine puts into the memory; `None`: it has no room for them.
    ///
    /// # Errors
    /// The system does not let us hold the memory once more.
    pub fn lines(&self) -> Result<Option<Lines>, Error> {
        let Some(region) = self.regions.iter().find(|region| region.kind == Kind::Events as u64) else {
            return Ok(None);
        };
        let file = self.memory.file().try_clone();
        let file = file.map_err(|why| Error::Failed(format!("cannot read the shared memory: {why}")))?;
        let at = self.base + region.offset;
        Ok(Some(Lines { file, at, end: at + region.length }))
    }

    /// Reads a region's first `length` bytes; fewer if it is shorter.
    ///
    /// # Errors
    /// There is no such region, or the system does not let us read it.
    pub fn read(&self, kind: Kind, length: u64) -> Result<Vec<u8>, Error> {
        self.read_from(kind, 0, length)
    }

    /// Reads `length` bytes of a region from its byte `at` on; fewer if it is shorter.
    ///
    /// # Errors
    /// There is no such region, or the system does not let us read it.
    pub fn read_from(&self, kind: Kind, at: u64, length: u64) -> Result<Vec<u8>, Error> {
        let region = self.regions.iter().find(|region| region.kind == kind as u64);
        let region = region.ok_or_else(|| Error::Failed(format!("the shared memory has no region {kind:?}")))?;
        let at = at.min(region.length);
        let mut bytes = vec![0; length.min(region.length - at) as usize];
        self.memory
            .file()
            .read_exact_at(&mut bytes, self.base + region.offset + at)
            .map_err(|why| Error::Failed(format!("cannot read the shared memory: {why}")))?;
        Ok(bytes)
    }
}

/// Lines in the shared memory, one behind the other.
#[derive(Debug)]
pub struct Lines {
    file: File,
    /// Where the next one starts in the file.
    at: u64,
    /// Where the region ends.
    end: u64,
}

impl Lines {
    /// Puts the next line behind `said`, with its newline; what is left of the region, if that has none.
    ///
    /// # Errors
    /// The system does not let us read the memory.
    pub fn next(&mut self, said: &mut Vec<u8>) -> io::Result<()> {
        let mut bytes = [0; PAGE as usize];
        while self.at < self.end {
            let bytes = &mut bytes[..(self.end - self.at).min(PAGE) as usize];
            self.file.read_exact_at(bytes, self.at)?;
            let line = bytes.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
            said.extend_from_slice(line);
            self.at += line.len() as u64;
            if line.ends_with(b"\n") {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use protocol::share::find;

    use super::*;

    #[test]
    fn another_process_finds_what_was_put_in() {
        let parts = [Part::of(Kind::Job, b"job"), Part { kind: Kind::Output, bytes: b"ab", length: 5000 }];
        let share = Share::new(Room { own: 2 * PAGE, events: 0 }, &parts).unwrap();
        assert_eq!(share.round_up(1 << 20).unwrap(), 1 << 20);
        // Opened anew, as a child would.
        let bytes = fs::read(share.path()).unwrap();
        let shared = &bytes[share.base() as usize..];
        let job = find(shared, Kind::Job).unwrap();
        assert_eq!(&shared[job.offset as usize..][..job.length as usize], b"job");
        assert_eq!(find(shared, Kind::Output).unwrap().length, 5000);
        assert_eq!(share.read(Kind::Output, 3).unwrap(), b"ab\0");
        assert_eq!(share.read(Kind::Output, 9999).unwrap().len(), 5000);
        assert_eq!(share.read_from(Kind::Output, 1, 2).unwrap(), b"b\0");
        assert_eq!(share.read_from(Kind::Output, 4999, 2).unwrap().len(), 1);
        assert!(share.read_from(Kind::Output, 5001, 2).unwrap().is_empty());
        assert!(share.read(Kind::Pack, 1).is_err());
    }
}
