//! Versions of kexts as the kernel reads and compares them.

use core::fmt;

/// A version: `1`, `1.2`, `1.2.3`, each also with a stage and its level: `1.2.3d4`, `a`, `b`, `f` or `fc`.
///
/// They order as the kernel orders them: by their numbers, then development, alpha, beta, candidate, release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Major, minor and revision number.
    numbers: [u16; 3],
    stage: Stage,
    level: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Development,
    Alpha,
    Beta,
    Candidate,
    Release,
}

/// The most digits of each number.
const DIGITS: [usize; 3] = [4, 2, 2];
const LEVEL_DIGITS: usize = 3;
const LARGEST_LEVEL: u16 = 255;

impl Version {
    /// Reads a version; white space ends it. `None`: the kernel calls it invalid.
    ///
    /// As the kernel does it this takes a number that is not there as 0 (`1..3`, `1.`), and a dot behind two digits of a
    /// revision (`1.2.34.d5`).
    pub fn parse(text: &str) -> Option<Version> {
        let mut rest = text.split([' ', '\t', '\r', '\n', '\0']).next().unwrap_or_default();
        if !rest.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let mut numbers = [0; 3];
        for (place, digits) in DIGITS.into_iter().enumerate() {
            let (number, after) = leading(rest, digits);
            numbers[place] = number;
            let is_full = rest.len() - after.len() == digits;
            rest = after;
            match after.strip_prefix('.') {
                Some(after) if place < 2 || is_full => rest = after,
                _ if after.starts_with(|next: char| next.is_ascii_digit()) => return None,
                _ => break,
            }
        }
        let (stage, level) = stage(rest)?;
        Some(Version { numbers, stage, level })
    }
}

/// The number that a text begins with, of so many digits at most (0 without any), and what comes after it.
fn leading(text: &str, digits: usize) -> (u16, &str) {
    let length = text.bytes().take(digits).take_while(u8::is_ascii_digit).count();
    let (number, after) = text.split_at(length);
    (number.parse().unwrap_or(0), after)
}

fn stage(text: &str) -> Option<(Stage, u16)> {
    let Some(letter) = text.chars().next() else { return Some((Stage::Release, 0)) };
    let stage = match letter {
        'd' => Stage::Development,
        'a' => Stage::Alpha,
        'b' => Stage::Beta,
        'f' => Stage::Candidate,
        _ => return None,
    };
    let after = text.strip_prefix("fc").unwrap_or(&text[1..]);
    let (level, end) = leading(after, LEVEL_DIGITS);
    let is_good = !after.is_empty() && end.is_empty() && level <= LARGEST_LEVEL;
    (is_good && (stage != Stage::Candidate || level > 0)).then_some((stage, level))
}

impl fmt::Display for Version {
    /// As the kernel writes it: a minor number always, a revision if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, revision] = self.numbers;
        write!(f, "{major}.{minor}")?;
        if revision > 0 {
            write!(f, ".{revision}")?;
        }
        let stage = match self.stage {
            Stage::Development => 'd',
            Stage::Alpha => 'a',
            Stage::Beta => 'b',
            Stage::Candidate => 'f',
            Stage::Release => return Ok(()),
        };
        write!(f, "{stage}{}", self.level)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Version;

    fn parse(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    #[test]
    fn versions_order_by_number_and_stage() {
        let order =
            ["0.9", "1.0d1", "1.0d2", "1.0a1", "1.0b3", "1.0f1", "1", "1.0.1d1", "1.0.1", "1.2", "1.10", "10.8.0"];
        for pair in order.windows(2) {
            assert!(parse(pair[0]) < parse(pair[1]), "{} is older than {}", pair[0], pair[1]);
        }
        assert_eq!(parse("1"), parse("1.0.0"));
        assert_eq!(parse("1.2.3fc4"), parse("1.2.3f4 and more"));
    }

    #[test]
    fn they_are_written_as_the_kernel_writes_them() {
        for (text, written) in [
            ("1", "1.0"),
            ("9999.99.99", "9999.99.99"),
            ("1..3", "1.0.3"),
            ("1.", "1.0"),
            ("1.2.34.d5", "1.2.34d5"),
            ("4d0", "4.0d0"),
            ("1234b255", "1234.0b255"),
        ] {
            assert_eq!(parse(text).to_string(), written);
        }
    }

    #[test]
    fn what_the_kernel_calls_invalid_is_no_version() {
        for text in [
            "", " 1", "a1", "-1", "12345", "1.234", "1.2.345", "1.2.3.4", "1.2.3.", "1x", "1.0d", "1.0f0", "1.0fc0",
            "1.0fc", "1.0d256", "1.0d1234", "1.0r1", "1.0d1.2", "1.é",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
