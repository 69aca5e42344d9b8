//! Choosing what a scenario runs on.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use host::{Bench, Engine, Format, Rate, Stop};
use kpi::sched;

/// Frames of an IO cycle, as the HAL has them unless somebody asks for others.
pub const IO_FRAMES: u32 = 512;

/// The engines that loop: those with both an output and an input stream.
///
/// # Errors
/// There is none.
pub fn loopbacks() -> Result<Vec<Engine>, Stop> {
    let mut engines = Engine::all();
    if engines.is_empty() {
        return Err("no audio engine was published".into());
    }
    engines.retain(|engine| engine.output().is_ok() && engine.input().is_ok());
    if engines.is_empty() { Err("no engine has both an output and an input stream".into()) } else { Ok(engines) }
}

/// Loads the kext, and takes its first engine that loops.
///
/// # Errors
/// The kernel refused it, or there is none.
pub fn first(bench: &mut Bench) -> Result<Engine, Stop> {
    bench.load()?;
    Ok(loopbacks()?[0])
}

/// Channels of an engine's streams.
///
/// # Errors
/// They differ, so that what is played cannot be told in what comes back.
pub fn channels(engine: Engine) -> Result<u32, Stop> {
    let (output, input): (Format, Format) = (engine.output()?.format(), engine.input()?.format());
    if output.channels == input.channels && output.channels > 0 {
        return Ok(output.channels);
    }
    let text: String = format!("the output has {} channels, the input {}", output.channels, input.channels);
    Err(text.into())
}

/// A rate the engine has beside the one it runs at; whole ones only.
pub fn other_rate(engine: Engine) -> Option<Rate> {
    let now = engine.rate();
    engine.output().ok()?.rates().into_iter().find(|&rate| rate != now && rate.fraction == 0)
}

/// Lets virtual time pass.
pub fn rest(ns: u64) {
    sched::sleep_until(sched::now() + ns);
}
