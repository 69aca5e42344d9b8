//! Whatever is asked of the driver: `fuzz`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::{Bench, Engine, Root, Stop};
use kpi::libkern::log;
use protocol::value::Value;

use crate::choice::rest;
use crate::devices::{SETTLED, ask, guest, root, state, with};
use crate::grammar::Grammar;

/// Loads with personalities that nobody means.
const LOADS: usize = 6;
/// Definitions in each of them.
const DEFINITIONS: usize = 4;
/// Requests of the root service.
const REQUESTS: usize = 120;
/// Requests of streams, and of controls.
const PROPERTIES: usize = 100;
/// What is wrong is told so often at most; the rest is counted.
const TOLD: usize = 3;
/// The device that is to start, whatever stands beside it.
const SOUND: &str = "org.loopflower.test:sound";

/// `fuzz`: personalities, requests, formats and control values from a grammar and the seed. Each is refused, with a reason in the
/// log where it is a definition, and changes nothing, or is carried out soundly. That nothing panics, is damaged or left,
/// the machine sees.
pub fn anything(bench: &mut Bench) -> Result<(), Stop> {
    let mut grammar = Grammar::new(bench.job().seed ^ 0x6675_7a7a);
    bench.load()?;
    let own = root()?;
    // One device is enough to see whether anything changes.
    for (uid, _) in own.devices().into_iter().skip(1) {
        ask(own, "RemoveDevice", Value::string(&uid)).map_err(|error| format!("removing {uid}: {error}"))?;
    }
    requests(bench, own, &mut grammar);
    properties(bench, own, &mut grammar)?;
    personalities(bench, &mut grammar)
}

/// Requests of the root service.
fn requests(bench: &mut Bench, root: Root, grammar: &mut Grammar) {
    let (mut wrong, mut granted) = (Vec::new(), 0);
    for number in 0..REQUESTS {
        let _ = ask(root, "AddDevice", guest(2));
        rest(SETTLED);
        let before = state(root);
        let lines = log::said().0;
        let fresh = with(full(), "UID", Some(Value::string("org.loopflower.test:fresh")));
        let request = match grammar.below(8) {
            0..3 => Value::dictionary([("AddDevice", grammar.mutant(&fresh))]),
            3..5 => Value::dictionary([("ChangeDevice", grammar.mutant(&full()))]),
            5 => Value::dictionary([("RemoveDevice", grammar.value(2))]),
            6 => grammar.mutant(&Value::dictionary([("AddDevice", fresh)])),
            _ => grammar.value(4),
        };
        let answer = root.request(&request);
        rest(SETTLED);
        let problem = match answer {
            Ok(()) => unsound(root),
            Err(_) if state(root) != before => Some("was refused and changed something".to_string()),
            Err(_) if log::said().0 == lines || !log::said().1.starts_with("Loopflower: ") => {
                Some("was refused without a reason in the log".to_string())
            }
            Err(_) => None,
        };
        granted += usize::from(answer.is_ok());
        wrong.extend(problem.map(|problem| format!("request {number} {problem}: {}", shown(&request))));
        // Back to the devices of the personality and the guest.
        for (uid, _) in root.devices() {
            let is_new = !uid.starts_with("org.loopflower.driver:");
            if is_new && let Err(error) = ask(root, "RemoveDevice", Value::string(&uid)) {
                wrong.push(format!("after request {number} the device {uid} cannot be removed: {error}"));
            }
        }
    }
    say(bench, "requests", format!("{REQUESTS} requests, {granted} granted"), &wrong);
}

/// Properties of streams and controls.
fn properties(bench: &mut Bench, root: Root, grammar: &mut Grammar) -> Result<(), Stop> {
    let (_, engine) = root.devices().into_iter().next().ok_or("there is no device")?;
    let mut wrong = Vec::new();
    for number in 0..PROPERTIES {
        let stream = if grammar.below(2) == 0 { engine.output()? } else { engine.input()? };
        let format = match grammar.below(4) {
            0 => grammar.value(3),
            1 => grammar.mutant(&stream.format().value(None)),
            _ => grammar.mutant(&stream.format().value(Some(engine.rate()))),
        };
        let request = Value::dictionary([("IOAudioStreamFormat", format)]);
        let before = state(root);
        if stream.set_properties(&request).is_err() && state(root) != before {
            wrong.push(format!("format {number} was refused and changed something: {}", shown(&request)));
        }
        wrong.extend(unsound(root).map(|problem| format!("format {number} {problem}: {}", shown(&request))));
    }
    say(bench, "formats", format!("{PROPERTIES} requests"), &wrong);
    wrong.clear();
    let controls = engine.controls();
    for number in 0..PROPERTIES {
        let control = grammar.one(&controls);
        let value = if grammar.below(3) == 0 { grammar.value(3) } else { grammar.number() };
        let request = match grammar.below(4) {
            0 => grammar.mutant(&Value::dictionary([("IOAudioControlValue", value)])),
            _ => Value::dictionary([("IOAudioControlValue", value)]),
        };
        let before = control.value();
        let refused = control.set_properties(&request).is_err();
        let now = control.value();
        let most = match control.maximum() {
            0 => 1,
            most => most,
        };
        if !(0..=most).contains(&now) || (refused && now != before) {
            wrong.push(format!("value {number} made {} of {before}, {}: {}", now, control.name(), shown(&request)));
        }
    }
    say(bench, "controls", format!("{PROPERTIES} requests of {} controls", controls.len()), &wrong);
    Ok(())
}

