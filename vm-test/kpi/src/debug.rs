//! Stopping before a kext starts, so that a debugger can be attached while the kext is in memory and has not run.

use alloc::string::ToString;

use protocol::event::Event;

use crate::fault::emit;
use crate::global::Global;

/// Where a machine waits for a debugger.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// The process that a debugger attaches to, where the machine is one.
    pub process: Option<u32>,
    /// Returns when a debugger is there and lets the machine go on.
    pub wait: fn(),
}

static STOP: Global<Option<Stop>> = Global::new(None);

/// Stops before every kext's start function from now on.
pub fn stop_before_start(stop: Stop) {
    *STOP.borrow() = Some(stop);
}

/// The kext `identifier`, which lies at `address`, is about to be started.
pub(crate) fn before_start(identifier: &str, address: u64) {
    let stop = *STOP.borrow();
    if let Some(Stop { process, wait }) = stop {
        emit(&Event::Stopped { identifier: identifier.to_string(), address, process });
        wait();
    }
}
