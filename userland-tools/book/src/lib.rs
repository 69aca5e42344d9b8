//! The book: its pages are in `pages/`, and some of them are other documents of the project, included.
#![forbid(unsafe_code)]

use std::path::Path;

use mdbook_driver::MDBook;

/// Where the pages are: `book.toml` and `pages/`.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Renders the book into the folder `out` as HTML, beginning with `index.html`.
///
/// # Errors
/// A page is missing or cannot be read, or the result cannot be written.
pub fn build(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut book = MDBook::load(ROOT).map_err(|why| format!("{why:#}"))?;
    book.config.build.build_dir = std::path::absolute(out)?;
    Ok(book.build().map_err(|why| format!("{why:#}"))?)
}
