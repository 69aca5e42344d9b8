//! Sample formats: what the ring carries, and how the family describes it.
//!
//! All are linear PCM, little-endian, interleaved and mixable. That they are mixable means that the family's mix buffer and a
//! client's buffer hold Float32 whatever the format is: the format is that of the ring, and samples are converted on their
//! way in and out.

use core::fmt;

const LINEAR_PCM: u32 = u32::from_be_bytes(*b"lpcm");
const FLOAT: u32 = u32::from_be_bytes(*b"flot");
const SIGNED_INTEGER: u32 = u32::from_be_bytes(*b"sint");
const LOW: u8 = 0;
const HIGH: u8 = 1;
const LITTLE_ENDIAN: u8 = 1;

/// How a sample is held in the ring. Full scale is 1.0, in an integer of n bits 2ⁿ⁻¹.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SampleFormat {
    /// 32-bit float.
    Float32,
    /// 16-bit integer.
    Int16,
    /// 24-bit integer in three bytes.
    Int24,
    /// 24-bit integer in the high bits of four bytes; the low eight are zero.
    Int24In32,
    /// 32-bit integer.
    Int32,
}

impl SampleFormat {
    /// Every format, in the order of their definition.
    pub const ALL: [Self; 5] = [Self::Float32, Self::Int16, Self::Int24, Self::Int24In32, Self::Int32];

    /// Its name in a device's definition.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float32 => "Float32",
            Self::Int16 => "Int16",
            Self::Int24 => "Int24",
            Self::Int24In32 => "Int24In32",
            Self::Int32 => "Int32",
        }
    }

    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Bits that carry the sample.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Int16 => 16,
            Self::Int24 | Self::Int24In32 => 24,
            Self::Float32 | Self::Int32 => 32,
        }
    }

    /// Bytes that a sample takes, at most [`MAX_SAMPLE_BYTES`].
    pub const fn sample_bytes(self) -> u32 {
        match self {
            Self::Int16 => 2,
            Self::Int24 => 3,
            Self::Float32 | Self::Int24In32 | Self::Int32 => 4,
        }
    }
}

/// The most bytes that a sample of any format takes.
pub const MAX_SAMPLE_BYTES: u32 = 4;

impl fmt::Display for SampleFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stream format, field by field as the family describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFormat {
    /// Channels.
    pub channels: u32,
    /// Kind of samples: `lpcm`.
    pub sample_format: u32,
    /// What the bits mean: `flot` or `sint`.
    pub representation: u32,
    /// Bits that carry the sample.
    pub bit_depth: u8,
    /// Bits that a sample takes.
    pub bit_width: u8,
    /// At which end of them the sample's bits are: 0 low, 1 high.
    pub alignment: u8,
    /// 0 big-endian, 1 little-endian.
    pub byte_order: u8,
    /// Whether the family mixes several clients.
    pub mixable: bool,
}

impl StreamFormat {
    /// The family's description of `channels` channels of a format.
    pub const fn of(channels: u32, format: SampleFormat) -> Self {
        Self {
            channels,
            sample_format: LINEAR_PCM,
            representation: if matches!(format, SampleFormat::Float32) { FLOAT } else { SIGNED_INTEGER },
            bit_depth: format.bits() as u8,
            bit_width: (format.sample_bytes() * 8) as u8,
            alignment: if matches!(format, SampleFormat::Int24In32) { HIGH } else { LOW },
            byte_order: LITTLE_ENDIAN,
            mixable: true,
        }
    }

    /// The format that is described, if it is one of [`SampleFormat`]; the channels may be any number.
    pub fn samples(&self) -> Option<SampleFormat> {
        SampleFormat::ALL.into_iter().find(|format| Self::of(self.channels, *format) == *self)
    }

    /// Bytes of a frame.
    pub const fn frame_bytes(&self) -> u32 {
        self.channels * (self.bit_width / 8) as u32
    }
}

impl fmt::Display for StreamFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} channels of ", self.channels)?;
        match self.samples() {
            Some(format) => write!(f, "{format}"),
            None => write!(
                f,
                "format {:#010x}, representation {:#010x}, depth {}, width {}, alignment {}, byte order {}, mixable {}",
                self.sample_format,
                self.representation,
                self.bit_depth,
                self.bit_width,
                self.alignment,
                self.byte_order,
                self.mixable
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn names_come_back() {
        for format in SampleFormat::ALL {
            assert_eq!(SampleFormat::named(format.name()), Some(format));
            assert!(format.sample_bytes() <= MAX_SAMPLE_BYTES);
        }
        assert_eq!(SampleFormat::named("int16"), None);
    }

    #[test]
    fn descriptions_are_those_of_the_headers() {
        let fields = |format| {
            let described = StreamFormat::of(6, format);
            let name = described.representation.to_be_bytes();
            (name, described.bit_depth, described.bit_width, described.alignment, described.frame_bytes())
        };
        assert_eq!(fields(SampleFormat::Float32), (*b"flot", 32, 32, 0, 24));
        assert_eq!(fields(SampleFormat::Int16), (*b"sint", 16, 16, 0, 12));
        assert_eq!(fields(SampleFormat::Int24), (*b"sint", 24, 24, 0, 18));
        assert_eq!(fields(SampleFormat::Int24In32), (*b"sint", 24, 32, 1, 24));
        assert_eq!(fields(SampleFormat::Int32), (*b"sint", 32, 32, 0, 24));
    }

    #[test]
    fn an_unknown_description_is_shown_whole() {
        let odd = StreamFormat { bit_depth: 20, ..StreamFormat::of(2, SampleFormat::Int24) };
        assert_eq!(StreamFormat::of(2, SampleFormat::Int24).to_string(), "2 channels of Int24");
        assert_eq!(
            odd.to_string(),
            "2 channels of format 0x6c70636d, representation 0x73696e74, depth 20, width 24, alignment 0, byte order 1, \
             mixable true"
        );
    }

    proptest! {
        #[test]
        fn a_description_is_read_if_it_is_one_and_only_then(
            channels in any::<u32>(),
            index in 0..SampleFormat::ALL.len(),
            field in 0..7,
            change in 1u8..=255,
        ) {
            let format = SampleFormat::ALL[index];
            let good = StreamFormat::of(channels, format);
            prop_assert_eq!(good.samples(), Some(format));
            let mut bad = good;
            match field {
                0 => bad.sample_format ^= u32::from(change),
                1 => bad.representation ^= u32::from(change),
                2 => bad.bit_depth ^= change,
                3 => bad.bit_width ^= change,
                4 => bad.alignment ^= change,
                5 => bad.byte_order ^= change,
                _ => bad.mixable = false,
            }
            let read = bad.samples();
            prop_assert!(read.is_none_or(|read| StreamFormat::of(channels, read) == bad));
        }
    }
}
