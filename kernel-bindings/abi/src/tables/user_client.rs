//! What IOAudioFamily's user clients take from user space.

use super::family::TagSet;
use super::rows::{number_if_any, rows};

const USER_CLIENTS: &str = include_str!("../../data/user-clients.tsv");

/// A statement about a class that user space talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserClientFact {
    /// The class.
    pub class: &'static str,
    /// "selector", "trap", "memory" (a type to map), "notification" or "rule".
    pub subject: &'static str,
    /// Number of the selector, trap or memory type.
    pub number: Option<u32>,
    /// Name of the constant, or what a rule is about.
    pub name: &'static str,
    inputs: &'static str,
    /// How many scalars come back from a selector or trap.
    pub outputs: Option<u32>,
    /// What else is known.
    pub note: &'static str,
    /// The tags of IOAudioFamily for which it holds; empty: none.
    pub tags: TagSet,
}

impl UserClientFact {
    /// The scalars that a selector or trap takes, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.inputs.split("; ").filter(|input| !input.is_empty())
    }
}

/// All statements, class by class.
pub fn user_clients() -> impl Iterator<Item = UserClientFact> {
    rows(USER_CLIENTS).map(|[class, subject, number, name, inputs, outputs, note, tags]| UserClientFact {
        class,
        subject,
        number: number_if_any(number),
        name,
        inputs,
        outputs: number_if_any(outputs),
        note,
        tags: TagSet::new(tags),
    })
}
