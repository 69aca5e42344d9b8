//! `cargo xtask`: the one door to everything that is done with this repository.
//!
//! It has no dependencies, so that it compiles in a moment on a machine that has nothing but rustup; the heavy parts of
//! the build are programs of their own that it starts through cargo.
#![forbid(unsafe_code)]

mod bench;
mod build;
mod generate;
mod process;
mod setup;
mod test;

use std::process::ExitCode;

use process::{Failure, Outcome};

const USAGE: &str = "\
usage: cargo xtask <verb>

  setup            install what is missing (as root or with sudo), or say what to type
  build            build the kext, the user-space driver, the agent, the guest and the command
  kext [ARGS]      build target/kext/Loopflower.kext and audit it
  plugin           build target/plugin/Loopflower.driver
  agent            build target/agent/loopflower-agent, the tool for Macs from 10.6 on
  tool             build target/tool/loopflower, the command for Macs
  package [ARGS]   build all three and pack them for a Mac into target/package (--sign P12; see --help)
  release [ARGS]   package, and beside it the bundles alone, the command for Linux with all inside, and SHA256SUMS
  run [ARGS]       build, then `loopflower run ARGS` (see `cargo xtask run --help`)
  loopflower ARGS  build, then `loopflower ARGS`: scenarios, devices, …
  book             build the book into target/book
  bench            build, then measure runs beside what they promise
  bench io [ARGS]  measure the data path beside plain copies (--format json, --instructions)
  gen [--check]    write all generated files anew (with --check: compare them)
  test [FILTER]    build, then format, lints, unit tests, audits and scenarios; with FILTER the tests of that name

exit codes: 0 it held, 1 a check failed, 2 wrong usage, 3 something this needs is missing";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let verb = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let done = match verb.as_deref() {
        Some("setup") => no_arguments("setup", &rest).and_then(|()| setup::everything(true)),
        Some("build") => {
            no_arguments("build", &rest).and_then(|()| setup::everything(false)).and_then(|()| build::all())
        }
        Some("kext") => setup::everything(false).and_then(|()| build::kext(&rest)),
        Some("plugin") => setup::everything(false).and_then(|()| build::plugin(&rest)),
        Some("agent") => setup::everything(false).and_then(|()| build::agent(&rest)),
        Some("tool") => setup::everything(false).and_then(|()| build::tool(&rest)),
        Some("package") => setup::everything(false).and_then(|()| build::package(&rest)),
        Some("release") => setup::everything(false).and_then(|()| build::release(&rest)),
        Some("book") => no_arguments("book", &rest).and_then(|()| build::book()),
        Some("run") => {
            setup::everything(false).and_then(|()| build::all()).and_then(|()| build::command_with("run", &rest))
        }
        Some("loopflower") => match rest.split_first() {
            Some((verb, rest)) => {
                setup::everything(false).and_then(|()| build::all()).and_then(|()| build::command_with(verb, rest))
            }
            None => {
                Err(Failure::usage("`loopflower` needs what to do; `cargo xtask loopflower help` lists it".to_owned()))
            }
        },
        Some("test") => test::test(&rest),
        Some("bench") if rest.first().is_some_and(|what| what == "io") => bench::io(&rest[1..]),
        Some("bench") => no_arguments("bench", &rest)
            .and_then(|()| setup::everything(false))
            .and_then(|()| build::all())
            .and_then(|()| bench::bench()),
        Some("gen") => generate::generate(&rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(Failure::usage(format!("there is no verb `{other}`\n\n{USAGE}"))),
        None => Err(Failure::usage(USAGE.to_owned())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message {
                eprintln!("xtask: {message}");
            }
            ExitCode::from(failure.code)
        }
    }
}

fn no_arguments(verb: &str, rest: &[String]) -> Outcome {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(Failure::usage(format!("`{verb}` takes no arguments, but got `{extra}`"))),
    }
}
