//! Stream formats and rates as properties tell them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use protocol::value::Value;

/// A four-character code as a number.
pub const fn code(text: [u8; 4]) -> u32 {
    u32::from_be_bytes(text)
}

/// The code in characters, for messages.
pub fn code_text(code: u32) -> String {
    String::from_utf8_lossy(&code.to_be_bytes()).into_owned()
}

/// A rate: whole frames a second and 2⁻³² frames a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    /// Whole frames a second.
    pub whole: u32,
    /// The part after the point, in units of 2⁻³².
    pub fraction: u32,
}

impl Rate {
    /// A whole rate.
    pub const fn hz(whole: u32) -> Rate {
        Rate { whole, fraction: 0 }
    }

    /// What is under a rate's keys; what is missing is 0.
    pub fn of(value: Option<&Value>) -> Rate {
        let number = |key| value.and_then(|value| value.get(key)).and_then(Value::as_number).unwrap_or(0) as u32;
        Rate { whole: number("IOAudioSampleRateWholeNumber"), fraction: number("IOAudioSampleRateFraction") }
    }

    /// The rate as a dictionary.
    pub fn value(self) -> Value {
        Value::dictionary([
            ("IOAudioSampleRateWholeNumber", Value::number(self.whole)),
            ("IOAudioSampleRateFraction", Value::number(self.fraction)),
        ])
    }

    /// ns that `frames` take, rounded to the nearest; 0 at a rate of 0.
    pub fn ns(self, frames: u64) -> u64 {
        let span = (u128::from(frames) * 1_000_000_000) << 32;
        let rate = (u128::from(self.whole) << 32) | u128::from(self.fraction);
        (span + rate / 2).checked_div(rate).unwrap_or(0) as u64
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fraction {
            0 => write!(f, "{} Hz", self.whole),
            fraction => write!(f, "{} + {fraction}/2^32 Hz", self.whole),
        }
    }
}

/// `lpcm`, the sample format of all linear formats.
pub const LINEAR: u32 = code(*b"lpcm");
/// `flot`: the samples are floats.
pub const FLOAT: u32 = code(*b"flot");
/// `sint`: the samples are signed integers.
pub const SIGNED: u32 = code(*b"sint");

/// A physical format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Channels.
    pub channels: u32,
    /// Kind of coding: [`LINEAR`].
    pub sample_format: u32,
    /// What the bits mean: [`FLOAT`], [`SIGNED`].
    pub representation: u32,
    /// Bits that carry the sample.
    pub bit_depth: u8,
    /// Bits that a sample takes.
    pub bit_width: u8,
    /// 0: the sample's bits are the low ones; 1: the high ones.
    pub alignment: u8,
    /// 0 big-endian, 1 little-endian.
    pub byte_order: u8,
    /// Whether several clients can play at once, in Float32.
    pub mixable: bool,
}

impl Format {
    /// What is under a format's keys; what is missing is 0.
    pub fn of(value: &Value) -> Format {
        let number = |key| value.get(key).and_then(Value::as_number).unwrap_or(0);
        Format {
            channels: number("IOAudioStreamNumChannels") as u32,
            sample_format: number("IOAudioStreamSampleFormat") as u32,
            representation: number("IOAudioStreamNumericRepresentation") as u32,
            bit_depth: number("IOAudioStreamBitDepth") as u8,
            bit_width: number("IOAudioStreamBitWidth") as u8,
            alignment: number("IOAudioStreamAlignment") as u8,
            byte_order: number("IOAudioStreamByteOrder") as u8,
            mixable: number("IOAudioStreamIsMixable") != 0,
        }
    }

    /// The format as a dictionary, as the HAL sets it: with a rate if one is asked for.
    pub fn value(&self, rate: Option<Rate>) -> Value {
        let mut entries: Vec<(&str, Value)> = [
            ("IOAudioStreamNumChannels", self.channels),
            ("IOAudioStreamSampleFormat", self.sample_format),
            ("IOAudioStreamNumericRepresentation", self.representation),
            ("IOAudioStreamBitDepth", u32::from(self.bit_depth)),
            ("IOAudioStreamBitWidth", u32::from(self.bit_width)),
            ("IOAudioStreamAlignment", u32::from(self.alignment)),
            ("IOAudioStreamByteOrder", u32::from(self.byte_order)),
            ("IOAudioStreamIsMixable", u32::from(self.mixable)),
            ("IOAudioStreamDriverTag", 0),
        ]
        .map(|(key, number)| (key, Value::number(number)))
        .to_vec();
        entries.extend(rate.map(|rate| ("IOAudioSampleRate", rate.value())));
        Value::dictionary(entries)
    }

    /// Whether samples are 32-bit floats.
    pub fn is_float(&self) -> bool {
        self.representation == FLOAT && self.bit_depth == 32
    }

    /// Bytes of a sample in a client's buffer: those of a float where the family mixes.
    pub fn client_sample_bytes(&self) -> usize {
        if self.mixable { 4 } else { usize::from(self.bit_width / 8) }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.representation {
            FLOAT => String::from("float"),
            SIGNED => String::from("integer"),
            other => code_text(other),
        };
        write!(f, "{} channels of {}-bit {kind}", self.channels, self.bit_depth)?;
        if self.bit_width != self.bit_depth {
            write!(f, " in {} bits, {}", self.bit_width, if self.alignment == 0 { "low" } else { "high" })?;
        }
        if self.byte_order == 0 && self.bit_width > 8 {
            write!(f, ", big-endian")?;
        }
        if self.mixable { Ok(()) } else { write!(f, ", for one client") }
    }
}

/// A format that a stream offers, at the rates from `minimum` to `maximum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The format.
    pub format: Format,
    /// Lowest rate.
    pub minimum: Rate,
    /// Highest rate.
    pub maximum: Rate,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn formats_that_differ_in_mixing_have_different_names() {
        let (channels, sample_format, representation, bit_depth) = (2, LINEAR, SIGNED, 16);
        let (bit_width, alignment, byte_order, mixable) = (16, 0, 1, true);
        let shared =
            Format { channels, sample_format, representation, bit_depth, bit_width, alignment, byte_order, mixable };
        assert_eq!(shared.to_string(), "2 channels of 16-bit integer");
        let alone = Format { mixable: false, ..shared };
        assert_eq!(alone.to_string(), "2 channels of 16-bit integer, for one client");
        let both = Format { byte_order: 0, ..alone };
        assert_eq!(both.to_string(), "2 channels of 16-bit integer, big-endian, for one client");
    }
}
