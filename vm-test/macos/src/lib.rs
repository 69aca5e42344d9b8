//! The machine that is a real Mac, reached over ssh, or a macOS guest that is booted for the run. Not yet run on a Mac: its tests
//! run against a stand-in guest.
//!
//! ```text
//!  runner                                   process of its own               Mac
//!    │ target ──► guest boots, mac is asked ────────────────────────────────► sw_vers, csrutil, …
//!    │ share, session ──► steps ── ssh ─────────────────────────────────────► kextutil, kextload, ioreg, our tool
//!    │ ◄── event lines ── our own, and those of our tool ◄─────────────────── play, record
//! ```
#![forbid(unsafe_code)]

mod folder;
mod guest;
mod job;
mod mac;
mod panic;
mod process;
mod registry;
mod session;
mod ssh;
mod steps;
mod stopping;
mod target;
mod trouble;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use protocol::event::Event;
use runner::Error;
use runner::debug::Attach;
use runner::machine::Machine;
use runner::share::Share;
use serde::{Deserialize, Serialize};

pub use mac::{Finding, Mac, Weight};
pub use target::{Scenario, Target, find};

use folder::Folder;
use guest::Guest;
use job::Work;
use session::Session;
use ssh::{SHORT, Ssh};
use steps::{Steps, emit};
use stopping::Stopping;
use trouble::{After, told};

/// The name of the machine.
pub const NAME: &str = "macos";

/// A Mac, or a guest, for one run.
#[derive(Debug)]
pub struct MacOs {
    target: Target,
    subject: Subject,
    carrier: Carrier,
    /// What is there while it is on; dropped in this order.
    stdin: Option<ChildStdin>,
    guest: Option<Guest>,
    folder: Option<Folder>,
}

/// The program that carries a run out, behind a subcommand of its own.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// The program.
    pub program: PathBuf,
    /// The subcommand; the shared memory's path follows it.
    pub subcommand: String,
}

/// What is run.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The bundle.
    pub bundle: PathBuf,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// Our tool for Macs.
    pub agent: PathBuf,
    /// Where what is fetched goes.
    pub fetched: PathBuf,
    /// Seconds that the run may take, after the boot.
    pub timeout: u64,
    /// The release that it is for ("10.11"); `None` for any.
    pub os: Option<&'static str>,
    /// What is done with it.
    pub duty: Duty,
}

/// What is done with a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duty {
    /// The kext is loaded, and does what the job says.
    Job,
    /// The kext is loaded, and its first device measured.
    MeasureKext,
    /// The user-space driver is installed, and the first device that comes of it measured.
    MeasurePlugIn,
}

impl MacOs {
    /// A machine that is not yet on.
    pub fn new(target: Target, subject: Subject, carrier: Carrier) -> MacOs {
        MacOs { target, subject, carrier, stdin: None, guest: None, folder: None }
    }

    /// Has the next run be one of this; a guest that is on stays on.
    pub fn turn_to(&mut self, subject: Subject) {
        self.subject = subject;
        self.stdin = None;
    }

    /// The guest that is on from the run before, or one that is switched on now, if the target has one; and a connection.
    fn reach(&mut self) -> Result<(Folder, Option<Guest>, Ssh), Error> {
        if let (Some(guest), Some(folder)) = (self.guest.take(), self.folder.take()) {
            let ssh = Ssh::new(&self.target.login, Some(guest.port()), folder.path(), true)?;
            return Ok((folder, Some(guest), ssh));
        }
        let folder = Folder::new()?;
        let (guest, ssh) = connect(&self.target, folder.path())?;
        Ok((folder, guest, ssh))
    }

    /// Looks whether the driver is there already, which it must not be.
    fn look(&self, ssh: &Ssh) -> Result<(), Error> {
        let (name, Subject { identifier, .. }) = (&self.target.name, &self.subject);
        if self.subject.duty == Duty::MeasurePlugIn {
            return Ok(());
        }
        let stat = ssh.run(&format!("{}kextstat -l -b {}", mac::PATH, ssh::quoted(identifier)), SHORT);
        let stat = stat.map_err(|lost| Error::Missing(lost.in_words(&format!("target {name}"))))?;
        match registry::loaded(&stat.out, identifier) {
            None => Ok(()),
            Some(version) => Err(Error::Missing(format!(
                "target {name}: {identifier} {version} is loaded there already; type there: sudo kextunload -b {identifier}, or \
                 restart it"
            ))),
        }
    }
}

/// Boots a target's guest if it has one, and connects.
fn connect(target: &Target, folder: &Path) -> Result<(Option<Guest>, Ssh), Error> {
    let Some(boot) = &target.boot else {
        return Ok((None, Ssh::new(&target.login, None, folder, false)?));
    };
    let (guest, ssh) = guest::boot(target, boot, folder)?;
    Ok((Some(guest), ssh))
}

