//! The least-squares line through a clock's timestamps.

use alloc::vec::Vec;

use crate::Stamp;

/// The line, and how far the timestamps are from it.
pub struct Line {
    /// ns that a frame takes.
    pub slope: f64,
    /// Distance of each timestamp's time from the line, ns.
    pub residuals: Vec<f64>,
}

impl Line {
    /// The line through the timestamps; `None` where they are fewer than two, or all of one frame.
    pub fn through(stamps: &[Stamp]) -> Option<Line> {
        let first = stamps.first()?;
        let count = stamps.len() as f64;
        // Near nought, where floats hold them exactly.
        let near = |stamp: &Stamp| (stamp.frame as f64 - first.frame as f64, stamp.ns as f64 - first.ns as f64);
        let points: Vec<(f64, f64)> = stamps.iter().map(near).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (frame, ns) = (mean(|point| point.0), mean(|point| point.1));
        let across: f64 = points.iter().map(|(x, y)| (x - frame) * (y - ns)).sum();
        let along: f64 = points.iter().map(|(x, _)| (x - frame) * (x - frame)).sum();
        if along <= 0.0 {
            return None;
        }
        let slope = across / along;
        let residuals = points.iter().map(|(x, y)| y - ns - slope * (x - frame)).collect();
        Some(Line { slope, residuals })
    }

    /// Root mean square of the residuals, ns.
    pub fn rms(&self) -> f64 {
        let squares: f64 = self.residuals.iter().map(|residual| residual * residual).sum();
        libm::sqrt(squares / self.residuals.len() as f64)
    }

    /// The largest residual less the smallest, ns.
    pub fn peak_to_peak(&self) -> f64 {
        let most = self.residuals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = self.residuals.iter().copied().fold(f64::INFINITY, f64::min);
        most - least
    }

    /// Distance of the line's rate from a nominal one, in millionths.
    pub fn ppm_from(&self, rate: f64) -> f64 {
        (1e9 / self.slope / rate - 1.0) * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(times: impl Fn(u64) -> u64) -> Vec<Stamp> {
        (0..100).map(|index| Stamp { frame: 48_000 * (index + 7), ns: times(index), seen: 0 }).collect()
    }

    #[test]
    fn an_exact_clock_has_no_residuals_and_its_rate() {
        let line = Line::through(&stamps(|index| 5_000_000_000 + index * 1_000_000_000)).unwrap();
        assert!(line.rms() < 1e-3 && line.peak_to_peak() < 1e-3, "{} {}", line.rms(), line.peak_to_peak());
        assert!(line.ppm_from(48_000.0).abs() < 1e-6, "{}", line.ppm_from(48_000.0));
    }

    #[test]
    fn a_clock_that_is_slow_by_ten_millionths_says_so() {
        let line = Line::through(&stamps(|index| index * 1_000_010_000)).unwrap();
        assert!((line.ppm_from(48_000.0) + 9.9999).abs() < 1e-3, "{}", line.ppm_from(48_000.0));
    }

    #[test]
    fn times_that_alternate_by_a_microsecond_are_half_of_one_away() {
        let line = Line::through(&stamps(|index| index * 1_000_000_000 + index % 2 * 1000)).unwrap();
        assert!((line.rms() - 500.0).abs() < 1.0 && (line.peak_to_peak() - 1000.0).abs() < 40.0, "{}", line.rms());
    }

    #[test]
    fn there_is_no_line_through_one_point() {
        assert!(Line::through(&stamps(|index| index)[..1]).is_none());
        assert!(Line::through(&[]).is_none());
    }
}
