//! WAV files: what goes into the device and what comes out of it.

mod read;
mod write;

pub use read::{decode, load};
pub use write::{encode, store};

/// Sample rates that the device has, in Hz.
pub const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// What a WAV file may be, for messages.
pub const SUPPORTED: &str = "supported are WAV files of 8, 16, 24 or 32-bit integer or 32-bit float samples, 1 or 2 \
                             channels, 44100, 48000, 88200, 96000, 176400 or 192000 Hz";

/// A piece of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Frames per second.
    pub rate: u32,
    /// 1 or 2 in what was read; in what is written, those of the device.
    pub channels: u16,
    /// Interleaved samples, full scale −1 to 1; whole frames.
    pub samples: Vec<f32>,
}

impl Audio {
    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels)
    }

    /// How long it lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        f64::from(self.frames() as u32) / f64::from(self.rate)
    }
}
