//! Hosting a program for Macs, such as the agent, on the devices of a user-space driver.

use std::path::{Path, PathBuf};

use abi::Release;
use plugin_host::{Entry, Plugin};
use protocol::event::Event;
use runner::Error;
use runner::machine::Hosted;
use runner::plugin::Bundle;
use runner::run::{Options, Task, run as run_job};

use crate::arguments::HOSTED;
use crate::devices::from_kernel;

/// Seed of every choice of the host.
const SEED: u64 = 1;
/// Seconds that a kext is given.
const TIMEOUT: u64 = 60;

/// The program, the driver, and what the program is to do.
#[derive(Debug, clap::Args)]
pub struct Host {
    /// The driver's bundle; without one there are no devices
    #[arg(long)]
    driver: Option<PathBuf>,
    /// A kext; what the registry has of it is what it publishes on a hosted machine
    #[arg(long)]
    kext: Option<PathBuf>,
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
    let Host { driver, kext, program, arguments } = host;
    let driver = driver.as_deref().map(read).transpose()?;
    let bytes = std::fs::read(program).map_err(|why| Error::Usage(format!("{}: {why}", program.display())))?;
    let name = program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let registry = kext.as_deref().map(published).transpose()?.unwrap_or_default();
    let run = plugin_host::Run { name, program: bytes, arguments: arguments.clone(), driver, registry, seed: SEED };
    plugin_host::run_program(&run)
}

/// What a kext publishes, from its root service down.
fn published(kext: &Path) -> anyhow::Result<Vec<Entry>> {
    let options = Options {
        kext: kext.to_owned(),
        libraries: Vec::new(),
        os: Release::V10_9,
        seed: SEED,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task: Task::Requests(Vec::new()),
    };
    let report = run_job(&options, &mut Hosted::of_this_program(HOSTED)?, &mut |_| {})?.report;
    if !report.held {
        return Err(Error::Failed(format!("{}: {}", report.bundle, report.failures.join("; "))).into());
    }
    let entry = |event| match event {
        Event::Entry { depth, class, properties } => Some(Entry { depth, class, properties: from_kernel(properties) }),
        _ => None,
    };
    Ok(report.events.into_iter().filter_map(entry).collect())
}

fn read(driver: &Path) -> Result<Plugin, Error> {
    let Bundle { name, identifier, factory, info, executable, .. } = Bundle::read(driver)?;
    Ok(Plugin { name, identifier, factory, info, executable })
}
