//! Scenarios as files: a line-based text format, read into the steps that a machine takes. The README beside this crate is its
//! reference.
//!
//! ```text
//!  text ──► words ──► step, expect: one line, by its own words ──► order: what lines need of those before ──► Script
//!                                                                                       print ◄────────────────┘
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod error;
mod expect;
mod options;
mod order;
mod print;
mod step;
#[cfg(test)]
mod tests;
mod words;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::script::{Line, Script};

pub use error::{Error, right};
pub use print::{print, step as print_step};

use order::Order;
use words::Words;

/// Steps of a scenario, at most.
const MOST_STEPS: usize = 10_000;

/// Reads a scenario; `name` is what reports will call it.
///
/// # Errors
/// The first line that is wrong, with what would be right.
pub fn parse(name: &str, text: &str) -> Result<Script, Error> {
    let mut script = Script { name: name.to_string(), shows: String::new(), lines: Vec::new() };
    let mut order = Order::default();
    let mut last = 1;
    // Editors of Windows begin a text with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, text) in (1..).zip(text.lines()) {
        let mut words = Words::of(number, text)?;
        if words.is_at_end() {
            continue;
        }
        last = number;
        if words.take_if("shows") {
            if !script.lines.is_empty() || !script.shows.is_empty() {
                return Err(words.error("this stands too late", "\"shows\" stands once, before the steps"));
            }
            script.shows = words.text("what the scenario shows")?;
            words.end()?;
            continue;
        }
        let step = step::read(&mut words)?;
        words.end()?;
        order.check(&words, &step)?;
        if script.lines.len() == MOST_STEPS {
            return Err(words.error("this is one step too many", "a scenario has at most 10000"));
        }
        script.lines.push(Line { number, text: words.source(), step });
    }
    if script.lines.is_empty() {
        return Err(Error::new(last, "the scenario has no steps", "the first is usually \"load\""));
    }
    Ok(script)
}
