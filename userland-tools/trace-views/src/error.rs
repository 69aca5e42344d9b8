//! Why there is no view.

/// The reason, with the exit code that every command of this project gives it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that is absent, is no trace, or has more in it than a view can show: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A view could not be made: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Failed(_) => 1,
        }
    }
}
