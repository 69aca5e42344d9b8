//! `soak`: two clients play and three record for a long time, and every frame is checked.
//!
//! Each writer plays noise of a long period, the two periods have no factor in common, and each value of one plus any of the
//! other is exact in Float32: what must stand at an absolute frame is known from its number alone.
//!
//! ```text
//!  writer ── noise of period 8191 ──► ┌─────┐ ──► reader at the clock
//!                                     │ sum │ ──► reader half a ring behind
//!  writer ── noise of period 8209 ──► └─────┘ ──► reader nearly a ring behind
//! ```

mod table;

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use host::client::Done;
use host::{Bench, Client, Engine, Rate, Spec, Stop};
use kpi::fault::emit;
use kpi::global::Global;
use protocol::event::Event;
use protocol::proof::{Soak, Soaked};

use self::table::{CHANNELS, Table, differing};
use crate::choice::{channels, loopbacks, rest};

/// Frames of the writers' periods: primes, so that the sum repeats after 67 million frames, thousands of rings.
const PERIODS: [usize; 2] = [8191, 8209];
/// Frames that the second writer is ahead of the first, beyond what the HAL asks for.
const AHEAD: i64 = 300;
/// Progress is reported this often.
const REPORTS: u64 = 500;

/// What a reader has found.
#[derive(Default)]
struct Found {
    frames: u64,
    /// Frames that were left out or read twice.
    astray: u64,
    wrong: u64,
    /// The first wrong sample, in words.
    first: Option<String>,
}

/// Plays and records for the job's time.
pub fn run(bench: &mut Bench, parameters: &Soak) -> Result<(), Stop> {
    bench.load()?;
    let rate = Rate::hz(parameters.rate);
    let engine = stereo(rate)?;
    engine.set_rate(rate)?;
    let n = parameters.io_frames;
    let tables = [0, 1].map(|writer| Rc::new(Table::new(PERIODS[writer], writer as u64, n as usize)));
    let offset = engine.number("IOAudioEngineSampleOffset").unwrap_or(0) as i64;
    let mut writers = Vec::new();
    for (table, ahead) in tables.iter().zip([0, AHEAD]) {
        let spec = Spec::player(n).with_lead(i64::from(n) + offset + ahead);
        let (client, table) = (Client::open(engine, &spec)?, Rc::clone(table));
        client.play(move |at, block| block.copy_from_slice(table.at(at, block.len() / CHANNELS)));
        client.start()?;
        writers.push(client);
    }
    // The readers begin where both play: the one that is farthest behind needs a ring of it.
    rest(2 * engine.lap_ns());

    let ring = engine.ring() as i64;
    let cycles = (parameters.seconds * u64::from(parameters.rate)).div_ceil(u64::from(n));
    let mut readers = Vec::new();
    for (index, lag) in [0, ring / 2 + 77, (ring - 4 * i64::from(n)).max(0)].into_iter().enumerate() {
        let client = Client::open(engine, &Spec::recorder(n).with_lag(lag).with_cycles(cycles))?;
        let found = Rc::new(Global::new(Found::default()));
        let reports = if index == 0 { REPORTS } else { 0 };
        client.record(checker(tables.clone(), Rc::clone(&found), cycles * u64::from(n), reports));
        client.start()?;
        readers.push((client, found));
    }
    for (reader, _) in &readers {
        reader.wait();
    }
    let mut all = Vec::new();
    let mut founds = Vec::new();
    for (reader, found) in readers {
        all.push(reader.done());
        reader.close()?;
        founds.push(core::mem::take(&mut *found.borrow()));
    }
    for writer in writers {
        all.push(writer.done());
        writer.close()?;
    }
    engine.wait_stopped()?;
    judge(bench, parameters, &all, &founds);
    Ok(())
}

/// The first engine of two channels that loops and has the rate.
fn stereo(rate: Rate) -> Result<Engine, Stop> {
    for engine in loopbacks()? {
        let has_rate = engine.output()?.offers().iter().any(|offer| offer.minimum <= rate && rate <= offer.maximum);
        if channels(engine)? as usize == CHANNELS && has_rate {
            return Ok(engine);
        }
    }
    Err(Stop::NotApplicable(format!("no engine of {CHANNELS} channels has a rate of {rate}")))
}

