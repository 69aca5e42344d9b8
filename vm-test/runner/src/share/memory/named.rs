//! Other systems, which have no memory without a name: a file below TMPDIR, of its owner alone, removed with the value. A runner that
//! is killed leaves it behind.

use std::fs::File;
use std::io;

use tempfile::NamedTempFile;

#[derive(Debug)]
pub struct Named(NamedTempFile);

impl Named {
    pub fn new() -> io::Result<Named> {
        tempfile::Builder::new().prefix("loopflower").tempfile().map(Named)
    }

    pub fn file(&self) -> &File {
        self.0.as_file()
    }

    pub fn path(&self) -> String {
        self.0.path().display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{FileExt, PermissionsExt};
    use std::path::PathBuf;

    use super::Named;

    #[test]
    fn a_child_can_open_it_until_it_goes() {
        let named = Named::new().unwrap();
        let path = PathBuf::from(named.path());
        named.file().write_all_at(b"job", 2).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"\0\0job");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(named);
        assert!(!path.exists());
    }
}
