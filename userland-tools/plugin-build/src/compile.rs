//! The Rust part: a static library for one processor, with `core` and `alloc` rebuilt so that nothing unwinds.

use std::path::{Path, PathBuf};
use std::process::Command;

use kernel_build::{Error, Tools, run};

use crate::slice::Slice;

/// The crate that becomes the library.
#[derive(Clone, Copy, Debug)]
pub struct Crate {
    /// Its package.
    pub package: &'static str,
    /// The feature that gives it what a program of its own needs.
    pub feature: &'static str,
    /// Further flags of the compiler.
    pub flags: &'static [&'static str],
}

/// Builds a crate of the workspace at `root` for a processor, in `folder`, and returns its archive.
///
/// # Errors
/// It does not compile.
pub fn compile(tools: &Tools, root: &Path, folder: &Path, slice: &Slice, of: &Crate) -> Result<PathBuf, Error> {
    let Crate { package, feature, flags: further } = *of;
    let flags = ["-Cpanic=abort", "-Cforce-unwind-tables=no"].iter().chain(further).map(|&flag| flag.to_owned());
    let mut cargo = cargo(tools, root, folder, slice, flags.collect());
    cargo
        .args(["rustc", "--quiet", "--lib", "--crate-type", "staticlib", "--release", "-Zbuild-std=core,alloc"])
        .args(["--target", slice.target, "--package", package, "--features", feature, "--target-dir"])
        .arg(folder)
        .env("RUSTC_BOOTSTRAP", "1");
    run(&format!("compiling {package} for {}", slice.arch), &mut cargo)?;
    Ok(folder.join(slice.target).join("release").join(format!("lib{}.a", package.replace('-', "_"))))
}

/// A cargo that builds for a processor, in `folder`, with those flags of the compiler; its verb is to follow.
pub fn cargo(tools: &Tools, root: &Path, folder: &Path, slice: &Slice, mut flags: Vec<String>) -> Command {
    let registry =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|h| h.join(".cargo")));
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    // So that one source gives the same bytes wherever it is; the last one that fits wins.
    flags.extend(registry.map(|registry| remap(&registry, "/cargo")));
    flags.extend([remap(&tools.sysroot, "/rust"), remap(root, "."), remap(folder, "/target")]);
    let mut cargo = Command::new(&tools.cargo);
    // What the caller's own cargo set for itself must not reach this one.
    for name in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_MANIFEST_DIR", "RUSTC", "RUSTC_WRAPPER"] {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(root)
        .env("MACOSX_DEPLOYMENT_TARGET", slice.macos)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort");
    cargo
}