/// Boots a target if need be, and looks at it.
///
/// # Errors
/// [`Error::Missing`]: it is not reached.
pub fn check(target: &Target) -> Result<Vec<Finding>, Error> {
    let folder = Folder::new()?;
    let (_guest, ssh) = connect(target, folder.path())?;
    let mac = Mac::ask(&ssh).map_err(|lost| Error::Missing(lost.in_words(&format!("target {}", target.name))))?;
    Ok(mac.findings(target.login.password.is_some()))
}

impl Machine for MacOs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn power_on(&mut self, share: &Share) -> Result<Child, Error> {
        let (folder, guest, ssh) = self.reach()?;
        let name = &self.target.name;
        let lost = |lost: ssh::Lost| Error::Missing(lost.in_words(&format!("target {name}")));
        let mac = Mac::ask(&ssh).map_err(lost)?;
        mac.check(name, self.target.login.password.is_some(), self.subject.duty)?;
        mac.is_release(name, "--os", self.subject.os)?;
        mac.is_release(name, "its table's release", self.target.release.as_deref())?;
        self.look(&ssh)?;
        let session = Session {
            login: target::Login {
                port: guest.as_ref().map(Guest::port).or(self.target.login.port),
                ..self.target.login.clone()
            },
            is_guest: guest.is_some(),
            mac,
            bundle: self.subject.bundle.clone(),
            agent: self.subject.agent.clone(),
            folder: folder.path().to_owned(),
            fetched: self.subject.fetched.clone(),
            timeout: self.subject.timeout,
            duty: self.subject.duty,
        };
        let failed = |why: io::Error| Error::Failed(format!("cannot start the run on {name}: {why}"));
        let Carrier { program, subcommand } = &self.carrier;
        let mut command = Command::new(program);
        command.arg(subcommand).arg(share.path());
        // A group of its own: what interrupts us must not keep it from cleaning up there. It ends when its input does.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let mut stdin = child.stdin.take();
        stdin.as_mut().map_or(Ok(()), |stdin| session.write(stdin)).map_err(failed)?;
        self.stdin = stdin;
        self.guest = guest;
        self.folder = Some(folder);
        Ok(child)
    }

    fn take_debugger(&mut self) -> Result<Attach, Error> {
        Err(Error::Usage(
            "--debug is for the machines of the bench; two Macs are needed for a kernel's debugger".to_owned(),
        ))
    }

    fn hold(&mut self, _share: &Share) -> Result<(), Error> {
        Ok(())
    }

    fn ask_for_state(&mut self, _child: &Child) {
        // It cleans up, and says what it was at.
        self.stdin = None;
    }

    fn cause_of_death(&self, status: ExitStatus) -> String {
        format!(
            "the process that carries the run out ended ({status}); the kext may be loaded on {} still",
            self.target.name
        )
    }
}

/// What the process needs that carries a run out; its folder stays while the file is open.
fn take_over(share: &Path) -> Result<(Session, Work, File), String> {
    let session = Session::read(&mut io::stdin().lock()).map_err(|why| format!("what the run is: {why}"))?;
    let held = folder::hold(&session.folder).map_err(|why| format!("{}: {why}", session.folder.display()))?;
    let work = Work::of(session.duty, share)?;
    Ok((session, work, held))
}

/// Carries a run out that standard input says: the process behind [`Carrier::subcommand`]. Whether it could be.
pub fn carry_out(share: &Path) -> bool {
    let (session, work, _held) = match take_over(share) {
        Ok(taken) => taken,
        Err(why) => {
            eprintln!("{why}");
            return false;
        }
    };
    let ssh = match Ssh::new(&session.login, None, &session.folder, session.is_guest) {
        Ok(ssh) => ssh,
        Err(why) => {
            eprintln!("{why}");
            return false;
        }
    };
    emit(&Event::Booted { machine: NAME.to_owned() });
    let Mac { release, build, kernel, model, .. } = session.mac.clone();
    emit(&Event::Mac { release, build, kernel, model });
    let begun = trouble::Begun::mark(&ssh);
    let mut steps = Steps::new(&session, &work, &ssh, Stopping::new(Duration::from_secs(session.timeout)));
    let ran = steps.run();
    let mut held = ran.is_ok();
    let after = ran.map_or_else(|stop| told(stop, &session, &ssh, &begun, &steps), |()| After::Same);
    let cleaned = match after {
        After::Same => steps.clean(),
        After::Restarted => steps.remove(),
        After::Gone => Ok(()),
    };
    if let Err(stop) = cleaned {
        held = false;
        told(stop, &session, &ssh, &begun, &steps);
    }
    if after != After::Gone {
        begun.forget(&ssh);
    }
    emit(&Event::End { held });
    true
}
