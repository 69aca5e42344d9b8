//! Why a run did not come to a report.

/// The reason, with the exit code that every command of this project gives it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong usage, or an input that is absent or not of its kind: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A kext that is refused before any machine sees it: exit code 1.
    #[error("{0}")]
    Refused(String),
    /// Something this needs is missing; the text says how to get it: exit code 3.
    #[error("{0}")]
    Missing(String),
    /// A step of ours failed (no space, no permission): exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Refused(_) | Error::Failed(_) => 1,
            Error::Usage(_) => 2,
            Error::Missing(_) => 3,
        }
    }
}
