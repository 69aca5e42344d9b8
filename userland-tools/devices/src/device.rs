//! A device as the registry shows it.

use std::collections::BTreeMap;

use engine::format::{SampleFormat, StreamFormat};
use plist::{Dictionary, Value};
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::Control;
use crate::entry::{Entry, number, word};

/// A device: what it was defined as, and what it is now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Device {
    /// What users see.
    pub name: String,
    /// What tells it from all others.
    pub uid: String,
    /// Channels of its output stream and of its input stream.
    pub channels: u32,
    /// Frames a second now.
    pub rate: u32,
    /// The rates it offers.
    pub rates: Vec<u32>,
    /// The physical format now, as definitions name it.
    pub format: String,
    /// The formats it offers.
    pub formats: Vec<String>,
    /// Frames of its ring.
    pub ring_frames: u64,
    /// Frames that its streams declare as latency.
    pub latency: u64,
    /// Frames that clients keep from the clock's position.
    pub safety_offset: u64,
    /// Whether it is left out of lists of devices.
    pub hidden: bool,
    /// Whether it can be a default device.
    pub can_be_default: bool,
    /// Whether its engine runs.
    pub running: bool,
    /// Its controls, in the order of the registry.
    pub controls: Vec<Control>,
    /// What its engine counts.
    pub statistics: BTreeMap<String, u64>,
    /// Its definition, as it was given to the driver.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub definition: Dictionary,
}

impl Device {
    /// The devices below the root service, in the order of the registry.
    pub fn all(root: &Entry) -> Vec<Device> {
        root.children.iter().filter_map(Device::of).collect()
    }

    /// A device; `None` if the entry is none.
    fn of(entry: &Entry) -> Option<Device> {
        let definition = entry.properties.get("Definition")?.as_dictionary()?.clone();
        let engine = entry.children.iter().find(|child| child.properties.contains_key("IOAudioEngineState"))?;
        let stream = engine.children.iter().find(|child| child.number("IOAudioStreamDirection") == Some(0));
        let format = stream.and_then(|stream| stream.properties.get("IOAudioStreamFormat")?.as_dictionary());
        let offers = || stream.into_iter().flat_map(|stream| stream.dictionaries("IOAudioStreamAvailableFormats"));
        let lowest = |offer: &Dictionary| whole(offer.get("IOAudioStreamMinimumSampleRate"));
        let statistics = engine.properties.get("Statistics").and_then(Value::as_dictionary);
        let text = |key: &str| definition.get(key).and_then(Value::as_string).unwrap_or_default().to_owned();
        Some(Device {
            name: text("Name"),
            uid: text("UID"),
            channels: format.map_or(0, |format| word(format, "IOAudioStreamNumChannels")),
            rate: whole(engine.properties.get("IOAudioSampleRate")),
            rates: each_once(offers().map(lowest)),
            format: format.map_or_else(String::new, format_name),
            formats: each_once(offers().map(format_name)),
            ring_frames: engine.number("IOAudioEngineNumSampleFramesPerBuffer").unwrap_or(0),
            latency: engine.number("IOAudioEngineOutputSampleLatency").unwrap_or(0),
            safety_offset: engine.number("IOAudioEngineSampleOffset").unwrap_or(0),
            hidden: engine.flag("IOAudioEngineIsHidden").unwrap_or(false),
            can_be_default: entry.number("IOAudioDeviceCanBeDefaults").unwrap_or(0) != 0,
            running: engine.number("IOAudioEngineState").unwrap_or(0) != 0,
            controls: engine.children.iter().filter_map(Control::of).collect(),
            statistics: statistics
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.clone(), number(value)?)))
                .collect(),
            definition,
        })
    }
}

/// Whole frames a second of a rate.
fn whole(rate: Option<&Value>) -> u32 {
    rate.and_then(Value::as_dictionary).map_or(0, |rate| word(rate, "IOAudioSampleRateWholeNumber"))
}

/// What definitions call a stream's format; its bits for one that they have no name for.
fn format_name(format: &Dictionary) -> String {
    let number = |key| word(format, key);
    let format = StreamFormat {
        channels: number("IOAudioStreamNumChannels"),
        sample_format: number("IOAudioStreamSampleFormat"),
        representation: number("IOAudioStreamNumericRepresentation"),
        bit_depth: number("IOAudioStreamBitDepth") as u8,
        bit_width: number("IOAudioStreamBitWidth") as u8,
        alignment: number("IOAudioStreamAlignment") as u8,
        byte_order: number("IOAudioStreamByteOrder") as u8,
        mixable: number("IOAudioStreamIsMixable") != 0,
    };
    let known = SampleFormat::ALL.into_iter().find(|known| StreamFormat::of(format.channels, *known) == format);
    known.map_or_else(|| format!("{} of {} bits", format.bit_depth, format.bit_width), |known| known.name().to_owned())
}

fn each_once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}
