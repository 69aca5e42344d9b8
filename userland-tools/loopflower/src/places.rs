//! Where things are that the build has made: in the folder of this program, or inside of it.

use std::path::PathBuf;

use runner::Error;

use crate::inside;

/// What the build makes, by its place in the build's folder and inside the program.
const KEXT: &str = "kext/Loopflower.kext";
const PLUGIN: &str = "plugin/Loopflower.driver";
const GUEST: &str = "guest/guest.elf";
const AGENT: &str = "agent/loopflower-agent";

/// The folder of everything built: cargo puts this program into a folder below it.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// Something that the build has made.
fn built(place: &str, what: &str) -> Result<PathBuf, Error> {
    if let Some(archive) = inside::ARCHIVE {
        return Ok(inside::unpacked(archive, &inside::cache()?)?.join(place));
    }
    let path = target().join(place);
    if !path.exists() {
        return Err(Error::Missing(format!("{what} {} is missing; type: cargo xtask build", path.display())));
    }
    Ok(path)
}

/// Our own bundle.
///
/// # Errors
/// It has not been built.
pub fn kext() -> Result<PathBuf, Error> {
    built(KEXT, "our own kext")
}

/// Our own user-space driver.
///
/// # Errors
/// It has not been built.
pub fn plugin() -> Result<PathBuf, Error> {
    built(PLUGIN, "our own driver")
}

/// The VM's guest.
///
/// # Errors
/// It has not been built.
pub fn guest() -> Result<PathBuf, Error> {
    built(GUEST, "the VM's guest")
}

/// Our tool for Macs.
///
/// # Errors
/// It has not been built.
pub fn agent() -> Result<PathBuf, Error> {
    built(AGENT, "our tool for Macs")
}

/// What runs leave behind: in the build's folder, or, where this program came without one, below the folder that the user is in.
pub fn run() -> PathBuf {
    if inside::ARCHIVE.is_some() { PathBuf::from("target/run") } else { target().join("run") }
}

/// Where a recording goes if nobody says where.
pub fn recording() -> PathBuf {
    run().join("loop.wav")
}

/// How this program is called in a command for others to type.
pub fn called() -> &'static str {
    if inside::ARCHIVE.is_some() { "loopflower" } else { "cargo xtask loopflower" }
}
