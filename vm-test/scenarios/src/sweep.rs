//! `sweep`: sound looped through a device of one shape, at many rates and IO buffer sizes, each point checked to the bit.
//!
//! The kext is loaded with one device, of the channels and the ring that are asked for; its format and rate are set through
//! its streams, as the HAL sets them.

mod expect;

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use host::bench::Personalities;
use host::hal::Offline;
use host::{Bench, Client, Engine, Format, Rate, Spec, Stop};
use kpi::fault::emit;
use kpi::global::Global;
use protocol::event::Event;
use protocol::proof::{SampleFormat, Sweep, Swept};
use protocol::value::Value;

use self::expect::Sound;
use crate::choice::loopbacks;

/// Frames of the sound's period, a prime: no IO buffer and no ring is a multiple of it.
const PERIOD: usize = 2053;
/// Time that a client stays ahead at least. The family arms a watchdog 125 µs before the first frame that a client still
/// owes; a client with a shorter IO buffer that is only that far ahead is late for it at every cycle.
const AHEAD_NS: u64 = 250_000;

/// Loads the device and does all points.
pub fn run(bench: &mut Bench, parameters: &Sweep) -> Result<(), Stop> {
    let personalities = with_device(bench.personalities(), parameters)?;
    bench.load_with("", &personalities)?;
    let engines = loopbacks()?;
    let [engine] = engines[..] else {
        return Err(format!("the kext started {} devices with one defined", engines.len()).into());
    };
    let format = physical(engine, parameters)?;
    let longest = parameters.io_frames.iter().max().copied().unwrap_or(0) as usize;
    let sound = Rc::new(Sound::new(parameters.format, parameters.channels as usize, PERIOD, longest));
    let mut wrong = 0;
    for &rate in &parameters.rates {
        for &io_frames in &parameters.io_frames {
            let point = point(engine, &format, Rate::hz(rate), io_frames, &sound);
            let (frames, text) = point.map_or_else(|why| (0, Some(why)), |frames| (frames, None));
            wrong += u32::from(text.is_some());
            emit(&Event::Swept(Swept { rate, io_frames, frames, wrong: text }));
        }
    }
    let points = parameters.rates.len() * parameters.io_frames.len();
    bench.check("every point is right", wrong == 0, format!("{wrong} of {points} points are wrong"));
    Ok(())
}

/// The kext's personalities with one device in place of those that it comes with.
fn with_device(personalities: &Personalities, parameters: &Sweep) -> Result<Personalities, Stop> {
    let device = Value::dictionary([
        ("Name", Value::string("Sweep")),
        ("UID", Value::string("sweep")),
        ("Channels", Value::number(parameters.channels)),
        ("RingFrames", Value::number(parameters.ring_frames)),
    ]);
    let mut changed = personalities.clone();
    for (_, personality) in &mut changed {
        if let Value::Dictionary(entries) = personality
            && let Some((_, devices)) = entries.iter_mut().find(|(key, _)| key == "Devices")
        {
            *devices = Value::Array(alloc::vec![device]);
            return Ok(changed);
        }
    }
    Err("no personality of the kext has a list of Devices to put one in place of".into())
}

/// The format as the device's streams offer it.
fn physical(engine: Engine, parameters: &Sweep) -> Result<Format, Stop> {
    let (output, input) = (engine.output()?.formats(), engine.input()?.formats());
    let wanted = parameters.format;
    let width = if wanted == SampleFormat::Int24In32 { 32 } else { wanted.bits() };
    let is_it = |format: &&Format| {
        format.channels == parameters.channels
            && format.is_float() == (wanted == SampleFormat::Float32)
            && u32::from(format.bit_depth) == wanted.bits()
            && u32::from(format.bit_width) == width
            && (width == wanted.bits() || format.alignment == 1)
            && format.byte_order == 1
            && format.mixable
    };
    match output.iter().find(is_it) {
        Some(format) if input.contains(format) => Ok(*format),
        _ => Err(format!("the streams do not both offer {} on {} channels", wanted.name(), parameters.channels).into()),
    }
}

/// What a reader has found.
#[derive(Default)]
struct Found {
    /// Frames that are right.
    frames: u64,
    /// The first frame that was read.
    from: Option<u64>,
    wrong: u64,
    /// The first wrong sample, in words.
    first: Option<String>,
}

