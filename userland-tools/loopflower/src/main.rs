//! The `loopflower` command.
#![forbid(unsafe_code)]

mod aids;
mod arguments;
mod compare;
mod devices;
mod fail;
mod fuzz;
mod hosted;
mod inside;
mod kpi;
mod list;
mod mac;
mod outputs;
mod places;
#[cfg(target_os = "linux")]
mod program;
mod run;
mod sound;
mod sweep;
mod symbolicate;
mod trace;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};

fn main() -> ExitCode {
    // clap ends with 2 for wrong usage by itself.
    let done = match Arguments::parse().verb {
        Verb::Run(arguments) => match arguments.fail_each {
            Some(every) => fail::run(&arguments, every),
            None => run::run(&arguments),
        },
        Verb::Devices(arguments) => devices::carry_out(&arguments),
        Verb::Sound(verb) => verb.carry_out(sound::place),
        Verb::Kpi { verb } => kpi::run(&verb),
        Verb::CaptureAdvice(arguments) => verbs::research::capture_advice(&arguments),
        Verb::Install(arguments) => verbs::research::install(&arguments),
        Verb::Scenarios { format } => list::list(format),
        Verb::Sweep(arguments) => sweep::run(&arguments),
        Verb::Fuzz(arguments) => fuzz::run(&arguments),
        Verb::Compare(arguments) => compare::run(&arguments),
        Verb::Symbolicate(arguments) => symbolicate::run(&arguments),
        Verb::Trace(arguments) => trace::trace(*arguments),
        Verb::Vm { verb } => mac::look(&verb),
        Verb::Carrier { share } => std::process::exit(i32::from(!macos::carry_out(&share))),
        #[cfg(target_os = "linux")]
        Verb::Machine { share } => machine::hosted_main(&share),
        #[cfg(target_os = "linux")]
        Verb::PlugInHost { share } => plugin_host::hosted_main(&share),
        #[cfg(target_os = "linux")]
        Verb::ProgramHost(host) => program::run(&host),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loopflower: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The exit code that an error's own crate gives it.
fn exit_code(error: &anyhow::Error) -> u8 {
    let codes = [
        error.downcast_ref().map(runner::Error::exit_code),
        error.downcast_ref().map(::compare::Error::exit_code),
        verbs::exit_code(error),
        error.downcast_ref().map(trace_views::Error::exit_code),
    ];
    codes.into_iter().flatten().next().unwrap_or(1)
}
