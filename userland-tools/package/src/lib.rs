//! Packs what is built for a Mac: an installer package (flat `.pkg`) and a plain archive with the same tree.
//!
//! A [`Tree`] is what both carry; [`flat`] and [`tarball`] turn one into bytes, the same bytes each time. What is done on the
//! Mac is in the scripts of [`content`].
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

pub mod bom;
pub mod content;
pub mod cpio;
mod error;
pub mod flat;
pub mod notices;
pub mod sign;
pub mod tarball;
pub mod tree;
pub mod xar;

pub use error::{At, Error};
pub use tree::Tree;

/// When all that is packed was last changed, in seconds since 1970: 2020-01-01. Time must not change what is made.
pub const MTIME: u32 = 1_577_836_800;

/// The same as text of ISO 8601.
pub const MTIME_TEXT: &str = "2020-01-01T00:00:00Z";

/// The folder of everything built.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The workspace's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// The SHA-256 of those bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Compresses as gzip does, without a time or a name.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // A vector takes all that it is given.
    out.write_all(bytes).and_then(|()| out.finish()).unwrap_or_default()
}
