//! The shared memory: a file of the runner's, read-only but for the output region.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::null_mut;
use std::slice;

use protocol::share::{Kind, find};

/// The shared memory as the host's part takes it.
pub struct Share {
    /// All of it, read-only.
    pub bytes: &'static [u8],
    /// The output region, empty if there is none.
    pub output: &'static mut [u8],
    /// The region of the trace, empty if there is none.
    pub trace: &'static mut [u8],
}

/// Maps the file, for as long as the process lives.
///
/// # Errors
/// It cannot be opened or mapped.
pub fn open(path: &Path) -> io::Result<Share> {
    let file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len() as usize;
    let start = map(&file, 0, length, libc::PROT_READ)?;
    // SAFETY: mapped just now, that long; the runner does not write while we run, and we write the output only.
    let bytes = unsafe { slice::from_raw_parts(start, length) };
    let output = writable(&file, bytes, Kind::Output)?;
    Ok(Share { bytes, output, trace: writable(&file, bytes, Kind::Trace)? })
}

/// Maps a region that the machine writes; nothing if there is none.
fn writable(file: &File, bytes: &[u8], kind: Kind) -> io::Result<&'static mut [u8]> {
    let Some(region) = find(bytes, kind).filter(|region| region.length > 0) else { return Ok(&mut []) };
    let length = region.length as usize;
    let start = map(file, region.offset, length, libc::PROT_READ | libc::PROT_WRITE)?;
    // SAFETY: mapped just now, that long; nobody reads the region through `bytes`.
    Ok(unsafe { slice::from_raw_parts_mut(start, length) })
}

fn map(file: &File, offset: u64, length: usize, protection: i32) -> io::Result<*mut u8> {
    let (fd, offset) = (file.as_raw_fd(), offset as libc::off_t);
    // SAFETY: new memory, wherever the kernel puts it.
    let start = unsafe { libc::mmap(null_mut(), length, protection, libc::MAP_SHARED, fd, offset) };
    if start == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(start.cast()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use protocol::share::lay_out;

    use super::*;

    #[test]
    fn output_reaches_the_file_and_the_rest_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (mut bytes, regions, size) = lay_out(&[(Kind::Job, 3), (Kind::Output, 5000)]);
        bytes.resize(size as usize, 0);
        bytes[regions[0].offset as usize..][..3].copy_from_slice(b"job");
        fs::write(file.path(), &bytes).unwrap();
        let share = open(file.path()).unwrap();
        assert_eq!(share.bytes, bytes);
        assert_eq!(share.output.len(), 5000);
        share.output[4999] = 7;
        assert_eq!(fs::read(file.path()).unwrap()[regions[1].offset as usize + 4999], 7);
    }

    #[test]
    fn a_file_without_output_or_of_another_kind_has_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"not shared memory").unwrap();
        assert!(open(file.path()).unwrap().output.is_empty());
        assert!(open(Path::new("/nowhere")).is_err());
        fs::write(file.path(), b"").unwrap();
        assert!(open(file.path()).is_err(), "nothing to map");
    }
}
