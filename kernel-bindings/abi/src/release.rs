//! The releases that the tables cover.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A release of Mac OS X, OS X or macOS, 10.6 to 15, in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(u8);

/// The names, oldest first; a release's number is its place here.
const NAMES: [&str; 15] = [
    "10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15", "11", "12", "13", "14", "15",
];

macro_rules! releases {
    ($($constant:ident = $index:literal, $name:literal;)*) => {
        impl Release {
            $(#[doc = concat!("Release ", $name, ".")] pub const $constant: Release = Release($index);)*
            /// All of them, oldest first.
            pub const ALL: [Release; NAMES.len()] = [$(Release::$constant),*];
        }
    };
}

releases! {
    V10_6 = 0, "10.6";
    V10_7 = 1, "10.7";
    V10_8 = 2, "10.8";
    V10_9 = 3, "10.9";
    V10_10 = 4, "10.10";
    V10_11 = 5, "10.11";
    V10_12 = 6, "10.12";
    V10_13 = 7, "10.13";
    V10_14 = 8, "10.14";
    V10_15 = 9, "10.15";
    V11 = 10, "11";
    V12 = 11, "12";
    V13 = 12, "13";
    V14 = 13, "14";
    V15 = 14, "15";
}

impl Release {
    /// The releases that a kext of this project claims to load on, 10.6 to 11, oldest first.
    pub fn claimed() -> &'static [Release] {
        const CLAIMED: [Release; 11] = {
            let mut claimed = [Release(0); 11];
            let mut index = 0;
            while index < claimed.len() {
                claimed[index] = Release(index as u8);
                index += 1;
            }
            claimed
        };
        &CLAIMED
    }

    /// The name as people write it ("10.6", "11").
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// Whether a kext of this project claims to load on it.
    pub fn is_claimed(self) -> bool {
        Self::claimed().contains(&self)
    }

    /// Place in [`Release::ALL`].
    pub(crate) fn index(self) -> u32 {
        u32::from(self.0)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Release, UnknownRelease> {
        Release::ALL.into_iter().find(|release| release.name() == text).ok_or_else(|| UnknownRelease(text.into()))
    }
}

/// A release that the tables do not cover, as it was given; the message lists those that they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRelease(String);

impl fmt::Display for UnknownRelease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no facts about release \"{}\"; there are for", self.0)?;
        Release::ALL.iter().try_for_each(|release| write!(formatter, " {release}"))
    }
}

impl core::error::Error for UnknownRelease {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn names_and_order_agree() {
        assert!(Release::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        for release in Release::ALL {
            assert_eq!(release.to_string().parse(), Ok(release));
        }
        assert_eq!(Release::claimed().first(), Some(&Release::V10_6));
        assert_eq!(Release::claimed().last(), Some(&Release::V11));
        assert!(!Release::V12.is_claimed());
    }

    #[test]
    fn an_unknown_release_lists_the_known_ones() {
        for text in ["10.5", "10.16", "16", "", "10.6 ", "Sierra"] {
            let message = text.parse::<Release>().unwrap_err().to_string();
            assert!(message.starts_with(&alloc::format!("no facts about release \"{text}\"")), "{message}");
            assert!(message.contains(" 10.6 10.7 ") && message.ends_with(" 14 15"), "{message}");
        }
    }
}
