//! Why a build failed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::audit::Finding;
use crate::postlink::PostlinkError;

/// Why a kext, or what is built beside it, could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program or component that the build needs is not installed. Commands exit with 3.
    #[error("{what} is missing; type: {install}")]
    Missing {
        /// What, and what for.
        what: String,
        /// The command that installs it.
        install: String,
    },
    /// A compiler or the linker refused its input.
    #[error("{step} failed:\n{output}")]
    Step {
        /// What was being done.
        step: String,
        /// What the program printed.
        output: String,
    },
    /// The description of what is built is wrong.
    #[error("{}: {problem}", path.display())]
    Description {
        /// The file that is wrong.
        path: PathBuf,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The linked bundle cannot be turned into a kext.
    #[error(transparent)]
    Postlink(#[from] PostlinkError),
    /// The finished kext breaks rules. It was not put in its place.
    #[error("the audit found {}:\n{}", .0.len(), .0.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
    Audit(Vec<Finding>),
}

/// Adds the path to a file error.
pub trait At<T> {
    /// The result with `path` in the error.
    ///
    /// # Errors
    /// [`Error::File`] in place of what it was.
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::File { path: path.to_owned(), source })
    }
}

/// What a program printed.
pub struct Printed {
    /// To standard output.
    pub stdout: String,
    /// To standard error: warnings, of a program that succeeded. Empty if it went to our own.
    pub stderr: String,
}

/// Runs `command` to its end.
///
/// # Errors
/// It cannot be started, or it fails; then the error carries its output. `step` says what it was doing.
pub fn run(step: &str, command: &mut Command) -> Result<Printed, Error> {
    let failed = |output: String| Error::Step { step: step.to_owned(), output };
    let output =
        command.output().map_err(|why| failed(format!("cannot run {}: {why}", command.get_program().display())))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let printed = Printed { stdout: text(&output.stdout), stderr: text(&output.stderr) };
    if output.status.success() {
        return Ok(printed);
    }
    let said = [printed.stderr.trim_end(), printed.stdout.trim_end(), &format!("({})", output.status)].join("\n");
    Err(failed(said.trim_start().to_owned()))
}
