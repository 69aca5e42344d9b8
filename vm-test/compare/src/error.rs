//! Why no comparison came to be.

/// The reason, with the exit code that every command of this project gives it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Readings that no comparison can be made of; a mistake of the measuring side: exit code 1.
    #[error("{0}")]
    Reading(String),
    /// A file that is absent or not of its kind, or two results that share nothing: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A step of ours failed (no space, no permission): exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Reading(_) | Error::Failed(_) => 1,
            Error::Usage(_) => 2,
        }
    }
}
