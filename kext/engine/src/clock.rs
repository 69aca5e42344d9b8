//! The ideal schedule: when each lap of the ring begins, and how far the ring has come at a time.
//!
//! Times are ticks of the mach absolute clock. A tick lasts `numer / denom` nanoseconds, so a lap of `F` frames at `R`
//! frames a second lasts `F · 10⁹ · denom / (R · numer)` ticks: a rational number that is kept as such. Each lap's time is
//! computed from the lap's number, never from the lap before, hence no error accumulates.

use core::fmt;

const NANOSECONDS: u128 = 1_000_000_000;

/// What a tick of the mach absolute clock is: `numer / denom` nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    /// Nanoseconds in `denom` ticks.
    pub numer: u32,
    /// Ticks in `numer` nanoseconds.
    pub denom: u32,
}

/// Why no schedule can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockError {
    /// The timebase has a zero in it.
    Timebase,
    /// The rate is zero.
    Rate,
    /// The ring has no frames.
    Ring,
    /// A tick lasts longer than a frame, or a lap more than 2⁴⁸ ticks: no clock of this kind carries the schedule.
    Tick,
}

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timebase => "the timebase has a zero in it",
            Self::Rate => "the rate is zero",
            Self::Ring => "the ring has no frames",
            Self::Tick => "a tick of the clock is longer than a frame or shorter than 2^-48 of a lap",
        })
    }
}

/// A number below 1 in units of 2⁻⁶⁴.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fraction(pub(crate) u64);

impl Fraction {
    /// `self · factor`, rounded down.
    fn times(self, factor: u64) -> u64 {
        ((u128::from(self.0) * u128::from(factor)) >> 64) as u64
    }
}

/// A place in the run of frames since a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Frames since the start.
    pub frames: u64,
    /// Where the lap began that the position is in: frames since the start, a whole number of rings.
    pub lap_start: u64,
}

impl Position {
    /// The place in the ring, below the ring's length.
    pub fn ring_frame(self) -> u32 {
        (self.frames - self.lap_start) as u32
    }
}

/// How fast the ring turns: one rate, one ring length, one timebase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Ticks in a lap: `lap_ticks + lap_rest / divisor`.
    lap_ticks: u64,
    lap_rest: u64,
    divisor: u64,
    speed: Speed,
}

/// The part of a pace that a position is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speed {
    pub(crate) ring_frames: u32,
    pub(crate) frames_per_tick: Fraction,
    pub(crate) laps_per_tick: Fraction,
}

impl Pace {
    /// The pace of a ring of `ring_frames` frames at `rate` frames a second.
    ///
    /// # Errors
    /// A zero among the arguments, or a lap that this timebase cannot carry.
    pub fn new(rate: u32, ring_frames: u32, timebase: Timebase) -> Result<Self, ClockError> {
        if timebase.numer == 0 || timebase.denom == 0 {
            return Err(ClockError::Timebase);
        }
        if rate == 0 {
            return Err(ClockError::Rate);
        }
        if ring_frames == 0 {
            return Err(ClockError::Ring);
        }
        let second = NANOSECONDS * u128::from(timebase.denom);
        // A second is `second / numer` ticks, a frame `second / divisor`. Below 2⁶², 2⁹⁴ and 2⁶⁴.
        let ticks = u128::from(ring_frames) * second;
        let divisor = u128::from(rate) * u128::from(timebase.numer);
        let lap_ticks = ticks / divisor;
        if divisor > second || lap_ticks > 1 << 48 {
            return Err(ClockError::Tick);
        }
        let frames_per_tick = ((divisor << 64) / second).min(u128::from(u64::MAX)) as u64;
        Ok(Self {
            lap_ticks: lap_ticks as u64,
            lap_rest: (ticks % divisor) as u64,
            divisor: divisor as u64,
            speed: Speed {
                ring_frames,
                frames_per_tick: Fraction(frames_per_tick),
                laps_per_tick: Fraction(frames_per_tick / u64::from(ring_frames)),
            },
        })
    }

    /// Ticks from the start to the begin of lap `lap`, rounded to the nearest tick, a half upwards; `u64::MAX` if it is more.
    pub fn lap_offset(&self, lap: u64) -> u64 {
        let divisor = u128::from(self.divisor);
        // Below 2⁶⁴ · 2⁶⁴ and, divided, below the lap's number.
        let rest = (u128::from(self.lap_rest) * u128::from(lap) + divisor / 2) / divisor;
        self.lap_ticks.saturating_mul(lap).saturating_add(rest as u64)
    }

    /// Where the ring is `ticks` after the start. Never ahead of the ideal position, and less than one frame behind it beyond
    /// what rounding down to a whole frame takes. Two multiplications, no division.
    pub fn position(&self, ticks: u64) -> Position {
        self.speed.position(ticks)
    }

    pub(crate) fn speed(&self) -> Speed {
        self.speed
    }
}

