//! Every command in the README and in the book does what it is there for.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The README and the pages of the book.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = fs::read_dir(root.join("userland-tools/book/pages")).unwrap();
    let mut documents: Vec<PathBuf> = pages.map(|page| page.unwrap().path()).collect();
    documents.sort();
    documents.insert(0, root.join("README.md"));
    documents
}

/// The documents' commands, each once: the indented lines that begin with `cargo xtask`, without their prompt.
fn commands() -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut seen = BTreeSet::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| line.trim_start_matches("$ "));
        for line in lines.filter_map(|line| line.strip_prefix("cargo xtask ")) {
            if seen.insert(line.to_owned()) {
                commands.push(line.split_whitespace().map(str::to_owned).collect());
            }
        }
    }
    commands
}

#[test]
fn every_command_of_readme_and_book_holds() {
    let folder = TempDir::new().unwrap();
    // Commands name files as they stand below the project's folder.
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test").canonicalize().unwrap();
    symlink(bench, folder.path().join("vm-test")).unwrap();
    let target = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap();
    symlink(target, folder.path().join("target")).unwrap();
    let commands = commands();
    assert!(commands.len() >= 20, "only {} commands were found", commands.len());
    for words in commands {
        // xtask builds, then starts the command with the rest of the words; this is the rest.
        let arguments = match words[0].as_str() {
            "run" => &words[..],
            "loopflower" => &words[1..],
            // What is running now, what was built before it, and what has tests of its own: the book, the command for Macs, the packages.
            "test" | "kext" | "plugin" | "book" | "tool" | "package" | "release" => continue,
            other => panic!("a document has `cargo xtask {other}`, and nothing here runs it"),
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
