//! A connection over the system's ssh: commands, files, and what a refusal means.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runner::Error;
use runner::machine::bind;

use crate::process::{Ran, run};
use crate::target::Login;

/// Exit status by which ssh says that it is its own failure.
const OWN_FAILURE: i32 = 255;
/// Seconds in which a host must answer.
const PATIENCE: u64 = 10;
/// How long a command of ours may take that does no more than look.
pub const SHORT: Duration = Duration::from_mins(1);

/// What every connection is told. Macs before 10.12 have an ssh that offers nothing that is trusted today; `+` leaves what is
/// better in front. A host that is gone is noticed within 15 s.
const OPTIONS: [&str; 9] = [
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "NumberOfPasswordPrompts=1",
    "LogLevel=ERROR",
    "IgnoreUnknown=PubkeyAcceptedAlgorithms",
    "HostKeyAlgorithms=+ssh-rsa",
    "PubkeyAcceptedAlgorithms=+ssh-rsa",
    "KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1",
];

/// How a Mac is talked to.
#[derive(Clone, Debug)]
pub struct Ssh {
    login: Login,
    port: u16,
    /// A folder for the connection's socket and the like; whoever made it removes it.
    folder: PathBuf,
    /// Whether it is a guest of ours, whose key nobody knows beforehand.
    is_guest: bool,
}

/// Why a command did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// There is no way in, in words with the next step: it was refused.
    Refused(String),
    /// The host does not answer (any more), in words.
    Gone(String),
    /// The command took longer than it may.
    TimedOut(Duration),
}

impl Lost {
    /// In words, for `what` was to be done.
    pub fn in_words(&self, what: &str) -> String {
        match self {
            Lost::Refused(why) | Lost::Gone(why) => format!("{what}: {why}"),
            Lost::TimedOut(limit) => format!("{what}: no end after {} s", limit.as_secs()),
        }
    }
}

