//! Levels: what a control's value does to samples.
//!
//! A value v is (v − 128) / 2 dB: 0 dB at 128, half a decibel a step, and silence at 0. Volume goes from 0 to 128, gain, which
//! boosts too, from 0 to 176 (+24 dB).

use core::f64::consts::LN_10;
use core::fmt;

/// The value of 0 dB.
const UNITY: u32 = 128;
/// The values of the side that boosts, 0 among them.
const VALUES: usize = 177;

/// Where a control acts. A device has controls of its own for both sides; devices share none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// On what is written to the ring: volume and the output's mutes.
    Write,
    /// On what is read from it: gain and the input's mutes.
    Read,
}

impl Side {
    /// The values that a level of this side can have.
    pub const fn law(self) -> Law {
        match self {
            Self::Write => Law { most: UNITY },
            Self::Read => Law { most: VALUES as u32 - 1 },
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "volume",
            Self::Read => "gain",
        })
    }
}

/// The values of one side's levels, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    most: u32,
}

impl Law {
    /// The highest value.
    pub const fn most(self) -> u32 {
        self.most
    }

    /// The value of 0 dB, which every level has at first.
    pub const fn unity(self) -> u32 {
        UNITY
    }

    /// A value in half decibels; 0, which is silence, as −128.
    pub const fn half_decibels(self, value: u32) -> i32 {
        value as i32 - UNITY as i32
    }

    /// What samples are multiplied by at a value; one beyond the highest counts as the highest.
    pub fn factor(self, value: u32) -> f32 {
        let value = value.min(self.most) as usize;
        // The highest value is in the table.
        FACTORS.get(value).copied().unwrap_or_default()
    }
}

static FACTORS: [f32; VALUES] = factors();

const fn factors() -> [f32; VALUES] {
    let mut factors = [0.0; VALUES];
    let mut value = 1;
    while value < VALUES {
        factors[value] = power_of_ten(value as i32 - UNITY as i32) as f32;
        value += 1;
    }
    factors
}

/// 10^(exponent / 40), for half decibels of amplitude; exactly 1 for 0.
const fn power_of_ten(exponent: i32) -> f64 {
    // Whole powers by division or multiplication, the rest, below 10, by its series.
    let mut rest = exponent;
    let mut power = 1.0;
    while rest < 0 {
        power /= 10.0;
        rest += 40;
    }
    while rest >= 40 {
        power *= 10.0;
        rest -= 40;
    }
    power * exponential(rest as f64 / 40.0 * LN_10)
}

/// e^x for x from 0 to 2.4, to the last bits of an f64.
const fn exponential(x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut index = 1;
    while index < 40 {
        term *= x / index as f64;
        sum += term;
        index += 1;
    }
    sum
}

/// Why a level or mute is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelError {
    /// The level cannot have the value.
    Value {
        /// Whose level.
        side: Side,
        /// The value.
        value: u32,
    },
    /// There is no such channel.
    Channel {
        /// The channel's number; 0 would be all.
        channel: u32,
        /// How many channels there are.
        channels: u32,
    },
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Value { side, value } => write!(f, "{side}: {value}, 0 to {} are possible", side.law().most),
            Self::Channel { channel, channels } => {
                write!(f, "channel {channel}: 1 to {channels} are possible, and 0 for all")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_decibels_to_the_last_bit() {
        let law = Side::Read.law();
        assert_eq!(law.factor(0).to_bits(), 0);
        assert_eq!(law.factor(128).to_bits(), 1.0f32.to_bits());
        for value in 1..=176u32 {
            let exact = 10f64.powf((f64::from(value) - 128.0) / 40.0);
            assert_eq!(law.factor(value).to_bits(), (exact as f32).to_bits(), "value {value}");
        }
        assert_eq!(law.factor(u32::MAX).to_bits(), law.factor(176).to_bits());
        assert_eq!(Side::Write.law().factor(176).to_bits(), 1.0f32.to_bits());
    }

    #[test]
    fn both_laws_meet_at_unity() {
        assert_eq!((Side::Write.law().most(), Side::Read.law().most()), (128, 176));
        assert_eq!((Side::Write.law().unity(), Side::Read.law().unity()), (128, 128));
        assert_eq!([0, 128, 176].map(|value| Side::Read.law().half_decibels(value)), [-128, 0, 48]);
    }
}
