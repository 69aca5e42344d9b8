//! The ring: S6 to S8, B2, B4, B5.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use host::control::{LEVEL, OUTPUT, VOLUME};
use host::{Bench, Client, Engine, Spec, Stop};
use kpi::global::Global;
use kpi::sched;

use crate::choice::{IO_FRAMES, channels, first, loopbacks, rest};
use crate::signal::{Constant, Noise, Signal};
use crate::tape::{Tape, Wrong};

/// Times that a writer begins anew: a seed's choice of when it does falls on all parts of a lap.
const BEGINNINGS: u64 = 40;

/// S6: a writer begins anew while a reader runs. Its first block is heard whole, and after its last one there is silence. A
/// driver that clears its ring when it sees no writer may clear what a new one has written already.
pub fn new_writers(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let (channels, lap) = (channels(engine)?, engine.lap_ns());
    let (reader, tape) = (Client::open(engine, &Spec::recorder(IO_FRAMES))?, Tape::new(channels));
    let writer = Client::open(engine, &Spec::player(IO_FRAMES))?;
    reader.record(tape.recorder());
    reader.start()?;
    rest(lap);
    let mut written = Vec::new();
    for seed in 1..=BEGINNINGS {
        writer.play(Noise(seed).player(channels as usize));
        writer.start()?;
        rest(lap / 4 + sched::random(lap));
        writer.stop()?;
        let done = writer.done();
        written.extend(done.written_from.map(|from| (seed, from, done.written_to)));
        rest(lap / 8 + sched::random(2 * lap));
    }
    let done = writer.done();
    rest(lap);
    writer.close()?;
    reader.close()?;
    engine.wait_stopped()?;
    bench.check("every block was taken", done.failed.is_empty(), format!("failed calls: {:?}", done.failed));
    let seed_at =
        |frame: u64| written.iter().find(|(_, from, to)| (*from..*to).contains(&frame)).map(|(seed, ..)| *seed);
    let wrong =
        tape.compare(0, u64::MAX, |frame, channel| seed_at(frame).map_or(0.0, |seed| Noise(seed).at(frame, channel)));
    let text = wrong
        .map_or_else(|| format!("{} frames were read, {BEGINNINGS} beginnings", tape.frames()), |it| it.in_words());
    bench.check("every block is heard, and nothing else", wrong.is_none() && tape.frames() > engine.ring(), text);
    Ok(())
}

/// Cycles in which a reader looks at what a writer is just writing.
const LOOKS: u64 = 150;
/// What is written; the volume makes it a tenth or less.
const FULL: f32 = 1.0;
/// dB at which the ring must not hold more than a tenth of full scale and what rounding adds.
const QUIET: f64 = -20.0;

/// S7: below unity, no reader ever sees a sample that the volume was not yet applied to, even if it reads what is just being
/// written. The VM interrupts the driver anywhere, and both machines at the begin and at the end of its calls into the kernel.
pub fn concurrent_volume(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let mut engines = loopbacks()?;
    // The more channels, the longer a write takes.
    engines.sort_by_key(|engine| core::cmp::Reverse(channels(*engine).unwrap_or(0)));
    let Some((engine, volumes)) = engines.into_iter().find_map(|engine| {
        let volumes = engine.controls_of(LEVEL, VOLUME, OUTPUT);
        (!volumes.is_empty()).then_some((engine, volumes))
    }) else {
        return Err(Stop::NotApplicable("no engine has a volume".into()));
    };
    for volume in &volumes {
        let values = volume.minimum()..=volume.maximum();
        let quiet = values.rev().find(|&value| volume.decibels(value).is_some_and(|db| db <= QUIET));
        let Some(value) = quiet else { return Err(format!("{} does not go down to {QUIET} dB", volume.name()).into()) };
        if volume.channel == 0 || volumes[0].channel != 0 {
            volume.set(value)?;
        }
    }
    let channels = channels(engine)?;
    let ring = engine.ring() as i64;
    let n = i64::from(IO_FRAMES);
    let writer = Client::open(engine, &Spec::player(IO_FRAMES).with_lead(n).punctual())?;
    writer.play(Constant(FULL).player(channels as usize));
    let loudest = Rc::new(Global::new((0_f32, 0_u64, 0_u64)));
    let mut readers = Vec::new();
    // The block that is being written, as it is ahead of the position, and as it was a ring ago.
    for lag in [-2 * n, ring - 2 * n] {
        let reader = Client::open(engine, &Spec::recorder(IO_FRAMES).with_lag(lag).punctual())?;
        let loudest = Rc::clone(&loudest);
        reader.record(move |at, block| {
            let mut loudest = loudest.borrow();
            for (index, &sample) in block.iter().enumerate() {
                loudest.2 += u64::from(sample != 0.0);
                if sample.abs() > loudest.0 {
                    *loudest = (sample.abs(), at + index as u64 / u64::from(channels), loudest.2);
                }
            }
        });
        readers.push(reader);
    }
    writer.start()?;
    // The first lap fills the ring, and any ramp is over.
    rest(2 * engine.lap_ns());
    for reader in &readers {
        reader.start()?;
    }
    sched::interleaved(|| rest(engine.rate().ns(LOOKS * u64::from(IO_FRAMES))));
    writer.close()?;
    readers.into_iter().try_for_each(Client::close)?;
    engine.wait_stopped()?;
    let (loudest, frame, loud) = *loudest.borrow();
    bench.check("readers see the sound", loud > 0, format!("{loud} samples that are not silence"));
    let allowed = libm::pow(10.0, QUIET / 20.0) * 1.01;
    let text = format!("the loudest sample is {loudest}, at frame {frame}; allowed is {allowed:.3}");
    bench.check("readers see nothing louder than the volume allows", f64::from(loudest) <= allowed, text);
    Ok(())
}

