//! The command line: options with values, and files.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::FromStr;

use crate::Failure;

/// What is asked for, behind the verb.
pub(crate) struct Arguments<'a> {
    verb: &'a str,
    options: Vec<(&'a str, &'a str)>,
    files: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    /// Reads what stands behind `verb`, which takes these options, each with a value, and these files.
    pub(crate) fn read(
        verb: &'a str,
        all: &[&'a str],
        options: &[&str],
        files: &[&str],
    ) -> Result<Arguments<'a>, Failure> {
        let mut read = Arguments { verb, options: Vec::new(), files: Vec::new() };
        let mut rest = all.iter();
        while let Some(&word) = rest.next() {
            if !word.starts_with("--") {
                read.files.push(word);
                continue;
            }
            if !options.contains(&word) {
                return Err(Failure::usage(format!("{verb} has no option {word}; it has {}", options.join(", "))));
            }
            let value = rest.next().ok_or_else(|| Failure::usage(format!("{word} needs a value")))?;
            read.options.push((word, value));
        }
        if read.files.len() != files.len() {
            let wanted = if files.is_empty() { String::from("no file") } else { files.join(" and ") };
            return Err(Failure::usage(format!("{verb} takes {wanted}, but got {} of them", read.files.len())));
        }
        Ok(read)
    }

    /// A file, in the order in which they are taken.
    pub(crate) fn file(&self, index: usize) -> &'a str {
        self.files.get(index).copied().unwrap_or_default()
    }

    /// The value of an option; the last one counts.
    pub(crate) fn text(&self, option: &str) -> Option<&'a str> {
        self.options.iter().rev().find(|(name, _)| *name == option).map(|(_, value)| *value)
    }

    /// The value of an option that must be there.
    pub(crate) fn needed(&self, option: &str) -> Result<&'a str, Failure> {
        self.text(option).ok_or_else(|| Failure::usage(format!("{} needs {option}", self.verb)))
    }

    /// A number, if the option is there.
    pub(crate) fn number<N: FromStr>(&self, option: &str) -> Result<Option<N>, Failure> {
        let read = |text: &str| text.parse().map_err(|_| Failure::usage(format!("{option} {text}: not such a number")));
        self.text(option).map(read).transpose()
    }

    /// A number that must be there.
    pub(crate) fn needed_number<N: FromStr>(&self, option: &str) -> Result<N, Failure> {
        self.needed(option)?;
        self.number(option)?.ok_or_else(|| Failure::usage(format!("{} needs {option}", self.verb)))
    }
}
