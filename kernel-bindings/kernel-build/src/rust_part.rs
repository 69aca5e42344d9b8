//! The Rust part of a kext: a static library with `core` rebuilt for the kernel.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, run};
use crate::kext::{Driver, Kext};
use crate::tools::Tools;

const TARGET: &str = "x86_64-apple-darwin";

/// Flags that kernel code needs: no red zone, which interrupts would overwrite; the oldest 64-bit Mac's processor; no
/// unwinding; no jump tables, which are data among the instructions that the audit decodes.
const FLAGS: [&str; 6] = [
    "-Cno-redzone=yes",
    "-Ctarget-cpu=core2",
    "-Cpanic=abort",
    "-Cforce-unwind-tables=no",
    "-Cjump-tables=no",
    "-Cforce-frame-pointers=yes",
];

/// Builds `driver` and returns its archive; what cargo says meanwhile is added to `warnings`, or shown at once on a
/// terminal, since this takes a while when `core` has to be compiled.
pub(crate) fn build(tools: &Tools, kext: &Kext, driver: &Driver, warnings: &mut String) -> Result<PathBuf, Error> {
    let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
    let registry =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|h| h.join(".cargo")));
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    // The last one that fits wins.
    flags.extend(registry.map(|registry| remap(&registry, "/cargo")));
    flags.push(remap(&tools.sysroot, "/rust"));
    flags.push(remap(&kext.source_root, "."));
    flags.push(remap(&kext.target_dir, "/target"));
    flags.extend(kext.rustflags.iter().cloned());

    let mut cargo = Command::new(&tools.cargo);
    // What the caller's own cargo set for itself must not reach this one.
    for name in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_MANIFEST_DIR", "RUSTC", "RUSTC_WRAPPER"] {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(driver.manifest.parent().unwrap_or(Path::new(".")))
        .args(["rustc", "--lib", "--crate-type", "staticlib", "--release", "-Zbuild-std=core"])
        .args(["--target", TARGET, "--package", &driver.package, "--features", &driver.features.join(",")])
        .arg("--manifest-path")
        .arg(&driver.manifest)
        .arg("--target-dir")
        .arg(&kext.target_dir)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort");
    if std::io::stderr().is_terminal() {
        cargo.stderr(Stdio::inherit());
    } else {
        cargo.arg("--quiet");
    }
    warnings.push_str(&run(&format!("compiling {}", driver.package), &mut cargo)?.stderr);
    let archive = format!("lib{}.a", driver.package.replace('-', "_"));
    Ok(kext.target_dir.join(TARGET).join("release").join(archive))
}
