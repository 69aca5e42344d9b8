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
/// How QEMU says that a port of this machine is taken that it was to forward.
const TAKEN: &str = "Could not set up host forwarding";
/// How many ports are tried: another guest that boots may take one between our look and QEMU's.
const PORTS: usize = 5;
/// The file of what QEMU says on its standard error.
const COMPLAINTS: &str = "qemu";
/// Lines of the console that a message shows.
const SHOWN_LINES: usize = 5;

/// A guest that runs; it ends with this.
#[derive(Debug)]
pub struct Guest {
    process: Child,
    port: u16,
    console: PathBuf,
}

/// Boots a target's guest, with its files in `folder`, until ssh lets us in.
///
/// # Errors
/// As [`Guest::power_on`] and [`Guest::wait`].
pub fn boot(target: &Target, boot: &Boot, folder: &Path) -> Result<(Guest, Ssh), Error> {
    let mut tries = PORTS;
    loop {
        tries -= 1;
        let mut guest = Guest::power_on(boot, folder)?;
        let ssh = Ssh::new(&target.login, Some(guest.port), folder, true)?;
        match guest.wait(target, boot, &ssh) {
            Err(_) if tries > 0 && guest.complaints().contains(TAKEN) => {}
            waited => return waited.map(|()| (guest, ssh)),
        }
    }
}

impl Guest {
    /// Switches it on, with its console and its monitor in `folder`.
    ///
    /// # Errors
    /// [`Error::Missing`]: QEMU or the disk. [`Error::Failed`]: no space for a copy of the disk, no port.
    fn power_on(boot: &Boot, folder: &Path) -> Result<Guest, Error> {
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
        let complaints = fs::File::create(folder.join(COMPLAINTS))
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
    fn wait(&mut self, target: &Target, boot: &Boot, ssh: &Ssh) -> Result<(), Error> {
        let name = &target.name;
        let until = Instant::now() + Duration::from_secs(boot.timeout);
        loop {
            let answer = ssh.run("true", TRY);
            // Asked behind the answer: another guest may have the port, and answer in its place.
            if let Ok(Some(status)) = self.process.try_wait() {
                let complaints = self.complaints();
                let words = complaints.trim().lines().next_back().unwrap_or("it says nothing");
                let next = "mend the target's command";
                return Err(Error::Missing(format!("target {name}: QEMU ended ({status}): {words}; {next}")));
            }
            match answer {
                Ok(_) => return Ok(()),
                Err(Lost::Refused(why)) => return Err(Error::Missing(format!("target {name}: {why}"))),
                Err(Lost::Gone(_) | Lost::TimedOut(_)) if Instant::now() < until => thread::sleep(PAUSE),
                Err(lost) => {
                    return Err(Error::Missing(format!(
                        "target {name}: the guest does not boot: {}{}; boot it by hand with a display and see, or give it more time by \
                         boot-timeout",
                        lost.in_words(&format!("within {} s", boot.timeout)),
                        last_lines(&self.console)
                    )));
                }
            }
        }
    }

    /// What QEMU says on its standard error.
    fn complaints(&self) -> String {
        fs::read_to_string(self.console.with_file_name(COMPLAINTS)).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    /// What becomes of a guest whose "QEMU" is this script of a shell, and how often it was started.
    fn booted_by(script: &str) -> (String, usize) {
        let folder = Folder::new().unwrap();
        let file = folder.path().join("macs.toml");
        let tries = folder.path().join("tries");
        let script = format!("echo >> {}; tries=$(wc -l < {0}); {script}", tries.display());
        fs::write(
            &file,
            format!("[a]\nssh = \"ssh://127.0.0.1:{{port}}\"\nboot-timeout = 9\ncommand = [\"sh\", \"-c\", {script:?}, \"{{port}}\"]\n"),
        )
        .unwrap();
        let target = &crate::find(&file.display().to_string()).unwrap()[0];
        let why = boot(target, target.boot.as_ref().unwrap(), folder.path()).unwrap_err();
        assert_eq!(why.exit_code(), 3);
        (why.to_string(), fs::read_to_string(tries).unwrap().lines().count())
    }

    #[test]
    fn another_port_is_tried_where_one_is_taken_meanwhile() {
        let taken = "{ echo 'qemu: Could not set up host forwarding rule' >&2; exit 1; }";
        let (why, tries) = booted_by(&format!("[ $tries -gt 2 ] || {taken}; echo 'qemu: no such board' >&2; exit 1"));
        assert_eq!(tries, 3, "{why}");
        assert_eq!(why, "target a: QEMU ended (exit status: 1): qemu: no such board; mend the target's command");
        let (why, tries) = booted_by(taken);
        assert_eq!(tries, PORTS, "{why}");
        assert!(why.contains("Could not set up host forwarding rule"), "{why}");
    }

    #[test]
    fn a_disk_that_is_missing_or_has_no_room_is_told() {
        let folder = Folder::new().unwrap();
        let disk = folder.path().join("image");
        let boot = Boot { command: Vec::new(), disk: None, snapshot: Some("ready".to_owned()), timeout: 1 };
        let why = disk_of(&boot, &disk, folder.path()).unwrap_err();
        assert!(why.exit_code() == 3 && why.to_string().contains("put it there, or mend disk"), "{why}");
        fs::write(&disk, "image").unwrap();
        let why = disk_of(&boot, &disk, &folder.path().join("nowhere")).unwrap_err();
        assert!(why.exit_code() == 1 && why.to_string().contains("make space, or set TMPDIR"), "{why}");
    }
}
