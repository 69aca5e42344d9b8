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
    /// Ordinal of the first release.
    first: u32,
    count: u32,
}

/// In the order of [`Arch`].
const WINDOWS: [Window; 4] = [
    Window { letter: "", name: "x86_64", first_bit: 0, first: 6, count: 15 },
    Window { letter: "a", name: "arm64e", first_bit: 15, first: 16, count: 5 },
    Window { letter: "i", name: "i386", first_bit: 20, first: 4, count: 4 },
    Window { letter: "p", name: "ppc", first_bit: 24, first: 4, count: 2 },
];

/// Ordinal of the release that follows 10.15 under a number of its own, 11.
const ELEVEN: u32 = 16;

/// Consecutive numbers for releases: 10.4 is 4, 10.15 is 15, 11 is 16.
fn ordinal(name: &str) -> Result<u32, BadSpan> {
    let number = |digits: &str| match digits.as_bytes() {
        [tens @ b'1'..=b'9', ones @ b'0'..=b'9'] => Ok(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
        [ones @ b'0'..=b'9'] => Ok(u32::from(ones - b'0')),
        _ => Err(BadSpan),
    };
    match name.strip_prefix("10.") {
        Some(minor) => number(minor).ok().filter(|minor| *minor < ELEVEN).ok_or(BadSpan),
        None => number(name)?.checked_sub(11).map(|later| ELEVEN + later).ok_or(BadSpan),
    }
}

impl Window {
    /// The bit of the release with this ordinal, counted from the window's first; none outside of the window.
    fn place(&self, ordinal: u32) -> Option<u32> {
        ordinal.checked_sub(self.first).filter(|place| *place < self.count)
    }

    /// Writes the release at `place`.
    fn write(&self, formatter: &mut fmt::Formatter<'_>, place: u32) -> fmt::Result {
        match self.first + place {
            minor if minor < ELEVEN => write!(formatter, "10.{minor}"),
            later => write!(formatter, "{}", later - ELEVEN + 11),
        }
    }
}

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
        let first_release = WINDOWS[Arch::X86_64 as usize].first;
        window.place(first_release + self.release.index()).map_or(0, |place| 1 << (window.first_bit + place))
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
            let place = |name| window.place(ordinal(name)?).ok_or(BadSpan);
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

    /// Where both this and the other hold.
    #[must_use]
    pub fn intersection(self, other: Span) -> Span {
        Span(self.0 & other.0)
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
            let holds = |place: u32| place < window.count && self.0 >> (window.first_bit + place) & 1 == 1;
            let mut place = 0;
            while place < window.count {
                if holds(place) {
                    write!(formatter, "{separator}{}", window.letter)?;
                    window.write(formatter, place)?;
                    let first = place;
                    while holds(place + 1) {
                        place += 1;
                    }
                    if place > first {
                        formatter.write_str("-")?;
                        window.write(formatter, place)?;
                    }
                    separator = ",";
                }
                place += 1;
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
        assert!(WINDOWS.windows(2).all(|pair| pair[0].first_bit + pair[0].count == pair[1].first_bit));
        for release in Release::ALL {
            assert_eq!(ordinal(release.name()), Ok(WINDOWS[0].first + release.index()));
        }
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
        for text in ["", "10.5", "10.16", "10.06", "11-10.6", "x11", "16", "a10.6", "10.6-", "10.6,", "é", "10.6-15 "]
        {
            assert_eq!(Span::parse(text), Err(BadSpan), "{text:?}");
        }
    }
}
