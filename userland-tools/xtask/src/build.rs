//! Building the kext, the guest and the command, and running the command.

use std::fs;
use std::process::Command;

use crate::process::{Failure, Outcome, cargo, run, target};

/// The guest's target: bare metal with SSE2, which `x86_64-unknown-none` lacks.
const GUEST_TARGET: &str = "x86_64-unknown-linux-none";

/// Builds everything that a run needs.
///
/// # Errors
/// A part does not build, or the kext's audit refuses it.
pub fn all() -> Outcome {
    kext(&[])?;
    guest()?;
    command()
}

/// Builds and audits the kext.
///
/// # Errors
/// It does not build, or the audit refuses it.
pub fn kext(arguments: &[String]) -> Outcome {
    run(cargo(["run", "--quiet", "--release", "-p", "kernel-build", "--bin", "kext", "--"]).args(arguments))
}

/// Builds the ring-0 machine and puts it where the runner looks for it.
fn guest() -> Outcome {
    run(cargo([
        "build",
        "--quiet",
        "--release",
        "-p",
        "guest",
        "--target",
        GUEST_TARGET,
        "-Zbuild-std=core,alloc,compiler_builtins",
        "-Zbuild-std-features=compiler-builtins-mem",
    ])
    .env("RUSTC_BOOTSTRAP", "1"))?;
    let (from, folder) = (target().join(GUEST_TARGET).join("release/guest"), target().join("guest"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(&from, folder.join("guest.elf")))
        .map(drop)
        .map_err(|why| Failure::failed(format!("cannot put {} into {}: {why}", from.display(), folder.display())))
}

/// Builds the command.
fn command() -> Outcome {
    run(&mut cargo(["build", "--quiet", "--release", "-p", "loopflower"]))
}

/// Runs the command, from the folder that the user is in.
///
/// # Errors
/// The command's own exit code.
pub fn run_command(arguments: &[String]) -> Outcome {
    run(Command::new(target().join("release/loopflower")).arg("run").args(arguments))
}
