//! Instructions for a frame, counted by valgrind: the same on every machine, whatever else it does.

use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::case::{Block, Case};
use crate::device::Device;
use crate::memory::{Buffers, RING};

/// Cycles of the shorter and the longer run; the difference is what is counted.
const CYCLES: [u32; 2] = [32, 96];

/// What `--cycles` does: so many cycles of one case, and nothing else.
///
/// # Errors
/// The engine refuses the case.
pub fn run(case: Case, block: Block, cycles: u32) -> Result<()> {
    let mut buffers = Buffers::new(block.channels, block.frames);
    let mut device = Device::new(case, block.channels)?;
    let mut first = 0;
    for _ in 0..cycles {
        device.cycle(first, block.frames, &mut buffers)?;
        first = (first + block.frames) % RING;
    }
    device.check()
}

/// Instructions for a frame written and read, in this very program.
///
/// # Errors
/// There is no valgrind, or it does not say what it counted.
pub fn per_frame(case: Case, block: Block) -> Result<f64> {
    let [shorter, longer] = CYCLES;
    let counted = count(case, block, longer)?.saturating_sub(count(case, block, shorter)?);
    // Below 2³², for the blocks that there are.
    let counted = u32::try_from(counted).context("more instructions than a run of this length can have")?;
    Ok(f64::from(counted) / f64::from((longer - shorter) * block.frames))
}

fn count(case: Case, block: Block, cycles: u32) -> Result<u64> {
    let name = case.name();
    let mut command = Command::new("valgrind");
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    command.arg(std::env::current_exe()?).args(["--case", &name, "--channels", &block.channels.to_string()]);
    command.args(["--frames", &block.frames.to_string(), "--cycles", &cycles.to_string()]);
    let done = match command.output() {
        Err(why) if why.kind() == ErrorKind::NotFound => bail!(Missing),
        done => done.context("cannot start valgrind")?,
    };
    let said = String::from_utf8_lossy(&done.stderr);
    let number = said.lines().find_map(|line| line.split_once("refs:"));
    let number = number.map(|(_, number)| number.replace([',', ' '], ""));
    let counted = number.and_then(|number| number.parse().ok()).filter(|_| done.status.success());
    counted.with_context(|| format!("valgrind did not count {name}: {said}"))
}

/// There is no valgrind.
#[derive(Debug)]
pub struct Missing;

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("instructions are counted by valgrind, which is not there: apt-get install valgrind")
    }
}

impl std::error::Error for Missing {}
