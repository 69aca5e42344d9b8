//! The zero timestamps while timers are late: period, jitter, rate.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use protocol::measure::{Reading, Shape};

use crate::line::Line;
use crate::{Client, Driver, IO_FRAMES, Spec, Stamp, Stop, first};

/// Periods that the clock is watched for.
const PERIODS: u64 = 101;
/// Timestamps that a line is made of at least.
const ENOUGH: usize = 50;
/// Lateness of timers on a machine under load, ns.
const LATE: u64 = 2_000_000;
/// Bars of the histogram.
const BARS: usize = 20;

/// Period, jitter and rate of the first device's clock.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    driver.set_lateness(LATE);
    let device = first(driver)?;
    let stamps = watched(driver, &Spec::duplex(IO_FRAMES), device.period_ns() * PERIODS)?;
    let line = Line::through(&stamps).filter(|_| stamps.len() >= ENOUGH);
    let line = line.ok_or_else(|| {
        format!("{} zero timestamps were seen in {PERIODS} periods, {ENOUGH} are needed", stamps.len())
    })?;
    let period = median(stamps.windows(2).map(|pair| pair[1].frame - pair[0].frame).collect());
    if period != device.period {
        return Err(format!("the period is {period} frames, {} are declared", device.period).into());
    }
    let ppm = line.ppm_from(device.rate);
    let seconds = |stamp: &Stamp| (stamp.ns - stamps[0].ns) as f64 / 1e9;
    let residuals = stamps.iter().map(seconds).zip(line.residuals.iter().copied()).collect();
    Ok(Vec::from([
        Reading::new("zero-timestamp-period", period as f64)
            .with_detail("declared", device.period as f64, "frames")
            .with_detail("as time", device.period_ns() as f64 / 1e6, "ms"),
        Reading::new("timestamp-jitter-rms", line.rms())
            .with_detail("timestamps", stamps.len() as f64, "")
            .with_detail("lateness of timers, at most", LATE as f64, "ns")
            .with_series("Timestamp residuals", ("Time", "s"), ("Residual", "ns"), Shape::Dots, residuals),
        Reading::new("timestamp-jitter-peak", line.peak_to_peak()).with_series(
            "Jitter histogram",
            ("Residual", "ns"),
            ("Timestamps", ""),
            Shape::Bars,
            histogram(&line.residuals),
        ),
        Reading::new("rate-accuracy", libm::fabs(ppm)).with_detail("rate", 1e9 / line.slope, "Hz").with_detail(
            "with its sign",
            ppm,
            "ppm",
        ),
    ]))
}

/// The zero timestamps that a client of the first device sees in so much time, without the anchor.
fn watched(driver: &mut impl Driver, spec: &Spec, ns: u64) -> Result<Vec<Stamp>, Stop> {
    let device = first(driver)?;
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut client = driver.open(&device, spec)?;
    let sink = Rc::clone(&seen);
    client.follow(Box::new(move |stamp| sink.borrow_mut().push(stamp)));
    client.start()?;
    driver.pass(ns)?;
    let done = client.done();
    client.close()?;
    driver.wait_stopped(&device)?;
    match done.gave_up {
        Some(why) => Err(why.into()),
        None => Ok(seen.take()),
    }
}

/// The middle one; 0 of none.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

/// How many values fall into each of equal parts of their range: the middle of each part, and the count.
fn histogram(values: &[f64]) -> Vec<(f64, f64)> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // A clock without jitter has one bar.
    let width = ((most - least) / BARS as f64).max(f64::MIN_POSITIVE);
    let mut counts = [0_u32; BARS];
    for value in values {
        counts[(((value - least) / width) as usize).min(BARS - 1)] += 1;
    }
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    bars.map(|(index, &count)| (least + (index as f64 + 0.5) * width, f64::from(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_usual_period_where_some_were_missed() {
        assert_eq!(median([16, 16, 32, 16, 16].into()), 16);
        assert_eq!(median(Vec::new()), 0);
    }

    #[test]
    fn a_histogram_counts_every_value_once() {
        let bars = histogram(&[-5.0, 0.0, 0.1, 5.0]);
        assert!((bars.iter().map(|bar| bar.1).sum::<f64>() - 4.0).abs() < 1e-9, "{bars:?}");
        assert!(bars.windows(2).all(|pair| pair[0].0 < pair[1].0), "{bars:?}");
        assert_eq!(histogram(&[3.0, 3.0]).len(), 1);
    }
}
