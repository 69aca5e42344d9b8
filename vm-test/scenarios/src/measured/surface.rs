//! The properties of a kext's device as the HAL shows them, and what a process without privileges reaches of it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::control::{LEVEL, SELECTOR, TOGGLE};
use host::{Control, Engine, Stream, doors};
use kpi::iokit::{properties, task};
use measure::{Property, Request, Surface};
use protocol::value::Value;

use super::ask;

/// What a registry key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Number,
    Truth,
    List,
    Dictionary,
}

/// What the HAL makes of the device's and the engine's keys: selector, scope, key, what it holds.
const DEVICE: [(&str, &str, &str, Holds); 21] = [
    ("lnam", "glob", "IOAudioEngineDescription", Holds::Text),
    ("lmak", "glob", "IOAudioDeviceManufacturerName", Holds::Text),
    ("uid ", "glob", "IOAudioEngineGlobalUniqueID", Holds::Text),
    ("muid", "glob", "IOAudioDeviceModelID", Holds::Text),
    ("tran", "glob", "IOAudioDeviceTransportType", Holds::Number),
    ("clkd", "glob", "IOAudioEngineClockDomain", Holds::Number),
    ("cstb", "glob", "IOAudioEngineClockIsStable", Holds::Truth),
    ("goin", "glob", "IOAudioEngineState", Holds::Number),
    ("dflt", "inpt", "IOAudioDeviceCanBeDefaults", Holds::Number),
    ("dflt", "outp", "IOAudioDeviceCanBeDefaults", Holds::Number),
    ("sflt", "outp", "IOAudioDeviceCanBeDefaults", Holds::Number),
    ("ltnc", "inpt", "IOAudioEngineInputSampleLatency", Holds::Number),
    ("ltnc", "outp", "IOAudioEngineOutputSampleLatency", Holds::Number),
    ("saft", "inpt", "IOAudioEngineInputSampleOffset", Holds::Number),
    ("saft", "outp", "IOAudioEngineSampleOffset", Holds::Number),
    ("ring", "glob", "IOAudioEngineNumSampleFramesPerBuffer", Holds::Number),
    ("nsrt", "glob", "IOAudioSampleRate", Holds::Dictionary),
    ("hidn", "glob", "IOAudioEngineIsHidden", Holds::Truth),
    ("capp", "glob", "IOAudioDeviceConfigurationApplication", Holds::Text),
    ("srnd", "outp", "IOAudioEngineOutputChannelLayout", Holds::List),
    ("srnd", "inpt", "IOAudioEngineInputChannelLayout", Holds::List),
];
/// The same of streams.
const STREAM: [(&str, &str, Holds); 9] = [
    ("sact", "IOAudioStreamAvailable", Holds::Truth),
    ("sdir", "IOAudioStreamDirection", Holds::Number),
    ("term", "IOAudioStreamTerminalType", Holds::Number),
    ("schn", "IOAudioStreamStartingChannelNumber", Holds::Number),
    ("ltnc", "IOAudioStreamSampleLatency", Holds::Number),
    ("sfmt", "IOAudioStreamFormat", Holds::Dictionary),
    ("sfma", "IOAudioStreamAvailableFormats", Holds::List),
    ("pft ", "IOAudioStreamFormat", Holds::Dictionary),
    ("pfta", "IOAudioStreamAvailableFormats", Holds::List),
];
/// The same of controls of a type; none: of all.
const CONTROL: [(&str, Option<u32>, &str, Holds); 9] = [
    ("clas", None, "IOAudioControlType", Holds::Number),
    ("cscp", None, "IOAudioControlUsage", Holds::Number),
    ("celm", None, "IOAudioControlChannelID", Holds::Number),
    ("lcsv", Some(LEVEL), "IOAudioControlValue", Holds::Number),
    ("lcdv", Some(LEVEL), "IOAudioControlValue", Holds::Number),
    ("lcdr", Some(LEVEL), "IOAudioLevelControlMinDB", Holds::Number),
    ("bcvl", Some(TOGGLE), "IOAudioControlValue", Holds::Number),
    ("scci", Some(SELECTOR), "IOAudioControlValue", Holds::Number),
    ("scai", Some(SELECTOR), "IOAudioSelectorControlAvailableSelections", Holds::List),
];
/// Those of them that the HAL sets by the registry.
const SETTABLE: [&str; 7] = ["nsrt", "sfmt", "pft ", "lcsv", "lcdv", "bcvl", "scci"];

/// What has a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The device.
    Device,
    /// One of its streams.
    Stream(Stream),
    /// One of its controls.
    Control(Control),
}

/// A property that is there.
pub struct Found {
    pub name: String,
    pub owner: Owner,
    pub selector: &'static str,
    pub value: Value,
    holds: Holds,
}

