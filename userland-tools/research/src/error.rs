//! Why there is no answer.

use std::fmt;

/// The reason, all of which are wrong usage: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing has this name.
    #[error("nothing here has the name \"{name}\"{}", Nearest(nearest))]
    UnknownName {
        /// The name as it was given.
        name: String,
        /// Names that are most like it, the likest first.
        nearest: Vec<String>,
    },
    /// There are no facts about this release.
    #[error("nothing is known of release \"{release}\"{}", Nearest(nearest))]
    UnknownRelease {
        /// The release as it was given.
        release: String,
        /// Releases that are most like it, the likest first.
        nearest: Vec<String>,
    },
    /// A release and a processor of which there are no such facts.
    #[error("{0}")]
    NoFacts(String),
    /// There is no bundle at a path.
    #[error("{0}")]
    NoBundle(String),
}

impl Error {
    /// The exit code that every command of this project gives wrong usage.
    pub fn exit_code(&self) -> u8 {
        2
    }
}

/// The end of a message that says which names are near.
struct Nearest<'a>(&'a [String]);

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => formatter.write_str("; `loopflower kpi search TEXT` looks for a part of one"),
            [only] => write!(formatter, "; the nearest is {only}"),
            several => write!(formatter, "; the nearest are {}", several.join(", ")),
        }
    }
}
