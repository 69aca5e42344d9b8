//! Coming and going: S9, S10, S22, B3, B6.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::client::Notice;
use host::{Bench, Client, Engine, Rate, Spec, Stop};
use kpi::{inject, sched, timer};

use crate::choice::{IO_FRAMES, channels, first, loopbacks, other_rate, rest};
use crate::mutate::first_of;
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// Times that a kext is unloaded, or its device pulled out, under a running client.
const ROUNDS: u64 = 12;
/// What timers are late at most while that happens, ns: the driver's timer comes due somewhere in the middle of it.
const LATE: u64 = 3_000_000;

/// S9: an engine that is torn down while its timer is due does not ask streams that are gone.
pub fn teardown(bench: &mut Bench) -> Result<(), Stop> {
    let personalities = bench.personalities().clone();
    let mut clean = 0;
    for round in 0..ROUNDS {
        bench.load_with(&format!("teardown {}", round + 1), &personalities)?;
        let (client, lap) = playing(loopbacks()?[0])?;
        due_soon(lap);
        clean += u64::from(bench.unload());
        let _gone = client.close();
    }
    timer::set_lateness(timer::LATENESS);
    bench.check("unloads under a running client", clean == ROUNDS, format!("{clean} of {ROUNDS} were clean"));
    Ok(())
}

/// S10: a device that is pulled out takes its timers along, although nobody asks the engine to stop.
pub fn pulled_out(bench: &mut Bench) -> Result<(), Stop> {
    let mut clean = 0;
    for round in 0..ROUNDS {
        bench.load_on_device(&format!("pulled out {}", round + 1))?;
        let (client, lap) = playing(loopbacks()?[0])?;
        due_soon(lap);
        bench.pull_out()?;
        // A timer that runs still comes due within a lap.
        rest(2 * lap);
        let left = Engine::all().len();
        let _gone = client.close();
        clean += u64::from(bench.unload() && left == 0);
    }
    timer::set_lateness(timer::LATENESS);
    bench.check(
        "devices pulled out under a running client",
        clean == ROUNDS,
        format!("{clean} of {ROUNDS} were clean"),
    );
    Ok(())
}

/// A client that plays and records noise, and the length of a lap in ns.
fn playing(engine: Engine) -> Result<(Client, u64), Stop> {
    let channels = channels(engine)?;
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Noise(9).player(channels as usize));
    client.start()?;
    Ok((client, engine.lap_ns()))
}

/// Waits until the timer of the next lap is about to come due: it is late by what the seed says.
fn due_soon(lap: u64) {
    timer::set_lateness(LATE);
    rest(2 * lap + lap / 2);
    // The lap ends half a lap from now. Timers that come due until then are held up, and come all at once.
    timer::stall(lap / 2 + sched::random(LATE));
    rest(lap / 2);
}

/// What a device has, complete.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Complete {
    uid: String,
    controls: usize,
    offers: [usize; 2],
}

impl Complete {
    fn all() -> Vec<Complete> {
        let offers = |stream: Result<host::Stream, String>| stream.map_or(0, |stream| stream.offers().len());
        let of = |engine: Engine| Complete {
            uid: engine.uid(),
            controls: engine.controls().len(),
            offers: [offers(engine.output()), offers(engine.input())],
        };
        Engine::all().into_iter().map(of).collect()
    }
}

/// S22: whichever allocation fails, a device starts complete or not at all, nothing is lost and nothing panics.
pub fn failing_allocations(bench: &mut Bench) -> Result<(), Stop> {
    let personalities = first_of(bench.personalities(), 1);
    inject::count_allocations(None);
    bench.load_with("all allocations succeed", &personalities)?;
    let complete = Complete::all();
    let _played = brief(loopbacks()?[0]);
    let count = inject::allocations();
    inject::stop_counting();
    bench.unload();
    let (mut started, mut clean, mut incomplete) = (0, 0, Vec::new());
    for failing in 1..=count {
        let label = format!("allocation {failing} fails");
        inject::count_allocations(Some(failing));
        let loaded = bench.try_load_with(&label, &personalities)?;
        let engines = Engine::all();
        if loaded.is_ok() {
            started += u64::from(!engines.is_empty());
            for engine in &engines {
                let _answer = brief(*engine);
            }
        }
        inject::stop_counting();
        // What a start that failed had built is taken down on a thread of the kernel's.
        rest(1_000_000);
        let now = Complete::all();
        incomplete
            .extend(now.iter().find(|device| !complete.contains(device)).map(|device| format!("{label}: {device:?}")));
        clean += u64::from(bench.unload());
    }
    let text =
        format!("{clean} of {count} failures left nothing behind; {started} times a device started in spite of it");
    bench.check("nothing is left", clean == count && count > 0, text);
    let text = incomplete.first().map_or_else(|| format!("all are {:?}", complete.first()), ToString::to_string);
    bench.check("devices are complete or not there", incomplete.is_empty() && !complete.is_empty(), text);
    Ok(())
}

/// Starts and stops a client.
fn brief(engine: Engine) -> Result<(), String> {
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.start()?;
    rest(50_000_000);
    client.close()
}

/// Steps in which clients start and stop.
const STEPS: u64 = 300;

