//! What a device may be: definitions and format changes, each checked once, here.

use core::fmt;

use heapless::{String, Vec};

/// The rates that a device may have, in frames a second.
pub const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
/// Channels of a device.
pub const CHANNELS: u32 = 2;
/// Frames of a device's ring.
pub const RING_FRAMES: u32 = 16384;
/// Bytes of a name or UID, at most.
pub const MAX_NAME: usize = 63;

/// A device as the personality defines it, unchecked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Definition<'a> {
    /// The device's name.
    pub name: Option<&'a str>,
    /// Its unique identifier, the same after every restart.
    pub uid: Option<&'a str>,
    /// Its channels, 0 if absent.
    pub channels: u32,
    /// Its rates in frames a second, the first for the start.
    pub rates: &'a [u32],
}

/// Why a definition is refused: key, value and limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionError {
    /// A text is absent.
    Absent(&'static str),
    /// A text is empty or longer than [`MAX_NAME`] bytes: its key and length.
    Length(&'static str, usize),
    /// A text has control characters: its key.
    Control(&'static str),
    /// Not [`CHANNELS`] channels.
    Channels(u32),
    /// No rates.
    NoRates,
    /// Not one of [`RATES`].
    Rate(u32),
    /// A rate stands there twice.
    RateTwice(u32),
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Absent(key) => write!(f, "{key}: absent or not a string"),
            Self::Length(key, length) => write!(f, "{key}: {length} bytes, 1 to {MAX_NAME} are possible"),
            Self::Control(key) => write!(f, "{key}: control characters are not possible"),
            Self::Channels(channels) => write!(f, "Channels: {channels}, only {CHANNELS} are possible"),
            Self::NoRates => write!(f, "Rates: none, at least one is needed"),
            Self::Rate(rate) => write!(f, "Rates: {rate} is not one of {RATES:?}"),
            Self::RateTwice(rate) => write!(f, "Rates: {rate} stands there twice"),
        }
    }
}

/// A checked device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    name: String<MAX_NAME>,
    uid: String<MAX_NAME>,
    channels: u32,
    ring_frames: u32,
    default_rate: u32,
    rates: Vec<u32, { RATES.len() }>,
}

impl Device {
    /// Checks a definition.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new(definition: &Definition<'_>) -> Result<Self, DefinitionError> {
        let name = text("Name", definition.name)?;
        let uid = text("UID", definition.uid)?;
        if definition.channels != CHANNELS {
            return Err(DefinitionError::Channels(definition.channels));
        }
        let mut rates = Vec::new();
        for rate in definition.rates {
            if !RATES.contains(rate) {
                return Err(DefinitionError::Rate(*rate));
            }
            // Different ones among RATES always fit.
            if rates.contains(rate) || rates.push(*rate).is_err() {
                return Err(DefinitionError::RateTwice(*rate));
            }
        }
        let default_rate = *rates.first().ok_or(DefinitionError::NoRates)?;
        Ok(Self { name, uid, channels: definition.channels, ring_frames: RING_FRAMES, default_rate, rates })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its unique identifier.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Channels of each stream.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Frames of the ring.
    pub fn ring_frames(&self) -> u32 {
        self.ring_frames
    }

    /// Rates in frames a second.
    pub fn rates(&self) -> &[u32] {
        &self.rates
    }

    /// The rate to begin with.
    pub fn default_rate(&self) -> u32 {
        self.default_rate
    }

    /// The format of its streams.
    pub fn format(&self) -> StreamFormat {
        StreamFormat::float32(self.channels)
    }

    /// Checks a change of format and, if one is given, of rate (whole and fraction), which is returned.
    ///
    /// # Errors
    /// The device has no such format or rate.
    pub fn check_change(&self, format: &StreamFormat, rate: Option<(u32, u32)>) -> Result<Option<u32>, ChangeError> {
        if *format != self.format() {
            return Err(ChangeError::Format(*format));
        }
        match rate {
            None => Ok(None),
            Some((whole, 0)) if self.rates.contains(&whole) => Ok(Some(whole)),
            Some((whole, fraction)) => Err(ChangeError::Rate { whole, fraction }),
        }
    }
}

fn text(key: &'static str, value: Option<&str>) -> Result<String<MAX_NAME>, DefinitionError> {
    let value = value.ok_or(DefinitionError::Absent(key))?;
    if value.chars().any(char::is_control) {
        return Err(DefinitionError::Control(key));
    }
    if value.is_empty() {
        return Err(DefinitionError::Length(key, 0));
    }
    String::try_from(value).map_err(|_| DefinitionError::Length(key, value.len()))
}

/// A stream format, field by field as the family describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    /// Channels.
    pub channels: u32,
    /// Kind of samples: `lpcm`.
    pub sample_format: u32,
    /// What the bits mean: `flot`.
    pub representation: u32,
    /// Bits that carry the sample.
    pub bit_depth: u8,
    /// Bits that a sample takes.
    pub bit_width: u8,
    /// At which end the sample's bits are: 0 low, 1 high.
    pub alignment: u8,
    /// 0 big-endian, 1 little-endian.
    pub byte_order: u8,
    /// Whether the family mixes several clients.
    pub mixable: bool,
}

impl StreamFormat {
    /// 32-bit float, mixable: what the family's mix buffer holds.
    pub const fn float32(channels: u32) -> Self {
        Self {
            channels,
            sample_format: u32::from_be_bytes(*b"lpcm"),
            representation: u32::from_be_bytes(*b"flot"),
            bit_depth: 32,
            bit_width: 32,
            alignment: 0,
            byte_order: 1,
            mixable: true,
        }
    }

    /// Bytes of a frame.
    pub const fn frame_bytes(&self) -> u32 {
        self.channels * (self.bit_width / 8) as u32
    }
}

/// Why a change of format is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The device has no such format.
    Format(StreamFormat),
    /// The device has no such rate.
    Rate {
        /// Frames a second.
        whole: u32,
        /// The part after the point, in units of 2⁻³².
        fraction: u32,
    },
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => write!(
                f,
                "{} channels of {} in {} bits are not a format of this device",
                format.channels, format.bit_depth, format.bit_width
            ),
            Self::Rate { whole, fraction } => write!(f, "{whole} + {fraction}/2^32 is not a rate of this device"),
        }
    }
}
