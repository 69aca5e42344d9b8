//! What is wrong with a scenario, and what would be right.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// A line that is no step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Number of the line, from 1.
    pub line: u32,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl Error {
    pub(crate) fn new(line: u32, wrong: impl Into<String>, right: impl Into<String>) -> Error {
        Error { line, wrong: wrong.into(), right: right.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.line, self.wrong, self.right)
    }
}

impl core::error::Error for Error {}

/// Says what would be right in place of a word: the nearest of what there is, or all of it.
pub fn right(word: &str, there_are: &[&str]) -> String {
    let nearest = there_are.iter().map(|known| (distance(word, known), known)).min();
    match nearest {
        Some((distance, known)) if distance <= (known.len() / 2).min(3) => format!("the nearest is \"{known}\""),
        Some(_) => format!("there {}", listed(there_are)),
        None => "there is none".to_string(),
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [one] => format!("is \"{one}\""),
        _ => format!("are {}", words.join(", ")),
    }
}

/// Letters to insert, remove, change, or swap with their neighbours, to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (index, letter) in one.iter().enumerate() {
        let before = &rows[index];
        let mut row = vec![index + 1];
        for (at, wanted) in other.iter().enumerate() {
            let change = before[at] + usize::from(letter != wanted);
            let mut least = change.min(before[at + 1] + 1).min(row[at] + 1);
            if index > 0 && at > 0 && *letter == other[at - 1] && one[index - 1] == *wanted {
                least = least.min(rows[index - 1][at - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_else_all() {
        assert_eq!(right("lode", &["load", "unload", "wait"]), "the nearest is \"load\"");
        assert_eq!(right("laod", &["late", "load", "wait"]), "the nearest is \"load\"");
        assert_eq!(right("hop", &["load", "wait"]), "there are load, wait");
        assert_eq!(right("x", &["A"]), "there is \"A\"");
        assert_eq!(right("x", &[]), "there is none");
    }
}