/// S8: two clients that write far ahead are summed, and nothing else: no echo of the last lap, nothing erased. A driver that
/// tells its position in coarse steps has the family erase too late or too early.
pub fn far_ahead(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let quarter = engine.ring() as i64 / 4;
    // Beyond a quarter of the ring, and nearly a whole one: what is written next was erased a quarter of a lap ago at most.
    for (name, lead) in [("a lead of 3/8 of the ring", quarter * 3 / 2), ("a lead of 5/8 of the ring", quarter * 5 / 2)]
    {
        let wrong = mixed(engine, &[(IO_FRAMES, Some(lead)), (IO_FRAMES, Some(lead))])?;
        say(bench, name, wrong);
    }
    Ok(())
}

/// B4: two clients of one output are mixed, to the bit.
pub fn mixing(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    say(bench, "two clients with equal buffers", mixed(engine, &[(IO_FRAMES, None), (IO_FRAMES, None)])?);
    say(bench, "two clients with other buffers", mixed(engine, &[(IO_FRAMES, None), (300, None)])?);
    say(bench, "three clients", mixed(engine, &[(256, None), (IO_FRAMES, None), (1024, None)])?);
    Ok(())
}

fn say(bench: &mut Bench, name: &str, (frames, wrong): (u64, Option<Wrong>)) {
    let text = wrong.map_or_else(|| format!("{frames} frames are the sum"), |wrong| wrong.in_words());
    bench.check(name, wrong.is_none() && frames > 0, text);
}

/// Laps that several clients play.
const MIXED: u64 = 6;

/// Plays with several clients: the frames that all of them wrote and that came back, and what is wrong with them.
fn mixed(engine: Engine, specs: &[(u32, Option<i64>)]) -> Result<(u64, Option<Wrong>), Stop> {
    let channels = channels(engine)?;
    let (reader, tape) = (Client::open(engine, &Spec::recorder(IO_FRAMES))?, Tape::new(channels));
    reader.record(tape.recorder());
    reader.start()?;
    let mut writers = Vec::new();
    for (seed, &(frames, lead)) in (1..).zip(specs) {
        let writer = Client::open(engine, &Spec { lead, ..Spec::player(frames) })?;
        writer.play(Noise(seed).player(channels as usize));
        writer.start()?;
        writers.push(writer);
    }
    rest(MIXED * engine.lap_ns());
    // What the readers have by now was written by all.
    let from = writers.iter().filter_map(|writer| writer.done().written_from).max().unwrap_or(0);
    let to = writers.iter().map(|writer| writer.done().written_to).min().unwrap_or(0).min(reader.done().read_to);
    reader.close()?;
    writers.into_iter().try_for_each(Client::close)?;
    engine.wait_stopped()?;
    let count = specs.len() as u64;
    let sum = |frame, channel| (1..=count).map(|seed| Noise(seed).at(frame, channel)).sum::<f32>();
    let wrong = tape.compare(from, to, sum);
    let frames = tape.covered(from, to);
    Ok((if frames > engine.ring() { frames } else { 0 }, wrong))
}

/// Laps of the long run, and of the run in which a writer dies.
const LONG: u64 = 30;
const AFTER_DEATH: u64 = 6;

