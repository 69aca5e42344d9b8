//! Files that a run writes: whole or not at all, so that nobody ever sees half of one, or two runs in one.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Error;

/// Whether a file can be put at `path`; asked before the run, which should not fail at its end for that.
///
/// # Errors
/// [`Error::Usage`]: it names no file, there is no such folder, something other than a file stands there, or nothing can be written.
pub fn check(path: &Path) -> Result<(), Error> {
    let usage = |what: String| Err(Error::Usage(format!("{}: {what}", path.display())));
    if path == Path::new("-") {
        return usage("standard output is the report's; name a file (./- for one of this name)".to_owned());
    }
    if path.file_name().is_none() {
        return usage("does not name a file".to_owned());
    }
    // A device or a pipe would be replaced by the file.
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return usage("is there and is not a file; name one to write".to_owned());
    }
    let place = place(path);
    let folder = folder(&place);
    if !folder.is_dir() {
        return usage(format!("there is no folder {}; make it first", folder.display()));
    }
    beside(&place).map(drop).or_else(|why| usage(format!("cannot be written: {why}")))
}

/// Writes what `contents` says in place of what stands at `path`: under another name first.
///
/// # Errors
/// [`Error::Failed`]: it cannot be written; what stood there still does.
pub fn write<T>(path: &Path, contents: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T, Error> {
    let put = || {
        let place = place(path);
        let mut file = beside(&place)?;
        let mut buffer = BufWriter::new(file.as_file_mut());
        let written = contents(&mut buffer)?;
        buffer.flush()?;
        drop(buffer);
        file.persist(&place)?;
        Ok(written)
    };
    put().map_err(|why: io::Error| Error::Failed(format!("{}: cannot be written: {why}", path.display())))
}

/// Writes these bytes; see [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_all(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, |file| file.write_all(bytes))
}

/// Where a path leads: through links, which stay.
fn place(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A file of another name in the same folder; it goes away if it is not given its own.
fn beside(place: &Path) -> io::Result<NamedTempFile<File>> {
    let mut file = tempfile::Builder::new();
    // As any new file; the umask takes its part.
    file.prefix(".loopflower-").permissions(Permissions::from_mode(0o666)).tempfile_in(folder(place))
}

fn folder(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_no_place_for_a_file_is_refused_before_anything_runs() {
        for (path, named) in [
            ("/dev/null", "not a file"),
            ("/dev/full", "not a file"),
            ("/tmp", "not a file"),
            ("/no/such/x.wav", "no folder /no/such"),
            ("-", "standard output"),
            ("..", "does not name a file"),
            ("/proc/self/new", "cannot be written"),
        ] {
            let error = check(Path::new(path)).unwrap_err();
            assert!(error.to_string().contains(named) && error.exit_code() == 2, "{error}");
        }
    }

    #[test]
    fn a_check_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        check(&folder.path().join("new")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_all(&path, b"old").unwrap();
        let broken = write(&path, |file| file.write_all(b"half").and(Err::<(), _>(io::Error::other("no space"))));
        assert!(broken.unwrap_err().to_string().ends_with("out: cannot be written: no space"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_all(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
    }

    #[test]
    fn two_that_write_one_file_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, |one| {
            one.write_all(b"one ")?;
            write(&path, |two| two.write_all(b"two two two")).unwrap();
            one.write_all(b"one")
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one one");
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"old").unwrap();
        symlink(&file, &link).unwrap();
        write_all(&link, b"new").unwrap();
        assert!(link.is_symlink() && fs::read(&file).unwrap() == b"new");
    }
}