/// One point: plays and records for more than a lap; the frames that came back.
///
/// # Errors
/// What is wrong, in words.
fn point(engine: Engine, format: &Format, rate: Rate, io_frames: u32, sound: &Rc<Sound>) -> Result<u64, String> {
    for stream in [engine.output()?, engine.input()?] {
        stream.set_format(format, Some(rate))?;
        let (now, at) = (stream.format(), engine.rate());
        if now != *format || at != rate {
            return Err(format!("the {} stream took {now} at {at} for {format} at {rate}", stream.direction));
        }
    }
    let n = u64::from(io_frames);
    // A lap and a half is read, so that IO goes over the ring's end wherever that falls in a buffer.
    let cycles = (engine.ring() * 3 / 2).div_ceil(n) + 4;
    let ahead = (AHEAD_NS * u64::from(rate.whole)).div_ceil(1_000_000_000).max(n);
    let offset = engine.number("IOAudioEngineSampleOffset").unwrap_or(0);
    let spec = Spec { when_offline: Offline::GoOn, ..Spec::duplex(io_frames) };
    let client = Client::open(engine, &spec.with_lead((ahead + offset) as i64).with_cycles(cycles))?;
    let found = Rc::new(Global::new(Found::default()));
    let first = Rc::new(Global::new(None));
    client.play(player(Rc::clone(sound), Rc::clone(&first)));
    client.record(checker(Rc::clone(sound), first, Rc::clone(&found)));
    client.start()?;
    client.wait();
    let done = client.done();
    client.close()?;
    engine.wait_stopped()?;
    if let Some(why) = done.gave_up {
        return Err(why);
    }
    if let Some((code, times)) = done.failed.first_key_value() {
        return Err(format!("IO calls returned {code:#010x} {times} times"));
    }
    if done.overloads > 0 {
        return Err(format!("{} cycles came late", done.overloads));
    }
    let found = found.borrow();
    if let Some(text) = &found.first {
        return Err(format!("{} samples are wrong; the first is {text}", found.wrong));
    }
    if found.frames <= engine.ring() {
        return Err(format!("only {} frames came back", found.frames));
    }
    Ok(found.frames)
}

/// Plays the sound from its first frame on, and notes where that was.
fn player(sound: Rc<Sound>, first: Rc<Global<Option<u64>>>) -> impl FnMut(u64, &mut [f32]) + 'static {
    move |at, block| {
        let begun = *first.borrow().get_or_insert(at);
        block.copy_from_slice(sound.played(at - begun, block.len()));
    }
}

/// Checks what is recorded: silence before the sound, then the sound as its format carries it.
fn checker(
    sound: Rc<Sound>,
    first: Rc<Global<Option<u64>>>,
    found: Rc<Global<Found>>,
) -> impl FnMut(u64, &[f32]) + 'static {
    let channels = sound.channels;
    move |at, block| {
        let mut found = found.borrow();
        found.from.get_or_insert(at);
        let begun = first.borrow().unwrap_or(u64::MAX);
        let silent = (begun.saturating_sub(at) as usize).saturating_mul(channels).min(block.len());
        let (before, after) = block.split_at(silent);
        let wanted = sound.returned((at + (silent / channels) as u64).saturating_sub(begun), after.len());
        let is_right = before.iter().all(|sample| sample.to_bits() == 0) && same(after, wanted);
        if is_right {
            found.frames += (after.len() / channels) as u64;
            return;
        }
        let expected = core::iter::repeat_n(&0.0, silent).chain(wanted);
        for (index, (got, wanted)) in block.iter().zip(expected).enumerate() {
            if got.to_bits() != wanted.to_bits() {
                found.wrong += 1;
                let (frame, channel) = (at + (index / channels) as u64, index % channels);
                found.first.get_or_insert_with(|| {
                    let bits = [got, wanted].map(|sample| sample.to_bits());
                    format!(
                        "frame {frame}, channel {channel}: {got} ({:#010x}) instead of {wanted} ({:#010x})",
                        bits[0], bits[1]
                    )
                });
            }
        }
    }
}

/// Whether two blocks of a length are the same to the bit.
fn same(one: &[f32], other: &[f32]) -> bool {
    let differ = |(one, other): (&f32, &f32)| one.to_bits() ^ other.to_bits();
    one.iter().zip(other).map(differ).fold(0, |all, one| all | one) == 0
}
