//! Processes that end with the one that starts them, however that ends: a runner that is killed leaves no machine behind.
#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "what a new process does before it becomes another program is unsafe to say")
)]

use std::process::Command;

/// Makes the process that `command` will start end when the thread that starts it does.
#[cfg(target_os = "linux")]
pub fn bind(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

    let runner = getpid();
    let enter = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // One that was over before that was said sends no signal.
        if getppid() == Some(runner) { Ok(()) } else { Err(Errno::SRCH.into()) }
    };
    // SAFETY: `enter` makes two system calls, which a new process may, and neither allocates nor takes a lock.
    unsafe { command.pre_exec(enter) }
}

/// Other systems know no such thing: there a runner that is killed leaves its machine on.
#[cfg(not(target_os = "linux"))]
pub fn bind(command: &mut Command) -> &mut Command {
    command
}
