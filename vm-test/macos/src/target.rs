//! Targets: which Mac a run is for, from the command line's word or a file of them.
//!
//! A file is TOML, with one table for each Mac; the table's name is the target's:
//!
//! ```text
//! [el-capitan]
//! ssh = "ssh://admin@127.0.0.1:{port}"
//! identity = "keys/el-capitan"
//! disk = "el-capitan.qcow2"
//! command = ["qemu-system-x86_64", "-m", "4096", "-drive", "file={disk}", "-netdev", "user,id=n,hostfwd=tcp:127.0.0.1:{port}-:22"]
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use runner::Error;
use serde::{Deserialize, Serialize};

/// The file that `all` and bare names mean.
pub const USUAL_FILE: &str = "loopflower-targets.toml";
/// The bits of a file's mode that let others than its owner at it.
const OTHERS: u32 = 0o077;
/// The port of ssh.
const SSH_PORT: u16 = 22;
/// Seconds that a guest has to boot, unless its table says otherwise: a Mac under TCG is slow.
const BOOT_TIMEOUT: u64 = 600;
/// What stands for the port, on this machine, that leads to the guest's ssh.
pub const PORT: &str = "{port}";
/// What stands for the disk image's path.
pub const DISK: &str = "{disk}";

/// A Mac to run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name in reports: the table's, or the address.
    pub name: String,
    /// How it is reached.
    pub login: Login,
    /// How it is booted, if the run is to do that.
    pub boot: Option<Boot>,
    /// Our tool for Macs, if it needs one of its own.
    pub agent: Option<PathBuf>,
    /// The release that it must have ("10.11"), if its table says one.
    pub release: Option<String>,
    /// What is run there if all is asked for; at least one.
    pub scenarios: Vec<Scenario>,
}

/// What a Mac can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scenario {
    /// Start what matches, then unload.
    Load,
    /// Play a sound and record it, then unload.
    Loop,
}

impl Target {
    /// The machine that it is: two targets with one place are not used at the same time.
    pub fn place(&self) -> String {
        match &self.boot {
            Some(Boot { disk: Some(disk), .. }) => {
                disk.canonicalize().unwrap_or_else(|_| disk.clone()).display().to_string()
            }
            // A guest without a disk has nothing that another one could have too; `Boot::check` has seen that it has none.
            Some(_) => format!("[{}]", self.name),
            None => format!("ssh://{}:{}", self.login.host.to_ascii_lowercase(), self.login.port.unwrap_or(SSH_PORT)),
        }
    }
}

/// How a Mac is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The user; ssh's own choice if `None`.
    pub user: Option<String>,
    /// The host's name or address.
    pub host: String,
    /// The port; `None` for the one that is found for a guest.
    pub port: Option<u16>,
    /// A file with a private key.
    pub identity: Option<PathBuf>,
    /// The user's password, for ssh and for sudo.
    pub password: Option<String>,
}

/// How a guest is booted. Nothing that it writes stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// QEMU's command line; [`PORT`] and [`DISK`] stand in it.
    pub command: Vec<String>,
    /// The disk image, if there is one.
    pub disk: Option<PathBuf>,
    /// The snapshot inside the disk image that it goes on from.
    pub snapshot: Option<String>,
    /// Seconds until ssh must answer.
    pub timeout: u64,
}

/// What is run if all is asked for, and a table says nothing else.
const ALL: [Scenario; 2] = [Scenario::Load, Scenario::Loop];

/// A table of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    ssh: String,
    identity: Option<PathBuf>,
    password: Option<String>,
    command: Option<Vec<String>>,
    disk: Option<PathBuf>,
    snapshot: Option<String>,
    boot_timeout: Option<u64>,
    agent: Option<PathBuf>,
    release: Option<String>,
    scenarios: Option<Vec<Scenario>>,
}

/// QEMU's options that give a guest a disk.
const DISK_OPTIONS: [&str; 6] = ["-drive", "-blockdev", "-hda", "-hdb", "-hdc", "-hdd"];

