//! Reading what others made.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use plist::{Dictionary, Value};

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

/// What is wrong with a path at which there should be something, in words; `wanted` is what, if there is something.
pub fn what_is_at(path: &Path, wanted: &str) -> String {
    match fs::metadata(path) {
        Ok(_) => format!("is not a {wanted}"),
        Err(why) if why.kind() != io::ErrorKind::NotFound => format!("cannot be reached: {why}"),
        Err(_) if path.is_symlink() => "is a link to what is not there".to_owned(),
        Err(_) => "is absent".to_owned(),
    }
}

/// Reads the dictionary that a property list is.
///
/// # Errors
/// It is none: what is wrong, and what would help.
pub fn dictionary(list: &[u8]) -> Result<Dictionary, String> {
    let node = Value::from_reader(io::Cursor::new(list)).map_err(|why| {
        let place = place_in_list(&why).map_or_else(String::new, |place| format!(" (byte {place})"));
        format!("is not a property list{place}; `plutil -lint` of a Mac says what is wrong with it")
    })?;
    node.into_dictionary().ok_or_else(|| {
        "is a property list, but not a dictionary; a bundle's has keys like CFBundleIdentifier at its top".to_owned()
    })
}

/// Where the library has stopped reading. It tells that only at the end of its words, which are names of its own.
fn place_in_list(why: &plist::Error) -> Option<u64> {
    why.to_string().strip_suffix(')')?.rsplit_once("(offset ")?.1.parse().ok()
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

    #[test]
    fn what_is_no_property_list_is_told_with_its_place() {
        let told = |list: &str| dictionary(list.as_bytes()).unwrap_err();
        assert!(told("<plist><dict><oops/></dict></plist>").starts_with("is not a property list (byte "));
        assert!(told("").contains("is not a property list") && !told("").contains("Eof"), "{}", told(""));
        assert!(told("<plist><array/></plist>").starts_with("is a property list, but not a dictionary; "));
    }

    #[test]
    fn links_that_lead_nowhere_are_not_called_absent() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        assert_eq!(what_is_at(&one, "folder"), "is absent");
        std::os::unix::fs::symlink(&one, &other).unwrap();
        assert_eq!(what_is_at(&one, "folder"), "is absent");
        assert_eq!(what_is_at(&other, "folder"), "is a link to what is not there");
        std::os::unix::fs::symlink(&other, &one).unwrap();
        assert!(what_is_at(&one, "folder").starts_with("cannot be reached: "));
        assert_eq!(what_is_at(Path::new("/dev/null"), "folder"), "is not a folder");
    }
}
