//! Compilation and link of one processor's part.

use std::fs;
use std::path::{Path, PathBuf};

use kernel_build::{At, Error, Tools, run};
use plugin_build::compile::cargo;
use plugin_build::library::Library;
use plugin_build::slice::Slice;

/// The crate of the command, and of its program.
const PACKAGE: &str = "mac-command";

/// Libraries that Rust's standard library asks the linker for and that are in libSystem, or of which nothing is used.
const ASKED_FOR: [&str; 3] = ["libc", "libm", "libiconv"];

/// Lays out the stubs of a processor's libraries as an SDK; its folder.
///
/// # Errors
/// A file cannot be written.
pub fn sdk(folder: &Path, slice: &Slice) -> Result<PathBuf, Error> {
    let sdk = folder.join(format!("sdk-{}", slice.arch));
    if sdk.exists() {
        fs::remove_dir_all(&sdk).at(&sdk)?;
    }
    let write = |library: Library<'_>| {
        let path = sdk.join(library.file);
        let place = path.parent().unwrap_or(&sdk);
        fs::create_dir_all(place).at(place)?;
        fs::write(&path, library.stub()).at(&path)
    };
    for (library, symbols) in tool_build::of(slice.arch) {
        write(Library { file: &place(library), install_name: library, symbols: &symbols })?;
    }
    for name in ASKED_FOR {
        let (file, install_name) = (format!("usr/lib/{name}.tbd"), format!("/usr/lib/{name}.dylib"));
        write(Library { file: &file, install_name: &install_name, symbols: &[] })?;
    }
    Ok(sdk)
}

/// Where linkers look for a library's stub: below the SDK, by the name that is asked for, without versions.
fn place(install_name: &str) -> String {
    let name = install_name.rsplit('/').next().unwrap_or(install_name);
    match name.strip_prefix("lib") {
        Some(_) => format!("usr/lib/{}.tbd", name.split('.').next().unwrap_or(name)),
        None => format!("System/Library/Frameworks/{name}.framework/{name}.tbd"),
    }
}

/// Builds the part and returns its path.
///
/// # Errors
/// The standard library of the target is missing, or the part does not compile or link.
pub fn build(tools: &Tools, root: &Path, folder: &Path, sdk: &Path, slice: &Slice) -> Result<PathBuf, Error> {
    // The program behind ld64.lld: rustc names the flavour by itself.
    let linker = tools.ld64.ancestors().nth(2).unwrap_or(root).join("rust-lld");
    let mut flags = vec!["-Clinker-flavor=ld64.lld".to_owned(), format!("-Clinker={}", linker.display())];
    // A library of which nothing is imported is no part of the program.
    flags.extend(["-dead_strip_dylibs", "-S", "-x"].map(|option| format!("-Clink-arg={option}")));
    let mut cargo = cargo(tools, root, folder, slice, flags);
    cargo
        .args(["build", "--quiet", "--release", "--package", PACKAGE, "--target", slice.target, "--target-dir"])
        .arg(folder)
        .env("SDKROOT", sdk)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        // The linker has signed what it wrote: nothing is to change it.
        .env("CARGO_PROFILE_RELEASE_STRIP", "none");
    run(&format!("building {PACKAGE} for {}", slice.arch), &mut cargo)?;
    Ok(folder.join(slice.target).join("release").join(PACKAGE))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn stubs_stand_where_linkers_look() {
        assert_eq!(place("/usr/lib/libSystem.B.dylib"), "usr/lib/libSystem.tbd");
        let audio = "/System/Library/Frameworks/CoreAudio.framework/Versions/A/CoreAudio";
        assert_eq!(place(audio), "System/Library/Frameworks/CoreAudio.framework/CoreAudio.tbd");
    }
}
