//! `cargo xtask setup` on machines that lack something, played by a PATH of scripts.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of programs, gone with the value.
struct Programs(PathBuf);

impl Programs {
    /// A machine with a Rust toolchain that has everything, and nothing else.
    fn new(name: &str) -> Programs {
        let folder = std::env::temp_dir().join(format!("xtask-setup-{name}-{}", std::process::id()));
        let programs = Programs(folder);
        for proof in [
            "lib/rustlib/src/rust/library/core/Cargo.toml",
            "lib/rustlib/x86_64-apple-darwin/lib/libcore.rlib",
            "bin/cargo-fmt",
            "bin/cargo-clippy",
        ] {
            let path = programs.0.join("sysroot").join(proof);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        programs.script("rustc", &format!("echo {}", programs.0.join("sysroot").display()));
        programs.script("id", "echo 0");
        symlink("/usr/bin/env", programs.0.join("env")).unwrap();
        programs
    }

    fn script(&self, name: &str, body: &str) -> &Programs {
        let path = self.0.join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// An apt-get whose packages bring a program each; it writes down what it was asked for.
    fn apt(&self, packages: &[(&str, &str)]) -> &Programs {
        let here = self.0.display();
        let brings: String = packages
            .iter()
            .map(|(package, program)| format!("*' {package}') : > {here}/{program};;\n"))
            .collect::<Vec<_>>()
            .concat();
        let body = format!("echo \"$*\" >> {here}/asked\ncase \"$*\" in update*) ;;\n{brings}*) exit 100;;\nesac");
        self.script("apt-get", &body)
    }

    fn setup(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask")).arg("setup").env("PATH", &self.0).output().unwrap()
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn asked(folder: &Path) -> String {
    fs::read_to_string(folder.join("asked")).unwrap_or_default()
}

#[test]
fn what_is_there_is_not_installed() {
    let programs = Programs::new("all");
    programs
        .script("clang", "")
        .script("qemu-system-x86_64", "")
        .script("lldb", "")
        .script("ssh", "")
        .script("bsdtar", "")
        .apt(&[]);
    let done = programs.setup();
    assert!(done.status.success() && asked(&programs.0).is_empty(), "{}", said(&done));
}

#[test]
fn what_is_missing_is_installed_and_an_older_clang_will_do() {
    let programs = Programs::new("bare");
    programs.apt(&[
        ("clang", "clang"),
        ("qemu-system-x86", "qemu-system-x86_64"),
        ("lldb-19", "lldb-19"),
        ("openssh-client", "ssh"),
        ("libarchive-tools", "bsdtar"),
    ]);
    let done = programs.setup();
    assert!(done.status.success(), "{}", said(&done));
    let asked = asked(&programs.0);
    let installed: Vec<&str> = asked.lines().filter_map(|line| line.rsplit_once(' ')).map(|(_, last)| last).collect();
    assert_eq!(
        installed,
        [
            "-qq",
            "clang-19",
            "clang",
            "-qq",
            "qemu-system-x86",
            "-qq",
            "lldb-19",
            "-qq",
            "openssh-client",
            "-qq",
            "libarchive-tools"
        ]
    );
}

#[test]
fn what_cannot_be_installed_is_named_with_what_to_type() {
    let programs = Programs::new("broken");
    programs.script("clang-19", "").apt(&[]);
    let done = programs.setup();
    assert_eq!(done.status.code(), Some(3));
    assert!(said(&done).contains("type: sudo apt-get install qemu-system-x86"), "{}", said(&done));
    programs.script("id", "echo 1000");
    assert_eq!(programs.setup().status.code(), Some(3));
    assert!(said(&programs.setup()).contains("only root can install it; type: sudo apt-get install qemu-system-x86"));
    fs::remove_file(programs.0.join("apt-get")).unwrap();
    assert!(said(&programs.setup()).contains("on Debian and Ubuntu: qemu-system-x86"));
}

#[test]
fn a_mac_gets_from_homebrew_what_it_lacks() {
    let programs = Programs::new("mac");
    let here = programs.0.display().to_string();
    for own in ["clang", "lldb", "ssh", "bsdtar"] {
        programs.script(own, "");
    }
    programs.script("brew", &format!("echo \"$*\" >> {here}/asked"));
    let done = programs.setup();
    assert_eq!(done.status.code(), Some(3));
    assert!(said(&done).contains("could not be installed; type: brew install qemu"), "{}", said(&done));
    programs.script("brew", &format!("echo \"$*\" >> {here}/asked; : > {here}/qemu-system-x86_64"));
    assert!(programs.setup().status.success());
    assert_eq!(asked(&programs.0), "install qemu\ninstall qemu\n");
    fs::remove_file(programs.0.join("clang")).unwrap();
    assert!(said(&programs.setup()).contains("on a Mac, type: xcode-select --install"), "no formula brings it");
}

#[test]
fn a_toolchain_without_its_source_and_without_rustup_says_what_to_type() {
    let programs = Programs::new("source");
    fs::remove_dir_all(programs.0.join("sysroot/lib")).unwrap();
    let done = programs.setup();
    assert_eq!(done.status.code(), Some(3));
    assert!(said(&done).contains("type: rustup component add rust-src"), "{}", said(&done));
    programs.script("rustup", &format!("echo \"$*\" >> {}/asked", programs.0.display()));
    programs
        .script("clang", "")
        .script("qemu-system-x86_64", "")
        .script("lldb", "")
        .script("ssh", "")
        .script("bsdtar", "");
    assert!(programs.setup().status.success());
    assert_eq!(asked(&programs.0), "component add rust-src\ntarget add x86_64-apple-darwin\n");
}

#[test]
fn wrong_usage_is_two() {
    for arguments in [&["nothing"][..], &[], &["setup", "now"], &["test", "one", "two"], &["gen", "--all"]] {
        let done = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap();
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {}", said(&done));
    }
}
