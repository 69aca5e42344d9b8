//! Levels: what a channel's samples reach, for a view that looks on while IO runs.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicU32, Ordering};

use serde::Serialize;

/// The level of a channel over a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Level {
    /// The largest magnitude.
    pub peak: f32,
    /// The root of the mean square.
    pub rms: f32,
}

impl Level {
    /// A magnitude in decibels of full scale; the least there is for silence.
    pub fn decibels(magnitude: f32) -> f32 {
        /// Below the least bit of 24.
        const SILENCE: f32 = -144.0;
        if magnitude > 0.0 { (20.0 * libm::log10f(magnitude)).max(SILENCE) } else { SILENCE }
    }
}

/// The levels of a stream's channels: told by a procedure, read by whoever looks on. A peak stays until it is read.
pub struct Meters {
    channels: Box<[(AtomicU32, AtomicU32)]>,
}

impl Meters {
    /// Meters of so many channels, all silent.
    pub fn new(channels: usize) -> Meters {
        Meters { channels: (0..channels).map(|_| (AtomicU32::new(0), AtomicU32::new(0))).collect() }
    }

    /// Measures a block of interleaved samples of as many channels.
    pub fn measure(&self, samples: &[f32]) {
        let count = self.channels.len().max(1);
        let frames = (samples.len() / count).max(1) as f32;
        for (channel, (peak, rms)) in self.channels.iter().enumerate() {
            let of_channel = || samples.iter().skip(channel).step_by(count);
            let highest = of_channel().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            let square: f32 = of_channel().map(|sample| sample * sample).sum();
            // Magnitudes are not negative, so that their bits are in their order.
            peak.fetch_max(highest.to_bits(), Ordering::Relaxed);
            rms.store(libm::sqrtf(square / frames).to_bits(), Ordering::Relaxed);
        }
    }

    /// The levels: the peaks since the last time, and the last block's mean.
    pub fn take(&self) -> impl Iterator<Item = Level> + '_ {
        self.channels.iter().map(|(peak, rms)| Level {
            peak: f32::from_bits(peak.swap(0, Ordering::Relaxed)),
            rms: f32::from_bits(rms.load(Ordering::Relaxed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn peaks_stay_until_they_are_read() {
        let meters = Meters::new(2);
        meters.measure(&[0.5, 0.0, -1.0, 0.0]);
        meters.measure(&[0.25, 0.125, 0.25, 0.125]);
        let levels: Vec<Level> = meters.take().collect();
        assert_eq!(levels, [Level { peak: 1.0, rms: 0.25 }, Level { peak: 0.125, rms: 0.125 }]);
        assert!(meters.take().all(|level| level.peak == 0.0));
    }

    #[test]
    fn decibels_have_an_end() {
        assert!(Level::decibels(1.0).abs() < 1e-6 && (Level::decibels(0.5) + 6.0206).abs() < 1e-3);
        assert!((Level::decibels(0.0) + 144.0).abs() < 1e-6);
    }
}
