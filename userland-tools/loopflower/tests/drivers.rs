//! User-space drivers that are not ours: one in C, good and with each of its defects planted. It is built here, by clang and the
//! Rust toolchain's linker, against stubs of what the host of such drivers has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use compare::{Cause, Comparison, Dimension, Verdict};
use tempfile::TempDir;

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

/// A defect, and the dimension in which it makes a driver worse.
const MEASURED: [(&str, &str); 5] = [
    ("LAGS", "stall-recovery"),
    ("LATE", "latency-error"),
    ("QUIET", "bit-exactness"),
    ("STALE", "under-run"),
    ("LISTS_OVERRUN", "property-wrong-sizes"),
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

const INFO: &str = r#"<?xml version="1.0"?><plist version="1.0"><dict>
    <key>CFBundleIdentifier</key><string>org.loopflower.test.C</string>
    <key>CFBundleVersion</key><string>1.0</string>
    <key>CFBundleExecutable</key><string>C</string>
    <key>Answer</key><integer>42</integer>
    <key>CFPlugInFactories</key><dict><key>6E1A</key><string>Make</string></dict>
    <key>CFPlugInTypes</key><dict>
    <key>443ABAB8-E7B3-491A-B985-BEB9187030DB</key><array><string>6E1A</string></array></dict></dict></plist>"#;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test/plugin-host/witness")
}

fn succeeds(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// The linker of the toolchain that this test was built with.
fn linker() -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = succeeds(Command::new(rustc).args(["--print", "target-libdir"]).current_dir(source()));
    Path::new(&folder).with_file_name("bin").join("gcc-ld/ld64.lld")
}

fn clang() -> &'static str {
    let there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    ["clang-19", "clang"].into_iter().find(there).expect("clang, which `cargo xtask setup` installs")
}

/// Stubs of all libraries that the host has, and of one that it has not.
fn stubs(folder: &Path) -> Vec<PathBuf> {
    let mut libraries: BTreeMap<&str, Vec<&str>> = BTreeMap::from([("IOSurface", vec!["_IOSurfaceCreate"])]);
    for (symbol, library) in plugin_host::libraries::implemented() {
        libraries.entry(library).or_default().push(symbol);
    }
    let stub = |(library, symbols): (&str, Vec<&str>)| {
        let path = folder.join(format!("{library}.tbd"));
        let symbols: Vec<String> = symbols.into_iter().map(|symbol| format!("'{symbol}'")).collect();
        let text = format!(
            "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos ]\ninstall-name: '/usr/lib/{library}.dylib'\n\
             exports:\n  - targets: [ x86_64-macos ]\n    symbols: [ {} ]\n...\n",
            symbols.join(", ")
        );
        fs::write(&path, text).unwrap();
        path
    };
    libraries.into_iter().map(stub).collect()
}

/// Compiles a file of the driver's, C or C++.
fn compile(folder: &Path, file: &str, defect: &str, release: &str) -> PathBuf {
    let object = folder.join(file).with_extension("o");
    let mut compile = Command::new(clang());
    compile.args([
        "-target",
        &format!("x86_64-apple-macos{release}"),
        "-c",
        "-O1",
        "-fblocks",
        "-fno-omit-frame-pointer",
    ]);
    compile.args(["-fstack-protector-all", "-fvisibility=hidden", "-Wall", "-Werror", "-Wno-multichar", "-nostdinc"]);
    compile.args(["-Wno-unused-function", "-Wno-four-char-constants", "-Wno-fortify-source"]);
    if file.ends_with("cpp") {
        compile.args(["-std=c++17", "-nostdinc++", "-faligned-allocation"]);
    }
    let include = succeeds(Command::new(clang()).arg("-print-resource-dir"));
    compile.arg("-isystem").arg(Path::new(&include).join("include"));
    succeeds(compile.arg(format!("-DDEFECT_{defect}")).arg(source().join(file)).arg("-o").arg(&object));
    object
}

