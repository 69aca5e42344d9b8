//! `loopflower-agent`: what our bench and people need on a Mac of 10.6 or later, where the command does not run.
//!
//! ```text
//!  start ──► arguments ──► commands ──► sound: loop, play, record, settings
//!                             │           │ Hal
//!                             │         core_audio: properties; io: procedures
//!                             └── system: files, memory, time
//! ```
//!
//! It calls what `calls.tsv` lists and nothing else. It has run in the bench's program host, not yet on a Mac.
#![no_std]

extern crate alloc;

mod arguments;
mod cf;
mod commands;
mod core_audio;
mod io;
#[cfg(feature = "program")]
mod program;
mod registry;
mod system;

use alloc::format;
use alloc::string::String;

/// Why the agent does not go on: its exit code, and the words for standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    words: String,
}

impl Failure {
    fn usage(words: impl Into<String>) -> Failure {
        Failure { code: 2, words: words.into() }
    }
}

impl From<sound::Error> for Failure {
    fn from(error: sound::Error) -> Failure {
        Failure { code: error.code(), words: format!("{error}") }
    }
}

/// Does what the arguments, without the program's name, ask for; the exit code.
pub fn run(arguments: &[&str]) -> u8 {
    match commands::run(arguments) {
        Ok(()) => 0,
        Err(Failure { code, words }) => {
            system::say_error(&format!("loopflower-agent: {words}\n"));
            code
        }
    }
}
