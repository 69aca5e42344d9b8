//! `cargo xtask bench io`: the data path, built as the kext is.

use crate::process::{Outcome, cargo, run, target};

/// Measures the data path; see `kext/bench`.
///
/// # Errors
/// A bound is broken, the arguments are wrong, or valgrind is missing and wanted.
pub fn io(arguments: &[String]) -> Outcome {
    let mut bench = cargo(["run", "--quiet", "--release", "--package=io-bench"]);
    // Flags of its own, hence a folder of its own.
    bench.arg("--target-dir").arg(target().join("io-bench"));
    bench.env("CARGO_PROFILE_RELEASE_LTO", "fat").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    bench.env("RUSTFLAGS", "-Ctarget-cpu=core2").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(bench.arg("--").args(arguments))
}
