//! What is known of how something behaves, in our own words.

use serde::Serialize;

use crate::sheet::rows;

const NOTES: &str = include_str!("../data/notes.tsv");

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about: a class, a member with its class, or a key of the registry.
    pub about: &'static str,
    /// The note.
    pub note: &'static str,
    /// Name of its source.
    pub source: &'static str,
    /// How the row of QUIRKS.md begins that is about the same, where there is one.
    pub quirk: Option<&'static str>,
}

/// All notes, by what they are about.
pub fn notes() -> impl Iterator<Item = Note> {
    rows(NOTES).map(|[about, note, source, quirk]| Note {
        about,
        note,
        source,
        quirk: Some(quirk).filter(|quirk| !quirk.is_empty()),
    })
}

/// The notes about `name`.
pub fn about(name: &str) -> Vec<Note> {
    notes().filter(|note| note.about == name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{map, sheet};

    #[test]
    fn every_note_is_about_something_and_its_quirk_exists() {
        let quirks = include_str!("../../../QUIRKS.md");
        let sources: Vec<_> = sheet::sources().map(|source| source.source).collect();
        for note in notes() {
            assert!(map::of_any_kind(note.about).is_some(), "nothing is called {}", note.about);
            assert!(sources.contains(&note.source), "{}", note.source);
            let row = |quirk: &str| quirks.lines().any(|line| line.starts_with(&format!("| {quirk}")));
            assert!(note.quirk.is_none_or(row), "no row of QUIRKS.md begins so: {:?}", note.quirk);
        }
    }
}
