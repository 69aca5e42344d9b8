//! `load`: starts what matches, waits, unloads.

use host::bench::REST;
use host::{Bench, Stop};
use kpi::sched;

/// Loads the kext and lets it rest.
pub fn run(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    sched::sleep_until(sched::now() + REST);
    Ok(())
}
