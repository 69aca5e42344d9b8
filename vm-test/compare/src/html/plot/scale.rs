//! From values to places, with ticks at round numbers.
#![allow(clippy::cast_precision_loss, reason = "a plot has few ticks, whose labels have few letters")]

use crate::number;

/// An axis: values from `low` to `high` lie from the place `from` to the place `to`.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    step: f64,
    /// Labels are values divided by ten to this.
    exponent: i32,
}

impl Scale {
    /// A scale over all of `values`, widened to whole steps, of which there are about `steps`.
    pub(super) fn over(values: impl Iterator<Item = f64>, from: f64, to: f64, steps: u8) -> Scale {
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let size = low.abs().max(high.abs());
        // What differs by less than a double tells apart, or not at all, is drawn in the middle of a field of some height.
        let (low, high) = match (high - low) <= (size * 1e-9).max(1e-30) {
            true if size <= 1e-30 => (-1.0, 1.0),
            true => (low - size / 10.0, high + size / 10.0),
            false => (low, high),
        };
        let step = round((high - low) / f64::from(steps));
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Scale { low, high, from, to, step, exponent: exponent(low.abs().max(high.abs())) }
    }

    /// The same ending at the place `to`.
    pub(super) fn until(self, to: f64) -> Scale {
        Scale { to, ..self }
    }

    /// The same with as many ticks as there is room for, whose letters are `letter` wide.
    pub(super) fn with_room_for_labels(mut self, letter: f64) -> Scale {
        // Between two labels there are two letters free.
        while (self.label_width(letter) + 2.0 * letter) > (self.place(self.step) - self.place(0.0)).abs()
            && self.step < self.high - self.low
        {
            self.step = round(self.step * 1.5);
        }
        self
    }

    /// Where `value` is drawn.
    pub(super) fn place(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The ticks: place and label.
    pub(super) fn ticks(&self) -> Vec<(String, String)> {
        let first = (self.low / self.step).ceil() as i64;
        let last = (self.high / self.step + 1e-6).floor() as i64;
        (first..=last)
            .map(|index| index as f64 * self.step)
            .map(|value| (format!("{:.1}", self.place(value)), self.label(value)))
            .collect()
    }

    /// The width of the longest label, of letters `letter` wide.
    pub(super) fn label_width(&self, letter: f64) -> f64 {
        self.ticks().iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0) as f64 * letter
    }

    /// What labels are multiplied by, as it stands after the axis's name.
    pub(super) fn factor(&self) -> String {
        if self.exponent == 0 {
            return String::new();
        }
        format!(" {}", number::power_of_ten(self.exponent))
    }

    fn label(&self, value: f64) -> String {
        let unit = 10_f64.powi(self.exponent);
        let step = self.step / unit;
        let decimals = (-step.log10()).ceil().max(0.0) as usize;
        // Two and a half steps of ten need a digit more than the step's size says.
        let decimals = if (step * 10_f64.powi(decimals as i32)).fract().abs() > 1e-6 { decimals + 1 } else { decimals };
        number::grouped(&number::fixed(value / unit, decimals))
    }
}

/// The next of 1, 2, 2.5, 5 times a power of ten from `step` on.
fn round(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let rounds = [1.0, 2.0, 2.5, 5.0].map(|digit| digit * power);
    rounds.into_iter().find(|round| *round >= step * 0.999_999).unwrap_or(10.0 * power)
}

/// The power of ten, a multiple of three, by which values up to `size` are divided to be short.
fn exponent(size: f64) -> i32 {
    let power = size.log10().floor() as i32;
    if (-3..6).contains(&power) { 0 } else { power.div_euclid(3) * 3 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(values: &[f64]) -> Vec<String> {
        Scale::over(values.iter().copied(), 0.0, 100.0, 5).ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(labels(&[0.0, 10.0]), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(&[0.0, 1.1]), ["0", "0.25", "0.5", "0.75", "1", "1.25"]);
        assert_eq!(labels(&[-0.9, 1.0]), ["\u{2212}1", "\u{2212}0.5", "0", "0.5", "1"]);
        assert_eq!(labels(&[3.0]), ["2.6", "2.8", "3", "3.2", "3.4"]);
        assert_eq!(labels(&[0.0]), ["\u{2212}1", "\u{2212}0.5", "0", "0.5", "1"]);
        assert_eq!(labels(&[0.0, 1e-310]), labels(&[0.0]));
        assert_eq!(labels(&[]), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    }

    #[test]
    fn large_and_small_numbers_have_a_factor() {
        let scale = Scale::over([0.0, 4e6].into_iter(), 0.0, 100.0, 4);
        assert_eq!((scale.ticks()[1].1.as_str(), scale.factor().as_str()), ("1", " × 10⁶"));
        let scale = Scale::over([0.0, 4e-7].into_iter(), 0.0, 100.0, 4);
        assert_eq!((scale.ticks()[1].1.as_str(), scale.factor().as_str()), ("100", " × 10⁻⁹"));
    }

    proptest! {
        #[test]
        fn every_value_has_a_place_in_the_field_and_ticks_are_few(values in prop::collection::vec(-1e12..1e12, 1..20)) {
            let scale = Scale::over(values.iter().copied(), 10.0, 300.0, 5);
            for value in values {
                prop_assert!((9.9..=300.1).contains(&scale.place(value)));
            }
            prop_assert!((2..=12).contains(&scale.ticks().len()));
        }
    }
}
