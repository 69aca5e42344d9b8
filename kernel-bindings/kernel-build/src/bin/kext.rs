//! `kext`: builds and audits Loopflower.kext. `cargo xtask kext` calls it.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kernel_build::Error;

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("kext: takes no arguments; it builds Loopflower.kext into the target folder");
        return ExitCode::from(2);
    }
    let Some(root) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2) else {
        eprintln!("kext: the workspace that this program was built in is gone");
        return ExitCode::from(2);
    };
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    match kernel_build::build(&kernel_build::loopflower(root, &target)) {
        Ok(built) => {
            eprint!("{}", built.warnings);
            let milliseconds = built.postlink_time.as_secs_f64() * 1e3;
            println!("{}: {} bytes, post-link {milliseconds:.1} ms", built.bundle.display(), built.size);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("kext: {error}");
            ExitCode::from(if matches!(error, Error::Missing { .. }) { 3 } else { 1 })
        }
    }
}
