//! What the programs that build something have in common: they take no arguments and put what they make into the target folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::Error;

/// Runs the program `name`, which makes `what`: `build` gets the workspace and the target folder, and returns what there is to say.
///
/// Exit code 0: it is built; 1: it does not build; 2: wrong usage; 3: something is missing.
pub fn carry_out(name: &str, what: &str, build: impl FnOnce(&Path, &Path) -> Result<String, Error>) -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{name}: takes no arguments; it builds {what} into the target folder");
        return ExitCode::from(2);
    }
    let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2) else {
        eprintln!("{name}: the workspace that this program was built in is gone");
        return ExitCode::from(2);
    };
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    match build(root, &target) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::from(if matches!(error, Error::Missing { .. }) { 3 } else { 1 })
        }
    }
}
