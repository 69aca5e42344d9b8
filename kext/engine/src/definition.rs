//! Definitions: from a property list to a device that can be, or to the first reason why not.

use core::ffi::CStr;
use core::fmt;

use heapless::{String, Vec};

use crate::config::{
    Device, MAX_CHANNEL_CONTROLS, MAX_CHANNELS, MAX_NAME, MAX_RING_BYTES, MAX_RING_FRAMES, MAX_SAMPLE_RATE,
    MIN_RING_FRAMES, RATES, RING_FRAMES, Text,
};
use crate::format::SampleFormat;
use crate::property::{Node, Value};

/// The keys of a definition.
pub mod key {
    use core::ffi::CStr;

    /// The device's name, a text.
    pub const NAME: &CStr = c"Name";
    /// Its unique identifier, a text, the same after every restart.
    pub const UID: &CStr = c"UID";
    /// Channels of each stream, a number.
    pub const CHANNELS: &CStr = c"Channels";
    /// Rates in frames a second, a list of numbers; the first to begin with. All that the channels allow, if absent.
    pub const RATES: &CStr = c"Rates";
    /// Frames of the ring, a number.
    pub const RING_FRAMES: &CStr = c"RingFrames";
    /// Frames of latency that both streams declare, a number; 0 if absent.
    pub const LATENCY: &CStr = c"Latency";
    /// Frames that clients keep from the clock's position on both sides, a number; 0 if absent.
    pub const SAFETY_OFFSET: &CStr = c"SafetyOffset";
    /// Physical formats, a list of texts; the first to begin with. All, if absent.
    pub const FORMATS: &CStr = c"Formats";
    /// Whether the device is hidden from lists of devices, a flag; false if absent.
    pub const HIDDEN: &CStr = c"Hidden";
    /// Whether it can be a default device, a flag; true if absent.
    pub const CAN_BE_DEFAULT: &CStr = c"CanBeDefault";
    /// Whether each channel has controls of its own, a flag; if absent, true for up to 64 channels.
    pub const CHANNEL_CONTROLS: &CStr = c"ChannelControls";

    /// All of them.
    pub const ALL: [&CStr; 11] = [
        NAME,
        UID,
        CHANNELS,
        RATES,
        RING_FRAMES,
        LATENCY,
        SAFETY_OFFSET,
        FORMATS,
        HIDDEN,
        CAN_BE_DEFAULT,
        CHANNEL_CONTROLS,
    ];
}

/// Why a definition is refused: key, value and limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionError {
    /// It is no dictionary.
    NoDictionary,
    /// It has keys that a definition has not: how many.
    Unknown(u32),
    /// What is under a key is absent or of another kind than the one named.
    Kind(&'static CStr, &'static str),
    /// A text is empty or longer than [`MAX_NAME`] bytes: its length.
    Length(&'static CStr, usize),
    /// A text has control characters.
    Control(&'static CStr),
    /// A number is below the least or above the most.
    Number {
        /// Where it stands.
        key: &'static CStr,
        /// The number.
        value: u64,
        /// The least that is possible.
        least: u64,
        /// The most that is possible.
        most: u64,
    },
    /// A list is empty.
    Empty(&'static CStr),
    /// Not one of [`RATES`].
    Rate(u64),
    /// A rate stands there twice.
    RateTwice(u32),
    /// A rate is too much for this many channels.
    Load {
        /// The rate.
        rate: u32,
        /// The channels.
        channels: u32,
    },
    /// Not the name of a format: its begin.
    Format(String<16>),
    /// A format stands there twice.
    FormatTwice(SampleFormat),
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDictionary => write!(f, "it is no dictionary"),
            Self::Unknown(count) => {
                write!(f, "{count} of its keys are unknown, possible are")?;
                key::ALL
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, key)| write!(f, "{} {}", if index == 0 { "" } else { "," }, shown(key)))
            }
            Self::Kind(key, kind) => write!(f, "{}: absent or not a {kind}", shown(key)),
            Self::Length(key, length) => write!(f, "{}: {length} bytes, 1 to {MAX_NAME} are possible", shown(key)),
            Self::Control(key) => write!(f, "{}: control characters are not possible", shown(key)),
            Self::Number { key, value, least, most } => {
                write!(f, "{}: {value}, {least} to {most} are possible", shown(key))
            }
            Self::Empty(key) => write!(f, "{}: none, at least one is needed", shown(key)),
            Self::Rate(rate) => write!(f, "Rates: {rate} is not one of {RATES:?}"),
            Self::RateTwice(rate) => write!(f, "Rates: {rate} stands there twice"),
            Self::Load { rate, channels } => {
                let load = u64::from(*rate) * u64::from(*channels);
                write!(f, "Rates: {rate} with {channels} channels is {load} samples/s, {MAX_SAMPLE_RATE} are possible")
            }
            Self::Format(name) => {
                write!(f, "Formats: {name} is not one of")?;
                SampleFormat::ALL.iter().try_for_each(|format| write!(f, " {}", format.name()))
            }
            Self::FormatTwice(format) => write!(f, "Formats: {} stands there twice", format.name()),
        }
    }
}

/// A key as text; ours are ASCII.
fn shown(key: &CStr) -> &str {
    key.to_str().unwrap_or_default()
}