/// Builds the driver with a defect, or none, for a release, as a bundle of its own.
fn build(folder: &Path, defect: &str, release: &str, fixups: &str) -> PathBuf {
    let bundle = folder.join(format!("{defect}-{release}")).join("C.driver");
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    fs::write(bundle.join("Contents/Info.plist"), INFO).unwrap();
    let objects = ["driver.c", "worker.cpp"].map(|file| compile(folder, file, defect, release));
    let mut link = Command::new(linker());
    link.args(["-arch", "x86_64", "-platform_version", "macos", release, release, "-bundle", fixups]);
    succeeds(link.args(objects).args(stubs(folder)).arg("-o").arg(bundle.join("Contents/MacOS/C")));
    bundle
}

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

/// Compares two bundles in a dimension, each measurement in so many seconds: the exit code, and the result.
fn compared(folder: &Path, a: &Path, b: &Path, dimension: &str, timeout: &str) -> (Option<i32>, Comparison) {
    let out = folder.join("compared");
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    let done = command
        .arg("compare")
        .args([a, b])
        .args(["--only", dimension, "--timeout", timeout, "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    (done.status.code(), Comparison::read(&out.join("result.json")).unwrap_or_else(|why| panic!("{why}: {said}")))
}

fn dimension<'a>(result: &'a Comparison, id: &str) -> &'a Dimension {
    result.dimensions.iter().find(|known| known.id == id).unwrap()
}

#[test]
fn a_defect_makes_a_driver_worse_in_its_dimension() {
    let folder = TempDir::new().unwrap();
    let good = build(folder.path(), "NONE", "10.13", "-no_fixup_chains");
    for (defect, id) in MEASURED {
        let bad = build(folder.path(), defect, "10.13", "-no_fixup_chains");
        let (_, result) = compared(folder.path(), &good, &bad, id, "60");
        let found = dimension(&result, id);
        assert_eq!(found.verdict, Verdict::AIsBetter, "{defect}: {found:?}");
    }
}

#[test]
fn a_driver_that_crashes_leaves_the_other_one_its_figures() {
    let folder = TempDir::new().unwrap();
    let [good, bad] = ["NONE", "CRASHES"].map(|defect| build(folder.path(), defect, "10.13", "-no_fixup_chains"));
    let (code, result) = compared(folder.path(), &good, &bad, "round-trip", "60");
    assert_eq!(code, Some(1));
    let found = dimension(&result, "round-trip");
    assert_eq!(found.a.value, Some(0.0), "{found:?}");
    let finding = found.b.finding.as_ref().unwrap();
    assert_eq!(finding.cause, Cause::Crashed, "{finding:?}");
    assert!(finding.text.contains("the driver crashed in StartIO"), "{finding:?}");
}

#[test]
fn a_driver_that_hangs_leaves_the_other_one_its_figures() {
    let folder = TempDir::new().unwrap();
    let [good, bad] = ["NONE", "HANGS"].map(|defect| build(folder.path(), defect, "10.13", "-no_fixup_chains"));
    let (code, result) = compared(folder.path(), &bad, &good, "round-trip", "2");
    assert_eq!(code, Some(1));
    let found = dimension(&result, "round-trip");
    assert_eq!((found.b.value, found.verdict), (Some(0.0), Verdict::BIsBetter), "{found:?}");
    assert_eq!(found.a.finding.as_ref().unwrap().cause, Cause::Hung, "{found:?}");
}

#[test]
fn a_driver_that_takes_absurd_rates_is_told_of_by_what_it_leaves_behind() {
    let folder = TempDir::new().unwrap();
    let careless = build(folder.path(), "NONE", "10.13", "-no_fixup_chains");
    let own = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap().join("plugin/Loopflower.driver");
    let (_, result) = compared(folder.path(), &own, &careless, "configuration-rollback", "60");
    let found = dimension(&result, "configuration-rollback");
    assert_eq!((found.verdict, found.a.value), (Verdict::AIsBetter, Some(0.0)), "{found:?}");
}
