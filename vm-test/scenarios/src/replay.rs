//! What is left of a sound after a stop: S5.

use alloc::format;

use host::{Bench, Client, Engine, Spec, Stop};
use kpi::iokit::power;

use crate::choice::{IO_FRAMES, channels, first, other_rate, rest};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// Laps that are played before a stop: the ring has been filled more than once.
const PLAYED: u64 = 3;
/// Laps that are read after it: every frame of the ring more than once.
const READ: u64 = 3;

/// S5: after a stop, a reader hears silence and nothing of what was played before; so it is after a change of rate. To the
/// bit: what is left of another program's sound is a leak however faint it is.
pub fn nothing_replays(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let ring = engine.ring() as i64;
    // Readers that follow closely, and one that is nearly a ring behind: an IO cycle and the engine's own progress are kept.
    let far = ring - 4 * i64::from(IO_FRAMES);
    for (what, lag) in [("at once", 0), ("half a ring behind", ring / 2), ("nearly a ring behind", far)] {
        filled(bench, engine)?;
        engine.wait_stopped()?;
        let tape = heard(engine, lag)?;
        silent(bench, &format!("after a stop, read {what}"), &tape, true);
    }
    running_on(bench, engine)?;
    if let Some(rate) = other_rate(engine) {
        filled(bench, engine)?;
        engine.set_rate(rate)?;
        let tape = heard(engine, 0)?;
        silent(bench, "after a change of rate", &tape, true);
    }
    asleep(bench, engine)
}

/// A reader that comes back after a sleep hears silence where nobody plays any more.
fn asleep(bench: &mut Bench, engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let (writer, reader) =
        (Client::open(engine, &Spec::player(IO_FRAMES))?, Client::open(engine, &Spec::recorder(IO_FRAMES))?);
    writer.play(Noise(7).player(channels as usize));
    reader.start()?;
    writer.start()?;
    rest(PLAYED * engine.lap_ns());
    writer.stop()?;
    let tape = Tape::new(channels);
    let mut late = power::sleep();
    reader.record(tape.recorder());
    late.extend(power::wake());
    rest(READ * engine.lap_ns());
    let done = reader.done();
    reader.close()?;
    writer.close()?;
    engine.wait_stopped()?;
    let text = late.first().map_or_else(|| format!("the reader was started {} times", done.starts), Clone::clone);
    bench.check("sleep and wake", late.is_empty() && done.starts == 2 && done.gave_up.is_none(), text);
    silent(bench, "after a wake", &tape, tape.frames() >= engine.ring());
    Ok(())
}

/// Says whether a recording is silent, and long enough.
fn silent(bench: &mut Bench, name: &str, tape: &Tape, is_long: bool) {
    let wrong = tape.sound();
    let text = wrong.map_or_else(|| format!("{} silent frames were read", tape.frames()), |wrong| wrong.in_words());
    bench.check(name, wrong.is_none() && is_long, text);
}

/// Plays noise until the ring is full of it, and sees that it is heard.
fn filled(bench: &mut Bench, engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    let tape = Tape::new(channels);
    client.play(Noise(5).player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    rest(PLAYED * engine.lap_ns());
    let done = client.done();
    client.close()?;
    let from = done.written_from.unwrap_or(0);
    let wrong = tape.compare(from, done.read_to, |frame, channel| Noise(5).at(frame, channel));
    match wrong {
        None if tape.covered(from, done.read_to) > engine.ring() => Ok(()),
        None => Err("less than a ring of what was played came back".into()),
        Some(wrong) => {
            bench.check("the sound that is to be forgotten is heard", false, wrong.in_words());
            Err("what was played did not come back".into())
        }
    }
}

/// What a reader hears that starts now.
fn heard(engine: Engine, lag: i64) -> Result<Tape, Stop> {
    let tape = Tape::new(channels(engine)?);
    let client = Client::open(engine, &Spec::recorder(IO_FRAMES).with_lag(lag))?;
    client.record(tape.recorder());
    client.start()?;
    rest(READ * engine.lap_ns());
    client.close()?;
    engine.wait_stopped()?;
    if tape.frames() < engine.ring() {
        return Err(format!("only {} frames were read in {READ} laps", tape.frames()).into());
    }
    Ok(tape)
}

/// A reader that runs on hears silence from where its writer stopped.
fn running_on(bench: &mut Bench, engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let (writer, reader) =
        (Client::open(engine, &Spec::player(IO_FRAMES))?, Client::open(engine, &Spec::recorder(IO_FRAMES))?);
    let tape = Tape::new(channels);
    writer.play(Noise(6).player(channels as usize));
    reader.record(tape.recorder());
    reader.start()?;
    writer.start()?;
    rest(PLAYED * engine.lap_ns());
    writer.stop()?;
    let end = writer.done().written_to;
    rest(READ * engine.lap_ns());
    reader.close()?;
    writer.close()?;
    engine.wait_stopped()?;
    let read = tape.covered(end, u64::MAX);
    let wrong = tape.compare(end, u64::MAX, |_, _| 0.0);
    let text = wrong.map_or_else(|| format!("{read} silent frames were read"), |wrong| wrong.in_words());
    bench.check("after a writer that stopped", wrong.is_none() && read > engine.ring(), text);
    Ok(())
}