/// Checks a definition: a total function of whatever stands there.
pub(crate) fn read<'a, N: Node<'a>>(node: N) -> Result<Device, DefinitionError> {
    if node.value() != Value::Dictionary {
        return Err(DefinitionError::NoDictionary);
    }
    let known = key::ALL.iter().filter(|key| node.member(key).is_some()).count() as u32;
    if node.count() > known {
        return Err(DefinitionError::Unknown(node.count() - known));
    }
    let name = text(node, key::NAME)?;
    let uid = text(node, key::UID)?;
    let channels = number(node, key::CHANNELS, 1, MAX_CHANNELS, None)?;
    let most = MAX_RING_FRAMES.min(MAX_RING_BYTES / (channels * 4));
    let ring_frames = number(node, key::RING_FRAMES, MIN_RING_FRAMES, most, Some(RING_FRAMES))?;
    // Beyond it, a client with large buffers would leave the ring.
    let furthest = ring_frames / 4;
    Ok(Device {
        name,
        uid,
        channels,
        ring_frames,
        rates: rates(node, channels)?,
        formats: formats(node)?,
        latency: number(node, key::LATENCY, 0, furthest, Some(0))?,
        safety_offset: number(node, key::SAFETY_OFFSET, 0, furthest, Some(0))?,
        hidden: flag(node, key::HIDDEN, false)?,
        can_be_default: flag(node, key::CAN_BE_DEFAULT, true)?,
        channel_controls: flag(node, key::CHANNEL_CONTROLS, channels <= MAX_CHANNEL_CONTROLS)?,
    })
}

fn text<'a, N: Node<'a>>(node: N, key: &'static CStr) -> Result<Text, DefinitionError> {
    let Some(Value::Text(value)) = node.member(key).map(Node::value) else {
        return Err(DefinitionError::Kind(key, "text"));
    };
    if value.chars().any(char::is_control) {
        return Err(DefinitionError::Control(key));
    }
    let mut text = Text::new();
    match text.extend_from_bytes(value.as_bytes()) {
        Ok(()) if !value.is_empty() => Ok(text),
        _ => Err(DefinitionError::Length(key, value.len())),
    }
}

fn number<'a, N: Node<'a>>(
    node: N,
    key: &'static CStr,
    least: u32,
    most: u32,
    absent: Option<u32>,
) -> Result<u32, DefinitionError> {
    let value = match (node.member(key).map(Node::value), absent) {
        (Some(Value::Number(value)), _) => value,
        // What is assumed where nothing stands must be possible too.
        (None, Some(absent)) => u64::from(absent),
        _ => return Err(DefinitionError::Kind(key, "number")),
    };
    let possible = u32::try_from(value).ok().filter(|value| (least..=most).contains(value));
    possible.ok_or(DefinitionError::Number { key, value, least: least.into(), most: most.into() })
}

fn flag<'a, N: Node<'a>>(node: N, key: &'static CStr, absent: bool) -> Result<bool, DefinitionError> {
    match node.member(key).map(Node::value) {
        Some(Value::Flag(value)) => Ok(value),
        None => Ok(absent),
        _ => Err(DefinitionError::Kind(key, "flag")),
    }
}

/// The nodes of the list under a key; nothing if there is none.
fn list<'a, N: Node<'a>>(
    node: N,
    key: &'static CStr,
) -> Result<Option<impl Iterator<Item = Value<'a>>>, DefinitionError> {
    let Some(list) = node.member(key) else { return Ok(None) };
    match (list.value(), list.count()) {
        (Value::List, 0) => Err(DefinitionError::Empty(key)),
        (Value::List, count) => {
            Ok(Some((0..count).map(move |index| list.element(index).map_or(Value::Other, Node::value))))
        }
        _ => Err(DefinitionError::Kind(key, "list")),
    }
}

fn rates<'a, N: Node<'a>>(node: N, channels: u32) -> Result<Vec<u32, { RATES.len() }>, DefinitionError> {
    let load = |rate: u32| u64::from(rate) * u64::from(channels);
    let Some(listed) = list(node, key::RATES)? else {
        return Ok(RATES.into_iter().filter(|rate| load(*rate) <= MAX_SAMPLE_RATE).collect());
    };
    let mut rates = Vec::new();
    for value in listed {
        let Value::Number(number) = value else { return Err(DefinitionError::Kind(key::RATES, "list of numbers")) };
        let rate = RATES.into_iter().find(|rate| u64::from(*rate) == number).ok_or(DefinitionError::Rate(number))?;
        if load(rate) > MAX_SAMPLE_RATE {
            return Err(DefinitionError::Load { rate, channels });
        }
        // Different ones among RATES always fit.
        if rates.contains(&rate) || rates.push(rate).is_err() {
            return Err(DefinitionError::RateTwice(rate));
        }
    }
    Ok(rates)
}

fn formats<'a, N: Node<'a>>(node: N) -> Result<Vec<SampleFormat, { SampleFormat::ALL.len() }>, DefinitionError> {
    let Some(listed) = list(node, key::FORMATS)? else { return Ok(SampleFormat::ALL.into_iter().collect()) };
    let mut formats = Vec::new();
    for value in listed {
        let Value::Text(name) = value else { return Err(DefinitionError::Kind(key::FORMATS, "list of texts")) };
        let named = SampleFormat::ALL.into_iter().find(|format| format.name() == name);
        let format = named.ok_or_else(|| DefinitionError::Format(begin(name)))?;
        // Different ones among ALL always fit.
        if formats.contains(&format) || formats.push(format).is_err() {
            return Err(DefinitionError::FormatTwice(format));
        }
    }
    Ok(formats)
}

/// As much of a text as a message shows.
fn begin(text: &str) -> String<16> {
    let mut shown = String::new();
    // What no longer fits is left out.
    let _ = text.chars().try_for_each(|letter| shown.push(letter));
    shown
}
