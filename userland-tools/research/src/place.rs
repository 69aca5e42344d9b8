//! Where a fact holds, in words.

use std::fmt;

use abi::{Arch, Span};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The releases by processor for which a fact holds. As text `x86_64 10.6-10.14, arm64e 11-15`; as JSON an object with a key
/// for each processor, whose value is the ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub Span);

impl Place {
    /// The ranges of each processor that has any: "10.6-10.9 11-15".
    fn ranges(self) -> Vec<(Arch, String)> {
        let text = self.0.to_string();
        let mut ranges: Vec<(Arch, String)> = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (arch, range) = match part.as_bytes()[0] {
                b'a' => (Arch::Arm64e, &part[1..]),
                b'i' => (Arch::I386, &part[1..]),
                b'p' => (Arch::Ppc, &part[1..]),
                _ => (Arch::X86_64, part),
            };
            match ranges.last_mut().filter(|(last, _)| *last == arch) {
                Some((_, text)) => {
                    text.push(' ');
                    text.push_str(range);
                }
                None => ranges.push((arch, range.to_owned())),
            }
        }
        ranges
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges = self.ranges();
        if ranges.is_empty() {
            return formatter.write_str("nowhere");
        }
        for (index, (arch, range)) in ranges.iter().enumerate() {
            write!(formatter, "{}{arch} {range}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ranges = self.ranges();
        let mut map = serializer.serialize_map(Some(ranges.len()))?;
        for (arch, range) in &ranges {
            map.serialize_entry(arch.name(), range)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_sentences_do() {
        for (span, text) in [
            ("10.6-15", "x86_64 10.6-15"),
            ("10.6-10.8,10.10-15,a11-15", "x86_64 10.6-10.8 10.10-15, arm64e 11-15"),
            ("10.6,i10.4-10.6,p10.4-10.5", "x86_64 10.6, i386 10.4-10.6, ppc 10.4-10.5"),
        ] {
            assert_eq!(Place(Span::parse(span).unwrap()).to_string(), text);
        }
        let (intel, arm) = (Span::parse("10.6").unwrap(), Span::parse("a11").unwrap());
        assert_eq!(Place(intel.intersection(arm)).to_string(), "nowhere");
    }
}
