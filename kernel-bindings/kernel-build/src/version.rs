//! Versions of kexts in the strict form that kernels read.

use std::fmt;
use std::str::FromStr;

/// How far along a version was: `1.0d1`, `1.0a1`, `1.0b1`, `1.0fc1` (or `1.0f1`), `1.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Development,
    Alpha,
    Beta,
    Candidate,
    Released,
}

/// A version: `1`, `1.2`, `1.2.3`, each with or without a stage. The first number has up to four digits, the others up to
/// two, a stage's number is from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: [u16; 3],
    stage: Stage,
    level: u8,
}

/// A text that is no version; its message says what one looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version that kernels read; write 1.2.3 (up to 9999.99.99) or, before a release, 1.2.3b4")]
pub struct NoVersion;

impl Version {
    /// The release of which this is a stage.
    #[must_use]
    pub fn released(self) -> Version {
        Version { stage: Stage::Released, level: 0, ..self }
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Version, NoVersion> {
        let numbers_end = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
        let (numbers_text, stage_text) = text.split_at(numbers_end);
        let mut numbers = [0; 3];
        let mut parts = numbers_text.split('.');
        for (index, (number, part)) in numbers.iter_mut().zip(parts.by_ref()).enumerate() {
            *number = number_of(part, if index == 0 { 4 } else { 2 }).ok_or(NoVersion)?;
        }
        if parts.next().is_some() {
            return Err(NoVersion);
        }
        if stage_text.is_empty() {
            return Ok(Version { numbers, stage: Stage::Released, level: 0 });
        }
        let stages = [
            ("fc", Stage::Candidate),
            ("f", Stage::Candidate),
            ("d", Stage::Development),
            ("a", Stage::Alpha),
            ("b", Stage::Beta),
        ];
        let (level, stage) =
            stages.iter().find_map(|(name, stage)| Some((stage_text.strip_prefix(name)?, *stage))).ok_or(NoVersion)?;
        let level = number_of(level, 3).and_then(|level| u8::try_from(level).ok());
        Ok(Version { numbers, stage, level: level.ok_or(NoVersion)? })
    }
}

/// A number of 1 to `digits` digits.
fn number_of(text: &str, digits: usize) -> Option<u16> {
    let plain = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, revision] = self.numbers;
        write!(formatter, "{major}.{minor}")?;
        if revision > 0 {
            write!(formatter, ".{revision}")?;
        }
        let stage = match self.stage {
            Stage::Development => "d",
            Stage::Alpha => "a",
            Stage::Beta => "b",
            Stage::Candidate => "fc",
            Stage::Released => return Ok(()),
        };
        write!(formatter, "{stage}{}", self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn stages_come_before_their_release() {
        let rising = [
            "0.9.9",
            "1.0d0",
            "1.0d1",
            "1.0d25",
            "1.0a1",
            "1.0b1",
            "1.0fc1",
            "1.0",
            "1.0.1d1",
            "1.1d25",
            "1.1",
            "9999.99.99",
        ];
        for pair in rising.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} before {}", pair[0], pair[1]);
        }
        assert_eq!(version("1"), version("1.0.0"));
        assert_eq!(version("1.0f2"), version("1.0fc2"));
        assert_eq!(version("1.1d25").released(), version("1.1"));
    }

    #[test]
    fn what_kernels_do_not_read_is_refused() {
        for text in [
            "", ".", "1.", "1..2", "1.2.3.4", "12345", "1.100", "1.0.100", "1.0b", "1.0b256", "1.0x1", "1.0b1b1", "v1",
            " 1.0", "-1", "1.0 ", "１",
        ] {
            assert_eq!(text.parse::<Version>(), Err(NoVersion), "{text}");
        }
    }

    #[test]
    fn versions_are_written_as_they_are_read() {
        for text in ["1.0", "8.0b1", "1.8.3fc2", "20.6"] {
            assert_eq!(version(text).to_string(), text);
        }
    }
}
