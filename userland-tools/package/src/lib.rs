//! Packs what is built for a Mac: an installer package (flat `.pkg`) and a plain archive with the same tree.
//!
//! A [`Tree`] is what both carry; [`flat`] and [`tarball`] turn one into bytes, the same bytes each time. What is done on the
//! Mac is in the scripts of [`content`].
#![forbid(unsafe_code)]

pub mod bom;
pub mod content;
pub mod cpio;
mod error;
pub mod flat;
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

/// Compresses as gzip does, without a time or a name.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // A vector takes all that it is given.
    out.write_all(bytes).and_then(|()| out.finish()).unwrap_or_default()
}
