//! User-space drivers that are not ours: one in C, good and with each of its defects planted.

mod compared;
mod witness;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use self::witness::{INFO, build};

/// A defect, and what must be said of it.
const DEFECTS: [(&str, &str); 13] = [
    ("NO_DRIVER", "its factory Make returns no driver for the type of user-space drivers"),
    ("RELEASES_TWICE", "QueryInterface releases an object that was released"),
    (
        "MISSING_FUNCTION",
        "the driver calls _IOSurfaceCreate of IOSurface, which this host does not have, in Initialize",
    ),
    ("HANGS", "stopped at the timeout of 1 s"),
    ("WRONG_SIZE", "object 2 says that 'uid ' has 4 bytes, and then that it has 8"),
    ("DEADLOCK", "deadlock: StartIO takes a mutex that StartIO took and still holds"),
    ("FORGETS_WORKER", "deadlock: Initialize waits for the end of a thread, for ever"),
    ("THROWS", "the driver throws a C++ exception of type 4Oops, in Initialize; this host catches none"),
    ("CRASHES", "the driver crashed in StartIO: C`_start + 0x"),
    ("KEEPS_LOCK", "mutexes are still held at the end; StartIO took one"),
    ("OVERRUNS", "the driver writes beyond the buffer of 'read'"),
    ("LATE", "the recording is 512 frames late"),
    ("QUIET", "samples differ; the first is frame 0 "),
];

/// A defect that a loop does not show, the scenario that does, and what it says.
const HIDDEN: [(&str, &str, &str); 11] = [
    ("LAGS", "B1", "missed timestamps: after 10 periods without a call the timestamp is 1 periods on"),
    ("STALE", "B2", "silence: "),
    ("OVERWRITES", "B4", "samples that both clients wrote are not their sum; the first in frame "),
    ("CHANGES_AT_ONCE", "B6", "the change waits: 44100 Hz while IO runs at 48000 Hz"),
    ("ABORT_CHANGES", "abort", "all is as it was: 'nsrt' of object 2"),
    ("TELLS_NOBODY", "notify", "'lcsv' of object 5 has changed, and nobody was told"),
    ("TELLS_ALWAYS", "notify", "'lcsv' of object 5 was told of and has not changed"),
    ("FORGETS", "storage", "settings come back: 'lcsv' of object 5 did not come back"),
    ("TRUSTS_STORAGE", "storage", "Initialize returns 0x00000008"),
    ("BOX_IS_SILENT", "devices", "'dev#' of object 1 has changed, and nobody was told"),
    ("LISTS_OVERRUN", "fuzz", "'stm#' in 'glob': with room for 0 bytes it writes more"),
];

fn run(bundle: &Path, timeout: &str) -> Output {
    run_scenario(bundle, timeout, "loop")
}

