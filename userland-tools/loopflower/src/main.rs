//! The `loopflower` command.
#![forbid(unsafe_code)]

mod arguments;
mod list;
mod places;
mod run;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};

fn main() -> ExitCode {
    // clap ends with 2 for wrong usage by itself.
    let done = match Arguments::parse().verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Scenarios { format } => list::list(format),
        Verb::Machine { share } => machine::hosted_main(&share),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loopflower: {error:#}");
            ExitCode::from(error.downcast_ref::<runner::Error>().map_or(1, runner::Error::exit_code))
        }
    }
}
