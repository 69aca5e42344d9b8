//! A test's own place: a folder with the file of targets and the guest's disk, in which the command runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::image::{Image, image};

/// How often to look, and for how long.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(1);
/// The file of what a run says that is started and interrupted.
const SAID: &str = "said";

/// A test's own place: the target file, and what the guest is told.
pub struct Place {
    folder: TempDir,
    image: Image,
}

/// Where what was built is.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap().to_owned()
}

impl Place {
    pub fn new() -> Place {
        let folder = target().join("stand-in");
        fs::create_dir_all(&folder).unwrap();
        // Tests that begin at the same time make it once.
        let lock = fs::File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let place = Place { folder: TempDir::new().unwrap(), image: image(&folder, &target()).unwrap() };
        fs::write(place.disk(), vec![0; 1 << 20]).unwrap();
        place
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The key that the guest's root takes.
    pub fn key(&self) -> &Path {
        &self.image.key
    }

    /// The line of a target's table that names the key.
    pub fn identity(&self) -> String {
        format!("identity = {:?}\n", self.key().display().to_string())
    }

    pub fn disk(&self) -> PathBuf {
        self.path().join("disk")
    }

    /// QEMU's command line for a guest that is told this, with marks in the places of port and disk, which has this format.
    pub fn qemu(&self, told: &str, format: &str) -> Vec<String> {
        let Image { kernel, initrd, .. } = &self.image;
        let [kernel, initrd] = [kernel, initrd].map(|path| path.display().to_string());
        let append = format!("console=ttyS0 quiet panic=1 {told}");
        let drive = format!("file={{disk}},format={format},if=virtio");
        let words = [
            &["qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-m", "512", "-kernel", &kernel, "-initrd", &initrd][..],
            &["-append", &append, "-drive", &drive, "-netdev", "user,id=n,hostfwd=tcp:127.0.0.1:{port}-:22"],
            &["-device", "virtio-net-pci,netdev=n,romfile="],
        ];
        words.concat().into_iter().map(str::to_owned).collect()
    }

    /// Writes a target whose guest is told this on its command line.
    pub fn target(&self, told: &str, more: &str) -> String {
        let qemu = self.qemu(told, "raw");
        self.write("stand-in", "{port}", &format!("{}disk = \"disk\"\n{more}\ncommand = {qemu:?}", self.identity()))
    }

    /// Writes a target that is reached by this port, with `more` in its table.
    pub fn write(&self, name: &str, port: &str, more: &str) -> String {
        let text = format!("[{name}]\nssh = \"ssh://root@127.0.0.1:{port}\"\n{more}\n");
        let file = self.path().join("macs.toml");
        fs::write(&file, text).unwrap();
        // It may have a password.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file.display().to_string()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        command.args(arguments).current_dir(self.path()).env("TMPDIR", self.path());
        command
    }

    pub fn loopflower(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A run on a guest that is told this.
    pub fn run(&self, told: &str, more: &[&str]) -> (i32, String) {
        let target = self.target(told, "boot-timeout = 180");
        let output = self.loopflower(&[&["run", "--machine", "macos", "--target", &target], more].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        self.is_left_clean();
        (output.status.code().unwrap(), text)
    }

    /// Nothing of a run is left here: no folder, no process, and nothing on the disk.
    pub fn is_left_clean(&self) {
        assert_eq!((self.folders(), self.processes()), (Vec::new(), Vec::new()));
        assert!(fs::read(self.disk()).unwrap().iter().all(|byte| *byte == 0), "the guest's disk was written to");
    }

    /// What runs have put here for themselves.
    pub fn folders(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_of_a_run = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("loopflower") || name.starts_with("vl.")
        };
        all.filter(is_of_a_run).collect()
    }

    /// The command lines of what the command has started here and that still runs: all of it was told this place for its files.
    pub fn processes(&self) -> Vec<String> {
        let ours = format!("TMPDIR={}", self.path().display());
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let is_ours = |path: &PathBuf| {
            let told = fs::read(path.join("environ")).unwrap_or_default();
            told.split(|byte| *byte == 0).any(|variable| variable == ours.as_bytes())
        };
        let line = |path: PathBuf| fs::read(path.join("cmdline")).ok();
        let lines = all.filter(is_ours).filter_map(line);
        lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
    }

    /// Starts a run, in a group of its own. What is started in a shell's background ignores SIGINT, and so would the run.
    pub fn start(&self, command: &Command) -> Child {
        let mut started = Command::new("env");
        started.arg("--default-signal=INT").arg(command.get_program()).args(command.get_args());
        started.current_dir(self.path()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let said = fs::File::create(self.path().join(SAID)).unwrap();
        let errors = said.try_clone().unwrap();
        started.process_group(0).stdin(Stdio::null()).stdout(said).stderr(errors).spawn().unwrap()
    }

    /// Ends a run by a signal, "INT" as a terminal sends it, to all of its group, and waits until nothing of it is left.
    pub fn interrupt(&self, mut run: Child, signal: &str) {
        let to = if signal == "INT" { format!("-{}", run.id()) } else { run.id().to_string() };
        let status = Command::new("kill").args(["-s", signal, "--", &to]).status().unwrap();
        assert!(status.success());
        let code = run.wait().unwrap().code();
        let said = fs::read_to_string(self.path().join(SAID)).unwrap();
        assert_eq!(code, None, "SIG{signal}: it ended by itself: {said}");
        wait_for(&format!("after SIG{signal} nothing is left"), || {
            let left = (self.folders(), self.processes());
            if left == (Vec::new(), Vec::new()) { Ok(()) } else { Err(format!("{left:?}")) }
        });
    }
}

/// Looks until something is as it is to be; else says how it is.
pub fn wait_for(what: &str, look: impl Fn() -> Result<(), String>) {
    let until = Instant::now() + PATIENCE;
    while let Err(how) = look() {
        assert!(Instant::now() < until, "{what}: not so after {} s: {how}", PATIENCE.as_secs());
        sleep(PAUSE);
    }
}
