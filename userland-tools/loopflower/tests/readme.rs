//! Every command in the README does what it is there for.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The README's commands: the indented lines that begin with `cargo xtask`, without their prompt.
fn commands() -> Vec<Vec<String>> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| line.trim_start_matches("$ "));
    let commands = lines.filter_map(|line| line.strip_prefix("cargo xtask "));
    commands.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn every_command_in_the_readme_holds() {
    let folder = TempDir::new().unwrap();
    // Commands name files as they stand below the project's folder.
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test").canonicalize().unwrap();
    symlink(bench, folder.path().join("vm-test")).unwrap();
    let target = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap();
    symlink(target, folder.path().join("target")).unwrap();
    let commands = commands();
    assert!(commands.len() >= 6, "only {} commands were found", commands.len());
    for words in commands {
        // xtask builds, then starts the command with the rest of the words; this is the rest.
        let arguments = match words[0].as_str() {
            "run" => &words[..],
            "loopflower" => &words[1..],
            // What is running now, and what was built before it.
            "test" | "plugin" => continue,
            other => panic!("the README has `cargo xtask {other}`, and nothing here runs it"),
        };
        if arguments.iter().any(|word| word == "--debug") {
            // It waits for a debugger; `debug.rs` brings one.
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        command.args(arguments).current_dir(folder.path());
        if arguments[0] == "devices" {
            // The user's own settings stay as they are.
            command.arg("--settings").arg(folder.path().join("devices.plist"));
        }
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{}: {said}", words.join(" "));
    }
}