/// B3: clients start and stop at any time while others do IO. Whatever is heard is what one of them played for that very frame,
/// or the sum of both, or silence.
pub fn races(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let (channels, lap) = (channels(engine)?, engine.lap_ns());
    let tape = Tape::new(channels);
    let mut clients = Vec::new();
    for (seed, frames) in [(1, IO_FRAMES), (2, 384)] {
        let writer = Client::open(engine, &Spec::player(frames))?;
        writer.play(Noise(seed).player(channels as usize));
        clients.push((writer, false));
    }
    let reader = Client::open(engine, &Spec::recorder(IO_FRAMES))?;
    reader.record(tape.recorder());
    clients.push((reader, false));
    for _ in 0..STEPS {
        let chosen = sched::random(clients.len() as u64) as usize;
        let (client, runs) = &mut clients[chosen];
        if *runs {
            client.stop()?;
        } else {
            client.start()?;
        }
        *runs = !*runs;
        // Short steps for races; now and then one in which an engine without clients comes to stop.
        rest(if sched::random(16) == 0 { 2 * lap } else { sched::random(lap / 8) });
    }
    let gave_up = clients.iter().find_map(|(client, _)| client.done().gave_up);
    clients.into_iter().try_for_each(|(client, _)| client.close())?;
    engine.wait_stopped()?;
    let (mut heard, mut foreign) = (0, None);
    tape.each(|frame, samples| {
        for (channel, &sample) in samples.iter().enumerate() {
            let (one, other) = (Noise(1).at(frame, channel), Noise(2).at(frame, channel));
            heard += u64::from(sample != 0.0);
            if ![0.0, one, other, one + other].contains(&sample) {
                foreign.get_or_insert_with(|| {
                    format!("frame {frame}, channel {channel} is {sample}; {one} and {other} were played there")
                });
            }
        }
    });
    let is_sound = foreign.is_none() && gave_up.is_none() && heard > 0;
    let frames = tape.frames();
    let text = foreign.or(gave_up).unwrap_or_else(|| {
        let silent = if heard == 0 { ", all of them silent" } else { "" };
        format!("{STEPS} starts and stops, {frames} frames were read{silent}")
    });
    bench.check("what is heard was played", is_sound, text);
    Ok(())
}

/// B6: a change of rate tells all clients of the device, all of them come back at the new rate, and other devices keep theirs.
pub fn rate_change(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let engines = loopbacks()?;
    let engine = engines[0];
    let Some(rate) = other_rate(engine) else {
        return Err(Stop::NotApplicable("the device has one rate only".into()));
    };
    let channels = channels(engine)?;
    let two = [Client::open(engine, &Spec::duplex(IO_FRAMES))?, Client::open(engine, &Spec::duplex(1024))?];
    let other =
        engines.get(1).map(|&other| Client::open(other, &Spec::duplex(IO_FRAMES)).map(|client| (other, client)));
    let other = other.transpose()?.map(|(engine, client)| (engine, engine.rate(), client));
    for (seed, client) in (1..).zip(&two) {
        client.play(Noise(seed).player(channels as usize));
        client.start()?;
    }
    if let Some((.., client)) = &other {
        client.start()?;
    }
    rest(3 * engine.lap_ns());
    // What they heard of the start is no news.
    for client in &two {
        client.notices();
    }
    engine.set_rate(rate)?;
    rest(engine.lap_ns());
    let tape = Tape::new(channels);
    two[0].record(tape.recorder());
    let from = two.iter().map(|client| client.done().written_to).max().unwrap_or(0);
    rest(6 * engine.lap_ns());
    for (name, client) in ["the first client", "the second client"].iter().zip(&two) {
        let (done, notices) = (client.done(), client.notices());
        let told = notices.iter().any(|notice| matches!(notice, Notice::Format | Notice::Change));
        bench.check(&format!("{name} is told"), told, format!("{notices:?}"));
        let back =
            done.starts == 2 && done.gave_up.is_none() && done.timestamp_error_ns <= RESIDUAL && done.timestamps >= 5;
        let text = format!(
            "{} starts, {} timestamps since, at most {} ns from those of {rate}",
            done.starts, done.timestamps, done.timestamp_error_ns
        );
        bench.check(&format!("{name} is back"), back, text);
    }
    let to = two.iter().map(|client| client.done().written_to).min().unwrap_or(0).min(two[0].done().read_to);
    two.into_iter().try_for_each(Client::close)?;
    let sum = |frame, channel| Noise(1).at(frame, channel) + Noise(2).at(frame, channel);
    let wrong = tape.compare(from, to, sum);
    let text = wrong.map_or_else(|| format!("{} frames", tape.covered(from, to)), |wrong| wrong.in_words());
    bench.check("both are heard at the new rate", wrong.is_none() && tape.covered(from, to) > engine.ring(), text);
    if let Some((other, before, client)) = other {
        undisturbed(bench, other, before, client)?;
    }
    Ok(())
}

/// Distance of a timestamp from the ideal schedule of the rate that a device says it has, ns; as for S2.
const RESIDUAL: u64 = 10_000;

/// A device whose neighbour changed its rate.
fn undisturbed(bench: &mut Bench, engine: Engine, before: Rate, client: Client) -> Result<(), Stop> {
    rest(2 * engine.lap_ns());
    let done = client.done();
    client.close()?;
    let held = engine.rate() == before && done.starts == 1 && done.timestamp_error_ns <= RESIDUAL;
    let text = format!(
        "it was at {before}, is at {}, and its timestamps are at most {} ns from that",
        engine.rate(),
        done.timestamp_error_ns
    );
    bench.check("another device keeps its rate", held, text);
    // Started again, it runs at the rate that it says it has.
    engine.wait_stopped()?;
    let client = Client::open(engine, &Spec::player(IO_FRAMES))?;
    client.start()?;
    rest(3 * engine.lap_ns());
    let done = client.done();
    client.close()?;
    let text = format!(
        "{} timestamps at most {} ns from those of {}",
        done.timestamps,
        done.timestamp_error_ns,
        engine.rate()
    );
    bench.check("and runs at it", done.timestamp_error_ns <= RESIDUAL && done.timestamps >= 3, text);
    Ok(())
}
