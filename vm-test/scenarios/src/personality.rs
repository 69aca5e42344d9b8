//! Personalities: S11, S12, S15, S23, B9.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::bench::Personalities;
use host::control::LEVEL;
use host::{Bench, Client, Engine, Spec, Stop};
use protocol::value::Value;

use crate::choice::{IO_FRAMES, channels, loopbacks, rest};
use crate::mutate::{Place, first_of, number_name, numbers, places, reversed};
use crate::signal::{Noise, Signal};
use crate::tape::Tape;

/// Counts that nobody means, that fit no array, that wrap.
const COUNTS: [u64; 10] = [0, 1, 17, 65, 257, 65_536, 1 << 31, u32::MAX as u64, 1 << 32, u64::MAX];
/// Values of controls at and beyond all edges.
const EXTREMES: [i32; 6] = [0, 1, -1, 65_536, i32::MAX, i32::MIN];
/// What a device that started in spite of it must do, ns of playing: more than a ring of the usual size.
const EXERCISE: u64 = 600_000_000;

/// S11: channel numbers and values of controls are checked before anything is indexed by them. Whatever number a personality
/// has: no panic, no memory damaged or lost, and the other devices start.
pub fn numbers_in_the_personality(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let mut wrong = Vec::new();
    for engine in loopbacks()? {
        extremes(engine, &mut wrong);
        play(engine)?;
    }
    let text = wrong.first().map_or_else(|| "all values stay within their limits".to_string(), Clone::clone);
    bench.check("controls at extremes", wrong.is_empty(), text);
    let personalities = few(bench);
    let mut mutants = Vec::new();
    for (place, was) in numbers(&personalities) {
        for count in COUNTS.into_iter().filter(|&count| Some(count) != was) {
            mutants.push((place.clone(), Some(number(count)), number_name(count)));
        }
    }
    try_all(bench, &personalities, mutants)
}

/// S12: sizes are computed without overflow, and what is missing or of the wrong kind is refused: no panic, no memory damaged or
/// lost, and the other devices start.
pub fn sizes_and_kinds(bench: &mut Bench) -> Result<(), Stop> {
    let personalities = few(bench);
    let mut mutants = Vec::new();
    for (place, was) in numbers(&personalities) {
        // Products with channels and bytes of a sample lose these bits in 32 and come out as before.
        let was = was.unwrap_or(16_384);
        for power in 20..=32 {
            mutants.push((place.clone(), Some(number(was + (1 << power))), number_name(was + (1 << power))));
        }
    }
    for (place, was) in places(&personalities) {
        mutants.push((place.clone(), None, "nothing".to_string()));
        for (name, wrong) in kinds() {
            if core::mem::discriminant(&wrong) != core::mem::discriminant(&was) || name.starts_with("a long") {
                mutants.push((place.clone(), Some(wrong), name.to_string()));
            }
        }
    }
    try_all(bench, &personalities, mutants)
}

/// A value of each kind, and some that are long.
fn kinds() -> [(&'static str, Value); 9] {
    let letter = |count| Value::String(core::iter::repeat_n('x', count).collect());
    [
        ("a truth", Value::Boolean(true)),
        ("a number", Value::number(7)),
        ("a text", Value::string("x")),
        ("a long text", letter(5000)),
        ("data", Value::Data([0xff; 300].into())),
        ("an empty list", Value::Array(Vec::new())),
        ("a long list", Value::Array((0..300).map(Value::number).collect())),
        ("an empty dictionary", Value::dictionary([])),
        ("a dictionary", Value::dictionary([("Channels", Value::number(2))])),
    ]
}

/// The personalities with two devices at most: one that is wrong, and one that is to start all the same.
fn few(bench: &Bench) -> Personalities {
    first_of(bench.personalities(), 2)
}

fn number(value: u64) -> Value {
    Value::Number(value, if value > u64::from(u32::MAX) { 64 } else { 32 })
}

/// What a device looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Published {
    uid: String,
    name: String,
    channels: u32,
    ring: u64,
    rates: usize,
}

impl Published {
    fn of(engine: Engine) -> Published {
        let output = engine.output().ok();
        Published {
            uid: engine.uid(),
            name: engine.name(),
            channels: output.map_or(0, |stream| stream.format().channels),
            ring: engine.ring(),
            rates: output.map_or(0, |stream| stream.rates().len()),
        }
    }

