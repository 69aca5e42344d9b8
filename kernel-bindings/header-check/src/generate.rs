//! Makes the generated headers.
use crate::facts::Facts;
use crate::{Error, emit, spec};
use std::fs;
use std::path::Path;

/// Writes every generated header into the folder `include`; for who defines IOAudioFamily, also those that only it needs.
///
/// # Errors
/// The facts do not have what a header is to declare, or a file cannot be written.
pub fn write(facts: &Facts, include: &Path) -> Result<(), Error> {
    let family = if facts.defines_family { spec::FAMILY_HEADERS } else { &[] };
    for header in spec::HEADERS.iter().chain(family) {
        let path = include.join(header.path);
        let io = |source| Error::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        fs::write(&path, emit::header(facts, header)?).map_err(io)?;
    }
    Ok(())
}

/// The paths of the generated headers in `include` that are not there or not what [`write`](fn@write) would write.
///
/// # Errors
/// The facts do not have what a header is to declare.
pub fn stale(facts: &Facts, include: &Path) -> Result<Vec<&'static str>, Error> {
    let mut stale = Vec::new();
    for header in spec::HEADERS {
        let wanted = emit::header(facts, header)?;
        if fs::read_to_string(include.join(header.path)).ok() != Some(wanted) {
            stale.push(header.path);
        }
    }
    Ok(stale)
}
