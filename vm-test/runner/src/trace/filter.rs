//! What of a trace is written.

use glob::Pattern;

use super::read::{Call, Entry};
use super::words::Word;

/// A filter over calls; a return goes with its call, and steps of scenarios are always let through.
///
/// It is a list of words with commas between them. `PATTERN` lets calls through whose function has that name (`IOLog`,
/// `IOService::start`, or the Mach-O name), whose class it is (`IOAudioStream`), or whose object is of that class; `!PATTERN`
/// keeps them out, and `thread=PATTERN` lets calls of threads through by the thread's class or name. `*`, `?` and `[…]`
/// stand for any characters, one, and one of these. Without a word of a kind, everything is let through by that kind.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    wanted: Vec<Pattern>,
    unwanted: Vec<Pattern>,
    threads: Vec<Pattern>,
    unwanted_threads: Vec<Pattern>,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// A word is empty or no pattern; which, and why.
    pub fn parse(text: &str) -> Result<Filter, String> {
        let mut filter = Filter::default();
        for word in text.split(',').map(str::trim) {
            let (negated, rest) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            let (thread, pattern) = rest.strip_prefix("thread=").map_or((false, rest), |pattern| (true, pattern));
            if pattern.is_empty() {
                return Err(format!("\"{word}\" names nothing; write a name such as IOService::start or IOAudio*"));
            }
            let pattern = Pattern::new(pattern).map_err(|why| format!("\"{word}\" is no pattern: {why}"))?;
            match (thread, negated) {
                (false, false) => filter.wanted.push(pattern),
                (false, true) => filter.unwanted.push(pattern),
                (true, false) => filter.threads.push(pattern),
                (true, true) => filter.unwanted_threads.push(pattern),
            }
        }
        Ok(filter)
    }

    /// Whether an entry is let through.
    pub(super) fn lets(&self, entry: &Entry) -> bool {
        let Some(call) = entry.call() else { return true };
        let thread = [call.thread.class, call.thread.name.as_str()];
        lets(&self.wanted, &self.unwanted, &names(call)) && lets(&self.threads, &self.unwanted_threads, &thread)
    }
}

fn lets(wanted: &[Pattern], unwanted: &[Pattern], names: &[&str]) -> bool {
    let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)));
    (wanted.is_empty() || any(wanted)) && !any(unwanted)
}

/// All that a call can be named by.
fn names(call: &Call) -> Vec<&str> {
    let function = &call.function;
    let mut names = vec![function.short.as_str(), &function.symbol, &function.class];
    if let Some(Word::Object { class, .. }) = &call.this {
        names.push(class);
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lets_through(filter: &str, names: &[&str]) -> bool {
        let filter = Filter::parse(filter).unwrap();
        lets(&filter.wanted, &filter.unwanted, names)
    }

    #[test]
    fn words_let_through_and_keep_out() {
        let start = ["IOService::start", "__ZN9IOService5startEPS_", "IOService", "Driver"];
        for (filter, expected) in [
            ("IOService", true),
            ("Driver", true),
            ("*::start", true),
            ("IOLog, IOService::*", true),
            ("IOLog", false),
            ("!IOLog", true),
            ("!*start*", false),
            ("IOService,!*::start", false),
        ] {
            assert_eq!(lets_through(filter, &start), expected, "{filter}");
        }
    }

    #[test]
    fn threads_are_named_by_class_or_name() {
        let filter = Filter::parse("thread=work loop,!thread=IOConfig*").unwrap();
        assert!(lets(&filter.threads, &filter.unwanted_threads, &["work loop", "IOWorkLoop"]));
        assert!(!lets(&filter.threads, &filter.unwanted_threads, &["matching", "IOConfigThread"]));
    }

    #[test]
    fn what_names_nothing_is_told() {
        for (text, told) in [("", "\"\""), ("a,,b", "\"\""), ("!", "\"!\""), ("thread=", "\"thread=\""), ("[", "\"[\"")]
        {
            assert!(Filter::parse(text).unwrap_err().contains(told), "{text}");
        }
    }
}
