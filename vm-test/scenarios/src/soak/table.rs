//! Noise with a period, in memory: a block of it anywhere is a slice.

use alloc::vec::Vec;

use crate::signal::{Noise, Signal};

/// Channels of the frames.
pub const CHANNELS: usize = 2;

/// A period of noise, and the beginning of the next one.
pub struct Table {
    period: u64,
    samples: Vec<f32>,
}

impl Table {
    /// A table of `period` frames for blocks of up to `longest` frames; another seed, another noise.
    pub fn new(period: usize, seed: u64, longest: usize) -> Table {
        let noise = Noise(seed + 1);
        let samples = (0..period + longest)
            .flat_map(|frame| (0..CHANNELS).map(move |channel| noise.at((frame % period) as u64, channel)));
        Table { period: period as u64, samples: samples.collect() }
    }

    /// The samples of the `frames` frames from absolute frame `at` on.
    pub fn at(&self, at: u64, frames: usize) -> &[f32] {
        let from = (at % self.period) as usize * CHANNELS;
        &self.samples[from..from + frames * CHANNELS]
    }
}

/// Samples that are not what they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Differing {
    /// How many.
    pub count: u64,
    /// Index of the first.
    pub first: usize,
}

/// Compares a block with the sum of two others of its length, bit for bit.
pub fn differing(got: &[f32], wanted: [&[f32]; 2]) -> Differing {
    let differ = |(got, (one, other)): (&f32, (&f32, &f32))| got.to_bits() ^ (one + other).to_bits();
    let pairs = || got.iter().zip(wanted[0].iter().zip(wanted[1]));
    // Without a branch, so that it is done several samples at a time.
    if pairs().map(differ).fold(0, |all, one| all | one) == 0 {
        return Differing { count: 0, first: 0 };
    }
    let count = pairs().filter(|&pair| differ(pair) != 0).count() as u64;
    Differing { count, first: pairs().position(|pair| differ(pair) != 0).unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_goes_on_beyond_the_period() {
        let table = Table::new(7, 1, 10);
        let whole: Vec<f32> = (0..100).flat_map(|frame| table.at(frame, 1).to_vec()).collect();
        for from in 0..90 {
            assert_eq!(table.at(from, 10), &whole[from as usize * CHANNELS..][..10 * CHANNELS]);
        }
        assert_eq!(table.at(3, 1), table.at(10, 1));
        assert_ne!(table.at(3, 1), table.at(4, 1));
    }

    #[test]
    fn one_wrong_bit_is_found() {
        let (one, other) = (Table::new(11, 1, 8), Table::new(13, 2, 8));
        let mut sum: Vec<f32> = one.at(5, 8).iter().zip(other.at(5, 8)).map(|(one, other)| one + other).collect();
        let wanted = [one.at(5, 8), other.at(5, 8)];
        assert_eq!(differing(&sum, wanted).count, 0);
        for index in 0..sum.len() {
            let good = sum[index];
            sum[index] = f32::from_bits(good.to_bits() ^ 1);
            assert_eq!(differing(&sum, wanted), Differing { count: 1, first: index });
            sum[index] = good;
        }
        sum.fill(0.0);
        assert_eq!(differing(&sum, wanted).count, sum.len() as u64, "silence is no sum of these");
    }
}
