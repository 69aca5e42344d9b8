//! Bundles for tests.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::Error;

/// A bundle of this file name, with these entries in its property list; its executable is called as the bundle is.
pub fn bundle(file: &str, entries: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::create_dir_all(path.join("Contents/MacOS")).unwrap();
    fs::write(path.join("Contents/MacOS").join(path.file_stem().unwrap()), b"binary").unwrap();
    let list = format!("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>{entries}</dict></plist>");
    fs::write(path.join("Contents/Info.plist"), list).unwrap();
    (folder, path)
}

/// Why a bundle is refused, in words.
pub fn refusal<T: std::fmt::Debug>(read: Result<T, Error>) -> String {
    let error = read.unwrap_err();
    assert_eq!(error.exit_code(), 1, "{error}");
    error.to_string()
}
