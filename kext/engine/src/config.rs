//! What a device may be, and what may become of it while it runs.

use core::ffi::CStr;
use core::fmt;

use heapless::{CString, Vec};

use crate::clockwork::Source;
use crate::definition::{self, DefinitionError};
use crate::format::{SampleFormat, StreamFormat};
use crate::property::Node;

/// The rates that a device may have, in frames a second. The first is the one that a device begins with if its definition
/// names none.
pub const RATES: [u32; 17] = [
    44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 352_800, 384_000, 705_600, 768_000, 8_000, 11_025, 12_000,
    16_000, 22_050, 24_000, 32_000,
];
/// Channels of a device, at most.
pub const MAX_CHANNELS: u32 = 256;
/// Channels times rate, at most, in samples a second.
pub const MAX_SAMPLE_RATE: u64 = 24_576_000;
/// Frames of a device's ring if its definition says nothing.
pub const RING_FRAMES: u32 = 16384;
/// Frames of a ring, at least: four of the HAL's usual buffers of 512 frames.
pub const MIN_RING_FRAMES: u32 = 2048;
/// Frames of a ring, at most.
pub const MAX_RING_FRAMES: u32 = 1 << 20;
/// Bytes of a ring, at most, with four bytes a sample.
pub const MAX_RING_BYTES: u32 = 16 << 20;
/// Channels up to which each has controls of its own if the definition says nothing.
pub const MAX_CHANNEL_CONTROLS: u32 = 64;
/// Bytes of a name or UID, at most.
pub const MAX_NAME: usize = 63;

/// The clock domain of all devices that run on the host's clock. Any value but a kernel address would do.
const HOST_DOMAIN: u32 = u32::from_be_bytes(*b"host");

/// A name or UID.
pub type Text = CString<{ MAX_NAME + 1 }>;

/// A checked device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub(crate) name: Text,
    pub(crate) uid: Text,
    pub(crate) channels: u32,
    pub(crate) ring_frames: u32,
    pub(crate) rates: Vec<u32, { RATES.len() }>,
    pub(crate) formats: Vec<SampleFormat, { SampleFormat::ALL.len() }>,
    pub(crate) latency: u32,
    pub(crate) safety_offset: u32,
    pub(crate) hidden: bool,
    pub(crate) can_be_default: bool,
    pub(crate) channel_controls: bool,
}

impl Device {
    /// Checks a definition, whatever stands there.
    ///
    /// # Errors
    /// The first thing in it that cannot be.
    pub fn new<'a, N: Node<'a>>(definition: N) -> Result<Self, DefinitionError> {
        definition::read(definition)
    }

    /// Its name.
    pub fn name(&self) -> &CStr {
        &self.name
    }

    /// Its name, for messages.
    pub fn title(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// Its unique identifier.
    pub fn uid(&self) -> &CStr {
        &self.uid
    }

    /// The clock domain of the device on a clock, which is no two clocks': that of the host for all devices on it, else one of the
    /// device's own, which is its UID, condensed (FNV-1a), so that it is the same after every restart.
    pub fn clock_domain(&self, source: Source) -> u32 {
        if source == Source::Host {
            return HOST_DOMAIN;
        }
        let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        let domain = self.uid.to_bytes().iter().fold(0x811c_9dc5, mix);
        if domain == HOST_DOMAIN || domain == 0 { !HOST_DOMAIN } else { domain }
    }

    /// Channels of each stream.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Frames of the ring.
    pub fn ring_frames(&self) -> u32 {
        self.ring_frames
    }

    /// Rates in frames a second, the first to begin with; at least one.
    pub fn rates(&self) -> &[u32] {
        &self.rates
    }

    /// The rate to begin with.
    pub fn default_rate(&self) -> u32 {
        self.rates.first().copied().unwrap_or(RATES[0])
    }

    /// Physical formats, the first to begin with; at least one.
    pub fn formats(&self) -> &[SampleFormat] {
        &self.formats
    }

    /// The physical format to begin with.
    pub fn default_format(&self) -> SampleFormat {
        self.formats.first().copied().unwrap_or(SampleFormat::Float32)
    }

    /// Bytes of the ring's memory: room for the widest of the formats.
    pub fn ring_bytes(&self) -> u32 {
        let widest = self.formats.iter().map(|format| format.sample_bytes()).max().unwrap_or(4);
        self.ring_frames * self.channels * widest
    }

    /// Frames of latency that both streams declare.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// Frames that clients keep from the clock's position.
    pub fn safety_offset(&self) -> u32 {
        self.safety_offset
    }

    /// Whether it is hidden from lists of devices.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether it can be a default device.
    pub fn can_be_default(&self) -> bool {
        self.can_be_default
    }

    /// Channels that have controls of their own: all or none.
    pub fn controlled_channels(&self) -> u32 {
        if self.channel_controls { self.channels } else { 0 }
    }

    /// Checks a change of format and, if one is given, of rate (whole and fraction), which are returned.
    ///
    /// # Errors
    /// The device has no such format or rate.
    pub fn check_change(
        &self,
        format: &StreamFormat,
        rate: Option<(u32, u32)>,
    ) -> Result<(SampleFormat, Option<u32>), ChangeError> {
        let found = self.formats.iter().find(|known| StreamFormat::of(self.channels, **known) == *format);
        let found = *found.ok_or(ChangeError::Format(*format))?;
        match rate {
            None => Ok((found, None)),
            Some((whole, 0)) if self.rates.contains(&whole) => Ok((found, Some(whole))),
            Some((whole, fraction)) => Err(ChangeError::Rate { whole, fraction }),
        }
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
