//! The shims forward; what decides is in Rust.

use std::fs;
use std::path::Path;

/// All lines of the C++ in our kext stay below this.
const LINES: usize = 400;

#[test]
fn the_shims_are_few_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kext/shims");
    let files = fs::read_dir(&folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let lines: Vec<usize> = files.map(|text| text.lines().count()).collect();
    assert!(lines.len() >= 8, "the shims are elsewhere: {} files in {}", lines.len(), folder.display());
    let all: usize = lines.iter().sum();
    assert!(all < LINES, "{all} lines, fewer than {LINES} are wanted");
}
