//! Long proofs: the soak, which is one device for a long time, and the sweep, which is many shapes of devices.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// The parameters of a soak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Soak {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Virtual seconds.
    pub seconds: u64,
    /// Frames of one IO cycle.
    pub io_frames: u32,
}

/// Result of a soak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Soaked {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Clients that played, each a sound of its own.
    pub writers: u32,
    /// Clients that recorded the mix, each at a distance of its own.
    pub readers: u32,
    /// Frames that were checked, the least of all readers.
    pub frames: u64,
    /// IO cycles of all clients.
    pub cycles: u64,
    /// Virtual time from start to stop, ns.
    pub virtual_ns: u64,
    /// Loop timestamps seen on the status page.
    pub timestamps: u64,
    /// Largest distance of a timestamp from the ideal schedule since the first, ns.
    pub drift_ns: u64,
}

/// A physical format, as a device's definition names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum SampleFormat {
    /// 32-bit floats.
    Float32,
    /// 16-bit integers.
    Int16,
    /// 24-bit integers, packed.
    Int24,
    /// 24-bit integers at the high end of 32 bits.
    Int24In32,
    /// 32-bit integers.
    Int32,
}

impl SampleFormat {
    /// All of them.
    pub const ALL: [SampleFormat; 5] =
        [SampleFormat::Float32, SampleFormat::Int16, SampleFormat::Int24, SampleFormat::Int24In32, SampleFormat::Int32];

    /// As a definition has it.
    pub fn name(self) -> &'static str {
        match self {
            SampleFormat::Float32 => "Float32",
            SampleFormat::Int16 => "Int16",
            SampleFormat::Int24 => "Int24",
            SampleFormat::Int24In32 => "Int24In32",
            SampleFormat::Int32 => "Int32",
        }
    }

    /// Bits that carry a sample.
    pub fn bits(self) -> u32 {
        match self {
            SampleFormat::Int16 => 16,
            SampleFormat::Int24 | SampleFormat::Int24In32 => 24,
            SampleFormat::Float32 | SampleFormat::Int32 => 32,
        }
    }
}

/// The part of a sweep that one machine does: a device of one shape at several rates and IO buffer sizes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// Channels of the device.
    pub channels: u32,
    /// Its physical format.
    pub format: SampleFormat,
    /// Frames of its ring.
    pub ring_frames: u32,
    /// Rates in Hz, all of which it must offer.
    pub rates: Vec<u32>,
    /// Frames of an IO cycle, each at each rate.
    pub io_frames: Vec<u32>,
}

/// Result of one point of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Swept {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Frames of an IO cycle.
    pub io_frames: u32,
    /// Frames that came back and are right.
    pub frames: u64,
    /// What is wrong, in words; `null` where nothing is.
    pub wrong: Option<String>,
}
