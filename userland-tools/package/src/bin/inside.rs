//! `inside FILE`: writes the archive that the command for Linux carries inside. `cargo xtask release` calls it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use package::{At as _, Error, content, root, tarball, target};

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("inside: it needs the file to write");
        return ExitCode::from(2);
    };
    match write(Path::new(&file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inside: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn write(file: &Path) -> Result<(), Error> {
    let archive = tarball::plain(&content::inside(&target(), root())?).at(file)?;
    fs::write(file, archive).at(file)
}