/// Checks what is recorded against the sum of both tables; says how far it is `reports` times.
fn checker(
    tables: [Rc<Table>; 2],
    found: Rc<Global<Found>>,
    of: u64,
    reports: u64,
) -> impl FnMut(u64, &[f32]) + 'static {
    let mut next = None;
    let mut report = of;
    if let Some(step) = of.checked_div(reports) {
        report = step;
    }
    move |at, block| {
        let frames = block.len() / CHANNELS;
        let mut found = found.borrow();
        found.astray += next.unwrap_or(at).abs_diff(at);
        next = Some(at + frames as u64);
        found.frames += frames as u64;
        let wanted = [tables[0].at(at, frames), tables[1].at(at, frames)];
        let wrong = differing(block, wanted);
        if wrong.count > 0 {
            found.wrong += wrong.count;
            let frame = at + (wrong.first / CHANNELS) as u64;
            found.first.get_or_insert_with(|| {
                let (got, wanted) = (block[wrong.first], wanted[0][wrong.first] + wanted[1][wrong.first]);
                format!("frame {frame}, channel {}: {got} instead of {wanted}", wrong.first % CHANNELS)
            });
        }
        if reports > 0 && found.frames >= report {
            emit(&Event::Progress { done: found.frames, of });
            report += of / reports;
        }
    }
}

fn judge(bench: &mut Bench, parameters: &Soak, all: &[Done], founds: &[Found]) {
    let sum = |f: fn(&Done) -> u64| all.iter().map(f).sum::<u64>();
    let most = |f: fn(&Done) -> u64| all.iter().map(f).max().unwrap_or(0);
    let soaked = Soaked {
        rate: parameters.rate,
        writers: (all.len() - founds.len()) as u32,
        readers: founds.len() as u32,
        frames: founds.iter().map(|found| found.frames).min().unwrap_or(0),
        cycles: sum(|done| done.cycles),
        virtual_ns: most(|done| done.ns),
        timestamps: most(|done| done.timestamps),
        drift_ns: most(|done| done.timestamp_error_ns),
    };
    let wanted = parameters.seconds * u64::from(parameters.rate);
    let astray: u64 = founds.iter().map(|found| found.astray).sum();
    let wrong: u64 = founds.iter().map(|found| found.wrong).sum();
    let text = match founds.iter().find_map(|found| found.first.as_ref()) {
        None => {
            format!("all {} frames at each of {} readers are the sum of both sounds", soaked.frames, soaked.readers)
        }
        Some(first) => format!("{wrong} samples are wrong; the first is {first}"),
    };
    bench.check("every frame is right", wrong == 0, text);
    bench.check(
        "every frame is read",
        astray == 0 && soaked.frames >= wanted,
        format!("{} of {wanted} frames, {astray} left out or read twice", soaked.frames),
    );
    let failed: Vec<String> = all
        .iter()
        .flat_map(|done| done.failed.iter().map(|(code, times)| format!("{code:#010x} {times} times")))
        .chain(all.iter().filter_map(|done| done.gave_up.clone()))
        .collect();
    let late = sum(|done| done.overloads);
    let text = match failed.as_slice() {
        [] => format!("{} IO calls succeeded, {late} cycles came late", soaked.cycles),
        some => format!("IO calls returned {}", some.join(", ")),
    };
    bench.check("every call succeeds in time", failed.is_empty() && late == 0, text);
    let frame_ns = 1_000_000_000 / u64::from(parameters.rate.max(1));
    bench.check(
        "the clock does not drift",
        soaked.drift_ns <= frame_ns && soaked.timestamps > 1,
        format!("{} timestamps, at most {} ns from the ideal schedule", soaked.timestamps, soaked.drift_ns),
    );
    emit(&Event::Soaked(soaked));
}
