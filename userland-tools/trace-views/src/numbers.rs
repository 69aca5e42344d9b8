//! Numbers of threads and objects that do not depend on what else there was: how many of their kind came before.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Counts things by kind as they come.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    known: BTreeMap<(String, String), usize>,
    counts: BTreeMap<String, usize>,
}

impl Numbers {
    /// The number, from 1, of the thing that a trace calls `number` among those of its `kind`.
    pub fn number(&mut self, kind: &str, number: &str) -> usize {
        let counts = &mut self.counts;
        *self.known.entry((kind.to_owned(), number.to_owned())).or_insert_with(|| {
            let count = counts.entry(kind.to_owned()).or_default();
            *count += 1;
            *count
        })
    }

    /// A call as text with its objects and blocks, `Class#12`, numbered so.
    pub fn renumbered(&mut self, call: &str) -> String {
        let mut pieces = call.split('#');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let kind = text.rsplit(|character: char| !character.is_alphanumeric() && character != '_').next();
            let kind = kind.unwrap_or_default().to_owned();
            let (number, rest) = piece.split_at(piece.bytes().take_while(u8::is_ascii_digit).count());
            let _ = write!(text, "#{}{rest}", self.number(&kind, number));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.renumbered("A#9->f(B#7, A#9, A#4)"), "A#1->f(B#1, A#1, A#2)");
        assert_eq!(numbers.renumbered("g(B#8+0x10, #)"), "g(B#2+0x10, #1)");
        assert_eq!(numbers.number("timer", "9"), 1);
    }
}