/// What a command said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its exit status.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Whether it succeeded.
    pub fn is_success(&self) -> bool {
        self.code == 0
    }

    /// Both outputs in lines, what it complained of first.
    pub fn text(&self) -> String {
        [self.err.trim(), self.out.trim()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

impl Ssh {
    /// A connection to be, by `port` if the login leaves it open.
    ///
    /// # Errors
    /// What it needs cannot be written into `folder`.
    pub fn new(login: &Login, port: Option<u16>, folder: &Path, is_guest: bool) -> Result<Ssh, Error> {
        let ssh = Ssh {
            login: login.clone(),
            port: login.port.or(port).unwrap_or_default(),
            folder: folder.to_owned(),
            is_guest,
        };
        if login.password.is_some() {
            let answer = ssh.answer();
            let written = fs::write(&answer, "#!/bin/sh\nprintf '%s\\n' \"$LOOPFLOWER_PASSWORD\"\n")
                .and_then(|()| fs::set_permissions(&answer, fs::Permissions::from_mode(0o700)));
            written.map_err(|why| Error::Failed(format!("{}: {why}", answer.display())))?;
        }
        Ok(ssh)
    }

    /// The program that ssh asks for a password.
    fn answer(&self) -> PathBuf {
        self.folder.join("answer")
    }

    /// The address, as messages name it.
    pub fn place(&self) -> String {
        let user = self.login.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        format!("{user}{}:{}", self.login.host, self.port)
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("ssh");
        for option in OPTIONS {
            command.args(["-o", option]);
        }
        // One connection for all commands: each costs a second of a guest's time else.
        command.args(["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o"]);
        command.arg(format!("ControlPath={}", self.folder.join("ssh").display()));
        if self.is_guest {
            command.args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        }
        match &self.login.password {
            Some(password) => {
                command.env("SSH_ASKPASS", self.answer()).env("SSH_ASKPASS_REQUIRE", "force");
                command.env("LOOPFLOWER_PASSWORD", password);
            }
            None => {
                command.args(["-o", "BatchMode=yes"]);
            }
        }
        if let Some(identity) = &self.login.identity {
            command.args(["-o", "IdentitiesOnly=yes", "-i"]).arg(identity);
        }
        if let Some(user) = &self.login.user {
            command.args(["-l", user]);
        }
        command.args(["-p", &self.port.to_string(), "--", &self.login.host]);
        command.arg(format!("/bin/sh -c {}", quoted(script)));
        command
    }

    /// Runs a script there, with `input` on its standard input.
    ///
    /// # Errors
    /// It did not come to its end; its own failure is no error.
    pub fn feed(&self, script: &str, input: &[u8], limit: Duration) -> Result<(Said, Vec<u8>), Lost> {
        let ran = run(&mut self.command(script), input, limit).map_err(|why| Lost::Refused(cannot_start(&why)))?;
        let Ran { status: Some(status), stdout, stderr } = ran else { return Err(Lost::TimedOut(limit)) };
        match status.code() {
            Some(OWN_FAILURE) | None => Err(self.why(&stderr)),
            Some(code) => {
                let out = String::from_utf8_lossy(&stdout).into_owned();
                Ok((Said { code, out, err: stderr }, stdout))
            }
        }
    }

    /// Runs a script there.
    ///
    /// # Errors
    /// As [`Ssh::feed`].
    pub fn run(&self, script: &str, limit: Duration) -> Result<Said, Lost> {
        Ok(self.feed(script, b"", limit)?.0)
    }

    /// Runs a script there as root.
    ///
    /// # Errors
    /// As [`Ssh::feed`].
    pub fn run_as_root(&self, script: &str, limit: Duration) -> Result<Said, Lost> {
        let script = quoted(script);
        let (way, input) = match &self.login.password {
            Some(password) => ("sudo -S -p ''", format!("{password}\n")),
            None => ("sudo -n", String::new()),
        };
        let whole =
            format!("if [ \"$(id -u)\" = 0 ]; then exec /bin/sh -c {script}; else exec {way} /bin/sh -c {script}; fi");
        Ok(self.feed(&whole, input.as_bytes(), limit)?.0)
    }

    /// Starts a script there whose standard output is read as it comes.
    ///
    /// # Errors
    /// ssh cannot be started.
    pub fn start(&self, script: &str) -> Result<Child, Lost> {
        let mut command = self.command(script);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        bind(&mut command).spawn().map_err(|why| Lost::Refused(cannot_start(&why)))
    }

    /// Ends the connection that commands share.
    pub fn close(&self) {
        let mut command = Command::new("ssh");
        command.arg("-o").arg(format!("ControlPath={}", self.folder.join("ssh").display()));
        // One that is not open needs no closing.
        let _ = run(command.args(["-O", "exit", &self.login.host]), b"", Duration::from_secs(PATIENCE));
    }

    /// What ssh's own failure means.
    fn why(&self, stderr: &str) -> Lost {
        let place = self.place();
        let last = stderr.lines().last().unwrap_or("ssh says nothing");
        let has = |words: &str| stderr.contains(words);
        if has("Permission denied") || has("Too many authentication failures") {
            let next = match (&self.login.password, &self.login.identity) {
                (Some(_), _) => "mend the password in the target's file".to_owned(),
                (None, Some(identity)) => format!("put {}.pub into ~/.ssh/authorized_keys there", identity.display()),
                (None, None) => {
                    "put your public key into ~/.ssh/authorized_keys there, or a password or identity into the target's file".to_owned()
                }
            };
            return Lost::Refused(format!("{place} does not let us in ({last}); {next}"));
        }
        if has("Host key verification failed") || has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return Lost::Refused(format!(
                "the key of {place} is not the one that ssh knows; see who it is, then type: ssh-keygen -R {}",
                self.login.host
            ));
        }
        if has("Could not resolve hostname") {
            return Lost::Refused(format!("there is no host {} ({last}); mend the name", self.login.host));
        }
        Lost::Gone(format!(
            "{place} does not answer ({last}); see that it is on and that Remote Login is: sudo systemsetup -setremotelogin on"
        ))
    }
}

fn cannot_start(why: &std::io::Error) -> String {
    match why.kind() {
        ErrorKind::NotFound => "ssh is missing; type: sudo apt-get install openssh-client".to_owned(),
        _ => format!("cannot start ssh: {why}"),
    }
}

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ssh(password: Option<&str>) -> Ssh {
        let login = Login {
            user: Some("admin".to_owned()),
            host: "mac".to_owned(),
            port: Some(22),
            identity: None,
            password: password.map(str::to_owned),
        };
        let folder = tempfile::tempdir().unwrap();
        Ssh::new(&login, None, folder.path(), false).unwrap()
    }

    #[test]
    fn each_failure_of_ssh_has_its_next_step() {
        let why = |stderr: &str| ssh(None).why(stderr);
        let refused = why("admin@mac: Permission denied (publickey,password).");
        assert!(matches!(&refused, Lost::Refused(text) if text.contains("authorized_keys")), "{refused:?}");
        assert!(
            matches!(ssh(Some("x")).why("Permission denied"), Lost::Refused(text) if text.contains("mend the password"))
        );
        assert!(
            matches!(why("ssh: Could not resolve hostname mac: Name unknown"), Lost::Refused(text) if text.contains("no host mac"))
        );
        assert!(
            matches!(why("Host key verification failed."), Lost::Refused(text) if text.contains("ssh-keygen -R mac"))
        );
        assert!(
            matches!(why("connect to host mac port 22: Connection refused"), Lost::Gone(text) if text.contains("Remote Login"))
        );
    }

    proptest! {
        /// A shell reads back what was quoted.
        #[test]
        fn quoting_keeps_every_text(text in "[ -~\n]{0,40}") {
            let said = Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(&text))).output().unwrap();
            prop_assert_eq!(String::from_utf8(said.stdout).unwrap(), text);
        }
    }
}
