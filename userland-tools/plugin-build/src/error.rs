//! Why a build failed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Why the bundle could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tool is missing.
    #[error(transparent)]
    Tools(#[from] kernel_build::Error),
    /// A compiler or the linker refused its input.
    #[error("{step} failed:\n{output}")]
    Step {
        /// What was being done.
        step: String,
        /// What the program printed.
        output: String,
    },
    /// The kext's property list does not define devices.
    #[error("{}: {problem}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
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
}

impl Error {
    /// Whether something must be installed.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Tools(kernel_build::Error::Missing { .. }))
    }
}

/// Adds the path to a file error.
pub trait At<T> {
    /// The result with `path` in the error.
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::File { path: path.to_owned(), source })
    }
}

/// Runs `command` to its end.
///
/// # Errors
/// It cannot be started, or it fails; then the error carries its output. `step` says what it was doing.
pub fn run(step: &str, command: &mut Command) -> Result<(), Error> {
    let failed = |output: String| Error::Step { step: step.to_owned(), output };
    let program = command.get_program().display().to_string();
    let output = command.output().map_err(|why| failed(format!("cannot run {program}: {why}")))?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    Err(failed(format!("{}\n{}({})", text(&output.stderr), text(&output.stdout), output.status)))
}
