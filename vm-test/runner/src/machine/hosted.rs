//! The hosted machine: a child process at native speed.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Machine, bind, signal_name};
use crate::Error;
use crate::debug::Attach;
use crate::share::Share;

/// A process that gets the shared memory's path as its last argument.
#[derive(Clone, Debug)]
pub struct Hosted {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Hosted {
    /// A machine that is `program` with `arguments`.
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Hosted {
        Hosted { program, arguments }
    }

    /// The machine inside this very program, behind the hidden subcommand `subcommand`.
    ///
    /// # Errors
    /// [`Error::Usage`]: this is not Linux, whose memory maps and signals it is made of. [`Error::Failed`]: the system does not tell
    /// which program this is.
    pub fn of_this_program(subcommand: &str) -> Result<Hosted, Error> {
        if !cfg!(target_os = "linux") {
            return Err(Error::Usage(
                "the hosted machine, and that of user-space drivers, needs Linux; use --machine vm or --machine macos"
                    .to_owned(),
            ));
        }
        let program = std::env::current_exe()
            .map_err(|why| Error::Failed(format!("cannot find the program to start the hosted machine with: {why}")))?;
        Ok(Hosted::new(program, vec![subcommand.to_owned()]))
    }
}

impl Machine for Hosted {
    fn name(&self) -> &'static str {
        "hosted"
    }

    fn power_on(&mut self, share: &Share) -> Result<Child, Error> {
        bind(&mut Command::new(&self.program))
            .args(&self.arguments)
            .arg(share.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|why| Error::Failed(format!("cannot start the hosted machine {}: {why}", self.program.display())))
    }

    fn take_debugger(&mut self) -> Result<Attach, Error> {
        Ok(Attach::Process)
    }

    fn hold(&mut self, _share: &Share) -> Result<(), Error> {
        // It waits for a debugger by itself.
        Ok(())
    }

    fn ask_for_state(&mut self, child: &Child) {
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended meanwhile; then its end is seen.
            let _ = kill_process(pid, Signal::USR1);
        }
    }

    fn cause_of_death(&self, status: ExitStatus) -> String {
        match (status.signal(), status.code()) {
            (Some(signal), _) => format!("the machine was ended by {}", signal_name(signal)),
            (None, Some(code)) => format!("the machine exited with status {code} without a word"),
            (None, None) => "the machine ended".to_owned(),
        }
    }
}
