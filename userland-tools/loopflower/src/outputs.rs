//! That what is written can be, and takes the place of nothing that is read, nor of anything else that is written.

use std::path::{Path, PathBuf};

use runner::{Error, output};

/// A path that an option names.
pub struct Named<'a> {
    /// The option.
    pub option: &'a str,
    /// Its path.
    pub path: &'a Path,
}

/// Looks at what a run reads (files, and bundles with all that is in them) and what it writes.
///
/// # Errors
/// [`Error::Usage`]: one cannot be written, or two are the same place, under whatever names.
pub fn check(read: &[Named<'_>], written: &[Named<'_>]) -> Result<(), Error> {
    for (index, one) in written.iter().enumerate() {
        output::check(one.path)?;
        let place = place(one.path);
        let in_the_way = |other: &&Named<'_>| {
            let other = self::place(other.path);
            place == other || (other.is_dir() && place.starts_with(&other))
        };
        if let Some(other) = read.iter().chain(&written[index + 1..]).find(in_the_way) {
            return Err(Error::Usage(format!(
                "{} {} would overwrite {} {}; name another file",
                one.option,
                one.path.display(),
                other.option,
                other.path.display()
            )));
        }
    }
    Ok(())
}

/// Where a path leads, whether or not there is a file already.
fn place(path: &Path) -> PathBuf {
    let whole = path.canonicalize().ok();
    let beside = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    whole.or_else(beside).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn words(read: &[(&str, &Path)], written: &[(&str, &Path)]) -> Option<String> {
        let read: Vec<Named<'_>> = read.iter().map(|(option, path)| Named { option, path }).collect();
        let written: Vec<Named<'_>> = written.iter().map(|(option, path)| Named { option, path }).collect();
        check(&read, &written).err().map(|error| error.to_string())
    }

    #[test]
    fn nothing_that_is_read_or_written_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("in.wav"), b"").unwrap();
        fs::create_dir_all(at("A.kext/Contents")).unwrap();
        let (input, kext) = (at("in.wav"), at("A.kext"));
        let same = at("A.kext/../in.wav");
        assert!(words(&[("--input", &input)], &[("--output", &same)]).unwrap().contains("would overwrite --input"));
        let inside = at("A.kext/Contents/Info.plist");
        assert!(words(&[("--kext", &kext)], &[("--trace", &inside)]).unwrap().contains("would overwrite --kext"));
        let new = at("new");
        assert!(words(&[], &[("--trace", &new), ("--output", &at("A.kext/../new"))]).is_some());
        assert_eq!(words(&[("--input", &input), ("--kext", &kext)], &[("--output", &new)]), None);
    }
}
