//! `loopflower kpi audit`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::arguments::{EXIT_CODES, Format};
use crate::research::tell;

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

/// Audits bundles; whether all could be read and no release that is asked refuses one.
pub fn audit(arguments: &Audit) -> anyhow::Result<bool> {
    let implemented: BTreeSet<&str> = plugin_host::libraries::implemented().into_iter().map(|(name, _)| name).collect();
    let options = research::audit::Options {
        releases: research::audit::releases(&arguments.os)?,
        libraries: arguments.libraries.clone(),
        host: &|name| implemented.contains(name),
    };
    let audited = research::audit::audit(&arguments.bundles, &options)?;
    tell(&audited, arguments.format)?;
    Ok(audited.held())
}
