//! The command that measures the same again.

use std::path::Path;

use clap::ValueEnum;

use super::subject::Subject;
use super::{Arguments, TIMEOUT};
use crate::arguments::AnyMachine;

/// The folder of whoever measures again: below their clone, where git does not look.
pub const OUT: &str = "target/run/compare";

/// The command, as it is typed in a clone; `only` are the dimensions, all if there is none.
pub fn command(arguments: &Arguments, subjects: &[Subject; 2], only: &[String]) -> String {
    let mut words = [crate::places::called(), "compare"].map(str::to_owned).to_vec();
    words.extend([&arguments.a, &arguments.b].into_iter().flatten().map(|path| quoted(&shown(path))));
    for (side, subject) in ["a", "b"].into_iter().zip(subjects) {
        if let Some(os) = subject.os {
            words.push(format!("--os-{side} {os}"));
        }
    }
    if let Some(machine) =
        arguments.machine.to_possible_value().filter(|_| !matches!(arguments.machine, AnyMachine::Hosted))
    {
        words.push(format!("--machine {}", machine.get_name()));
    }
    words.push(format!("--seed {}", arguments.seed));
    if arguments.timeout != TIMEOUT {
        words.push(format!("--timeout {}", arguments.timeout));
    }
    if !only.is_empty() {
        words.push(format!("--only {}", only.join(",")));
    }
    words.push(format!("--out {OUT}"));
    words.join(" ")
}

/// A path that means something to others: as it is below the folder that the user is in, else the name alone.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = if path.is_relative() { Some(path) } else { path.strip_prefix(here).ok() };
    below.or_else(|| path.file_name().map(Path::new)).unwrap_or(path).display().to_string()
}

/// As one word of a shell.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./,+:@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_machine_are_not_told() {
        assert_eq!(shown(Path::new("../drivers/A.kext")), "../drivers/A.kext");
        assert_eq!(shown(&std::env::current_dir().unwrap().join("drivers/A.kext")), "drivers/A.kext");
        assert_eq!(shown(Path::new("/elsewhere/A.kext")), "A.kext");
    }

    #[test]
    fn a_word_is_one_word_to_a_shell() {
        assert_eq!(quoted("a/B-1.kext"), "a/B-1.kext");
        assert_eq!(quoted("My Driver.kext"), "'My Driver.kext'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
