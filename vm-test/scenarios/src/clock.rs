//! The clock: S1 to S4, B1.

use alloc::format;
use alloc::string::String;

use host::{Bench, Client, Engine, Spec, Stop};
use kpi::mach::clock;
use kpi::{sched, timer};
use protocol::value::Value;

use crate::choice::{IO_FRAMES, channels, first, rest};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// Laps that a clock is watched for: enough for the seed to show most of a timer's range of lateness.
const LAPS: u64 = 60;
/// Distance from the ideal schedule that is allowed, ns. Exact arithmetic stays within a unit of absolute time, 42 ns where
/// that is the coarsest; a timestamp that is taken when the timer's thread happens to run is late by what timers are late,
/// which the bench makes 50 µs and more.
const RESIDUAL: u64 = 10_000;
/// Distance that is allowed after an hour, ns: a period that was rounded to whole ns once is off by more.
const DRIFT: u64 = 1_000;
const HOUR: u64 = 3_600_000_000_000;
/// Lateness of timers on a machine under load, ns.
const LATE: u64 = 2_000_000;
/// Timebases of an Apple silicon Mac, of a PowerPC one with an odd crystal, and one that is coarse.
const TIMEBASES: [(u32, u32); 3] = [(125, 3), (1_000_000_000, 33_333_335), (7919, 97)];
/// How long a timer is held up, in laps: what a debugger or a sleep-like gap does. The engine refuses output that is more than
/// five laps ahead of the last timestamp.
const STALLED_LAPS: u64 = 4;
/// A stall of more laps than our driver makes good one by one.
const LONG_STALL: u64 = 1100;
/// Virtual time in which all missed timestamps must be there once timers run again, ns: less than any lap.
const AT_ONCE: u64 = 1_000_000;

/// S1: laps are as long as they must be whatever the unit of absolute time. A driver that takes ns for it makes them 41 times
/// too long where the timebase is 125/3.
pub fn timebases(bench: &mut Bench) -> Result<(), Stop> {
    for (numerator, denominator) in TIMEBASES {
        clock::set_timebase(numerator, denominator);
        let personalities = bench.personalities().clone();
        bench.load_with(&format!("timebase {numerator}/{denominator}"), &personalities)?;
        let engine = crate::choice::loopbacks()?[0];
        let clock = watched(engine, LAPS / 3, IO_FRAMES)?;
        clock.check(bench, &format!("laps in a timebase of {numerator}/{denominator}"), RESIDUAL);
        bench.unload();
    }
    Ok(())
}

/// S2: timestamps are those of the ideal schedule, however late the timer's thread is.
pub fn late_timers(bench: &mut Bench) -> Result<(), Stop> {
    timer::set_lateness(LATE);
    let engine = first(bench)?;
    let clock = watched(engine, LAPS, IO_FRAMES)?;
    clock.check(bench, "timestamps while timers are late", RESIDUAL);
    Ok(())
}

/// S3: a clock whose timer did not run for some laps recovers, loses no lap, and stands where it must.
pub fn stalled_timer(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let channels = channels(engine)?;
    let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
    client.play(Noise(3).player(channels as usize));
    client.start()?;
    let anchor = client.timestamp();
    let lap = engine.lap_ns();
    for _ in 0..3 {
        rest(2 * lap + lap / 3);
        timer::stall(STALLED_LAPS * lap + lap / 2);
        rest((STALLED_LAPS + 1) * lap);
    }
    client.record(tape.recorder());
    let from = client.done().written_to;
    rest(4 * lap);
    let (laps, expected) = (client.timestamp().0 - anchor.0, laps_since(anchor, lap));
    let done = client.done();
    client.close()?;
    let counted = format!("the engine counts {laps} laps, {expected} have passed");
    bench.check("laps", laps.abs_diff(expected) <= 1, counted);
    Watched::of(&done, expected).check(bench, "timestamps", RESIDUAL);
    let wrong = tape.compare(from, done.read_to, |frame, channel| Noise(3).at(frame, channel));
    let heard = tape.covered(from, done.read_to);
    let text = wrong.map_or_else(|| format!("{heard} frames came back"), |wrong| wrong.in_words());
    bench.check("sound afterwards", wrong.is_none() && heard >= 2 * engine.ring(), text);
    // An engine whose clock stands does not stop either: its clock comes first.
    engine.wait_stopped()?;
    long_stall(bench, engine)
}

