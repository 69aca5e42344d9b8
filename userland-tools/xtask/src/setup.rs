//! What the build and the machines need, and how to get it.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{Failure, Outcome, on_path, output, root, run};

/// A program that Debian and Ubuntu package, and that Macs have from elsewhere.
struct Program {
    /// What it is for.
    purpose: &'static str,
    /// Any of these names on the PATH will do.
    names: &'static [&'static str],
    /// Packages that bring it, the best first.
    packages: &'static [&'static str],
    /// Homebrew's formula; none for what comes with a Mac or with Xcode's command line tools, without which rustc links nothing
    /// there.
    formula: Option<&'static str>,
}

/// What brings the programs of a Mac that have no formula.
const XCODE: &str = "xcode-select --install";

const PROGRAMS: &[Program] = &[
    Program {
        purpose: "compiles the kext's C++ shims",
        names: &["clang-19", "clang"],
        packages: &["clang-19", "clang"],
        formula: None,
    },
    Program {
        purpose: "is the machine that runs the kext at ring 0",
        names: &["qemu-system-x86_64"],
        packages: &["qemu-system-x86"],
        formula: Some("qemu"),
    },
];

/// What `cargo xtask test` needs on top.
const TEST_PROGRAMS: &[Program] = &[
    Program { purpose: "stops in a kext", names: &["lldb-19", "lldb"], packages: &["lldb-19", "lldb"], formula: None },
    Program {
        purpose: "talks to the stand-in for a Mac",
        names: &["ssh"],
        packages: &["openssh-client"],
        formula: None,
    },
    Program {
        purpose: "reads the packages for Macs",
        names: &["bsdtar"],
        packages: &["libarchive-tools"],
        formula: None,
    },
];

/// A component of the Rust toolchain and a file below the toolchain's folder that shows that it is there.
const COMPONENTS: &[(&str, &str)] = &[("rust-src", "lib/rustlib/src/rust/library/core/Cargo.toml")];

/// What `cargo xtask test` needs on top.
const TEST_COMPONENTS: &[(&str, &str)] = &[("rustfmt", "bin/cargo-fmt"), ("clippy", "bin/cargo-clippy")];

/// The target of the command that is handed out for Linux: it needs no library of the system's.
pub const LINUX: &str = "x86_64-unknown-linux-musl";

/// The targets of the command for Macs; the tests need the standard library of the first.
pub const MACS: [&str; 2] = ["x86_64-apple-darwin", "aarch64-apple-darwin"];

/// Makes sure that all that a build and a run need is there. Says so, if `talkative`, also when nothing was missing.
///
/// # Errors
/// Something is missing and cannot be installed: exit code 3 and what to type.
pub fn everything(talkative: bool) -> Outcome {
    components(COMPONENTS)?;
    PROGRAMS.iter().try_for_each(ensure)?;
    if talkative {
        for_tests_only()?;
        println!("all is there; go on with: cargo xtask run");
    }
    Ok(())
}

/// Makes sure that all that the tests need is there.
///
/// # Errors
/// As [`everything`].
pub fn for_tests() -> Outcome {
    for_tests_only()?;
    everything(false)
}

fn for_tests_only() -> Outcome {
    components(TEST_COMPONENTS)?;
    library(MACS[0])?;
    TEST_PROGRAMS.iter().try_for_each(ensure)
}

/// The folder of the Rust toolchain.
///
/// # Errors
/// There is no rustc.
pub fn sysroot() -> Result<PathBuf, Failure> {
    output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()))
        .map(PathBuf::from)
        .ok_or_else(|| Failure::missing("rustc does not run; install it with rustup (https://rustup.rs)".to_owned()))
}

/// Makes sure that the command for Macs can be built.
///
/// # Errors
/// As [`everything`].
pub fn for_macs() -> Outcome {
    MACS.iter().try_for_each(|target| library(target))
}