impl Speed {
    /// As [`Pace::position`].
    pub(crate) fn position(self, ticks: u64) -> Position {
        let ring = u64::from(self.ring_frames);
        let frames = self.frames_per_tick.times(ticks);
        // laps_per_tick · ring is at most frames_per_tick, and less than 2⁻⁶⁴ · ring below it: the lap is right or one too
        // low, and never beyond the frames.
        let lap_start = self.laps_per_tick.times(ticks) * ring;
        let lap_start = if frames - lap_start >= ring { lap_start + ring } else { lap_start };
        Position { frames, lap_start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const INTEL: Timebase = Timebase { numer: 1, denom: 1 };
    const ARM: Timebase = Timebase { numer: 125, denom: 3 };
    const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
    const TEN_YEARS_IN_SECONDS: u64 = 10 * 366 * 86_400;

    /// The ideal number of frames after `ticks`, rounded down, by integers of any size that is needed.
    fn exact_frames(rate: u32, timebase: Timebase, ticks: u64) -> u64 {
        let numerator = u128::from(ticks) * u128::from(rate) * u128::from(timebase.numer);
        (numerator / (NANOSECONDS * u128::from(timebase.denom))) as u64
    }

    /// Twice the distance between a lap's rounded and its exact offset, in units of 1/divisor ticks.
    fn twice_the_error(rate: u32, ring: u32, timebase: Timebase, lap: u64, offset: u64) -> i128 {
        let exact = u128::from(lap) * u128::from(ring) * NANOSECONDS * u128::from(timebase.denom);
        let divisor = u128::from(rate) * u128::from(timebase.numer);
        2 * ((u128::from(offset) * divisor) as i128 - exact as i128)
    }

    #[test]
    fn lap_times_are_exact_over_ten_years() {
        for timebase in [INTEL, ARM, Timebase { numer: 1_000_000_000, denom: 33_333_335 }] {
            for rate in RATES {
                let pace = Pace::new(rate, 16384, timebase).unwrap();
                let last = TEN_YEARS_IN_SECONDS * u64::from(rate) / 16384;
                let laps: Vec<u64> = (0..1000).chain((1..=1000).map(|k| last * k / 1000)).collect();
                for lap in laps {
                    let error = twice_the_error(rate, 16384, timebase, lap, pace.lap_offset(lap));
                    let divisor = i128::from(rate) * i128::from(timebase.numer);
                    assert!(-divisor < error && error <= divisor, "rate {rate} lap {lap}: {error}/{divisor}");
                }
            }
        }
    }

    #[test]
    fn whole_tick_laps_have_no_rounding_at_all() {
        let pace = Pace::new(96_000, 96_000, INTEL).unwrap();
        assert_eq!(pace.lap_offset(0), 0);
        assert_eq!(pace.lap_offset(1 << 32), (1 << 32) * 1_000_000_000);
    }

    #[test]
    fn positions_follow_exact_integers_over_ten_years() {
        for timebase in [INTEL, ARM] {
            for rate in RATES {
                let pace = Pace::new(rate, 16384, timebase).unwrap();
                let ten_years =
                    TEN_YEARS_IN_SECONDS * 1_000_000_000 / u64::from(timebase.numer) * u64::from(timebase.denom);
                for step in 0..5000 {
                    let ticks = ten_years / 5000 * step + step;
                    let exact = exact_frames(rate, timebase, ticks);
                    let position = pace.position(ticks);
                    assert!(position.frames <= exact && exact - position.frames <= 1, "{position:?} {exact}");
                    assert_eq!(position.lap_start, position.frames / 16384 * 16384);
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |rate, ring, numer, denom| Pace::new(rate, ring, Timebase { numer, denom }).unwrap_err();
        assert_eq!(refused(0, 16384, 1, 1), ClockError::Rate);
        assert_eq!(refused(48_000, 0, 1, 1), ClockError::Ring);
        assert_eq!(refused(48_000, 16384, 0, 1), ClockError::Timebase);
        assert_eq!(refused(48_000, 16384, 1, 0), ClockError::Timebase);
        assert_eq!(refused(48_000, 16384, u32::MAX, 1), ClockError::Tick);
        assert_eq!(refused(1, u32::MAX, 1, u32::MAX), ClockError::Tick);
    }

    proptest! {
        #[test]
        fn any_pace_is_monotonic_and_never_ahead(
            rate in 1u32..1_000_000,
            ring in 1u32..1 << 20,
            numer in 1u32..1 << 16,
            denom in 1u32..1 << 16,
            ticks in 0u64..1 << 60,
            lap in 0u64..1 << 40,
        ) {
            let timebase = Timebase { numer, denom };
            if let Ok(pace) = Pace::new(rate, ring, timebase) {
                let position = pace.position(ticks);
                let exact = exact_frames(rate, timebase, ticks);
                prop_assert!(position.frames <= exact && exact - position.frames <= 1);
                prop_assert_eq!(position.lap_start % u64::from(ring), 0);
                prop_assert!(position.frames - position.lap_start < u64::from(ring));
                prop_assert!(pace.position(ticks + 1).frames >= position.frames);
                if pace.lap_offset(lap) < u64::MAX {
                    let error = twice_the_error(rate, ring, timebase, lap, pace.lap_offset(lap));
                    let divisor = i128::from(rate) * i128::from(numer);
                    prop_assert!(-divisor < error && error <= divisor);
                }
            }
        }
    }
}