/// A stall after which a driver may well begin anew: who played before is heard again. One that counts its new anchors has counted
/// one.
fn long_stall(bench: &mut Bench, engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
    client.play(Noise(4).player(channels as usize));
    client.start()?;
    let lap = engine.lap_ns();
    rest(2 * lap);
    timer::stall(LONG_STALL * lap);
    rest((LONG_STALL + 8) * lap);
    client.record(tape.recorder());
    let from = client.done().written_to;
    rest(4 * lap);
    let done = client.done();
    client.close()?;
    let wrong = tape.compare(from, done.read_to, |frame, channel| Noise(4).at(frame, channel));
    let heard = tape.covered(from, done.read_to);
    let text = wrong.map_or_else(|| format!("{heard} frames came back"), |wrong| wrong.in_words());
    bench.check("sound after a long stall", wrong.is_none() && heard >= 2 * engine.ring(), text);
    engine.wait_stopped()?;
    let counted = engine.property("Statistics").and_then(|all| all.get("Reanchors").and_then(Value::as_number));
    if let Some(counted) = counted {
        bench.check("new anchors", counted == 1, format!("{counted} were counted, 1 was made"));
    }
    Ok(())
}

/// S4: nothing adds up in an hour.
pub fn an_hour(bench: &mut Bench) -> Result<(), Stop> {
    timer::set_lateness(0);
    let engine = first(bench)?;
    let clock = watched(engine, HOUR / engine.lap_ns(), 4096)?;
    clock.check(bench, "timestamps in an hour", DRIFT);
    Ok(())
}

/// B1: timestamps that were missed are there at once when the timer runs again, not one with each lap from then on: a reader of
/// the clock would see a rate that runs away.
pub fn missed_timestamps(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let client = Client::open(engine, &Spec::player(IO_FRAMES))?;
    client.start()?;
    let (anchor, lap) = (client.timestamp(), engine.lap_ns());
    for round in 1..=5 {
        rest(lap + lap / 3);
        timer::stall(STALLED_LAPS * lap);
        rest(STALLED_LAPS * lap + AT_ONCE);
        let (laps, expected) = (client.timestamp().0 - anchor.0, laps_since(anchor, lap));
        let text = format!("1 ms after {STALLED_LAPS} laps without a timer, {laps} of {expected} laps are counted");
        bench.check(&format!("stall {round}"), laps == expected, text);
    }
    client.close()?;
    engine.wait_stopped()?;
    Ok(())
}

/// Laps that have passed since a timestamp.
fn laps_since(anchor: (u64, u64), lap: u64) -> u64 {
    (sched::now() - clock::to_ns(anchor.1)) / lap
}

/// What was seen of a clock.
struct Watched {
    laps: u64,
    timestamps: u64,
    residual: u64,
    gave_up: Option<String>,
}

impl Watched {
    fn of(done: &host::client::Done, laps: u64) -> Watched {
        let residual = done.timestamp_error_ns;
        Watched { laps, timestamps: done.timestamps, residual, gave_up: done.gave_up.clone() }
    }

    fn check(self, bench: &mut Bench, name: &str, allowed: u64) {
        let Watched { laps, timestamps, residual, gave_up } = self;
        let why = gave_up.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        let text = format!(
            "{timestamps} timestamps in {laps} laps, at most {residual} ns from the ideal; allowed are {allowed} ns{why}"
        );
        // The first one is the anchor; a timer that was held up leaves some out.
        let enough = timestamps > laps / 2 && timestamps <= laps + 2;
        bench.check(name, gave_up.is_none() && enough && residual <= allowed, text);
    }
}

/// Runs a client for some laps and sees what the clock does.
fn watched(engine: Engine, laps: u64, io_frames: u32) -> Result<Watched, Stop> {
    let client = Client::open(engine, &Spec::player(io_frames))?;
    client.start()?;
    rest(laps * engine.lap_ns() + engine.lap_ns() / 2);
    let done = client.done();
    client.close()?;
    let watched = Watched::of(&done, laps);
    // An engine whose clock stands does not stop either.
    Ok(Watched { gave_up: done.gave_up.or(engine.wait_stopped().err()), ..watched })
}