    /// Whether it is that device, maybe under another UID: whether those stay is the question of [`names`].
    fn is_that(&self, device: &Published) -> bool {
        Published { uid: device.uid.clone(), ..self.clone() } == *device
    }

    fn all() -> Vec<Published> {
        Engine::all().into_iter().map(Published::of).collect()
    }
}

/// Loads the kext with each change, looks for the other devices, and uses those that have changed.
fn try_all(
    bench: &mut Bench,
    personalities: &Personalities,
    mutants: Vec<(Place, Option<Value>, String)>,
) -> Result<(), Stop> {
    bench.load_with("as it is", personalities)?;
    let base = Published::all();
    let count = mutants.len();
    let (mut lost, mut started) = (Vec::new(), 0);
    for (place, value, name) in mutants {
        let label = format!("{} is {name}", place.name());
        bench.load_with(&label, &place.changed(personalities, value.as_ref()))?;
        let engines = Engine::all();
        let others =
            base.iter().filter(|device| engines.iter().any(|engine| Published::of(*engine).is_that(device))).count();
        if place.is_in_list() && others + 1 < base.len() {
            lost.push(format!("{label}: only {others} of the other {} devices started", base.len() - 1));
        }
        for engine in engines.into_iter().filter(|engine| !base.contains(&Published::of(*engine))) {
            started += 1;
            use_it(engine);
        }
    }
    bench.unload();
    let text = lost
        .first()
        .map_or_else(|| format!("{count} personalities, {started} changed devices were used"), Clone::clone);
    bench.check("the other devices start", lost.is_empty() && count > 0, text);
    Ok(())
}

/// Uses a device that may be odd; that it does not panic and leaves memory alone is seen elsewhere, all answers are good.
fn use_it(engine: Engine) {
    extremes(engine, &mut Vec::new());
    let _answer = play(engine);
}

/// Sets each control to all edges, and back; notes values that are not within their limits.
fn extremes(engine: Engine, wrong: &mut Vec<String>) {
    for control in engine.controls() {
        let before = control.value();
        for value in EXTREMES.into_iter().chain([control.minimum(), control.maximum()]) {
            let _answer = control.set(value);
            let now = control.value();
            if control.kind == LEVEL && !(control.minimum()..=control.maximum()).contains(&now) {
                wrong.push(format!("{} took {value} and says {now}", control.name()));
            }
        }
        let _answer = control.set(before);
    }
}

/// Plays and records for a while.
fn play(engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let client = Client::open(engine, &Spec::duplex(IO_FRAMES))?;
    client.play(Noise(11).player(channels as usize));
    client.start()?;
    rest(EXERCISE);
    Ok(client.close()?)
}

/// S15: a device begins with the first of its formats and rates.
pub fn first_offers(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    for engine in loopbacks()? {
        for stream in [engine.output()?, engine.input()?] {
            let offers = stream.offers();
            let Some(first) = offers.first() else {
                bench.check(&format!("{} {}", engine.name(), stream.direction), false, "it offers no format");
                continue;
            };
            let (format, rate) = (stream.format(), engine.rate());
            let held = format == first.format && first.minimum <= rate && rate <= first.maximum;
            let text = format!(
                "begins with {format} at {rate}; the first of {} offers is {} at {}",
                offers.len(),
                first.format,
                first.minimum
            );
            bench.check(&format!("{} {}", engine.name(), stream.direction), held, text);
        }
    }
    Ok(())
}

/// S23: classes have a prefix that nobody else has, and a device's UID is its own wherever its definition stands.
pub fn names(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    let classes = bench.classes();
    let bad: Vec<&String> = classes.iter().filter(|class| !has_prefix(class)).collect();
    let text =
        if bad.is_empty() { classes.join(", ") } else { format!("without a prefix in reverse-DNS form: {bad:?}") };
    bench.check("classes", bad.is_empty() && !classes.is_empty(), text);
    let named = || -> Vec<(String, String)> {
        let mut named: Vec<_> = Engine::all().into_iter().map(|engine| (engine.name(), engine.uid())).collect();
        named.sort();
        named
    };
    let before = named();
    let mut uids: Vec<&String> = before.iter().map(|(_, uid)| uid).collect();
    uids.sort();
    uids.dedup();
    let text = format!("{} devices, {} UIDs", before.len(), uids.len());
    bench.check("UIDs are unique", uids.len() == before.len() && uids.iter().all(|uid| !uid.is_empty()), text);
    let personalities = reversed(bench.personalities());
    bench.load_with("definitions in the opposite order", &personalities)?;
    let after = named();
    let text = before.iter().find(|device| !after.contains(device)).map_or_else(
        || "each device has the UID that it had before".to_string(),
        |(name, uid)| format!("{name} was {uid}; now there are {after:?}"),
    );
    bench.check("UIDs do not depend on the order", before == after, text);
    Ok(())
}