/// B2: after a long run and a restart, a reader whose writer dies hears silence: what the driver remembers of the long run does
/// not make it believe that there is still something new.
pub fn dead_writer(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let (channels, lap) = (channels(engine)?, engine.lap_ns());
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Noise(1).player(channels as usize));
    client.start()?;
    rest(LONG * lap);
    client.close()?;
    engine.wait_stopped()?;
    let (reader, tape) = (Client::open(engine, &Spec::recorder(IO_FRAMES))?, Tape::new(channels));
    let writer = Client::open(engine, &Spec::player(IO_FRAMES))?;
    reader.record(tape.recorder());
    writer.play(Noise(2).player(channels as usize));
    reader.start()?;
    writer.start()?;
    rest(lap / 2);
    let done = writer.done();
    writer.die()?;
    rest(AFTER_DEATH * lap);
    reader.close()?;
    engine.wait_stopped()?;
    // A process that dies between two blocks may have one more written than it knows.
    let (from, to) = (done.written_from.unwrap_or(0), done.written_to);
    let last = to + u64::from(IO_FRAMES);
    let heard = tape.compare(from, to, |frame, channel| Noise(2).at(frame, channel));
    let text = heard.map_or_else(|| format!("{} frames", tape.covered(from, to)), |wrong| wrong.in_words());
    bench.check("what it wrote is heard", heard.is_none() && tape.covered(from, to) > 0, text);
    let (before, after) = (tape.compare(0, from, |_, _| 0.0), tape.compare(last, u64::MAX, |_, _| 0.0));
    let silent = tape.covered(last, u64::MAX);
    let text = before.or(after).map_or_else(|| format!("{silent} silent frames"), |wrong| wrong.in_words());
    bench.check("nothing else is", before.or(after).is_none() && silent > 3 * engine.ring(), text);
    Ok(())
}

/// B5: blocks that are written late, but before a reader comes to them, are heard; a few are silent, those that the family
/// refuses because the lap that they are in is over. Never is something old heard, and once the writer is on time again all is.
pub fn late_writes(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let (channels, lap) = (channels(engine)?, engine.lap_ns());
    let n = i64::from(IO_FRAMES);
    let half = engine.ring() as i64 / 2;
    let (reader, tape) = (Client::open(engine, &Spec::recorder(IO_FRAMES).with_lag(half))?, Tape::new(channels));
    reader.record(tape.recorder());
    reader.start()?;
    // Something old to replay.
    let (from, to) = written(engine, &Spec::player(IO_FRAMES), 1, 3 * lap)?;
    let on_time = tape.compare(from, to.saturating_sub(half as u64), |frame, channel| Noise(1).at(frame, channel));
    let late = written(engine, &Spec::player(IO_FRAMES).with_lead(-2 * n), 2, 4 * lap)?;
    let again = written(engine, &Spec::player(IO_FRAMES), 3, 4 * lap)?;
    rest(lap);
    reader.close()?;
    engine.wait_stopped()?;
    let (mut heard, mut foreign): (u64, Option<String>) = (0, None);
    tape.each(|frame, samples| {
        if (late.0..late.1).contains(&frame) && frame >= to && frame < again.0 {
            let is_late = |(channel, &sample): (usize, &f32)| sample.to_bits() == Noise(2).at(frame, channel).to_bits();
            if samples.iter().enumerate().all(is_late) {
                heard += 1;
            } else if samples.iter().any(|&sample| sample != 0.0) {
                foreign.get_or_insert_with(|| {
                    format!("frame {frame} is {samples:?}, neither what was written nor silence")
                });
            }
        }
    });
    let text = on_time.map_or_else(|| format!("{} frames", tape.covered(from, to)), |wrong| wrong.in_words());
    bench.check("what is on time is heard", on_time.is_none(), text);
    let frames = late.1 - late.0;
    let text =
        foreign.clone().unwrap_or_else(|| format!("{heard} of {frames} late frames are heard, the others are silent"));
    bench.check("nothing old is heard for what is late", foreign.is_none() && frames > 0, text);
    // With the lap's length and the lateness that are usual the family refuses one in eight.
    let text = format!("{heard} of {frames} late frames are heard");
    bench.check("what is late is heard by a reader that comes later", heard * 4 >= frames * 3, text);
    let wrong = tape.compare(again.0.max(late.1), again.1, |frame, channel| Noise(3).at(frame, channel));
    let frames = tape.covered(again.0.max(late.1), again.1);
    let text = wrong.map_or_else(|| format!("{frames} frames"), |wrong| wrong.in_words());
    bench.check("what is on time again is heard", wrong.is_none() && frames > engine.ring(), text);
    Ok(())
}

/// Plays noise for a time: the first frame that was written, and the first behind the last.
fn written(engine: Engine, spec: &Spec, seed: u64, ns: u64) -> Result<(u64, u64), Stop> {
    let channels = channels(engine)?;
    let writer = Client::open(engine, spec)?;
    writer.play(Noise(seed).player(channels as usize));
    writer.start()?;
    rest(ns);
    let done = writer.done();
    writer.close()?;
    Ok((done.written_from.unwrap_or(0), done.written_to))
}
