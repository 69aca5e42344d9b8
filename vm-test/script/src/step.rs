//! Steps, each read from one line.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use protocol::proof::SampleFormat;
use protocol::script::{Control, Load, Misdeed, Setting, Signal, Step, Verb};
use protocol::value::Value;

use crate::error::Error;
use crate::options;
use crate::words::Words;

/// Frames of an IO cycle.
pub const IO_FRAMES: RangeInclusive<u32> = 1..=65_536;
/// Calls of a flood.
const FLOOD: RangeInclusive<u32> = 1..=100_000;
/// Calls of a flood, unless others are asked for.
const CALLS: u32 = 1000;

/// The verbs.
#[derive(Clone, Copy)]
enum Word {
    Load,
    Unload,
    Unplug,
    Open,
    Clients(Verb),
    Play,
    Resize,
    Stall,
    Late,
    Wait,
    Sleep,
    Wake,
    Set,
    Misbehave,
    Expect,
    Await,
}

const STEPS: [(&str, Word); 20] = [
    ("load", Word::Load),
    ("unload", Word::Unload),
    ("unplug", Word::Unplug),
    ("open", Word::Open),
    ("start", Word::Clients(Verb::Start)),
    ("stop", Word::Clients(Verb::Stop)),
    ("close", Word::Clients(Verb::Close)),
    ("kill", Word::Clients(Verb::Kill)),
    ("record", Word::Clients(Verb::Record)),
    ("play", Word::Play),
    ("resize", Word::Resize),
    ("stall", Word::Stall),
    ("late", Word::Late),
    ("wait", Word::Wait),
    ("sleep", Word::Sleep),
    ("wake", Word::Wake),
    ("set", Word::Set),
    ("misbehave", Word::Misbehave),
    ("expect", Word::Expect),
    ("await", Word::Await),
];

/// Words that no client can be called.
const RESERVED: [&str; 7] = ["timers", "engine", "control", "devices", "nothing", "refused", "returned"];

/// Names of sample formats.
pub const FORMATS: [(&str, SampleFormat); 5] = [
    ("float32", SampleFormat::Float32),
    ("int16", SampleFormat::Int16),
    ("int24", SampleFormat::Int24),
    ("int24in32", SampleFormat::Int24In32),
    ("int32", SampleFormat::Int32),
];

/// Names of misdeeds; a flood may have a number behind it.
pub const MISDEEDS: [(&str, Misdeed); 10] = [
    ("descriptor", Misdeed::Descriptor),
    ("set", Misdeed::Set),
    ("position", Misdeed::Position),
    ("lap", Misdeed::Lap),
    ("stream", Misdeed::Stream),
    ("buffer", Misdeed::Buffer),
    ("unregister", Misdeed::Unregister),
    ("method", Misdeed::Method),
    ("trap", Misdeed::Trap),
    ("flood", Misdeed::Flood(CALLS)),
];

/// Reads a step.
pub fn read(words: &mut Words<'_>) -> Result<Step, Error> {
    Ok(match words.choose("step", &STEPS)? {
        Word::Load => Step::Load(load(words)?),
        Word::Unload => Step::Unload,
        Word::Unplug => Step::Unplug,
        Word::Open => Step::Open(name(words)?, options::read(words)?),
        Word::Clients(verb) => {
            let mut names: Vec<String> = Vec::from([name(words)?]);
            while !words.is_at_end() {
                names.push(name(words)?);
            }
            Step::Clients(verb, names)
        }
        Word::Play => {
            let (name, signal) = (name(words)?, signal(words)?);
            Step::Play(name, signal, if words.take_if("for") { Some(words.time()?) } else { None })
        }
        Word::Resize => {
            let name = name(words)?;
            words.must("to")?;
            Step::Resize(name, words.number("number of frames", IO_FRAMES)?)
        }
        Word::Stall => {
            let who = if words.take_if("timers") { None } else { Some(name(words)?) };
            Step::Stall(who, words.time()?)
        }
        Word::Late => {
            words.must("timers")?;
            Step::Late(if words.take_if("usual") { None } else { Some(words.time()?) })
        }
        Word::Wait => Step::Wait(words.time()?, words.on_device()?),
        Word::Sleep => Step::Sleep,
        Word::Wake => Step::Wake,
        Word::Set => Step::Set(setting(words)?, words.on_device()?),
        Word::Misbehave => {
            let name = name(words)?;
            let misdeed = match words.choose("misdeed", &MISDEEDS)? {
                Misdeed::Flood(_) if !words.is_at_end() => Misdeed::Flood(words.number("number of calls", FLOOD)?),
                other => other,
            };
            Step::Misbehave(name, misdeed)
        }
        Word::Expect => Step::Expect(crate::expect::read(words)?),
        Word::Await => Step::Await(crate::expect::read(words)?),
    })
}