/// Makes sure that the command that is handed out for Linux can be built.
///
/// # Errors
/// As [`everything`].
pub fn for_linux() -> Outcome {
    library(LINUX)
}

/// Makes sure that there is the standard library of a target.
fn library(target: &str) -> Outcome {
    if sysroot()?.join("lib/rustlib").join(target).join("lib").is_dir() {
        return Ok(());
    }
    let typed = format!("rustup target add {target}");
    eprintln!("xtask: {typed}");
    run(Command::new("rustup").args(["target", "add", target]).current_dir(root()))
        .map_err(|_| Failure::missing(format!("that did not work; with rustup and a network, type: {typed}")))
}

fn components(wanted: &[(&str, &str)]) -> Outcome {
    let sysroot = sysroot()?;
    let missing: Vec<&str> =
        wanted.iter().filter(|(_, proof)| !sysroot.join(proof).is_file()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let typed = format!("rustup component add {}", missing.join(" "));
    if !on_path("rustup") {
        return Err(Failure::missing(format!(
            "the Rust toolchain in {} lacks {}, and there is no rustup to add it; install rustup (https://rustup.rs), then type: {typed}",
            sysroot.display(),
            missing.join(" ")
        )));
    }
    eprintln!("xtask: {typed}");
    run(Command::new("rustup").args(["component", "add"]).args(&missing).current_dir(root()))
        .map_err(|_| Failure::missing(format!("that did not work; when the network is back, type: {typed}")))
}

fn ensure(program: &Program) -> Outcome {
    if program.names.iter().any(|name| on_path(name)) {
        return Ok(());
    }
    match (on_path("apt-get"), program.formula) {
        (true, _) => by_apt(program),
        (false, Some(formula)) if on_path("brew") => by_brew(program, formula),
        (false, formula) => {
            let on_a_mac = formula.map_or(XCODE.to_owned(), |formula| format!("brew install {formula}"));
            Err(Failure::missing(format!(
                "{}, which {}, is missing; install the package that brings it (on Debian and Ubuntu: {}; on a Mac, type: {on_a_mac})",
                program.names[0], program.purpose, program.packages[0]
            )))
        }
    }
}

fn by_brew(program: &Program, formula: &str) -> Outcome {
    let name = program.names[0];
    eprintln!("xtask: {name}, which {}, is missing; installing it", program.purpose);
    let installed = run(Command::new("brew").args(["install", formula]).stdout(std::io::stderr()));
    if installed.is_ok() && program.names.iter().any(|name| on_path(name)) {
        return Ok(());
    }
    Err(Failure::missing(format!(
        "{name}, which {}, is missing and could not be installed; type: brew install {formula}",
        program.purpose
    )))
}

fn by_apt(program: &Program) -> Outcome {
    let (name, best) = (program.names[0], program.packages[0]);
    let by_hand = |why: &str| {
        Failure::missing(format!(
            "{name}, which {}, is missing and {why}; type: sudo apt-get install {best}",
            program.purpose
        ))
    };
    let root_user = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !root_user && !on_path("sudo") {
        return Err(by_hand("only root can install it"));
    }
    eprintln!("xtask: {name}, which {}, is missing; installing it", program.purpose);
    // The lists of a fresh machine are empty. That this fails is no reason to stop: older lists may do.
    let _ = run(&mut apt(root_user, &["update", "-qq"]));
    for package in program.packages {
        let installed = run(&mut apt(root_user, &["install", "-y", "-qq", "--no-install-recommends", package]));
        if installed.is_ok() && program.names.iter().any(|name| on_path(name)) {
            return Ok(());
        }
    }
    Err(by_hand("could not be installed"))
}

/// apt-get as root; its own output goes to standard error, which carries no results.
fn apt(root_user: bool, arguments: &[&str]) -> Command {
    let mut command = if root_user {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        if !std::io::stdin().is_terminal() {
            // Nobody is there to type a password: fail instead of waiting.
            sudo.arg("-n");
        }
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments).stdout(std::io::stderr());
    command
}
