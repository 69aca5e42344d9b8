//! The sound of a sweep, and what must come back of it in each format.

use alloc::vec::Vec;

use protocol::proof::SampleFormat;

use crate::signal::EDGES;

/// One sample in this many is an edge, and as many lie exactly between two integers of the format.
const EVERY: u64 = 16;

/// A period of sound, and the beginning of the next one, as it is played and as it must come back.
pub struct Sound {
    /// Channels of the frames.
    pub channels: usize,
    period: u64,
    played: Vec<f32>,
    returned: Vec<f32>,
}

impl Sound {
    /// A sound of `period` frames for blocks of up to `longest` frames.
    pub fn new(format: SampleFormat, channels: usize, period: usize, longest: usize) -> Sound {
        let one: Vec<f32> = (0..(period * channels) as u64).map(|index| sample(format, index)).collect();
        let played: Vec<f32> = one.iter().copied().cycle().take((period + longest) * channels).collect();
        let returned = played.iter().map(|&sample| returned(format, sample)).collect();
        Sound { channels, period: period as u64, played, returned }
    }

    fn at<'a>(&self, samples: &'a [f32], frame: u64, length: usize) -> &'a [f32] {
        let from = (frame % self.period) as usize * self.channels;
        &samples[from..from + length]
    }

    /// `length` samples from a frame of the sound on, as they are played.
    pub fn played(&self, frame: u64, length: usize) -> &[f32] {
        self.at(&self.played, frame, length)
    }

    /// The same as they must come back.
    pub fn returned(&self, frame: u64, length: usize) -> &[f32] {
        self.at(&self.returned, frame, length)
    }
}

/// What is played: any 32 bits as a float; in an integer format, noise of up to 1.25 of full scale with edges in it.
fn sample(format: SampleFormat, index: u64) -> f32 {
    let mut bits = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let low = bits as u32;
    if format == SampleFormat::Float32 {
        return f32::from_bits(low);
    }
    let noise = f64::from(low as i32) / 2_147_483_648.0 * 1.25;
    match bits >> 32 & (EVERY - 1) {
        0 => EDGES[(bits >> 40) as usize % EDGES.len()],
        1 => ((libm::floor(noise * scale(format)) + 0.5) / scale(format)) as f32,
        _ => noise as f32,
    }
}

/// 2ⁿ⁻¹ of an integer format of n bits.
fn scale(format: SampleFormat) -> f64 {
    f64::from(1_u32 << (format.bits() - 1))
}

/// What must come back: the sample itself; in an integer format round(x · 2ⁿ⁻¹), a tie to the even number, saturated, NaN to
/// 0, over 2ⁿ⁻¹.
fn returned(format: SampleFormat, sample: f32) -> f32 {
    if format == SampleFormat::Float32 {
        return sample;
    }
    if sample.is_nan() {
        return 0.0;
    }
    let scale = scale(format);
    let integer = libm::rint(f64::from(sample) * scale).clamp(-scale, scale - 1.0);
    // An integer has no −0.
    (integer / scale + 0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_rounded_to_even_and_saturated() {
        let cases =
            [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, 0.0), (-1.5, -2.0), (32767.5, 32767.0), (-40000.0, -32768.0)];
        for (given, wanted) in cases {
            let got = returned(SampleFormat::Int16, (given / 32768.0) as f32);
            assert_eq!(got.to_bits(), ((wanted / 32768.0) as f32).to_bits(), "{given}");
        }
        assert_eq!(returned(SampleFormat::Int24, f32::NAN).to_bits(), 0);
        assert_eq!(returned(SampleFormat::Int32, 2.0).to_bits(), 1.0_f32.to_bits(), "2^31 - 1 is no float");
        assert!(returned(SampleFormat::Float32, f32::NAN).is_nan());
    }

    #[test]
    fn the_sound_has_edges_and_ties_and_repeats() {
        for format in SampleFormat::ALL {
            let sound = Sound::new(format, 3, 101, 40);
            assert_eq!(
                sound.played(7, 30).iter().map(|sample| sample.to_bits()).collect::<Vec<_>>(),
                sound.played(108, 30).iter().map(|sample| sample.to_bits()).collect::<Vec<_>>()
            );
            assert!(sound.played(0, 303).iter().any(|sample| sample.is_nan() || sample.abs() >= 1.0), "{format:?}");
        }
    }
}
