//! A guest under QEMU that is booted for one run. It writes into a layer above its disk that nobody keeps.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use runner::Error;
use runner::machine::bind;

use crate::process;
use crate::ssh::{Lost, Ssh};
use crate::target::{Boot, DISK, PORT, Target};

/// Between two tries whether ssh answers.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one try may take.
const TRY: Duration = Duration::from_secs(20);
/// How long QEMU's monitor may be silent while it carries out a command.
const SAID: Duration = Duration::from_secs(2);
/// How long the copy of a disk may take.
const COPY: Duration = Duration::from_mins(30);
/// Lines of the console that a message shows.
const SHOWN_LINES: usize = 5;

/// A guest that runs; it ends with this.
#[derive(Debug)]
pub struct Guest {
    process: Child,
    port: u16,
    console: PathBuf,
}

impl Guest {
    /// Switches it on, with its console and its monitor in `folder`.
    ///
    /// # Errors
    /// [`Error::Missing`]: QEMU or the disk. [`Error::Failed`]: no space for a copy of the disk, no port.
    pub fn power_on(boot: &Boot, folder: &Path) -> Result<Guest, Error> {
        let port = free_port()?;
        let console = console(folder);
        let disk = boot.disk.as_deref().map(|disk| disk_of(boot, disk, folder)).transpose()?;
        let words: Vec<String> = boot
            .command
            .iter()
            .map(|word| {
                let word = word.replace(PORT, &port.to_string());
                // QEMU reads a doubled comma as one that is part of a path.
                word.replace(
                    DISK,
                    &disk.as_ref().map_or(String::new(), |disk| disk.display().to_string().replace(',', ",,")),
                )
            })
            .collect();
        let program = &words[0];
        let mut command = Command::new(program);
        command.args(&words[1..]);
        let has = |option: &str| words.iter().any(|word| word == option);
        if !has("-display") && !has("-nographic") {
            command.args(["-display", "none"]);
        }
        command.args(["-serial", &format!("file:{}", console.display())]);
        command.args(["-monitor", &format!("unix:{},server=on,wait=off", monitor(folder).display())]);
        match &boot.snapshot {
            // The disk is a copy, so that what is written into it stays nowhere.
            Some(snapshot) => command.args(["-loadvm", snapshot]),
            None => command.arg("-snapshot"),
        };
        let complaints = fs::File::create(folder.join("qemu"))
            .map_err(|why| Error::Failed(format!("no file for QEMU's words: {why}")))?;
        let process =
            bind(&mut command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(complaints).spawn().map_err(
                |why| match why.kind() {
                    ErrorKind::NotFound => Error::Missing(format!(
                        "{program}, which boots the guest, is missing; type: sudo apt-get install qemu-system-x86"
                    )),
                    _ => Error::Failed(format!("cannot start {program}: {why}")),
                },
            )?;
        Ok(Guest { process, port, console })
    }

    /// The port of this machine that leads to its ssh.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until its ssh lets us in.
    ///
    /// # Errors
    /// [`Error::Missing`]: it did not within its time, or ended; with the last lines of its console.
    pub fn wait(&mut self, target: &Target, boot: &Boot, ssh: &Ssh) -> Result<(), Error> {
        let until = Instant::now() + Duration::from_secs(boot.timeout);
        let folder = self.console.parent().unwrap_or(Path::new("")).to_owned();
        loop {
            if let Ok(Some(status)) = self.process.try_wait() {
                let complaints = fs::read_to_string(folder.join("qemu")).unwrap_or_default();
                let words = complaints.trim().lines().next_back().unwrap_or("it says nothing");
                return Err(Error::Missing(format!(
                    "target {}: QEMU ended ({status}): {words}; mend the target's command",
                    target.name
                )));
            }
            match ssh.run("true", TRY) {
                Ok(_) => return Ok(()),
                Err(Lost::Refused(why)) => return Err(Error::Missing(format!("target {}: {why}", target.name))),
                Err(Lost::Gone(_) | Lost::TimedOut(_)) if Instant::now() < until => thread::sleep(PAUSE),
                Err(lost) => {
                    return Err(Error::Missing(format!(
                        "target {}: the guest does not boot: {}{}; boot it by hand with a display and see, or give it more time by \
                         boot-timeout",
                        target.name,
                        lost.in_words(&format!("within {} s", boot.timeout)),
                        last_lines(&self.console)
                    )));
                }
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a guest's serial console is written.
pub fn console(folder: &Path) -> PathBuf {
    folder.join("console")
}

fn monitor(folder: &Path) -> PathBuf {
    folder.join("monitor")
}

/// Presses the guest's reset button; its disk keeps what the run wrote.
///
/// # Errors
/// QEMU does not listen.
pub fn reset(folder: &Path) -> std::io::Result<()> {
    let mut monitor = UnixStream::connect(monitor(folder))?;
    monitor.write_all(b"system_reset\n")?;
    // A command is lost whose sender is gone before QEMU reads it: wait until it has said all that it says of it.
    monitor.set_read_timeout(Some(SAID))?;
    let mut block = [0; 256];
    while monitor.read(&mut block).is_ok_and(|count| count > 0) {}
    Ok(())
}

/// The disk image that QEMU is given: itself, or a copy if the guest goes on from a snapshot inside it.
fn disk_of(boot: &Boot, disk: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let shown = disk.display();
    if !disk.is_file() {
        return Err(Error::Missing(format!(
            "the disk image {shown} is missing; put it there, or mend disk in the target's file"
        )));
    }
    let disk = disk.canonicalize().map_err(|why| Error::Failed(format!("{shown}: {why}")))?;
    if boot.snapshot.is_none() {
        return Ok(disk);
    }
    let copy = folder.join("disk");
    let mut command = Command::new("cp");
    let ran = process::run(command.args(["--reflink=auto", "--sparse=always", "--"]).args([&disk, &copy]), b"", COPY);
    let why = match ran {
        Ok(ran) if ran.status.is_some_and(|status| status.success()) => return Ok(copy),
        Ok(ran) => ran.stderr,
        Err(why) => why.to_string(),
    };
    Err(Error::Failed(format!(
        "a guest that goes on from a snapshot gets a copy of its disk, and {shown} cannot be copied: {why}; make space, or set TMPDIR \
         to a folder on another disk"
    )))
}

fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|place| place.port()).map_err(|why| Error::Failed(format!("no port for the guest's ssh: {why}")))
}

/// The last lines of a console, for a message.
fn last_lines(console: &Path) -> String {
    let bytes = fs::read(console).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
        [] => " (its console is empty)".to_owned(),
        last => format!(" (its console ends with: {})", last.join(" / ")),
    }
}
