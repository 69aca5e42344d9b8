//! Starting programs, where things are, and how a failure ends.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A step's result.
pub type Outcome = Result<(), Failure>;

/// Why the work stopped.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// What to say; nothing where the program that failed has said it.
    pub message: Option<String>,
}

impl Failure {
    /// A check or a build failed.
    pub fn failed(message: String) -> Failure {
        Failure { code: 1, message: Some(message) }
    }

    /// The command line is wrong.
    pub fn usage(message: String) -> Failure {
        Failure { code: 2, message: Some(message) }
    }

    /// A tool is missing; the message says how to get it.
    pub fn missing(message: String) -> Failure {
        Failure { code: 3, message: Some(message) }
    }
}

/// The workspace's folder.
pub fn root() -> &'static Path {
    // Two levels above this crate; cargo runs xtask only from the sources that it was built from.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// Where everything that is built goes.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(chosen) => std::env::current_dir().unwrap_or_default().join(chosen),
        None => root().join("target"),
    }
}

/// Cargo of the pinned toolchain, in the workspace's folder.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).env("CARGO_TARGET_DIR", target()).args(arguments);
    command
}

/// Runs a program to its end with our own output.
///
/// # Errors
/// It cannot be started, or it fails; 2 and 3 are passed on as they are, anything else is a failed check.
pub fn run(command: &mut Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|why| Failure::missing(format!("cannot start {name}: {why}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code @ (2 | 3)) => Err(Failure { code: code as u8, message: None }),
        Some(_) => Err(Failure { code: 1, message: None }),
        None => Err(Failure::failed(format!("{name} was ended by a signal ({status})"))),
    }
}

/// What a program prints, trimmed; `None` if it cannot be started or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// Whether a program of that name is on the PATH.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