fn run_scenario(bundle: &Path, timeout: &str, scenario: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    let output = bundle.with_file_name("out.wav");
    command
        .arg("run")
        .arg(bundle)
        .args(["--scenario", scenario, "--timeout", timeout, "--output"])
        .arg(output)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[test]
fn a_c_driver_loops_whichever_way_it_is_linked() {
    let folder = TempDir::new().unwrap();
    for (release, fixups) in [("10.13", "-no_fixup_chains"), ("11.0", "-fixup_chains")] {
        let done = run(&build(folder.path(), "NONE", release, fixups), "20");
        assert_eq!(done.status.code(), Some(0), "{release}: {}", text(&done));
        for line in ["C driver: check 0 of libraries", "worker: C++ did 42"] {
            assert!(text(&done).contains(line), "{release}: {line} is not in {}", text(&done));
        }
    }
}

/// A stripped driver has its factory in the trie of exports only.
#[test]
fn a_driver_without_symbols_is_found_by_its_exports() {
    /// LC_SYMTAB, and where it has the number of its symbols; where commands begin.
    const LC_SYMTAB: u32 = 2;
    const COUNT: usize = 12;
    const COMMANDS: usize = 32;
    let folder = TempDir::new().unwrap();
    for (release, fixups) in [("10.13", "-no_fixup_chains"), ("11.0", "-fixup_chains")] {
        let bundle = build(folder.path(), "NONE", release, fixups);
        let path = bundle.join("Contents/MacOS/C");
        let mut file = fs::read(&path).unwrap();
        let word = |file: &[u8], at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let mut at = COMMANDS;
        while word(&file, at) != LC_SYMTAB {
            at += word(&file, at + 4) as usize;
        }
        file[at + COUNT..at + COUNT + 4].fill(0);
        fs::write(&path, file).unwrap();
        let done = run(&bundle, "20");
        assert_eq!(done.status.code(), Some(0), "{release}: {}", text(&done));
    }
}

#[test]
fn each_defect_is_told_of_by_name() {
    let folder = TempDir::new().unwrap();
    for (defect, told) in DEFECTS {
        let done = run(&build(folder.path(), defect, "10.13", "-no_fixup_chains"), "1");
        assert_eq!(done.status.code(), Some(1), "{defect}: {}", text(&done));
        assert!(text(&done).contains(told), "{defect}: {told:?} is not in {}", text(&done));
    }
}

#[test]
fn a_defect_that_no_loop_shows_is_found_by_its_scenario() {
    let folder = TempDir::new().unwrap();
    let good = build(folder.path(), "NONE", "10.13", "-no_fixup_chains");
    for (defect, scenario, told) in HIDDEN {
        let done = run_scenario(&good, "20", scenario);
        assert_eq!(done.status.code(), Some(0), "{scenario}: {}", text(&done));
        let bad = build(folder.path(), defect, "10.13", "-no_fixup_chains");
        assert_eq!(run(&bad, "20").status.code(), Some(0), "{defect}");
        let done = run_scenario(&bad, "20", scenario);
        assert!(done.status.code() == Some(1) && text(&done).contains(told), "{told:?} is not in {}", text(&done));
    }
}

#[test]
fn what_is_no_driver_is_refused_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    let bundle = folder.path().join("C.driver");
    let done = run(&bundle, "1");
    assert!(done.status.code() == Some(2) && text(&done).contains("C.driver: is absent"), "{}", text(&done));
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    let tell = |info: &str, executable: &[u8], told: &str| {
        fs::write(bundle.join("Contents/Info.plist"), info).unwrap();
        fs::write(bundle.join("Contents/MacOS/C"), executable).unwrap();
        let done = run(&bundle, "1");
        assert!(done.status.code() == Some(1) && text(&done).contains(told), "{told:?} is not in {}", text(&done));
    };
    tell(&INFO.replace("CFPlugInTypes", "Other"), b"", "has no CFPlugInTypes, so there is no factory");
    tell(INFO, b"", "the executable cannot be loaded");
    tell(INFO, b"#!/bin/sh\n", "the executable cannot be loaded");
}

/// What the host lacks is listed without running anything.
#[test]
fn the_coverage_of_a_driver_lists_what_the_host_does_not_have() {
    let folder = TempDir::new().unwrap();
    let bundle = build(folder.path(), "MISSING_FUNCTION+THROWS", "10.13", "-no_fixup_chains");
    let done = Command::new(env!("CARGO_BIN_EXE_loopflower")).args(["kpi", "coverage"]).arg(&bundle).output().unwrap();
    let told = text(&done);
    let is_trap = |symbol: &str| told.lines().any(|line| line.starts_with(symbol) && line.ends_with(" trap"));
    assert!(is_trap("_IOSurfaceCreate ") && is_trap("___cxa_throw "), "{told}");
    assert!(!is_trap("_pthread_mutex_lock ") && told.contains(" implemented, "), "{told}");
}

/// What a large driver in C imports is there, but for what is written here.
#[test]
fn the_imports_of_a_known_driver_are_there() {
    let implemented = plugin_host::libraries::implemented();
    let mut count = 0;
    for import in abi::tables::imports().filter(|import| import.program.starts_with("BlackHole")) {
        count += 1;
        assert!(implemented.iter().any(|(symbol, _)| *symbol == import.symbol), "{}", import.symbol);
    }
    assert!(count > 40);
}
