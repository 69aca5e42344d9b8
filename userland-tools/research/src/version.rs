//! Versions of the system, updates included.

use std::fmt;

use crate::Error;

/// The releases that the timeline and the advice know, oldest first, each with its place in time.
const RELEASES: [(&str, u8); 16] = [
    ("10.6", 6),
    ("10.7", 7),
    ("10.8", 8),
    ("10.9", 9),
    ("10.10", 10),
    ("10.11", 11),
    ("10.12", 12),
    ("10.13", 13),
    ("10.14", 14),
    ("10.15", 15),
    ("11", 16),
    ("12", 17),
    ("13", 18),
    ("14", 19),
    ("15", 20),
    ("26", 21),
];

/// The first release for Apple silicon.
pub const FIRST_ON_ARM: &str = "11";

/// The versions that a text means: "14" is all of 14, "14.4" that update and what it brings on to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    text: String,
    /// Place of the release, update, update of the update: the first and the last that are meant.
    first: (u8, u8, u8),
    last: (u8, u8, u8),
}

impl Version {
    /// Reads a version: a release ("10.14", "15"), or one of its updates ("10.14.5", "15.1").
    ///
    /// # Errors
    /// The text is no version, or of a release about which nothing is known.
    pub fn parse(text: &str) -> Result<Version, Error> {
        let unknown = || Error::UnknownRelease { release: text.to_owned(), nearest: near(text) };
        let numbers: Option<Vec<u8>> = text.split('.').map(|part| part.parse().ok()).collect();
        let numbers = numbers.ok_or_else(unknown)?;
        let (release, updates) = match numbers.as_slice() {
            [10, minor, rest @ ..] if rest.len() < 2 => (format!("10.{minor}"), rest),
            [major, rest @ ..] if *major > 10 => (major.to_string(), rest),
            _ => return Err(unknown()),
        };
        let place = RELEASES.iter().find(|(name, _)| *name == release).map(|(_, place)| *place).ok_or_else(unknown)?;
        let (first, last) = match *updates {
            [] => ((place, 0, 0), (place, u8::MAX, u8::MAX)),
            [update] => ((place, update, 0), (place, update, u8::MAX)),
            [update, point] => ((place, update, point), (place, update, point)),
            _ => return Err(unknown()),
        };
        Ok(Version { text: text.to_owned(), first, last })
    }

    /// Every release, oldest first.
    ///
    /// # Panics
    /// Never: each is in the list that is read from.
    pub fn releases() -> impl Iterator<Item = Version> {
        RELEASES.iter().map(|(name, _)| Version::parse(name).expect("a release of the list"))
    }

    /// Whether it is all of before `other`.
    pub fn is_before(&self, other: &Version) -> bool {
        self.last < other.first
    }

    /// Whether it begins later than `other` does.
    pub fn begins_after(&self, other: &Version) -> bool {
        self.first > other.first
    }

    /// Whether it ends earlier than `other` does.
    pub fn ends_before(&self, other: &Version) -> bool {
        self.last < other.last
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

/// The releases before and behind what is asked for, as far as it is a number; otherwise all.
fn near(text: &str) -> Vec<String> {
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().ok());
    let asked = match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(10), Some(minor)) => minor.saturating_mul(100),
        (Some(major), _) if major < 10 => 0,
        (Some(major), _) => major.saturating_add(5).saturating_mul(100),
        (None, _) => return RELEASES.iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    // 10.6 is 600, 11 is 1600, 26 is 3100: as far from each other as their numbers are.
    let number = |name: &str| match name.strip_prefix("10.") {
        Some(minor) => minor.parse::<u32>().unwrap_or(0) * 100,
        None => (name.parse::<u32>().unwrap_or(0) + 5) * 100,
    };
    let before = RELEASES.iter().rev().find(|(name, _)| number(name) <= asked);
    let behind = RELEASES.iter().find(|(name, _)| number(name) > asked);
    before.into_iter().chain(behind).map(|(name, _)| (*name).to_owned()).collect()
}

/// When a row of a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first version.
    pub from: Version,
    /// The last; none while it still holds.
    pub to: Option<Version>,
}

impl Period {
    /// Reads the columns `from` and `to` of a table.
    ///
    /// # Panics
    /// They are no versions; the tests read every row.
    pub fn of(from: &str, to: &str) -> Period {
        let version = |text: &str| Version::parse(text).unwrap_or_else(|error| panic!("{error}"));
        Period { from: version(from), to: Some(to).filter(|to| !to.is_empty()).map(version) }
    }

    /// Whether it holds for some of `version`.
    pub fn touches(&self, version: &Version) -> bool {
        !version.is_before(&self.from) && !self.to.as_ref().is_some_and(|to| to.is_before(version))
    }

    /// Which part of `version` it holds for, in words; nothing where that is all of it.
    pub fn part_of(&self, version: &Version) -> String {
        let from = Some(&self.from).filter(|from| from.begins_after(version)).map(|from| format!("from {from}"));
        let to = self.to.as_ref().filter(|to| to.ends_before(version)).map(|to| format!("to {to}"));
        [from, to].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_hold_for_releases_and_updates() {
        let version = |text| Version::parse(text).unwrap();
        let taps = Period::of("14.2", "");
        assert!(!taps.touches(&version("13")) && !taps.touches(&version("14.1")));
        assert!(taps.touches(&version("14")) && taps.touches(&version("14.2.1")) && taps.touches(&version("26")));
        assert_eq!(taps.part_of(&version("14")), "from 14.2");
        assert_eq!(taps.part_of(&version("14.4")), "");
        let before = Period::of("12.3", "12");
        assert!(before.touches(&version("12")) && before.touches(&version("12.6")) && !before.touches(&version("13")));
        assert_eq!(Period::of("10.6", "14.1").part_of(&version("14")), "to 14.1");
    }

    #[test]
    fn what_is_no_version_names_what_is_near() {
        for (text, near) in [("10.5", "10.6"), ("16", "15 26"), ("10.16", "11 12"), ("27", "26"), ("9", "10.6")] {
            let Err(Error::UnknownRelease { nearest, .. }) = Version::parse(text) else { panic!("{text}") };
            assert_eq!(nearest.join(" "), near, "{text}");
        }
        for text in ["", "Sierra", "10", "10.6.8.1", "14.x", "-11"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }
}
