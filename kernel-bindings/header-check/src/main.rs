//! `header-check generate` writes the generated headers and bindings of this checkout, `header-check check` compares the
//! headers with every claimed release. `header-check family RELEASE FOLDER` writes the headers that a kext which is that
//! release's IOAudioFamily is compiled with.
use abi::UnknownRelease;
use header_check::facts::Facts;
use header_check::{Clang, Error, check, generate, include_dir};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let verbs: Vec<String> = std::env::args().skip(1).collect();
    let done = match verbs.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate"] => write(),
        ["check"] => compare(),
        ["family", release, folder] => family(release, Path::new(folder)),
        _ => {
            eprintln!("header-check: say generate, check, or family RELEASE FOLDER");
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

fn family(release: &str, folder: &Path) -> Result<ExitCode, Error> {
    let release = release.parse().map_err(|error: UnknownRelease| Error::Facts(error.to_string()))?;
    generate::write(&Facts::of_family(release), folder)?;
    Ok(ExitCode::SUCCESS)
}

fn compare() -> Result<ExitCode, Error> {
    let report = check::check(&Facts::of_claimed_releases(), &include_dir(), &Clang::find()?)?;
    print!("{report}");
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
