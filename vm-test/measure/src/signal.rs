//! What clients play: a sample for each absolute frame and channel, so that what comes back can be checked anywhere.

use core::hint::black_box;

/// Values that conversions get wrong first: edges, what is beyond them, what is no number, what is next to nothing.
pub const EDGES: [f32; 21] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.999_999_94,
    -0.999_999_94,
    1.000_000_1,
    -1.000_000_1,
    2.0,
    -2.0,
    -3.5,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    -f32::NAN,
    f32::MIN_POSITIVE,
    1.0e-40,
    -1.0e-40,
    1.0e-45,
];

/// Samples as a function of frame and channel.
pub trait Signal: Copy + 'static {
    /// The sample of a channel at an absolute frame.
    fn at(self, frame: u64, channel: usize) -> f32;

    /// Fills a block of frames from the absolute frame `at` on, the same as [`Signal::at`] sample by sample.
    fn fill(self, at: u64, channels: usize, block: &mut [f32]) {
        for (index, frame) in block.chunks_exact_mut(channels).enumerate() {
            for (channel, sample) in frame.iter_mut().enumerate() {
                *sample = self.at(at + index as u64, channel);
            }
        }
    }

    /// Plays it on all channels.
    fn player(self, channels: usize) -> impl FnMut(u64, &mut [f32]) + 'static {
        move |at, block| self.fill(at, channels, block)
    }
}

/// 1 in the bits of a Float32.
const ONE: u32 = 127 << 23;
/// Where a Float32 has its fraction.
const FRACTION: u32 = (1 << 23) - 1;

/// Noise from a seed: never 0, and of no more than 24 bits and at most half of full scale, so that two of them add up
/// exactly. One frame and channel is as good as unique.
#[derive(Clone, Copy, Debug)]
pub struct Noise(pub u64);

impl Noise {
    /// Random bits for two channels, from 2 × `pair` on, at a frame.
    fn bits(self, frame: u64, pair: usize) -> u64 {
        let mut bits =
            self.0 ^ frame.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (pair as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
        bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        // One by one: an emulator takes several times as long for vectors of products.
        black_box(bits ^ (bits >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The sample of a channel of the pair that the bits are for.
    fn sample(bits: u64, channel: usize) -> f32 {
        let word = if channel.is_multiple_of(2) { bits >> 41 } else { bits >> 18 };
        // Odd numbers of 23 bits as the fraction of a number from 1 to 2: an emulator takes long for a conversion.
        f32::from_bits(ONE | (word as u32 & FRACTION) | 1) - 1.5
    }
}

impl Signal for Noise {
    fn at(self, frame: u64, channel: usize) -> f32 {
        Noise::sample(self.bits(frame, channel / 2), channel)
    }

    fn fill(self, at: u64, channels: usize, block: &mut [f32]) {
        // Most blocks by far are of two channels: one hash a frame, and no branch.
        if channels != 2 {
            return (at..).zip(block.chunks_exact_mut(channels)).for_each(|(frame, samples)| {
                samples.iter_mut().enumerate().for_each(|(channel, sample)| *sample = self.at(frame, channel));
            });
        }
        for (frame, samples) in (at..).zip(block.as_chunks_mut().0) {
            let bits = self.bits(frame, 0);
            *samples = [Noise::sample(bits, 0), Noise::sample(bits, 1)];
        }
    }
}

/// A sine of this many frames a period, at this amplitude, the same on all channels.
#[derive(Clone, Copy, Debug)]
pub struct Sine {
    /// Frames of a period.
    pub period: f64,
    /// Amplitude; 1 is full scale.
    pub amplitude: f64,
}

impl Signal for Sine {
    fn at(self, frame: u64, _channel: usize) -> f32 {
        (self.amplitude * libm::sin(core::f64::consts::TAU * (frame as f64 / self.period))) as f32
    }
}

/// The same sample everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Constant(pub f32);

impl Signal for Constant {
    fn at(self, _frame: u64, _channel: usize) -> f32 {
        self.0
    }
}

/// A sawtooth between ±¼ that rises by 2⁻¹⁶ a frame; each channel is elsewhere in it.
#[derive(Clone, Copy, Debug)]
pub struct Ramp;

impl Signal for Ramp {
    fn at(self, frame: u64, channel: usize) -> f32 {
        let place = (frame + 7919 * channel as u64) % (1 << 15);
        (place as f32 - 16_384.0) / 65_536.0
    }
}

/// One sample of ½ every 1000 frames, on all channels.
#[derive(Clone, Copy, Debug)]
pub struct Impulse;

impl Signal for Impulse {
    fn at(self, frame: u64, _channel: usize) -> f32 {
        if frame.is_multiple_of(1000) { 0.5 } else { 0.0 }
    }
}

/// Every sort of bits a sample can have: whole numbers of 24 bits, any bits, subnormals, infinities, negative nought. One frame
/// and channel is as good as unique where it can be.
#[derive(Clone, Copy, Debug)]
pub struct Bits(pub u64);

impl Signal for Bits {
    fn at(self, frame: u64, channel: usize) -> f32 {
        let noise = Noise(self.0).at(frame, channel);
        let bits = Noise(!self.0).at(frame, channel).to_bits().wrapping_mul(0x9e37_79b9) ^ noise.to_bits();
        f32::from_bits(match (frame + channel as u64) % 16 {
            0..=7 => noise.to_bits(),
            8..=11 => bits,
            12 | 13 => bits & 0x807f_ffff,
            14 => 0x7f80_0000 | (bits & 0x8000_0000),
            _ => 0x8000_0000,
        })
    }
}

/// Full scale at one frame, silence at all others.
#[derive(Clone, Copy, Debug)]
pub struct Pulse(pub u64);

impl Signal for Pulse {
    fn at(self, frame: u64, _channel: usize) -> f32 {
        if frame == self.0 { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_never_silent_and_adds_up_exactly() {
        for frame in 0..100_000 {
            let (one, other) = (Noise(1).at(frame, 0), Noise(2).at(frame, 1));
            assert!(one != 0.0 && one.abs() <= 0.5, "{one}");
            assert_eq!(f64::from(one + other).to_bits(), (f64::from(one) + f64::from(other)).to_bits());
        }
    }
    #[test]
    fn noise_is_the_same_by_block_as_by_sample_and_repeats_nowhere() {
        for channels in 1..=3 {
            let (mut block, first) = (alloc::vec![0.0; 64 * channels], 1_000_000_007);
            Noise(9).fill(first, channels, &mut block);
            let at = |index: usize| Noise(9).at(first + (index / channels) as u64, index % channels);
            assert!(block.iter().enumerate().all(|(index, sample)| sample.to_bits() == at(index).to_bits()));
            block.sort_by(f32::total_cmp);
            assert!(block.windows(2).all(|pair| pair[0] < pair[1]), "{channels} channels");
        }
    }
}
