//! Hosting a program for Macs, such as the agent, on the devices of a user-space driver.

use std::path::{Path, PathBuf};

use plugin_host::Plugin;
use runner::Error;
use runner::plugin::Bundle;

/// Seed of every choice of the host.
const SEED: u64 = 1;

/// The program, the driver, and what the program is to do.
#[derive(Debug, clap::Args)]
pub struct Host {
    /// The driver's bundle; without one there are no devices
    #[arg(long)]
    driver: Option<PathBuf>,
    /// The program: a Mach-O executable that begins by LC_UNIXTHREAD
    program: PathBuf,
    /// The program's arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the program, and ends as it ends.
///
/// # Errors
/// The program or the bundle cannot be read.
pub fn run(host: &Host) -> Result<bool, anyhow::Error> {
    let Host { driver, program, arguments } = host;
    let driver = driver.as_deref().map(read).transpose()?;
    let bytes = std::fs::read(program).map_err(|why| Error::Usage(format!("{}: {why}", program.display())))?;
    let name = program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let run = plugin_host::Run { name, program: bytes, arguments: arguments.clone(), driver, seed: SEED };
    plugin_host::run_program(&run)
}

fn read(driver: &Path) -> Result<Plugin, Error> {
    let Bundle { name, identifier, factory, info, executable, .. } = Bundle::read(driver)?;
    Ok(Plugin { name, identifier, factory, info, executable })
}
