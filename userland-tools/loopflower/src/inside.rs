//! What a program that is handed out alone carries inside: drivers, guest, agent and schemas, as a tar archive.
//!
//! Drivers are folders, and QEMU opens its guest by path; so they are unpacked into the user's cache, into a folder of this very
//! archive, where the next run finds them.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use runner::Error;
use sha2::{Digest as _, Sha256};

/// What this program carries; nothing if it stands in the folder of its build. `cargo xtask release` names the file.
#[cfg(feature = "inside")]
pub const ARCHIVE: Option<&[u8]> = Some(include_bytes!(env!("LOOPFLOWER_INSIDE")));
/// What this program carries; nothing if it stands in the folder of its build. `cargo xtask release` names the file.
#[cfg(not(feature = "inside"))]
pub const ARCHIVE: Option<&[u8]> = None;

/// The folder that everything is unpacked below.
///
/// # Errors
/// The user has none.
pub fn cache() -> Result<PathBuf, Error> {
    let of = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    folder.map(|folder| folder.join("loopflower")).ok_or_else(|| {
        Error::Missing(
            "there is no place to unpack the drivers to; set HOME or XDG_CACHE_HOME to a folder that can be written"
                .to_owned(),
        )
    })
}

/// The folder below `cache` with what is in the archive, all of it and nothing else's.
///
/// # Errors
/// It cannot be written.
pub fn unpacked(archive: &[u8], cache: &Path) -> Result<PathBuf, Error> {
    let mut name = format!("{}-", env!("CARGO_PKG_VERSION"));
    Sha256::digest(archive).iter().take(8).for_each(|byte| {
        let _ = write!(name, "{byte:02x}");
    });
    let folder = cache.join(name);
    let place = |why: io::Error| {
        Error::Missing(format!(
            "{}: the drivers cannot be unpacked there ({why}); set XDG_CACHE_HOME to a folder that can be written",
            folder.display()
        ))
    };
    if !holds(archive, &folder).map_err(place)? {
        write(archive, cache, &folder).map_err(place)?;
    }
    Ok(folder)
}

/// Whether each file of the archive is in the folder as it should be.
fn holds(archive: &[u8], folder: &Path) -> io::Result<bool> {
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            match fs::read(folder.join(entry.path()?)) {
                Ok(there) if there == bytes => {}
                _ => return Ok(false),
            }
        }
    }
    Ok(true)
}

/// Writes the folder beside its place and moves it there whole, since other runs may look at the same time.
fn write(archive: &[u8], cache: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(cache)?;
    let fresh = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(cache)?;
    let (made, old) = (fresh.path().join("made"), fresh.path().join("old"));
    tar::Archive::new(archive).unpack(&made)?;
    // One that is damaged, or was half removed, makes way.
    let _ = fs::rename(folder, old);
    match fs::rename(&made, folder) {
        // Another run was faster.
        Err(_) if holds(archive, folder)? => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(text: &str) -> Vec<u8> {
        let mut out = tar::Builder::new(Vec::new());
        for (path, text) in [("kext/L.kext/Contents/Info.plist", "<plist/>"), ("guest/guest.elf", text)] {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            out.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        out.into_inner().unwrap()
    }

    #[test]
    fn each_archive_has_a_folder_of_its_own_which_is_made_whole_again() {
        let home = tempfile::tempdir().unwrap();
        let cache = home.path().join("cache/loopflower");
        let (first, second) = (archive("first"), archive("second"));
        let [one, two] = [&first, &second].map(|archive| unpacked(archive, &cache).unwrap());
        let guest = |folder: &Path| fs::read_to_string(folder.join("guest/guest.elf")).unwrap();
        assert_eq!([guest(&one), guest(&two)], ["first", "second"]);
        fs::write(one.join("guest/guest.elf"), "damaged").unwrap();
        fs::remove_dir_all(two.join("kext")).unwrap();
        assert_eq!([&first, &second].map(|archive| unpacked(archive, &cache).unwrap()), [one.clone(), two.clone()]);
        assert_eq!([guest(&one), guest(&two)], ["first", "second"]);
        assert!(two.join("kext/L.kext/Contents/Info.plist").is_file());
        assert_eq!(fs::read_dir(&cache).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_named_with_the_way_out() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        let why = unpacked(&archive("any"), &home.path().join("file/loopflower")).unwrap_err();
        assert!(why.exit_code() == 3 && why.to_string().contains("set XDG_CACHE_HOME"), "{why}");
    }
}
