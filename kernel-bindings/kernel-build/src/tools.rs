//! The programs that a build needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{At, Error, run};

/// The oldest clang that compiles for a kernel as we need it.
const OLDEST_CLANG: u32 = 14;

/// Newest clang first; the plain name last, since its version is the distribution's choice.
const CLANG_NAMES: [&str; 10] = [
    "clang++-22",
    "clang++-21",
    "clang++-20",
    "clang++-19",
    "clang++-18",
    "clang++-17",
    "clang++-16",
    "clang++-15",
    "clang++-14",
    "clang++",
];

/// The programs, found.
#[derive(Clone, Debug)]
pub struct Tools {
    /// clang++, 14 or later.
    pub clang: PathBuf,
    /// The Rust toolchain's ld64.lld.
    pub ld64: PathBuf,
    /// cargo.
    pub cargo: PathBuf,
    /// The Rust toolchain's folder.
    pub sysroot: PathBuf,
}

impl Tools {
    /// Finds the programs on the PATH and in the Rust toolchain that is in force in `folder`.
    ///
    /// # Errors
    /// [`Error::Missing`] names the first that is not there and how to get it.
    pub fn find(folder: &Path) -> Result<Tools, Error> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let ask = |what: &str| -> Result<PathBuf, Error> {
            let answer = run("asking rustc", Command::new(&rustc).current_dir(folder).args(["--print", what]));
            let answer = answer.map_err(|_| missing("rustc", "curl -sSf https://sh.rustup.rs | sh"))?;
            Ok(PathBuf::from(answer.stdout.trim_end()))
        };
        let sysroot = ask("sysroot")?;
        // …/lib/rustlib/<host>/lib
        let host = ask("target-libdir")?;
        let ld64 = host.with_file_name("bin").join("gcc-ld/ld64.lld");
        if !ld64.is_file() {
            return Err(missing(
                &format!("ld64.lld, part of the Rust toolchain, expected at {},", ld64.display()),
                "rustup toolchain install 1.95.0",
            ));
        }
        if !sysroot.join("lib/rustlib/src/rust/library/core/Cargo.toml").is_file() {
            return Err(missing("the source of Rust's core library", "rustup component add rust-src"));
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into();
        Ok(Tools { clang: find_clang(&path)?, ld64, cargo, sysroot })
    }

    /// Those of `flags` that this clang understands. A flag may be several words.
    ///
    /// # Errors
    /// No scratch file can be written.
    pub fn accepted_flags<'f>(&self, flags: &[&'f [&'f str]]) -> Result<Vec<&'f str>, Error> {
        let folder = tempfile::tempdir().at(&std::env::temp_dir())?;
        let probe = folder.path().join("probe.cpp");
        std::fs::write(&probe, "").at(&probe)?;
        let accepts = |flag: &&&[&str]| {
            let mut command = Command::new(&self.clang);
            command.args(["-target", "x86_64-apple-macos10.6", "-Werror", "-c", "-o"]);
            command.arg(folder.path().join("probe.o")).args(**flag).arg(&probe);
            run("probing clang++", &mut command).is_ok()
        };
        Ok(flags.iter().filter(accepts).flat_map(|flag| flag.iter().copied()).collect())
    }
}

fn find_clang(path: &std::ffi::OsStr) -> Result<PathBuf, Error> {
    for name in CLANG_NAMES {
        let Some(file) = std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file()) else {
            continue;
        };
        let version = run("asking clang++ for its version", Command::new(&file).arg("-dumpversion"));
        let major = version.ok().and_then(|version| version.stdout.trim().split('.').next()?.parse::<u32>().ok());
        if major.is_some_and(|major| major >= OLDEST_CLANG) {
            return Ok(file);
        }
    }
    Err(missing(
        &format!("clang++ {OLDEST_CLANG} or later, which compiles the kext's C++,"),
        if cfg!(target_os = "macos") { "xcode-select --install" } else { "sudo apt-get install clang-19" },
    ))
}

fn missing(what: &str, install: &str) -> Error {
    Error::Missing { what: what.to_owned(), install: install.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `find_clang` says of a PATH that has only a script that claims to be clang++ of `version`.
    fn with_clang(version: Option<&str>) -> Result<PathBuf, Error> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        if let Some(version) = version {
            let script = folder.path().join("clang++");
            std::fs::write(&script, format!("#!/bin/sh\necho {version}\n")).unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        find_clang(folder.path().as_os_str())
    }

    #[test]
    fn a_compiler_that_is_missing_or_too_old_is_named_with_its_package() {
        for version in [None, Some("13.0.1"), Some("no version")] {
            let error = with_clang(version).unwrap_err();
            assert!(matches!(&error, Error::Missing { .. }), "{error}");
            let message = error.to_string();
            assert!(
                message.contains("clang++ 14 or later") && message.contains("apt-get install clang-19"),
                "{message}"
            );
        }
        for version in ["14.0.6", "19.1.7", "23.0.0git"] {
            assert!(with_clang(Some(version)).is_ok(), "{version}");
        }
    }

    #[test]
    fn only_flags_that_the_compiler_knows_are_used() {
        let tools = Tools::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let flags: [&[&str]; 3] = [&["-O2"], &["-fno-such-flag"], &["-mllvm", "-no-such-flag"]];
        assert_eq!(tools.accepted_flags(&flags).unwrap(), ["-O2"]);
    }
}
