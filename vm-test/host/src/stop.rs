//! Why a scenario ends early.

use alloc::string::{String, ToString};

/// The reason, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A step failed that has to succeed on every driver.
    Failed(String),
    /// The driver lacks what the scenario is about, and may.
    NotApplicable(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Stop {
        Stop::Failed(text)
    }
}

impl From<&str> for Stop {
    fn from(text: &str) -> Stop {
        Stop::Failed(text.to_string())
    }
}
