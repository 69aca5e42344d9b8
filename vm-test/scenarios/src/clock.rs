//! The clock: S1 to S4, B1.

use alloc::format;

use host::{Bench, Client, Engine, Spec, Stop};

use crate::choice::{IO_FRAMES, first, rest};

/// Laps that a clock is watched for: enough for the seed to show most of a timer's range of lateness.
const LAPS: u64 = 60;
/// Distance from the ideal schedule that is allowed, ns. Exact arithmetic stays within a unit of absolute time, 42 ns where
/// that is the coarsest; a timestamp that is taken when the timer's thread happens to run is late by what timers are late,
/// which the bench makes 50 µs and more.
const RESIDUAL: u64 = 10_000;

/// S2: timestamps are those of the ideal schedule, however late the timer's thread is.
pub fn late_timers(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let residual = watched(engine, LAPS)?;
    bench.check(
        "residual",
        residual <= RESIDUAL,
        format!("timestamps are at most {residual} ns from the ideal schedule; allowed are {RESIDUAL} ns"),
    );
    Ok(())
}

/// Runs a client for some laps: the largest distance of a timestamp from the ideal schedule, ns.
fn watched(engine: Engine, laps: u64) -> Result<u64, Stop> {
    let client = Client::open(engine, &Spec::player(IO_FRAMES))?;
    client.start()?;
    rest((laps + 1) * engine.lap_ns());
    let done = client.done();
    client.close()?;
    engine.wait_stopped()?;
    if let Some(why) = done.gave_up {
        return Err(why.into());
    }
    if done.timestamps < laps {
        return Err(format!("the engine took {} timestamps in {laps} laps", done.timestamps).into());
    }
    Ok(done.timestamp_error_ns)
}
