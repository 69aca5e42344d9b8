//! `loopflower kpi audit`.

use std::path::PathBuf;

use clap::Args;

use crate::research::tell;
use crate::{EXIT_CODES, Format};

/// Arguments of `loopflower kpi audit`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Audit {
    /// Kexts and user-space drivers
    #[arg(value_name = "BUNDLE", required = true)]
    bundles: Vec<PathBuf>,

    /// The release, or the first and the last of several ("10.6..15")
    #[arg(long, value_name = "RELEASE", default_value = "10.6..11")]
    os: String,

    /// A kext that is a library of those that are audited; may be given several times
    #[arg(long = "library", value_name = "BUNDLE")]
    libraries: Vec<PathBuf>,

    /// Form of the audit on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// Audits bundles; whether all could be read and no release that is asked refuses one. `host` says whether the bench's host of
/// user-space drivers has a name, where there is one.
///
/// # Errors
/// Wrong usage, or the answer cannot be written.
pub fn audit(arguments: &Audit, host: Option<&dyn Fn(&str) -> bool>) -> anyhow::Result<bool> {
    let options = research::audit::Options {
        releases: research::audit::releases(&arguments.os)?,
        libraries: arguments.libraries.clone(),
        host,
    };
    let audited = research::audit::audit(&arguments.bundles, &options)?;
    tell(&audited, arguments.format)?;
    Ok(audited.held())
}
