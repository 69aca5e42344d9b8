//! `header-check generate` writes the generated headers and bindings of this checkout, `header-check check` compares the
//! headers with every claimed release.
use header_check::facts::Facts;
use header_check::{Clang, Error, check, generate, include_dir};
use std::process::ExitCode;

fn main() -> ExitCode {
    let verbs: Vec<String> = std::env::args().skip(1).collect();
    let done = match verbs.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate"] => write(),
        ["check"] => compare(),
        _ => {
            eprintln!("header-check: say generate or check");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("header-check: {error}");
        ExitCode::from(error.exit_code())
    })
}

fn write() -> Result<ExitCode, Error> {
    generate::write(&Facts::of_claimed_releases(), &include_dir())?;
    #[cfg(feature = "bindgen")]
    header_check::bindings::write()?;
    Ok(ExitCode::SUCCESS)
}

fn compare() -> Result<ExitCode, Error> {
    let report = check::check(&Facts::of_claimed_releases(), &include_dir(), &Clang::find()?)?;
    print!("{report}");
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
