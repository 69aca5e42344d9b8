//! What is measured.

use clap::ValueEnum;
use engine::format::SampleFormat;
use serde::Serialize;

/// What the data path has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Float32 at 0 dB.
    Unity,
    /// Float32, each channel with a volume of its own.
    GainPerChannel,
    /// A ring of 16-bit integers at 0 dB.
    Int16,
    /// A ring of packed 24-bit integers.
    Int24,
    /// A ring of 24-bit integers in 32 bits.
    #[value(name = "int24in32")]
    #[serde(rename = "int24in32")]
    Int24In32,
    /// A ring of 32-bit integers.
    Int32,
}

impl Case {
    /// Its name on the command line and in results.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What the ring carries.
    pub fn format(self) -> SampleFormat {
        match self {
            Self::Unity | Self::GainPerChannel => SampleFormat::Float32,
            Self::Int16 => SampleFormat::Int16,
            Self::Int24 => SampleFormat::Int24,
            Self::Int24In32 => SampleFormat::Int24In32,
            Self::Int32 => SampleFormat::Int32,
        }
    }

    /// How many times what is least it may take for 64 channels of 512 frames.
    pub fn most(self) -> f64 {
        match self {
            Self::Unity => 1.1,
            Self::GainPerChannel => 1.8,
            _ => 2.5,
        }
    }
}

/// Channels and frames of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Channels.
    pub channels: u32,
    /// Frames, of which a ring has a whole number.
    pub frames: u32,
}

impl Block {
    /// Every size that is measured.
    pub const ALL: [Self; 6] = [
        Self { channels: 2, frames: 64 },
        Self { channels: 2, frames: 512 },
        Self { channels: 2, frames: 4096 },
        Self { channels: 64, frames: 64 },
        Self { channels: 64, frames: 512 },
        Self { channels: 64, frames: 4096 },
    ];
    /// The size whose times have bounds beside the least: [`Case::most`].
    pub const LARGE: Self = Self { channels: 64, frames: 512 };
    /// The size whose times may be so many ns above the least.
    pub const SMALL: (Self, f64) = (Self { channels: 2, frames: 64 }, 60.0);
}
