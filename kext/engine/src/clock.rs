//! The ideal schedule: when each lap of the ring begins, and how far the ring has come at a time.
//!
//! Times are ticks of the mach absolute clock. A tick lasts `numer / denom` nanoseconds, so a lap of `F` frames at `R`
//! frames a second lasts `F · 10⁹ · denom / (R · numer)` ticks: a rational number that is kept as such. Each lap's time is
//! computed from the lap's number, never from the lap before, hence no error accumulates. A [`Pitch`] makes the rate a little
//! higher or lower, for a clock that chases another one; it is a rational number too.

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

/// How much faster than nominal a clock runs, in units of 10⁻⁷: at most ±1 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pitch(i32);

impl Pitch {
    /// The nominal rate.
    pub const NOMINAL: Self = Self(0);
    /// The most that a pitch can be, and negative the least: 1 %.
    pub const MOST: i32 = 100_000;
    /// What a pitch is measured in: parts of one.
    const UNIT: i32 = 10_000_000;

    /// A pitch of `parts` · 10⁻⁷, if that is within ±1 %.
    pub const fn new(parts: i32) -> Option<Self> {
        if parts >= -Self::MOST && parts <= Self::MOST { Some(Self(parts)) } else { None }
    }

    /// In units of 10⁻⁷.
    pub const fn parts(self) -> i32 {
        self.0
    }

    /// The factor of the rate, as numerator and denominator.
    const fn factor(self) -> (u128, u128) {
        ((Self::UNIT + self.0) as u128, Self::UNIT as u128)
    }
}

/// A number below 1 in units of 2⁻⁶⁴.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fraction(pub(crate) u64);

impl Fraction {
    /// `part / whole`, rounded down; just below 1 for 1. Neither is above 2⁸⁶.
    fn of(part: u128, whole: u128) -> Self {
        // In two digits of 32 bits, because a product with 2⁶⁴ does not fit.
        let (high, rest) = ((part << 32) / whole, (part << 32) % whole);
        let low = (rest << 32) / whole;
        Self(((high << 32) + low).min(u128::from(u64::MAX)) as u64)
    }

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
    lap_rest: u128,
    divisor: u128,
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
    /// The pace of a ring of `ring_frames` frames at `rate` frames a second, a pitch faster.
    ///
    /// # Errors
    /// A zero among the arguments, or a lap that this timebase cannot carry.
    pub fn new(rate: u32, ring_frames: u32, timebase: Timebase, pitch: Pitch) -> Result<Self, ClockError> {
        if timebase.numer == 0 || timebase.denom == 0 {
            return Err(ClockError::Timebase);
        }
        if rate == 0 {
            return Err(ClockError::Rate);
        }
        if ring_frames == 0 {
            return Err(ClockError::Ring);
        }
        let (faster, nominal) = pitch.factor();
        let second = NANOSECONDS * u128::from(timebase.denom) * nominal;
        // A second is `second / (numer · faster)` ticks, a frame `second / divisor`. Below 2⁸⁶, 2¹¹⁸ and 2⁸⁸.
        let ticks = u128::from(ring_frames) * second;
        let divisor = u128::from(rate) * u128::from(timebase.numer) * faster;
        let lap_ticks = ticks / divisor;
        if divisor > second || lap_ticks > 1 << 48 {
            return Err(ClockError::Tick);
        }
        let frames_per_tick = Fraction::of(divisor, second);
        Ok(Self {
            lap_ticks: lap_ticks as u64,
            lap_rest: ticks % divisor,
            divisor,
            speed: Speed {
                ring_frames,
                frames_per_tick,
                laps_per_tick: Fraction(frames_per_tick.0 / u64::from(ring_frames)),
            },
        })
    }