/// What QEMU is told for a disk image alone: a PC with an Intel network card, which every release has a driver for. Guests that
/// ask for a Mac's own chips need a command of their own.
const USUAL_COMMAND: [&str; 15] = [
    "qemu-system-x86_64",
    "-machine",
    "q35",
    "-cpu",
    "Penryn",
    "-smp",
    "2",
    "-m",
    "4096",
    "-drive",
    "file={disk},if=ide",
    "-netdev",
    "user,id=net,hostfwd=tcp:127.0.0.1:{port}-:22",
    "-device",
    "e1000-82545em,netdev=net",
];

/// The targets that a word of the command line means: `ssh://…`, a file, FILE#NAME, a name in [`USUAL_FILE`], or `all` of it.
///
/// # Errors
/// [`Error::Usage`]: nothing there is of that name, or the file is wrong; it says where, and what would be right.
pub fn find(word: &str) -> Result<Vec<Target>, Error> {
    if word.starts_with("ssh://") {
        let login = login(word).map_err(Error::Usage)?;
        let scenarios = ALL.to_vec();
        return Ok(vec![Target { name: word.to_owned(), login, boot: None, agent: None, release: None, scenarios }]);
    }
    let (file, name) = match word.split_once('#') {
        Some((file, name)) => (Path::new(file), Some(name)),
        None if Path::new(word).is_file() => (Path::new(word), None),
        None => (Path::new(USUAL_FILE), Some(word).filter(|word| *word != "all")),
    };
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|why| {
        Error::Usage(format!(
            "target {word}: {shown}: {why}; a target is ssh://USER@HOST, a file of targets, or a name in {USUAL_FILE}"
        ))
    })?;
    let mut targets = parse(file, &text)?;
    let mode = fs::metadata(file).map_or(0, |of| of.permissions().mode());
    if mode & OTHERS != 0 && targets.iter().any(|target| target.login.password.is_some()) {
        return Err(Error::Usage(format!("{shown}: has a password, and others can read it; type: chmod 600 {shown}")));
    }
    let Some(name) = name else { return Ok(targets) };
    let known: Vec<String> = targets.iter().map(|target| target.name.clone()).collect();
    targets.retain(|target| target.name == name);
    if targets.is_empty() {
        return Err(Error::Usage(format!("{shown}: there is no target {name}; there are {}", known.join(", "))));
    }
    Ok(targets)
}

