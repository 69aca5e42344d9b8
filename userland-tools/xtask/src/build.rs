//! Building the kext, the user-space driver, the guest and the command, and running the command.

use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{Failure, Outcome, cargo, root, run, target};
use crate::setup;

/// The guest's target: bare metal with SSE2, which `x86_64-unknown-none` lacks.
const GUEST_TARGET: &str = "x86_64-unknown-linux-none";

/// Builds everything that a run needs.
///
/// # Errors
/// A part does not build, or the kext's audit refuses it.
pub fn all() -> Outcome {
    for_tests()?;
    command()
}

/// Builds what the tests need beside themselves: they have a command of their own.
///
/// # Errors
/// As [`all`].
pub fn for_tests() -> Outcome {
    // Standard output belongs to what is run afterwards.
    run(build_kext(&[]).stdout(std::io::stderr()))?;
    run(build_plugin(&[]).stdout(std::io::stderr()))?;
    run(build_agent(&[]).stdout(std::io::stderr()))?;
    guest()
}

/// Builds the user-space driver.
///
/// # Errors
/// It does not build.
pub fn plugin(arguments: &[String]) -> Outcome {
    run(&mut build_plugin(arguments))
}

fn build_plugin(arguments: &[String]) -> Command {
    let mut command = builder();
    command.args(["--package=plugin-build", "--bin=plugin", "--"]).args(arguments);
    command
}

/// Builds the agent for old Macs.
///
/// # Errors
/// It does not build, or imports what its table of calls does not have.
pub fn agent(arguments: &[String]) -> Outcome {
    run(&mut build_agent(arguments))
}

fn build_agent(arguments: &[String]) -> Command {
    let mut command = builder();
    command.args(["--package=agent-build", "--bin=agent", "--"]).args(arguments);
    command
}

/// Builds and audits the kext.
///
/// # Errors
/// It does not build, or the audit refuses it.
pub fn kext(arguments: &[String]) -> Outcome {
    run(&mut build_kext(arguments))
}

fn build_kext(arguments: &[String]) -> Command {
    let mut command = builder();
    command.args(["--package=kernel-build", "--bin=kext", "--"]).args(arguments);
    command
}

/// Builds the command for Macs.
///
/// # Errors
/// Something is missing, or it does not build.
pub fn tool(arguments: &[String]) -> Outcome {
    setup::for_macs()?;
    run(&mut build_tool(arguments))
}

fn build_tool(arguments: &[String]) -> Command {
    let mut command = builder();
    command.args(["--package=tool-build", "--bin=tool", "--"]).args(arguments);
    command
}

/// Builds both drivers, the command for Macs and the agent for older ones, and packs them.
///
/// # Errors
/// A part does not build, or what signs it is missing.
pub fn package(arguments: &[String]) -> Outcome {
    run(build_kext(&[]).stdout(std::io::stderr()))?;
    run(build_plugin(&[]).stdout(std::io::stderr()))?;
    setup::for_macs()?;
    run(build_tool(&[]).stdout(std::io::stderr()))?;
    run(build_agent(&[]).stdout(std::io::stderr()))?;
    run(builder().args(["--package=package", "--bin=package", "--"]).args(arguments))
}

/// Makes all that is handed out: the packages for Macs, the bundles, and the command for Linux with all that it needs inside.
///
/// # Errors
/// A part does not build, or what signs it is missing.
pub fn release(arguments: &[String]) -> Outcome {
    for_tests()?;
    setup::for_macs()?;
    run(build_tool(&[]).stdout(std::io::stderr()))?;
    let command = release_command()?;
    let mut pack = builder();
    pack.args(["--package=package", "--bin=package", "--", "--linux"]).arg(command).args(arguments);
    run(&mut pack)
}

/// Builds the command for Linux that stands alone; where it is.
fn release_command() -> Result<PathBuf, Failure> {
    setup::for_linux()?;
    let inside = target().join("inside.tar");
    run(builder().args(["--package=package", "--bin=inside", "--"]).arg(&inside))?;
    let mut command = build();
    command
        .args(["--package=loopflower", "--features=inside", "--target", setup::LINUX])
        .env("LOOPFLOWER_INSIDE", inside);
    command.env("CARGO_ENCODED_RUSTFLAGS", without_paths()?.join("\x1f")).env_remove("RUSTFLAGS");
    run(command.env("CARGO_PROFILE_RELEASE_DEBUG", "0").env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))?;
    Ok(target().join(setup::LINUX).join("release/loopflower"))
}

/// The compiler's flags for what is handed out: one source gives the same bytes wherever it is, and no path of this machine.
fn without_paths() -> Result<Vec<String>, Failure> {
    let registry = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let registry = registry.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let places = [(registry, "/cargo"), (Some(setup::sysroot()?), "/rust"), (Some(root().to_owned()), ".")];
    let places = places.into_iter().chain([(Some(target()), "/target")]);
    // The last that fits wins.
    Ok(places.filter_map(|(from, to)| Some(format!("--remap-path-prefix={}={to}", from?.display()))).collect())
}

/// Builds the book.
///
/// # Errors
/// A page is missing, or the folder cannot be written.
pub fn book() -> Outcome {
    run(builder().args(["--package=book", "--bin=book", "--"]).arg(target().join("book")))
}

/// A program of the build, in the profile of the tests, which share its parts.
fn builder() -> Command {
    quiet(cargo(["run"]))
}

/// A release build.
fn build() -> Command {
    quiet(cargo(["build", "--release"]))
}

/// With cargo's progress where somebody sees it.
fn quiet(mut command: Command) -> Command {
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command
}

/// Builds the ring-0 machine and puts it where the runner looks for it.
fn guest() -> Outcome {
    let mut guest = build();
    guest.args(["--package=guest", "--target", GUEST_TARGET]);
    guest.args(["-Zbuild-std=core,alloc", "-Zbuild-std-features=compiler-builtins-mem"]).env("RUSTC_BOOTSTRAP", "1");
    // QEMU looks up where each return and each call into another page goes: what is inlined runs faster there than elsewhere.
    guest.env("CARGO_PROFILE_RELEASE_LTO", "fat").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    // Nothing reads its lines, which are nine tenths of it: its panics say where they are, and the symbols stay for debuggers.
    guest.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    // Its flags are those of its target, in .cargo/config.toml, and these.
    let flags: Vec<String> = without_paths()?.iter().map(|flag| format!("{flag:?}")).collect();
    guest.args(["--config", &format!("target.{GUEST_TARGET}.rustflags=[{}]", flags.join(","))]);
    run(guest.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    let (from, folder) = (target().join(GUEST_TARGET).join("release/guest"), target().join("guest"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(&from, folder.join("guest.elf")))
        .map(drop)
        .map_err(|why| Failure::failed(format!("cannot put {} into {}: {why}", from.display(), folder.display())))
}

/// Builds the command.
fn command() -> Outcome {
    run(build().arg("--package=loopflower"))
}

/// Runs the command, from the folder that the user is in.
///
/// # Errors
/// The command's own exit code.
pub fn command_with(verb: &str, arguments: &[String]) -> Outcome {
    run(Command::new(target().join("release/loopflower")).arg(verb).args(arguments))
}