    /// Ticks from the start to the begin of lap `lap`, rounded to the nearest tick, a half upwards; `u64::MAX` if it is more.
    pub fn lap_offset(&self, lap: u64) -> u64 {
        // The rest is below 2⁸⁶: a lap's number that makes the product overflow is beyond the end of the clock.
        let rest = self.lap_rest.checked_mul(u128::from(lap)).and_then(|rest| rest.checked_add(self.divisor / 2));
        let rest = rest.and_then(|rest| u64::try_from(rest / self.divisor).ok());
        rest.map_or(u64::MAX, |rest| self.lap_ticks.saturating_mul(lap).saturating_add(rest))
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
    use crate::config::RATES;
    use proptest::prelude::*;

    const INTEL: Timebase = Timebase { numer: 1, denom: 1 };
    const ARM: Timebase = Timebase { numer: 125, denom: 3 };
    const ODD: Timebase = Timebase { numer: 1_000_000_000, denom: 33_333_335 };
    const PITCHES: [Pitch; 4] = [Pitch::NOMINAL, Pitch(1), Pitch(-100_000), Pitch(100_000)];
    const TEN_YEARS_IN_SECONDS: u64 = 10 * 366 * 86_400;

    /// Frames in a tick as numerator and denominator.
    fn ratio(rate: u32, timebase: Timebase, pitch: Pitch) -> (u128, u128) {
        let (faster, nominal) = pitch.factor();
        (u128::from(rate) * u128::from(timebase.numer) * faster, NANOSECONDS * u128::from(timebase.denom) * nominal)
    }

    /// The ideal number of frames after `ticks`, rounded down, by integers of any size that is needed.
    fn exact_frames(ratio: (u128, u128), ticks: u64) -> u64 {
        (u128::from(ticks) * ratio.0 / ratio.1) as u64
    }

    /// Asserts that a lap's offset is rounded to the nearest tick.
    fn assert_nearest(pace: &Pace, ratio: (u128, u128), frames: u64, lap: u64) {
        let doubled = 2 * (u128::from(pace.lap_offset(lap)) * ratio.0) as i128;
        let error = doubled - 2 * (u128::from(frames) * ratio.1) as i128;
        let divisor = ratio.0 as i128;
        assert!(-divisor < error && error <= divisor, "lap {lap} of {pace:?}: {error}/{divisor}");
    }

    #[test]
    fn lap_times_are_exact_over_ten_years() {
        for timebase in [INTEL, ARM, ODD] {
            for (rate, pitch) in RATES.iter().flat_map(|rate| PITCHES.map(|pitch| (*rate, pitch))) {
                let pace = Pace::new(rate, 16384, timebase, pitch).unwrap();
                let last = TEN_YEARS_IN_SECONDS * u64::from(rate) / 16384;
                for lap in (0..1000).chain((1..=1000).map(|k| last * k / 1000)) {
                    assert_nearest(&pace, ratio(rate, timebase, pitch), lap * 16384, lap);
                }
            }
        }
    }

    #[test]
    fn whole_tick_laps_have_no_rounding_at_all() {
        let pace = Pace::new(96_000, 96_000, INTEL, Pitch::NOMINAL).unwrap();
        assert_eq!(pace.lap_offset(0), 0);
        assert_eq!(pace.lap_offset(1 << 32), (1 << 32) * 1_000_000_000);
    }

    #[test]
    fn positions_follow_exact_integers_over_ten_years() {
        for timebase in [INTEL, ARM] {
            for (rate, pitch) in RATES.iter().flat_map(|rate| PITCHES.map(|pitch| (*rate, pitch))) {
                let pace = Pace::new(rate, 16384, timebase, pitch).unwrap();
                let ten_years =
                    TEN_YEARS_IN_SECONDS * 1_000_000_000 / u64::from(timebase.numer) * u64::from(timebase.denom);
                for step in 0..5000 {
                    let ticks = ten_years / 5000 * step + step;
                    let exact = exact_frames(ratio(rate, timebase, pitch), ticks);
                    let position = pace.position(ticks);
                    assert!(position.frames <= exact && exact - position.frames <= 1, "{position:?} {exact}");
                    assert_eq!(position.lap_start, position.frames / 16384 * 16384);
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let refused =
            |rate, ring, numer, denom| Pace::new(rate, ring, Timebase { numer, denom }, Pitch::NOMINAL).unwrap_err();
        assert_eq!(refused(0, 16384, 1, 1), ClockError::Rate);
        assert_eq!(refused(48_000, 0, 1, 1), ClockError::Ring);
        assert_eq!(refused(48_000, 16384, 0, 1), ClockError::Timebase);
        assert_eq!(refused(48_000, 16384, 1, 0), ClockError::Timebase);
        assert_eq!(refused(48_000, 16384, u32::MAX, 1), ClockError::Tick);
        assert_eq!(refused(1, u32::MAX, 1, u32::MAX), ClockError::Tick);
        assert_eq!((Pitch::new(100_001), Pitch::new(-100_001)), (None, None));
    }

    proptest! {
        #[test]
        fn any_pace_is_monotonic_and_never_ahead(
            rate in 1u32..1_000_000,
            ring in 1u32..1 << 20,
            numer in 1u32..1 << 16,
            denom in 1u32..1 << 16,
            ticks in 0u64..1 << 60,
            lap in 0u64..1 << 32,
            parts in -Pitch::MOST..=Pitch::MOST,
        ) {
            let (timebase, pitch) = (Timebase { numer, denom }, Pitch::new(parts).unwrap());
            if let Ok(pace) = Pace::new(rate, ring, timebase, pitch) {
                let ratio = ratio(rate, timebase, pitch);
                let position = pace.position(ticks);
                let exact = exact_frames(ratio, ticks);
                prop_assert!(position.frames <= exact && exact - position.frames <= 1);
                prop_assert_eq!(position.lap_start % u64::from(ring), 0);
                prop_assert!(position.frames - position.lap_start < u64::from(ring));
                prop_assert!(pace.position(ticks + 1).frames >= position.frames);
                if pace.lap_offset(lap) < u64::MAX {
                    assert_nearest(&pace, ratio, lap * u64::from(ring), lap);
                }
            }
        }
    }
}
