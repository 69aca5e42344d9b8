//! What the test programs share: each is the hosted machine, too, and starts itself with [`MACHINE`] and the memory file.

use std::path::{Path, PathBuf};

/// The argument that makes a program the hosted machine.
pub const MACHINE: &str = "__machine";

/// Becomes the hosted machine, and does not come back, if the arguments say so.
pub fn be_machine_if_asked() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, argument, share] = &arguments[..]
        && argument == MACHINE
    {
        machine::hosted_main(Path::new(share));
    }
}

/// Cargo's target folder: a test program is in `<target>/<profile>/deps`.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), PathBuf::from)
}
