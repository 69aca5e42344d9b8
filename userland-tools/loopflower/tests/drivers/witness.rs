//! The driver in C, built by clang and the Rust toolchain's linker, against stubs of what the host of such drivers has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The property list of a driver that is well.
pub const INFO: &str = r#"<?xml version="1.0"?><plist version="1.0"><dict>
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
    compile.args(defect.split('+').map(|one| format!("-DDEFECT_{one}")));
    succeeds(compile.arg(source().join(file)).arg("-o").arg(&object));
    object
}

/// Builds the driver with a defect, several joined by `+`, or `NONE`, for a release, as a bundle of its own.
pub fn build(folder: &Path, defect: &str, release: &str, fixups: &str) -> PathBuf {
    let bundle = folder.join(format!("{defect}-{release}")).join("C.driver");
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    fs::write(bundle.join("Contents/Info.plist"), INFO).unwrap();
    let objects = ["driver.c", "worker.cpp"].map(|file| compile(folder, file, defect, release));
    let mut link = Command::new(linker());
    link.args(["-arch", "x86_64", "-platform_version", "macos", release, release, "-bundle", fixups]);
    succeeds(link.args(objects).args(stubs(folder)).arg("-o").arg(bundle.join("Contents/MacOS/C")));
    bundle
}
