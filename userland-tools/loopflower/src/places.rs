//! Where things are that the build has made.

use std::path::PathBuf;

/// The folder of everything built: cargo puts this program into a folder below it.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// Our own bundle.
pub fn kext() -> PathBuf {
    target().join("kext/Loopflower.kext")
}

/// Our own user-space driver.
pub fn plugin() -> PathBuf {
    target().join("plugin/Loopflower.driver")
}

/// The VM's guest.
pub fn guest() -> PathBuf {
    target().join("guest/guest.elf")
}

/// Our tool for Macs.
pub fn agent() -> PathBuf {
    target().join("agent/loopflower-agent")
}

/// What runs leave behind.
pub fn run() -> PathBuf {
    target().join("run")
}

/// Where a recording goes if nobody says where.
pub fn recording() -> PathBuf {
    run().join("loop.wav")
}