/// Whether a class name begins as a reverse-DNS name does, with the parts joined by underscores: `org_example_driver_Engine`.
fn has_prefix(class: &str) -> bool {
    let parts: Vec<&str> = class.split('_').collect();
    let is_domain = (2..=6).contains(&parts[0].len()) && parts[0].bytes().all(|byte| byte.is_ascii_lowercase());
    parts.len() >= 3 && is_domain && parts.iter().all(|part| !part.is_empty())
}

/// B9: latency and safety offset are honest and fit the ring. What is written for a frame is read at that frame plus the latency
/// of both streams; latency and offset each leave half of the ring for buffers, whatever the personality asks for.
pub fn latency(bench: &mut Bench) -> Result<(), Stop> {
    bench.load()?;
    for engine in loopbacks()? {
        let text = promises(engine);
        bench.check(
            &format!("{} fits its ring", engine.name()),
            text.is_none(),
            text.unwrap_or_else(|| "it does".into()),
        );
        measured(bench, engine)?;
    }
    let personalities = few(bench);
    let ring = loopbacks()?[0].ring();
    let (mut count, mut wrong) = (0, Vec::new());
    for (place, _) in numbers(&personalities) {
        for value in [ring / 2 + 1, ring, 2 * ring, 1 << 31, u32::MAX as u64] {
            let label = format!("{} is {}", place.name(), number_name(value));
            bench.load_with(&label, &place.changed(&personalities, Some(&number(value))))?;
            count += 1;
            for engine in Engine::all() {
                wrong.extend(promises(engine).map(|text| format!("{label}: {}: {text}", engine.name())));
            }
        }
    }
    let text = wrong.first().map_or_else(|| format!("{count} personalities"), Clone::clone);
    bench.check("no personality makes them longer", wrong.is_empty() && count > 0, text);
    Ok(())
}

/// What an engine promises that its ring cannot keep.
fn promises(engine: Engine) -> Option<String> {
    let half = engine.ring() / 2;
    let keys = [
        "IOAudioEngineOutputSampleLatency",
        "IOAudioEngineInputSampleLatency",
        "IOAudioEngineSampleOffset",
        "IOAudioEngineInputSampleOffset",
    ];
    let too_long = keys.into_iter().find(|key| engine.number(key).unwrap_or(0) > half)?;
    Some(format!("{too_long} is {}, the ring has {} frames", engine.number(too_long).unwrap_or(0), engine.ring()))
}

/// Measures how much later a frame is read than it was written.
fn measured(bench: &mut Bench, engine: Engine) -> Result<(), Stop> {
    let channels = channels(engine)?;
    let promised: u64 = engine.latency().map(u64::from).iter().sum();
    let (client, tape) = (Client::open(engine, &Spec::duplex(IO_FRAMES))?, Tape::new(channels));
    client.play(Noise(9).player(channels as usize));
    client.record(tape.recorder());
    client.start()?;
    rest(engine.lap_ns());
    let done = client.done();
    client.close()?;
    engine.wait_stopped()?;
    let (from, to) = (done.written_from.unwrap_or(0) + promised, done.read_to);
    let late = |frame: u64, channel| Noise(9).at(frame - promised, channel);
    let wrong = tape.compare(from, to, late);
    let text = wrong.map_or_else(
        || format!("what is written is read {promised} frames later, as declared"),
        |wrong| wrong.in_words(),
    );
    bench.check(
        &format!("{} declares its latency", engine.name()),
        wrong.is_none() && tape.covered(from, to) > 0,
        text,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::has_prefix;

    #[test]
    fn prefixes_are_told_from_plain_names() {
        for good in ["org_loopflower_driver_Root", "com_Cycling74_driver_SoundflowerDevice"] {
            assert!(has_prefix(good), "{good}");
        }
        for bad in ["SoundflowerEngine", "Engine", "My_Engine", "audio_engine", "org__Engine"] {
            assert!(!has_prefix(bad), "{bad}");
        }
    }
}