/// A client's name.
pub fn name(words: &mut Words<'_>) -> Result<String, Error> {
    let name = words.word("a client's name")?;
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
    if !is_plain || RESERVED.contains(&name.as_str()) || name.len() > 60 {
        let right = "a name begins with a letter, and letters, digits, _ and - follow";
        return Err(words.error(format!("no client can be called \"{name}\""), right));
    }
    Ok(name)
}

fn load(words: &mut Words<'_>) -> Result<Load, Error> {
    let mut load = Load::default();
    if words.take_if("as") {
        load.label = words.text("what messages call this load")?;
    }
    if words.take_if("on") {
        words.must("device")?;
        load.on_device = true;
    }
    while !words.is_at_end() {
        let is_put = words.choose("part of a load", &[("with", true), ("without", false)])?;
        let path = way(words)?;
        let value = if is_put { Some(value(words)?) } else { None };
        load.with.push((path, value));
    }
    Ok(load)
}

/// The way to a value in a personality: keys, and places in arrays.
fn way(words: &mut Words<'_>) -> Result<String, Error> {
    let path = words.word("the way to a value, as in Devices/0/Channels,")?;
    if path.split('/').any(str::is_empty) {
        let right = "keys and places stand between its slashes, as in Devices/0/Channels";
        return Err(words.error(format!("\"{path}\" leads nowhere"), right));
    }
    Ok(path)
}

/// A value of a property list: a text, a number, or a truth.
fn value(words: &mut Words<'_>) -> Result<Value, Error> {
    if let Some(text) = words.take_text() {
        return Ok(Value::String(text));
    }
    if words.take_if("true") {
        return Ok(Value::Boolean(true));
    }
    if words.take_if("false") {
        return Ok(Value::Boolean(false));
    }
    // As property lists have integers: those that fit into 32 bits are of 32.
    let number: i64 = words.number("number, text, true or false", i64::MIN..=i64::MAX)?;
    let bits = if i32::try_from(number).is_ok() || u32::try_from(number).is_ok() { 32 } else { 64 };
    Ok(Value::Number(if bits == 32 { u64::from(number as u32) } else { number as u64 }, bits))
}

fn signal(words: &mut Words<'_>) -> Result<Signal, Error> {
    let signals = [
        ("silence", Signal::Silence),
        ("noise", Signal::Noise(None)),
        ("ramp", Signal::Ramp),
        ("impulse", Signal::Impulse),
        ("tone", Signal::Tone(0)),
    ];
    Ok(match words.choose("signal", &signals)? {
        Signal::Noise(_) if words.peek().is_some_and(|word| word != "for") => {
            Signal::Noise(Some(words.number("seed", 0..=u32::MAX)?))
        }
        Signal::Tone(_) => {
            let hz = words.number("frequency", 1..=100_000)?;
            words.must("Hz")?;
            Signal::Tone(hz)
        }
        other => other,
    })
}

fn setting(words: &mut Words<'_>) -> Result<Setting, Error> {
    let settings = [("rate", 0), ("format", 1), ("control", 2)];
    Ok(match words.choose("setting", &settings)? {
        0 if words.take_if("another") => Setting::Rate(None),
        0 => Setting::Rate(Some(words.number("rate in Hz", 0..=u32::MAX)?)),
        1 if words.take_if("another") => Setting::Format(None),
        1 => {
            let format = words.choose("sample format", &FORMATS)?;
            let is_number = words.peek().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
            let channels = if is_number { Some(words.number("number of channels", 0..=u32::MAX)?) } else { None };
            if channels.is_some() {
                words.must("channels")?;
            }
            Setting::Format(Some((format, channels)))
        }
        _ => {
            let control = control(words)?;
            words.must("to")?;
            Setting::Control(control, words.number("value", i32::MIN..=i32::MAX)?)
        }
    })
}

/// A control: `TYPE/SUBTYPE/USAGE/CHANNEL`.
pub fn control(words: &mut Words<'_>) -> Result<Control, Error> {
    let word = words.word("a control")?;
    let parts: Vec<&str> = word.split('/').collect();
    let code =
        |part: &str| <[u8; 4]>::try_from(part.as_bytes()).ok().filter(|code| code.iter().all(u8::is_ascii_graphic));
    let found = match parts.as_slice() {
        [kind, sub_type, usage, channel] => (|| {
            let codes = [code(kind)?, code(sub_type)?, code(usage)?];
            Some(Control { codes, channel: channel.parse().ok()? })
        })(),
        _ => None,
    };
    found.ok_or_else(|| {
        let right = "a control is its type, subtype, usage and channel, as in levl/vlme/outp/0";
        words.error(format!("\"{word}\" is no control"), right)
    })
}
