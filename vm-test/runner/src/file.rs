//! Reading what others made.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file; `None`: it is longer than `most` bytes.
///
/// # Errors
/// It cannot be read, or is something that need not end: a pipe, a device.
pub fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_need_not_end_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"four").unwrap();
        assert_eq!(read(&path, 4).unwrap().as_deref(), Some(&b"four"[..]));
        assert_eq!(read(&path, 3).unwrap(), None);
        for never_ends in ["/dev/zero", "/dev"] {
            assert_eq!(read(Path::new(never_ends), 4).unwrap_err().to_string(), "is not a file");
        }
        assert!(read(&folder.path().join("absent"), 4).is_err());
    }
}
