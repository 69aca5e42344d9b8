//! Makes core-io-sys's `bindings.rs` from the headers that C understands.
use crate::{Error, include_dir};
use std::fs;
use std::path::PathBuf;

/// The libclang that the committed bindings were made with; another one may print the same facts otherwise.
pub const LIBCLANG: u32 = 19;

const BANNER: &str =
    "// Generated from kernel-bindings/include by header-check, with bindgen 0.73 and libclang 19. Do not edit.\n";

/// Where the bindings are committed.
pub fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../core-io-sys/src/bindings.rs"))
}

/// The text of the bindings.
///
/// # Errors
/// [`Error::Missing`] when libclang 19 is not there; another error when the headers are not C.
pub fn render() -> Result<String, Error> {
    let missing = |found: &str| Error::Missing {
        what: format!("libclang {LIBCLANG}, with which the bindings are made ({found}),"),
        get: format!("apt-get install libclang1-{LIBCLANG}, or set LIBCLANG_PATH to its folder"),
    };
    clang_sys::load().map_err(|error| missing(&error))?;
    let version = bindgen::clang_version();
    if version.parsed.is_none_or(|(major, _)| major != LIBCLANG) {
        return Err(missing(&format!("found: {}", version.full)));
    }
    let include = include_dir();
    let bindings = bindgen::Builder::default()
        .header(include.join("support/bindings.h").display().to_string())
        .clang_args(["-target", "x86_64-apple-macos10.6", "-mkernel", "-nostdinc", "-isystem"])
        .clang_arg(include.display().to_string())
        .use_core()
        .layout_tests(false)
        .prepend_enum_name(false)
        .generate_cstr(true)
        .merge_extern_blocks(true)
        .sort_semantically(true)
        .disable_header_comment()
        .formatter(bindgen::Formatter::Prettyplease)
        .generate()
        .map_err(|error| Error::Compile(error.to_string()))?;
    Ok(format!("{BANNER}{bindings}"))
}

/// Writes the bindings to their place.
///
/// # Errors
/// As of [`render`], and when the file cannot be written.
pub fn write() -> Result<(), Error> {
    fs::write(path(), render()?).map_err(|source| Error::Io { path: path(), source })
}
