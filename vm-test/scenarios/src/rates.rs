//! Rates: S24.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::{Bench, Client, Engine, Format, Rate, Spec, Stop, Stream};
use protocol::value::Value;

use crate::choice::{IO_FRAMES, channels, first, rest};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

const WHOLE: &str = "IOAudioSampleRateWholeNumber";
const FRACTION: &str = "IOAudioSampleRateFraction";

/// S24: a rate that the device does not offer is refused by whatever way it comes, and nothing has changed then. Any process
/// that reaches the registry can ask; a driver that divides by what it is asked for takes the kernel down.
pub fn absurd_rates(bench: &mut Bench) -> Result<(), Stop> {
    let engine = first(bench)?;
    let mut wrong = Vec::new();
    let asked = ask_all(engine, "while nothing runs", &mut wrong)?;
    say(bench, "while nothing runs", asked, &wrong);

    let channels = channels(engine)?;
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Noise(24).player(channels as usize));
    client.start()?;
    rest(engine.lap_ns() / 2);
    wrong.clear();
    let asked = ask_all(engine, "while a client runs", &mut wrong)?;
    say(bench, "while a client runs", asked, &wrong);

    let tape = Tape::new(channels);
    rest(engine.lap_ns());
    let from = client.done().written_to;
    client.record(tape.recorder());
    rest(2 * engine.lap_ns());
    let done = client.done();
    client.close()?;
    let heard = tape.covered(from, done.read_to);
    let differs = tape.compare(from, done.read_to, |frame, channel| Noise(24).at(frame, channel));
    let text = differs.map_or_else(|| format!("{heard} frames came back"), |wrong| wrong.in_words());
    bench.check("the client plays on", differs.is_none() && heard >= engine.ring(), text);
    Ok(())
}

/// Asks both streams for everything absurd; how much that was.
fn ask_all(engine: Engine, when: &str, wrong: &mut Vec<String>) -> Result<usize, Stop> {
    let mut asked = 0;
    for stream in [engine.output()?, engine.input()?] {
        for (what, request, must_refuse) in requests(stream) {
            let before = State::of(engine)?;
            let result = stream.set_properties(&request);
            asked += 1;
            let after = State::of(engine)?;
            if after != before {
                wrong.push(format!("{what} at the {} stream {when} changed {before} to {after}", stream.direction));
            } else if result.is_ok() && must_refuse {
                wrong.push(format!("{what} at the {} stream {when} was not refused", stream.direction));
            }
        }
    }
    Ok(asked)
}

fn say(bench: &mut Bench, name: &str, asked: usize, wrong: &[String]) {
    let text = wrong.first().map_or_else(|| format!("{asked} requests, nothing changed"), ToString::to_string);
    bench.check(name, wrong.is_empty(), text);
}

/// Requests that nobody means: what it is, the properties, and whether success would be a lie.
fn requests(stream: Stream) -> Vec<(&'static str, Value, bool)> {
    let format = stream.format();
    let offered = |rate: Rate| stream.offers().iter().any(|offer| offer.minimum <= rate && rate <= offer.maximum);
    let mut requests = Vec::new();
    let now = stream.rates().first().copied().unwrap_or(Rate::hz(44_100));
    for (what, rate) in [
        ("a rate of 0", Rate::hz(0)),
        ("a rate of half a frame a second", Rate { whole: 0, fraction: 1 << 31 }),
        ("a rate of 2^-32 frames a second", Rate { whole: 0, fraction: 1 }),
        ("a rate of 1 Hz", Rate::hz(1)),
        ("a rate with a fraction", Rate { whole: now.whole, fraction: 1 << 31 }),
        ("a rate 1 Hz too high", Rate::hz(now.whole + 1)),
        ("a rate of 2^31 Hz", Rate::hz(1 << 31)),
        ("a rate of 2^32-1 Hz", Rate { whole: u32::MAX, fraction: u32::MAX }),
    ] {
        if !offered(rate) {
            requests.push((what, with_rate(&format, rate.value()), true));
        }
    }
    let odd = |entries: &[(&'static str, Value)]| Value::dictionary(entries.iter().cloned());
    let whole = Value::number(now.whole);
    for (what, rate, must_refuse) in [
        ("a rate without keys", odd(&[]), true),
        ("a rate without its whole part", odd(&[(FRACTION, Value::number(0))]), true),
        ("a rate that is a text", odd(&[(WHOLE, Value::string("44100"))]), true),
        ("a rate that is an array", odd(&[(WHOLE, Value::Array(Vec::new()))]), true),
        ("a rate of 2^32", odd(&[(WHOLE, Value::Number(1 << 32, 64))]), true),
        ("a rate of 2^64-1", odd(&[(WHOLE, Value::Number(u64::MAX, 64)), (FRACTION, whole)]), true),
        ("a number for a rate", Value::number(48_000), false),
        ("a text for a rate", Value::string("48000"), false),
        ("a truth for a rate", Value::Boolean(true), false),
    ] {
        requests.push((what, with_rate(&format, rate), must_refuse));
    }
    let without_format = odd(&[("IOAudioSampleRate", Rate::hz(0).value())]);
    requests.push(("a rate of 0 without a format", odd(&[("IOAudioStreamFormat", without_format)]), true));
    requests.push(("a text for a format", odd(&[("IOAudioStreamFormat", Value::string("lpcm"))]), false));
    requests.push(("a format without keys", odd(&[("IOAudioStreamFormat", odd(&[]))]), true));
    requests.push(("a text for properties", Value::string("IOAudioStreamFormat"), true));
    requests
}

/// A request for a format with whatever stands for a rate.
fn with_rate(format: &Format, rate: Value) -> Value {
    let mut format = format.value(None);
    if let Value::Dictionary(entries) = &mut format {
        entries.push((String::from("IOAudioSampleRate"), rate));
    }
    Value::dictionary([("IOAudioStreamFormat", format)])
}

/// What a refused request must leave as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    rate: Rate,
    output: Format,
    input: Format,
}

impl State {
    fn of(engine: Engine) -> Result<State, Stop> {
        Ok(State { rate: engine.rate(), output: engine.output()?.format(), input: engine.input()?.format() })
    }
}

impl core::fmt::Display for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}, {}, {}", self.rate, self.output, self.input)
    }
}
