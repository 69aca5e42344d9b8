//! What is handed out, used where there is nothing else of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use package::notices;

/// Runs a program in `folder` with next to nothing around it; what it said on standard output.
fn done(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", folder.join("home"));
    let done = command.output().unwrap_or_else(|why| panic!("{program}: {why}"));
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
#[ignore = "needs what `cargo xtask release` makes: cargo test -p package --test scripts -- --ignored released"]
fn the_command_for_linux_works_in_an_empty_folder_with_what_it_carries() {
    let released = package::target().join("package");
    assert!(released.join("SHA256SUMS").is_file(), "there is no release in {}", released.display());
    done(&released, "sha256sum", &["--check", "--quiet", "SHA256SUMS"]);

    let (folder, version) = (tempfile::tempdir().unwrap(), env!("CARGO_PKG_VERSION"));
    let archive = released.join(format!("loopflower-{version}-x86_64-linux.tar.gz"));
    done(folder.path(), "tar", &["-xzf", archive.to_str().unwrap(), "--strip-components=1"]);
    let mut names: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert_eq!(
        names,
        notices::NAMES.iter().chain(&["loopflower"]).map(|name| folder.path().join(name)).collect::<Vec<_>>()
    );
    assert!(fs::read_to_string(&names[2]).unwrap().contains("\nclap "), "the licences of what is linked into it");
    let (program, sources) = (fs::read(folder.path().join("loopflower")).unwrap(), package::root().to_str().unwrap());
    let is_named = program.windows(sources.len()).any(|bytes| bytes == sources.as_bytes());
    assert!(!is_named, "it names the folder of the sources, {sources}");

    let loopflower = folder.path().join("loopflower").display().to_string();
    let run = |words: &str| done(folder.path(), &loopflower, &words.split(' ').collect::<Vec<_>>());
    assert!(run("scenarios").contains("B10"));
    assert!(!folder.path().join("home").exists(), "tables need no file");
    assert!(run("kpi coverage --os 10.9").contains("exports on 10.9"));
    for machine in ["hosted", "vm"] {
        assert!(run(&format!("run --machine {machine}")).contains("bit for bit"), "{machine}");
    }
    assert!(run("compare --only fault-reach --out compared").contains("B better: 1"));
    let cache = fs::read_dir(folder.path().join("home/.cache/loopflower")).unwrap().next().unwrap().unwrap().path();
    let kext = cache.join("kext/Loopflower.kext").display().to_string();
    assert!(done(folder.path(), &loopflower, &["kpi", "audit", &kext]).contains("links on        10.6 to 11"));
    for part in ["plugin/Loopflower.driver/Contents/Info.plist", "agent/loopflower-agent", "schemas/run.schema.json"] {
        assert!(cache.join(part).is_file(), "{part}");
    }
}
