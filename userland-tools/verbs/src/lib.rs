//! The verbs that the command has on Linux and on a Mac.
//!
//! Each is its arguments and a function that does what they say; what a machine of the bench or a Mac's own hardware is to do is
//! behind a trait, which the command that offers the verb brings.

pub mod audit;
pub mod devices;
pub mod research;
pub mod sound;

use abi::Release;
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// What the help of every verb ends with.
pub const EXIT_CODES: &str = "Exit codes: 0 it held, 1 a check failed, 2 wrong usage (also an input that is absent or not \
                          of its kind), 3 something this needs is missing";

/// Form of an answer.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// Text
    Human,
    /// One JSON object a line
    Json,
}

/// Takes the names of releases that the kext is for.
pub fn releases() -> impl TypedValueParser<Value = Release> {
    PossibleValuesParser::new(Release::claimed().iter().map(|release| release.name()))
        .try_map(|name| name.parse::<Release>())
}

/// The exit code that an error's own crate gives it, if it is one of the crates that verbs are made of.
pub fn exit_code(error: &anyhow::Error) -> Option<u8> {
    let codes = [
        error.downcast_ref().map(files::Error::exit_code),
        error.downcast_ref().map(::devices::Error::exit_code),
        error.downcast_ref().map(::research::Error::exit_code),
    ];
    codes.into_iter().flatten().next()
}
