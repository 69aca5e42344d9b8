//! Machines: how each is switched on, asked for its state, and understood when it dies.

mod hosted;

use std::process::{Child, ExitStatus};

pub use hosted::Hosted;

use crate::Error;
use crate::share::Share;

/// A machine that runs a job from shared memory and says events on its standard output.
pub trait Machine {
    /// "hosted" or "vm".
    fn name(&self) -> &'static str;

    /// Bytes of the machine's own memory that lie before the shared area in the memory file; whole pages.
    fn share_base(&self) -> u64;

    /// Switches it on, with standard output and standard error piped.
    ///
    /// # Errors
    /// What it needs is missing.
    fn power_on(&mut self, share: &Share) -> Result<Child, Error>;

    /// Asks it for the state of its threads; that it does not answer is for the caller to see.
    fn ask_for_state(&mut self, child: &Child);

    /// What an end without the `end` line means, in words.
    fn cause_of_death(&self, status: ExitStatus) -> String;
}
