//! The folder of a run on this machine: the guest's console and monitor, the connection's socket, the copy of a disk.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use runner::Error;

/// What the process does that keeps the folder: it makes it, waits until its input ends and nobody holds the folder any more, closes
/// the connection that commands share, and removes the folder. Perl locks and sets the limit, which Debian and Macs both have;
/// flock(1) and timeout(1) are Linux's.
const KEEPER: &str = r#"
folder=$(mktemp -d -t loopflowerXXXXXX) || exit
printf %s "$folder"
exec > /dev/null 2>&1
cat > /dev/null
exec 9< "$folder" && perl -e 'open(FOLDER, "<&=9") && flock(FOLDER, 2)'
[ -S "$folder/ssh" ] && perl -e 'alarm(10); exec(@ARGV)' ssh -o ControlPath="$folder/ssh" -O exit runner
rm -rf -- "$folder"
"#;

/// A folder for a run. It goes with the last of the processes that use it, however they end: even a runner that is killed leaves
/// none behind.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    keeper: Child,
}

impl Folder {
    /// Makes one below TMPDIR that only its owner can look into.
    ///
    /// # Errors
    /// [`Error::Failed`]: the system refuses, in its words.
    pub fn new() -> Result<Folder, Error> {
        let failed =
            |why: String| Error::Failed(format!("no folder for the run: {why}; make space, or set TMPDIR to another"));
        // A group of its own: what interrupts the runner must not keep it from cleaning up.
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER]).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn().map_err(|why| failed(why.to_string()))?;
        let (path, complaint) = (all(keeper.stdout.take()), all(keeper.stderr.take()));
        if path.is_empty() {
            let _ = keeper.wait();
            return Err(failed(String::from_utf8_lossy(&complaint).trim_end().to_owned()));
        }
        Ok(Folder { path: OsString::from_vec(path).into(), keeper })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Whoever asks next finds it gone.
        let _ = self.keeper.wait();
    }
}

/// Holds a folder for another process than the one that made it: it stays while the file is open.
///
/// # Errors
/// It is gone already.
pub fn hold(path: &Path) -> io::Result<File> {
    let folder = File::open(path)?;
    folder.lock_shared()?;
    // It may have been removed while we waited for our turn.
    path.metadata()?;
    Ok(folder)
}

/// All of a stream; what cannot be read of it is not there.
fn all(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn it_is_its_owners_alone_and_goes_with_its_contents() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(path.join("console"), "text").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn it_stays_while_another_process_holds_it() {
        let mut folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        let held = hold(&path).unwrap();
        drop(folder.keeper.stdin.take());
        std::thread::sleep(Duration::from_millis(200));
        assert!(path.exists());
        drop(held);
        let until = Instant::now() + Duration::from_secs(20);
        while path.exists() {
            assert!(Instant::now() < until, "it is there still");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(hold(&path).is_err());
    }
}