/// All properties of a device and of its parts.
pub fn all(engine: Engine) -> Result<Vec<Found>, String> {
    let device = properties::read_values(engine.device());
    let mut found = Vec::new();
    let mut add = |name, owner, selector, value: Option<Value>, holds| {
        found.extend(value.map(|value| Found { name, owner, selector, value, holds }));
    };
    for (selector, scope, key, holds) in DEVICE {
        let value = engine.property(key).or_else(|| device.get(key).cloned());
        add(format!("{selector} in {scope}"), Owner::Device, selector, value, holds);
    }
    for stream in [engine.output()?, engine.input()?] {
        for (selector, key, holds) in STREAM {
            let name = format!("{selector} of the {} stream", stream.direction);
            add(name, Owner::Stream(stream), selector, stream.property(key), holds);
        }
    }
    for control in engine.controls() {
        let own = CONTROL.iter().filter(|(_, kind, ..)| kind.is_none_or(|kind| kind == control.kind));
        for (selector, _, key, holds) in own {
            let name = format!("{selector} of {}", control.name());
            add(name, Owner::Control(control), *selector, control.property(key), *holds);
        }
    }
    Ok(found)
}

/// Looks at all of it.
pub fn of(engine: Engine) -> Result<Surface, String> {
    let streams = [engine.output()?, engine.input()?];
    Ok(Surface {
        properties: all(engine)?.into_iter().map(property).collect(),
        requests: wrong_requests(engine, streams)?,
        settable: settable(engine, streams),
        callable: doors::reached(engine),
    })
}

/// A property as measurements see it.
fn property(found: Found) -> Property {
    let Found { name, owner, selector, value, holds } = found;
    let kind = match owner {
        Owner::Device => "of the device",
        Owner::Stream(_) => "of streams",
        Owner::Control(_) => "of controls",
    };
    let is_right = match holds {
        Holds::Text => matches!(value, Value::String(_)),
        Holds::Number => matches!(value, Value::Number(..)),
        Holds::Truth => matches!(value, Value::Boolean(_) | Value::Number(..)),
        Holds::List => matches!(value, Value::Array(_)),
        Holds::Dictionary => matches!(value, Value::Dictionary(_)),
    };
    let wrong = (!is_right).then(|| format!("{name}: holds no {holds:?}").to_lowercase());
    Property { name, kind, is_settable: SETTABLE.contains(&selector), wrong }
}

/// What a process of any user can set: each is set to what it is.
fn settable(engine: Engine, streams: [Stream; 2]) -> Vec<String> {
    task::as_user(|| {
        let mut names = Vec::new();
        for stream in streams {
            if stream.set_format(&stream.format(), Some(engine.rate())).is_ok() {
                names.push(format!("format of the {} stream", stream.direction));
            }
        }
        let controls = engine.controls().into_iter();
        names.extend(controls.filter(|control| control.set(control.value()).is_ok()).map(Control::name));
        names
    })
}

/// Requests that have to be refused, or to change nothing.
fn wrong_requests(engine: Engine, streams: [Stream; 2]) -> Result<Vec<Request>, String> {
    let mut requests = Vec::new();
    let mut try_one = |name: String, ask_it: &dyn Fn() -> Result<(), String>| -> Result<(), String> {
        let before = ask::state(engine)?;
        let answer = ask_it();
        let is_sound = answer.is_err() || ask::state(engine)? == before;
        requests.push(Request { name, is_sound });
        Ok(())
    };
    for stream in streams {
        let odd = ["text", "number", "no keys"].into_iter().zip([
            Value::string("lpcm"),
            Value::number(7),
            Value::dictionary([]),
        ]);
        for (what, value) in odd {
            let wanted = Value::dictionary([("IOAudioStreamFormat", value)]);
            try_one(format!("a {what} for the format of the {} stream", stream.direction), &|| {
                stream.set_properties(&wanted)
            })?;
        }
        let unknown = Value::dictionary([("NothingOfTheSort", Value::number(1))]);
        try_one(format!("an unknown key at the {} stream", stream.direction), &|| stream.set_properties(&unknown))?;
    }
    for control in engine.controls() {
        for (what, value) in [("text", Value::string("0")), ("number out of range", Value::number(0x7fff_fff0))] {
            let wanted = Value::dictionary([("IOAudioControlValue", value)]);
            try_one(format!("a {what} for {}", control.name()), &|| control.set_properties(&wanted))?;
        }
    }
    requests.extend(
        doors::wrong_calls(engine).into_iter().map(|(name, is_sound)| Request { name: name.to_string(), is_sound }),
    );
    Ok(requests)
}
