//! A stand-in that is on already, as a Mac is: a run has nothing but ssh of it. What it pretends is told while it runs.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use crate::place::{Place, wait_for};

/// The password of its root.
pub const PASSWORD: &str = "sesame of the stand-in";
/// What its shell has of the things that a run leaves there if it does not clean up.
const LEFT: &str = "ls -d /run/stand-in/loaded /Library/Audio/Plug-Ins/HAL/* /tmp/loopflower.* /var/tmp/loopflower.* 2>/dev/null; ps | grep '[/]stand-in/agent'";

pub struct On {
    pub place: Place,
    port: String,
    qemu: Child,
}

impl On {
    pub fn new() -> On {
        let place = Place::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let words = place.qemu("", "raw").into_iter();
        let disk = place.disk().display().to_string();
        let words: Vec<String> = words.map(|word| word.replace("{port}", &port).replace("{disk}", &disk)).collect();
        let monitor = format!("unix:{},server=on,wait=off", place.path().join("monitor").display());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["-display", "none", "-serial", "null", "-monitor", &monitor]);
        let qemu = runner::machine::bind(&mut command).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        // Nobody has put this key among those that are known.
        let programs = place.path().join("programs");
        fs::create_dir(&programs).unwrap();
        let ssh = programs.join("ssh");
        let options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
        fs::write(&ssh, format!("#!/bin/sh\nexec /usr/bin/ssh {options} \"$@\"\n")).unwrap();
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
        let on = On { place, port, qemu };
        wait_for("the stand-in boots", || on.asked("true").map(drop));
        on
    }

    /// What a script says there.
    fn asked(&self, script: &str) -> Result<String, String> {
        let shared = format!("ControlPath={}", self.place.path().join("shared").display());
        let mut ssh = Command::new(self.place.path().join("programs/ssh"));
        ssh.args([
            "-o",
            "BatchMode=yes",
            "-o",
            "ConnectTimeout=10",
            "-o",
            "ControlMaster=auto",
            "-o",
            "ControlPersist=60",
        ]);
        ssh.args(["-o", &shared, "-l", "root", "-p", &self.port, "-i"]).arg(self.place.key());
        // What stays for the next must not hold our end of a pipe.
        let output = ssh.args(["127.0.0.1", script]).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(255) {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        } else {
            Ok(text)
        }
    }

    /// What a script says there.
    pub fn says(&self, script: &str) -> String {
        self.asked(script).unwrap()
    }

    /// Has it pretend something; nothing for an empty value.
    pub fn pretend(&self, key: &str, value: &str) {
        let file = format!("/run/stand-in/{key}");
        self.says(&if value.is_empty() { format!("rm -f {file}") } else { format!("echo '{value}' > {file}") });
    }

    /// Waits until it shows this.
    pub fn wait_for(&self, script: &str) {
        let how =
            || format!("{}{}", self.says("ps"), fs::read_to_string(self.place.path().join("said")).unwrap_or_default());
        let shows = || self.says(&format!("if {script}; then echo yes; fi")) == "yes\n";
        wait_for(script, || if shows() { Ok(()) } else { Err(how()) });
    }

    /// What runs have left there.
    pub fn left(&self) -> String {
        self.says(LEFT)
    }

    /// The target that it is; `login` is the line of its table with a password or a key.
    pub fn target(&self, login: &str) -> String {
        self.place.write("mac", &self.port, login)
    }

    /// The command with this target.
    pub fn command(&self, verb: &str, target: &str, more: &[&str]) -> Command {
        let mut command = self.place.command(&[&[verb, "--machine", "macos", "--target", target], more].concat());
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.place.path().join("programs").display()));
        command
    }

    /// Saves its state into a new disk image, above the one that it has.
    pub fn save(&self, snapshot: &str, disk: &str) {
        let disk = self.place.path().join(disk);
        let said = self
            .monitor(&[&format!("snapshot_blkdev virtio0 {} qcow2", disk.display()), &format!("savevm {snapshot}")]);
        assert!(!said.contains("Error"), "{said}");
    }

    /// What QEMU's monitor says to commands.
    fn monitor(&self, commands: &[&str]) -> String {
        let mut monitor = UnixStream::connect(self.place.path().join("monitor")).unwrap();
        let mut said = String::new();
        for command in [&[""][..], commands, &["info snapshots"]].concat() {
            monitor.write_all(format!("{command}\n").as_bytes()).unwrap();
        }
        let mut block = [0; 4096];
        while !said.contains("VM SIZE") && !said.contains("no snapshot") {
            let count = monitor.read(&mut block).unwrap();
            said += &String::from_utf8_lossy(&block[..count]);
        }
        said
    }
}

impl Drop for On {
    fn drop(&mut self) {
        self.qemu.kill().unwrap();
        self.qemu.wait().unwrap();
    }
}