/// The targets in the text of a file. Paths in it are below the file's folder.
fn parse(file: &Path, text: &str) -> Result<Vec<Target>, Error> {
    let shown = file.display();
    let tables: BTreeMap<String, Table> =
        toml::from_str(text).map_err(|why| Error::Usage(format!("{shown}: {}", why.to_string().trim_end())))?;
    if tables.is_empty() {
        return Err(Error::Usage(format!(
            "{shown}: has no target; one is a table: [NAME] and ssh = \"ssh://USER@HOST\""
        )));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let one = |(name, table): (String, Table)| {
        target(folder, &name, table).map_err(|why| Error::Usage(format!("{shown}: [{name}]: {why}")))
    };
    tables.into_iter().map(one).collect()
}

fn target(folder: &Path, name: &str, table: Table) -> Result<Target, String> {
    let login = Login {
        identity: table.identity.map(|path| folder.join(path)),
        password: table.password,
        ..login(&table.ssh)?
    };
    let is_booted = table.command.is_some() || table.disk.is_some();
    if !is_booted && (table.snapshot.is_some() || table.boot_timeout.is_some()) {
        return Err("snapshot and boot-timeout are for guests, which have a disk or a command".to_owned());
    }
    let usual = || USUAL_COMMAND.iter().map(|word| (*word).to_owned()).collect();
    let boot = is_booted.then(|| Boot {
        command: table.command.unwrap_or_else(usual),
        disk: table.disk.map(|path| folder.join(path)),
        snapshot: table.snapshot,
        timeout: table.boot_timeout.unwrap_or(BOOT_TIMEOUT),
    });
    if let Some(boot) = &boot {
        boot.check()?;
    }
    if login.port.is_none() && boot.is_none() {
        return Err(format!("{PORT} in ssh stands for the port of a guest, and this target boots none"));
    }
    if let Some(release) = &table.release
        && !is_release(release)
    {
        return Err(format!("release {release:?} is none; it is 10.6 to 10.15, or 11, as in release = \"10.11\""));
    }
    let scenarios = table.scenarios.unwrap_or_else(|| ALL.to_vec());
    if scenarios.is_empty() {
        return Err("scenarios names none; take load, loop or both, or leave it out".to_owned());
    }
    let agent = table.agent.map(|path| folder.join(path));
    Ok(Target { name: name.to_owned(), login, boot, agent, release: table.release, scenarios })
}

/// Whether a text begins with the name of a release that kexts of ours load on: "10.9", "10.9.5", "11".
fn is_release(text: &str) -> bool {
    let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
    matches!(parts.as_deref(), Some([10, 6..=15, ..] | [11, ..]))
}

impl Boot {
    fn check(&self) -> Result<(), String> {
        let has = |mark: &str| self.command.iter().any(|word| word.contains(mark));
        if self.command.is_empty() {
            return Err("command has no words; it is QEMU's command line, a list of strings".to_owned());
        }
        if !has(PORT) {
            return Err(format!(
                "command says nowhere how ssh gets in; forward a port: -netdev user,id=net,hostfwd=tcp:127.0.0.1:{PORT}-:22"
            ));
        }
        match (&self.disk, has(DISK)) {
            (None, true) => Err(format!("command has {DISK}, and no disk is given; add disk = \"FILE\"")),
            (Some(_), false) => Err(format!("disk is given, and command has no {DISK} where its path belongs")),
            (None, false) if self.snapshot.is_some() => {
                Err("a snapshot is inside a disk, and none is given".to_owned())
            }
            // Which guests are one machine is known by their disks.
            (None, false) => match self.command.iter().find(|word| DISK_OPTIONS.contains(&word.as_str())) {
                Some(option) => Err(format!(
                    "command has a disk by {option}, and no disk is given; add disk = \"FILE\" and write {DISK} in its place"
                )),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// Reads `ssh://[USER@]HOST[:PORT]`.
fn login(address: &str) -> Result<Login, String> {
    let wrong = |what: &str| format!("{address}: {what}; an address is ssh://USER@HOST or ssh://USER@HOST:PORT");
    let rest = address.strip_prefix("ssh://").ok_or_else(|| wrong("does not begin with ssh://"))?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, rest),
    };
    // An IPv6 address has colons of its own, and stands in brackets.
    let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let is_word = |text: &str| !text.is_empty() && !text.starts_with('-') && !text.contains(['/', ' ', '\'', '"']);
    if !is_word(host) || user.is_some_and(|user| !is_word(user) || user.contains(':')) {
        return Err(wrong("has no host, or one that is none"));
    }
    let port = match port {
        None => Some(SSH_PORT),
        Some(PORT) => None,
        Some(port) => {
            Some(port.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong("has a port that is no number"))?)
        }
    };
    Ok(Login { user: user.map(str::to_owned), host: host.to_owned(), port, identity: None, password: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(Path::new("macs.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn addresses_are_read() {
        let plain = login("ssh://admin@old-mac.local").unwrap();
        assert_eq!(
            (plain.user.as_deref(), plain.host.as_str(), plain.port),
            (Some("admin"), "old-mac.local", Some(22))
        );
        assert_eq!(login("ssh://mac:2222/").unwrap().port, Some(2222));
        assert_eq!(login("ssh://[fe80::1]:2222").unwrap().host, "fe80::1");
        for wrong in
            ["ssh://", "ssh://a b", "ssh://-oProxyCommand=x", "ssh://mac:0", "ssh://mac:x", "ssh://a:b@mac", "mac"]
        {
            assert!(login(wrong).unwrap_err().contains("an address is ssh://USER@HOST"), "{wrong}");
        }
    }

    #[test]
    fn a_file_has_targets_with_paths_below_its_folder() {
        let text = "[b]\nssh = \"ssh://root@127.0.0.1:{port}\"\ndisk = \"b.qcow2\"\n[a]\nssh = \"ssh://a\"\nidentity = \"key\"\n";
        let targets = parse(Path::new("macs/all.toml"), text).unwrap();
        assert_eq!(targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(targets[0].login.identity.as_deref(), Some(Path::new("macs/key")));
        assert_eq!(targets[1].boot.as_ref().unwrap().disk.as_deref(), Some(Path::new("macs/b.qcow2")));
    }

    #[test]
    fn targets_that_are_one_machine_have_one_place() {
        let text = "[a]\nssh = \"ssh://x@Mac\"\nrelease = \"10.9\"\nscenarios = [\"load\"]\n[b]\nssh = \"ssh://y@mac:22\"\n\
                    [c]\nssh = \"ssh://mac:{port}\"\ndisk = \"d\"\n[d]\nssh = \"ssh://mac:{port}\"\ndisk = \"d\"\n";
        let targets = parse(Path::new("macs.toml"), text).unwrap();
        let places: Vec<String> = targets.iter().map(Target::place).collect();
        assert_eq!(places, ["ssh://mac:22", "ssh://mac:22", "d", "d"]);
        assert_eq!((targets[0].release.as_deref(), &targets[0].scenarios[..]), (Some("10.9"), &[Scenario::Load][..]));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_with_its_place() {
        assert!(refused("").contains("macs.toml: has no target"));
        assert!(refused("[a]\nssh = 1\n").contains("line 2"));
        assert!(refused("[a]\nssh = \"ssh://a\"\nnonsense = 1\n").contains("nonsense"));
        assert!(
            refused("[a]\nssh = \"ssh://a\"\nrelease = \"12\"\n").contains("[a]: release \"12\" is none; it is 10.6")
        );
        assert!(refused("[a]\nssh = \"ssh://a\"\nscenarios = []\n").contains("[a]: scenarios names none"));
        let unknown = refused("[a]\nssh = \"ssh://a\"\nscenarios = [\"soak\"]\n");
        assert!(unknown.contains("line 3") && unknown.contains("expected `load` or `loop`"), "{unknown}");
        assert!(refused("[a]\nssh = \"ssh://a:{port}\"\n").contains("[a]: {port} in ssh"));
        assert!(refused("[a]\nssh = \"ssh://a\"\nsnapshot = \"x\"\n").contains("are for guests"));
        assert!(refused("[a]\nssh = \"ssh://a\"\ncommand = [\"qemu\"]\n").contains("forward a port"));
        assert!(refused("[a]\nssh = \"ssh://a\"\ncommand = [\"{port}\", \"{disk}\"]\n").contains("no disk is given"));
        assert!(
            refused("[a]\nssh = \"ssh://a\"\ncommand = [\"{port}\", \"-drive\", \"file=d\"]\n")
                .contains("command has a disk by -drive, and no disk is given; add disk = \"FILE\"")
        );
        assert!(
            refused("[a]\nssh = \"ssh://a\"\ndisk = \"d\"\ncommand = [\"{port}\"]\n")
                .contains("where its path belongs")
        );
    }

    #[test]
    fn what_there_is_not_is_told_with_what_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("macs.toml");
        fs::write(&file, "[a]\nssh = \"ssh://a\"\n[b]\nssh = \"ssh://b\"\n").unwrap();
        assert_eq!(find(&file.display().to_string()).unwrap().len(), 2);
        assert_eq!(find(&format!("{}#b", file.display())).unwrap()[0].login.host, "b");
        let why = find(&format!("{}#c", file.display())).unwrap_err().to_string();
        assert!(why.ends_with("there is no target c; there are a, b"), "{why}");
        fs::write(&file, "[a]\nssh = \"ssh://a\"\npassword = \"x\"\n").unwrap();
        for (mode, is_taken) in [(0o600, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let found = find(&file.display().to_string());
            assert_eq!(found.is_ok(), is_taken, "{mode:o}: {found:?}");
        }
        assert!(find("nowhere").unwrap_err().to_string().contains("a target is ssh://USER@HOST, a file of targets"));
    }
}
