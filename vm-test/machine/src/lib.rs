//! The hosted machine: kexts in a child process, at native speed.
//!
//! ```text
//!  runner                              child process
//!    │ memory file ──────────────────► share: job, pack, kext, input read-only; output writable
//!    │                                 pages: one window of 1 GiB, W^X, guard pages
//!    │ ◄── standard output ─────────── event lines
//!    │ SIGUSR1 (why does it hang?) ──► signals ──► kpi::fault
//! ```
//!
//! A process has one machine. Kext code runs on kernel stacks in the window; the handlers of faults have a stack of their
//! own, so that an overflow is reported. If even a report fails, the process dies by a signal, which the runner sees.

mod debugger;
mod heap;
mod pages;
mod platform;
mod share;
mod signals;

use std::io::Write;
use std::path::Path;

pub use platform::{Hosted, prepare};
use protocol::share::{Kind, find};

/// Exit code of a machine that could not be set up; standard error says why.
pub const EXIT_UNUSABLE: u8 = 3;

/// Runs the job in the memory file at `path` and exits.
pub fn hosted_main(path: &Path) -> ! {
    let (machine, share) = match prepare().and_then(|machine| Ok((machine, share::open(path)?))) {
        Ok(both) => both,
        Err(why) => give_up(&format!("the hosted machine cannot use {}: {why}", path.display())),
    };
    if let Err(why) = kpi::trace::begin(share.bytes, share.trace) {
        give_up(why);
    }
    if find(share.bytes, Kind::Debug).is_some() {
        debugger::prepare();
    }
    scenarios::run(machine, host::Shared { bytes: share.bytes, output: share.output })
}

fn give_up(why: &str) -> ! {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{why}");
    std::process::exit(EXIT_UNUSABLE.into())
}
