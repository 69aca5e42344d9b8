//! Waiting for a debugger.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use kpi::debug::Stop;

/// How often the process looks whether somebody traces it.
const PERIOD: Duration = Duration::from_millis(20);

/// Makes this process stop before each kext starts, until a debugger has attached to it.
pub fn prepare() {
    // SAFETY: lets any process of this user trace this one, where the system restricts that to ancestors; elsewhere it fails.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY) };
    kpi::debug::stop_before_start(Stop { process: Some(std::process::id()), wait });
}

/// Attaching stops the process, so that a debugger that is seen here has let it go on.
fn wait() {
    while !is_traced() {
        sleep(PERIOD);
    }
}

/// Whether a debugger is attached; where the system does not tell, nothing is waited for.
fn is_traced() -> bool {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return true };
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_none_or(|tracer| tracer.trim() != "0")
}
