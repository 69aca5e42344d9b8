//! The C++ compiler.
use crate::Error;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// What a kext's C++ is compiled with, as far as layouts, tables and names depend on it.
const FLAGS: &[&str] = &[
    "-target",
    "x86_64-apple-macos10.6",
    "-x",
    "c++",
    "-std=gnu++11",
    "-mkernel",
    "-fapple-kext",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-builtin",
    "-fno-common",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-nostdinc",
    "-nostdinc++",
    "-Wall",
    "-Wextra",
    "-Werror",
    // A probe looks at members that the class keeps to itself.
    "-fno-access-control",
    "-Wno-invalid-offsetof",
];

/// A clang++ that can compile for the Mac's kernel.
#[derive(Clone, Debug)]
pub struct Clang {
    program: PathBuf,
}

impl Clang {
    /// The clang++ on the PATH, the newest of those that carry a version in their name first.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none.
    pub fn find() -> Result<Clang, Error> {
        Clang::find_in(&env::var_os("PATH").unwrap_or_default())
    }

    fn find_in(path: &OsStr) -> Result<Clang, Error> {
        let versioned = (14..=30).rev().map(|version| format!("clang++-{version}"));
        versioned
            .chain(["clang++".to_owned()])
            .flat_map(|name| env::split_paths(path).map(move |folder| folder.join(&name)))
            .find(|program| program.is_file())
            .map(|program| Clang { program })
            .ok_or_else(|| Error::Missing {
                what: "clang++ (14 or later), which compiles the C++ headers,".to_owned(),
                get: "apt-get install clang-19".to_owned(),
            })
    }

    /// This very program.
    pub fn at(program: impl Into<PathBuf>) -> Clang {
        Clang { program: program.into() }
    }

    /// Compiles C++ against the headers in `include`; the bytes of the Mach-O object file.
    ///
    /// # Errors
    /// [`Error::Compile`] with what the compiler says.
    pub fn compile(&self, include: &Path, source: &str) -> Result<Vec<u8>, Error> {
        let io = |source| Error::Io { path: self.program.clone(), source };
        let folder = tempfile::tempdir().map_err(io)?;
        let object = folder.path().join("probe.o");
        let mut child = Command::new(&self.program)
            .args(FLAGS)
            .arg("-isystem")
            .arg(include)
            .args(["-c", "-", "-o"])
            .arg(&object)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(io)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(source.as_bytes()).map_err(io)?;
        }
        let output = child.wait_with_output().map_err(io)?;
        if !output.status.success() {
            return Err(Error::Compile(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        fs::read(&object).map_err(io)
    }
}

#[cfg(test)]
mod tests {
    use super::Clang;

    #[test]
    fn no_compiler_is_a_missing_tool() {
        let error = Clang::find_in("/nonexistent".as_ref()).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert_eq!(
            error.to_string(),
            "clang++ (14 or later), which compiles the C++ headers, is missing: apt-get install clang-19"
        );
    }
}
