//! What can go wrong, and how the program ends then.

use std::path::{Path, PathBuf};

/// Why nothing was packed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// What should be packed is not there, or not a bundle.
    #[error("{}: {why}", path.display())]
    NotABundle {
        /// Where it should be.
        path: PathBuf,
        /// What is wrong with it, and the way out.
        why: String,
    },
    /// An option names what is not there, or stands alone.
    #[error("{0}")]
    Usage(String),
    /// A program is missing.
    #[error("{0}")]
    Missing(String),
    /// A program refused.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// The exit code: 1 failed, 2 input absent or not of its kind, 3 something is missing.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Io { .. } | Error::Refused(_) => 1,
            Error::NotABundle { .. } | Error::Usage(_) => 2,
            Error::Missing(_) => 3,
        }
    }
}

/// Puts a path to the system's errors.
pub trait At<T> {
    /// The result, with `path` named in its error.
    ///
    /// # Errors
    /// Those of `self`.
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|why| Error::Io { path: path.to_owned(), why })
    }
}
