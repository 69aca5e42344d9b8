//! Formats: S13, S14.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::format::{LINEAR, SIGNED};
use host::{Bench, Client, Engine, Format, Spec, Stop, Stream};

use crate::choice::{IO_FRAMES, channels, first, loopbacks, rest};
use crate::signal::{EDGES, Noise, Signal};
use crate::tape::Tape;

/// Edges, ties of every depth, and noise.
#[derive(Clone, Copy)]
struct Hard;

impl Signal for Hard {
    fn at(self, frame: u64, channel: usize) -> f32 {
        let index = frame + channel as u64;
        match index % 4 {
            0 => EDGES[(index / 4) as usize % EDGES.len()],
            // An odd number of halves of the last bit of 16: a tie; a little beside it; and the same for 24.
            1 => ((index / 4 % 65_535) as f32 + 0.5 - 32_768.0) / 32_768.0,
            2 => ((index / 4 % 65_535) as f32 + 0.5 - 32_768.0) / 8_388_608.0,
            _ => 2.5 * Noise(13).at(frame, channel),
        }
    }
}

/// What comes back of a sample that was in this format: the nearest one there is, the even one of two, the last one beyond the
/// end, 0 for what is no number. Floats come back as they are.
fn quantised(format: &Format, sample: f32) -> f32 {
    if format.is_float() {
        return sample;
    }
    let scale = libm::ldexp(1.0, i32::from(format.bit_depth) - 1);
    if sample.is_nan() {
        return 0.0;
    }
    let integer = libm::rint(f64::from(sample) * scale).clamp(-scale, scale - 1.0);
    (integer / scale) as f32
}

/// S13: what comes back is quantised as the format says, to the bit, in each format; and no memory is damaged by samples that are
/// larger than the format's. Formats whose samples come to the driver as the client has them are left out.
pub fn each_format(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let (output, input) = (engine.output()?, engine.input()?);
    let channels = channels(engine)?;
    let mut formats = output.formats();
    formats.retain(|format| format.mixable);
    if formats.is_empty() {
        return Err(Stop::NotApplicable("no format comes to the driver as floats".into()));
    }
    for format in formats {
        if format.sample_format != LINEAR || !(format.is_float() || format.representation == SIGNED) {
            bench.check(&format.to_string(), false, "is no format that the family mixes");
            continue;
        }
        output.set_format(&format, None)?;
        if input.format() != format {
            input.set_format(&format, None)?;
        }
        let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
        client.play(Hard.player(channels as usize));
        client.record(tape.recorder());
        client.start()?;
        rest(3 * engine.lap_ns());
        let done = client.done();
        client.close()?;
        engine.wait_stopped()?;
        let (from, to) = (done.written_from.unwrap_or(0), done.read_to);
        let wrong = tape.compare(from, to, |frame, channel| quantised(&format, Hard.at(frame, channel)));
        let text = wrong.map_or_else(
            || format!("{} frames came back", tape.covered(from, to)),
            |wrong| format!("{}, of {}", wrong.in_words(), Hard.at(wrong.frame, wrong.channel)),
        );
        bench.check(&format.to_string(), wrong.is_none() && tape.covered(from, to) > engine.ring(), text);
    }
    Ok(())
}

/// S14: both streams have the same format and rate whichever of them is changed, and what is played still comes back.
pub fn both_streams(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let (mut changes, mut wrong) = (0, Vec::new());
    for engine in loopbacks()? {
        for changed in [engine.output()?, engine.input()?] {
            for format in changed.formats() {
                for rate in changed.rates().into_iter().take(3) {
                    changes += 1;
                    if let Err(refusal) = changed.set_format(&format, Some(rate)) {
                        // Not every format comes with every rate.
                        let offered = |offer: &host::format::Offer| {
                            offer.format == format && offer.minimum <= rate && rate <= offer.maximum
                        };
                        if changed.offers().iter().any(offered) {
                            wrong.push(refusal);
                        }
                        continue;
                    }
                    wrong.extend(disagreement(engine, changed, &format).filter(|_| engine.rate() == rate).or_else(
                        || {
                            (engine.rate() != rate)
                                .then(|| format!("{} was asked for, the device says {}", rate, engine.rate()))
                        },
                    ));
                }
            }
        }
    }
    let text = wrong.first().map_or_else(|| format!("{changes} changes"), Clone::clone);
    bench.check("both streams have the format", wrong.is_empty() && changes > 0, text);
    let engine = loopbacks()?[0];
    let (output, input) = (engine.output()?, engine.input()?);
    for (name, changed) in [("the output", output), ("the input", input)] {
        let Some(float) = changed.formats().into_iter().find(Format::is_float) else { continue };
        let other = changed.formats().into_iter().find(|format| *format != float);
        if let Some(other) = other {
            output.set_format(&other, None)?;
        }
        changed.set_format(&float, None)?;
        heard(bench, engine, &format!("after a change of {name}"))?;
    }
    Ok(())
}

fn disagreement(engine: Engine, changed: Stream, wanted: &Format) -> Option<String> {
    let (output, input) = (engine.output().ok()?.format(), engine.input().ok()?.format());
    let differs = output != *wanted || input != *wanted;
    let direction = changed.direction;
    differs.then(|| format!("{wanted} was set at the {direction}; the output has {output}, the input {input}"))
}

/// Noise comes back to the bit.
fn heard(bench: &mut Bench, engine: Engine, name: &str) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
    client.play(Noise(14).player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    rest(2 * engine.lap_ns());
    let done = client.done();
    client.close()?;
    engine.wait_stopped()?;
    let (from, to) = (done.written_from.unwrap_or(0), done.read_to);
    let wrong = tape.compare(from, to, |frame, channel| Noise(14).at(frame, channel));
    let text = wrong.map_or_else(|| format!("{} frames came back", tape.covered(from, to)), |wrong| wrong.in_words());
    bench.check(name, wrong.is_none() && tape.covered(from, to) > engine.ring(), text);
    Ok(())
}
