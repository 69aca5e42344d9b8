//! For which releases and processors a fact holds.

use core::fmt;

use crate::Release;

/// A processor architecture of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// 64-bit Intel: 10.6 to 15.
    X86_64,
    /// 64-bit ARM with pointer authentication: 11 to 15.
    Arm64e,
    /// 32-bit Intel: 10.4 to 10.7, exports only.
    I386,
    /// 32-bit PowerPC: 10.4 and 10.5, exports only.
    Ppc,
}

/// The releases for which there are facts about an architecture, and where they stand in a [`Span`].
struct Window {
    /// What stands before a release in a file.
    letter: &'static str,
    name: &'static str,
    first_bit: u32,
    releases: &'static [&'static str],
}

/// In the order of [`Arch`].
const WINDOWS: [Window; 4] = [
    Window {
        letter: "",
        name: "x86_64",
        first_bit: 0,
        releases: &[
            "10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15", "11", "12", "13",
            "14", "15",
        ],
    },
    Window { letter: "a", name: "arm64e", first_bit: 15, releases: &["11", "12", "13", "14", "15"] },
    Window { letter: "i", name: "i386", first_bit: 20, releases: &["10.4", "10.5", "10.6", "10.7"] },
    Window { letter: "p", name: "ppc", first_bit: 24, releases: &["10.4", "10.5"] },
];

impl Arch {
    /// All of them.
    pub const ALL: [Arch; 4] = [Arch::X86_64, Arch::Arm64e, Arch::I386, Arch::Ppc];

    /// The usual name ("x86_64").
    pub fn name(self) -> &'static str {
        self.window().name
    }

    fn window(self) -> &'static Window {
        &WINDOWS[self as usize]
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// One release on one architecture; a [`Release`] alone means x86_64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The release.
    pub release: Release,
    /// The architecture.
    pub arch: Arch,
}

impl Target {
    /// Every target for which there are class layouts: x86_64 from 10.6 on, arm64e from 11 on.
    pub fn with_layouts() -> impl Iterator<Item = Target> {
        let intel = Release::ALL.into_iter().map(Target::from);
        let arm = Release::ALL.into_iter().filter(|release| *release >= Release::V11);
        intel.chain(arm.map(|release| Target { release, arch: Arch::Arm64e }))
    }

    /// The span that holds this target only; empty where there are no facts (arm64e before 11).
    fn bit(self) -> u32 {
        let window = self.arch.window();
        match window.releases.iter().position(|name| *name == self.release.name()) {
            Some(index) => 1 << (window.first_bit + index as u32),
            None => 0,
        }
    }
}

impl From<Release> for Target {
    fn from(release: Release) -> Target {
        Target { release, arch: Arch::X86_64 }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.release, self.arch)
    }
}

/// A set of releases and architectures, as the column `on` of every file writes it: `10.6-10.14,11-15,a11-15`.
///
/// A range without a letter is about x86_64; `a`, `i` and `p` stand for arm64e, i386 and ppc. The old releases 10.4 and
/// 10.5 are not a [`Release`], but a span shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span(u32);

impl Span {
    /// Reads the notation.
    ///
    /// # Errors
    /// The text is not in it, names a release that the architecture's facts do not cover, or runs backwards.
    pub fn parse(text: &str) -> Result<Span, BadSpan> {
        let mut bits = 0;
        for part in text.split(',') {
            let window = match part.as_bytes().first() {
                Some(b'a') => &WINDOWS[1],
                Some(b'i') => &WINDOWS[2],
                Some(b'p') => &WINDOWS[3],
                _ => &WINDOWS[0],
            };
            let range = &part[window.letter.len()..];
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let place = |name| window.releases.iter().position(|release| *release == name).ok_or(BadSpan);
            let (first, last) = (place(first)?, place(last)?);
            if first > last {
                return Err(BadSpan);
            }
            bits |= ((2 << last) - (1 << first)) << window.first_bit;
        }
        Ok(Span(bits))
    }

    /// Whether the fact holds there.
    pub fn contains(self, target: impl Into<Target>) -> bool {
        self.0 & target.into().bit() != 0
    }

    /// Whether it holds nowhere.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Where this or the other holds.
    #[must_use]
    pub fn union(self, other: Span) -> Span {
        Span(self.0 | other.0)
    }

    /// The releases on `arch` for which it holds, oldest first (without 10.4 and 10.5).
    pub fn releases(self, arch: Arch) -> impl Iterator<Item = Release> {
        Release::ALL.into_iter().filter(move |release| self.contains(Target { release: *release, arch }))
    }
}

impl fmt::Display for Span {
    /// The notation of the files, in its one canonical form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for window in &WINDOWS {
            let holds =
                |index: usize| index < window.releases.len() && self.0 >> (window.first_bit + index as u32) & 1 == 1;
            let mut index = 0;
            while index < window.releases.len() {
                if holds(index) {
                    let first = index;
                    while holds(index + 1) {
                        index += 1;
                    }
                    write!(formatter, "{separator}{}{}", window.letter, window.releases[first])?;
                    if index > first {
                        write!(formatter, "-{}", window.releases[index])?;
                    }
                    separator = ",";
                }
                index += 1;
            }
        }
        Ok(())
    }
}

/// A text that is not a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSpan;

impl fmt::Display for BadSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a span of releases (like 10.6-10.14,11-15,a11-15)")
    }
}

impl core::error::Error for BadSpan {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn windows_stand_in_the_order_of_arch_and_do_not_overlap() {
        assert_eq!(Arch::ALL.map(Arch::name), ["x86_64", "arm64e", "i386", "ppc"]);
        let ends = WINDOWS.iter().map(|window| window.first_bit + window.releases.len() as u32);
        assert!(WINDOWS.iter().skip(1).zip(ends).all(|(next, end)| next.first_bit == end));
        assert!(Release::ALL.iter().zip(WINDOWS[0].releases).all(|(release, name)| release.name() == *name));
    }

    #[test]
    fn a_span_is_read_and_written_alike() {
        for text in ["10.6-15", "10.6", "10.6-10.14,11-15,a11-15", "a12", "10.8,10.10-11,a15,i10.4-10.7,p10.4-10.5"] {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), Ok(text));
        }
        let span = Span::parse("10.6-10.14,11-15,a12-13").unwrap();
        assert!(span.contains(Release::V10_6) && span.contains(Release::V11) && !span.contains(Release::V10_15));
        assert!(span.contains(Target { release: Release::V12, arch: Arch::Arm64e }));
        assert!(!span.contains(Target { release: Release::V11, arch: Arch::Arm64e }));
        assert_eq!(span.releases(Arch::Arm64e).collect::<alloc::vec::Vec<_>>(), [Release::V12, Release::V13]);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "10.5", "11-10.6", "x11", "a10.6", "10.6-", "10.6,", "é", "10.6-15 "] {
            assert_eq!(Span::parse(text), Err(BadSpan), "{text:?}");
        }
    }
}
