//! `cargo xtask gen`: every generated file that is committed.

use crate::process::{Failure, Outcome, cargo, run};

/// Tests that compare generated files with what they are made from, and where they are: nothing else is built.
const COMPARING: [&str; 2] = ["current", "committed"];
const PLACES: [&str; 9] =
    ["--lib", "--test", "headers", "--test", "bindings", "--test", "report", "--example", "generate"];

/// Writes the generated files, or compares them.
///
/// # Errors
/// Wrong usage, something missing, or a file that is not current.
pub fn generate(arguments: &[String]) -> Outcome {
    match arguments {
        [] => {
            run(&mut cargo(["run", "--quiet", "--package=header-check", "--", "generate"]))?;
            run(&mut cargo(["run", "--quiet", "--package=devices", "--example=devices-schema"]))?;
            run(&mut cargo(["run", "--quiet", "--package=compare", "--example=compare-schema"]))?;
            run(&mut cargo(["run", "--quiet", "--package=runner", "--example=generate"]))
        }
        [check] if check == "--check" => {
            let packages = ["--package=compare", "--package=devices", "--package=header-check", "--package=runner"];
            // On a cold target this takes minutes, which cargo tells of.
            run(cargo(["test", "--no-run"]).args(packages).args(PLACES))?;
            run(cargo(["test", "--quiet"]).args(packages).args(PLACES).arg("--").args(COMPARING))
        }
        [other, ..] => Err(Failure::usage(format!("`gen` takes --check or nothing, but got `{other}`"))),
    }
}
