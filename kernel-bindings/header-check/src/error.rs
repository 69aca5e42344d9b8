//! Why the headers could not be made or compared.
use std::io;
use std::path::PathBuf;

/// Why the headers or the bindings could not be made or compared. That they were compared and differ is no error but a
/// report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tool is not installed.
    #[error("{what} is missing: {get}")]
    Missing {
        /// The tool.
        what: String,
        /// How to get it.
        get: String,
    },
    /// The compiler refused the headers.
    #[error("the headers do not compile:\n{0}")]
    Compile(String),
    /// The facts do not have what a header is to declare, or not in a form that can be printed.
    #[error("the ABI facts and the list of headers disagree: {0}")]
    Facts(String),
    /// The compiler's object file is not as expected.
    #[error("the compiled probe is not as expected: {0}")]
    Probe(String),
    /// A file could not be read or written, or a program not started.
    #[error("{path}: {source}")]
    Io {
        /// The file or program.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The exit code of a command that ends with this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Missing { .. } => 3,
            Error::Compile(_) | Error::Facts(_) | Error::Probe(_) | Error::Io { .. } => 1,
        }
    }
}