/// Personalities with a sound definition among others.
fn personalities(bench: &mut Bench, grammar: &mut Grammar) -> Result<(), Stop> {
    let mut wrong = Vec::new();
    for load in 0..LOADS {
        let mut definitions: Vec<Value> = (0..DEFINITIONS).map(|_| grammar.mutant(&full())).collect();
        let sound = with(guest(2), "UID", Some(Value::string(SOUND)));
        definitions.insert(grammar.below(DEFINITIONS + 1), sound);
        let mut personalities = bench.personalities().clone();
        for (_, personality) in &mut personalities {
            *personality = with(personality.clone(), "Devices", Some(Value::Array(definitions.clone())));
        }
        let lines = log::said().0;
        bench.load_with(&format!("personality {load}"), &personalities)?;
        let found = Root::find();
        let started = found.map_or(0, |root| root.devices().len());
        if found.is_none_or(|root| root.engine(SOUND).is_none()) {
            wrong.push(format!("personality {load}: the sound device does not start"));
        }
        if started < definitions.len() && log::said().0 < lines + (definitions.len() - started) as u64 {
            wrong.push(format!("personality {load}: devices do not start, and nobody says why"));
        }
        wrong.extend(found.and_then(unsound).map(|problem| format!("personality {load} {problem}")));
    }
    say(bench, "personalities", format!("{LOADS} of {} definitions", DEFINITIONS + 1), &wrong);
    Ok(())
}

/// What is wrong with a device that there is.
fn unsound(root: Root) -> Option<String> {
    let devices = root.devices();
    let problem = |(index, (uid, engine)): (usize, &(String, Engine))| {
        let (Ok(output), Ok(input)) = (engine.output(), engine.input()) else {
            return Some(format!("left {uid:.80} without a stream"));
        };
        let (channels, ring, rate) = (output.format().channels, engine.ring(), engine.rate());
        let fits = (1..=256).contains(&channels)
            && (2048..=1 << 20).contains(&ring)
            && u64::from(channels) * ring * 4 <= 16 << 20
            && (8000..=768_000).contains(&rate.whole)
            && rate.fraction == 0
            && u64::from(rate.whole) * u64::from(channels) <= 24_576_000;
        let same = input.format() == output.format() && output.formats().contains(&output.format());
        let unique = devices[..index].iter().all(|(other, _)| other != uid) && (1..=63).contains(&uid.len());
        (!(fits && same && unique)).then(|| format!("made {uid:.80} of {channels} channels, {ring} frames, {rate}"))
    };
    devices.iter().enumerate().find_map(problem)
}

/// A definition with all keys, of a small device.
fn full() -> Value {
    let Value::Dictionary(mut entries) = guest(2) else { return guest(2) };
    for (key, value) in [
        ("Rates", Value::Array([48_000, 44_100].map(Value::number).into())),
        ("Formats", Value::Array(["Int16", "Float32"].map(Value::string).into())),
        ("Latency", Value::number(16)),
        ("SafetyOffset", Value::number(16)),
        ("Hidden", Value::Boolean(false)),
        ("CanBeDefault", Value::Boolean(false)),
        ("ChannelControls", Value::Boolean(false)),
    ] {
        entries.push((key.to_string(), value));
    }
    Value::Dictionary(entries)
}

fn say(bench: &mut Bench, name: &str, held: String, wrong: &[String]) {
    let text = if wrong.is_empty() {
        held
    } else {
        format!("{} wrong: {}", wrong.len(), wrong[..wrong.len().min(TOLD)].join("; "))
    };
    bench.check(name, wrong.is_empty(), text);
}

/// A value as short as a message wants it.
fn shown(value: &Value) -> String {
    let text = format!("{value:?}");
    text.chars().take(400).collect()
}
