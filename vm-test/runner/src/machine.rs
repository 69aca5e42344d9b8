//! Machines: how each is switched on, asked for its state, and understood when it dies.

mod bound;
mod hosted;
mod vm;

use std::process::{Child, ExitStatus};

pub use bound::bind;
pub use hosted::Hosted;
use rustix::process::Signal;
pub use vm::Vm;

use crate::Error;
use crate::debug::Attach;
use crate::share::{Room, Share};

/// A machine that runs a job from shared memory and says events on its standard output.
pub trait Machine {
    /// "hosted", "vm" or "macos".
    fn name(&self) -> &'static str;

    /// What it wants of the memory file beside the job.
    fn room(&self) -> Room {
        Room::default()
    }

    /// Switches it on, with standard output and standard error piped. It ends with the thread that does this.
    ///
    /// # Errors
    /// What it needs is missing.
    fn power_on(&mut self, share: &Share) -> Result<Child, Error>;

    /// Makes it take a debugger; before it is switched on.
    ///
    /// # Errors
    /// What that needs is missing.
    fn take_debugger(&mut self) -> Result<Attach, Error>;

    /// Holds it, which waits before a kext starts, until a debugger lets it go on.
    ///
    /// # Errors
    /// It does not do as it is told.
    fn hold(&mut self, share: &Share) -> Result<(), Error>;

    /// Asks it for the state of its threads; that it does not answer is for the caller to see.
    fn ask_for_state(&mut self, child: &Child);

    /// What an end without the `end` line means, in words.
    fn cause_of_death(&self, status: ExitStatus) -> String;
}

/// A signal in words.
fn signal_name(signal: i32) -> String {
    let name = [
        (Signal::ILL, "SIGILL, an illegal instruction"),
        (Signal::TRAP, "SIGTRAP, a breakpoint"),
        (Signal::ABORT, "SIGABRT, an abort"),
        (Signal::BUS, "SIGBUS, a bus error"),
        (Signal::FPE, "SIGFPE, an arithmetic error"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV, a memory fault"),
        (Signal::SYS, "SIGSYS, a bad system call"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU, its time limit"),
    ]
    .into_iter()
    .find(|(known, _)| known.as_raw() == signal);
    name.map_or_else(|| format!("signal {signal}"), |(_, name)| name.to_owned())
}
