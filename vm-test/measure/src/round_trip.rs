//! The way of a sample through the driver.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::{Reading, Shape};

use crate::signal::{Pulse, Signal};
use crate::tape::Tape;
use crate::{Client, Device, Driver, IO_FRAMES, Spec, Stop, first};

/// Buffers from the first frame written to the one that sounds.
const BEFORE: u64 = 20;
/// What is taken for the pulse, which is played at 1.
const HEARD: f32 = 0.25;
/// Frames of the curve before and behind what it shows.
const SHOWN: i64 = 24;

/// What is declared, what is, and how far they are apart.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let (distance, heard) = pulse(driver, &device)?;
    let [latency, safety] = [device.latency, device.safety].map(|frames| frames.map(f64::from));
    let declared = latency[0] + latency[1];
    Ok(Vec::from([
        Reading::new("declared-latency", declared + safety[0] + safety[1])
            .with_detail("latency of the input", latency[0], "frames")
            .with_detail("latency of the output", latency[1], "frames")
            .with_detail("safety offset of the input", safety[0], "frames")
            .with_detail("safety offset of the output", safety[1], "frames"),
        Reading::new("round-trip", distance as f64).with_series(
            "The impulse",
            ("Frames after the one it was written for", "frames"),
            ("Sample", "of full scale"),
            Shape::Line,
            around(&heard, distance),
        ),
        Reading::new("latency-error", libm::fabs(distance as f64 - declared)),
    ]))
}

/// Frames from the sample time that a pulse is written for to the one that it is read at; negative: it is read at an earlier one.
///
/// # Errors
/// It does not come back within two rings.
pub fn distance(driver: &mut impl Driver, device: &Device) -> Result<i64, Stop> {
    Ok(pulse(driver, device)?.0)
}

/// The same, and what was read: frames after the one that the pulse was written for, and the first channel's samples.
fn pulse(driver: &mut impl Driver, device: &Device) -> Result<(i64, Vec<(i64, f32)>), Stop> {
    let mut client = driver.open(device, &Spec::duplex(IO_FRAMES))?;
    let tape = Tape::new(device.channels as u32);
    client.record(Box::new(tape.recorder()));
    let at = 2 * device.period + BEFORE * u64::from(IO_FRAMES);
    client.play(Box::new(Pulse(at).player(device.channels)));
    client.start()?;
    driver.pass(5 * device.period_ns())?;
    client.close()?;
    driver.wait_stopped(device)?;
    let (mut heard, mut read) = (None, Vec::new());
    tape.each(|frame, samples| {
        if samples.iter().any(|&sample| sample >= HEARD) {
            heard.get_or_insert(frame);
        }
        read.push((frame as i64 - at as i64, samples[0]));
    });
    match heard {
        Some(heard) => Ok((heard as i64 - at as i64, read)),
        None => Err(format!("a pulse at frame {at} did not come back, {} frames were read", tape.frames()).into()),
    }
}

/// What there is of both moments: that which was written for, and that `distance` frames later.
fn around(read: &[(i64, f32)], distance: i64) -> Vec<(f64, f64)> {
    let shown = distance.min(0) - SHOWN..=distance.max(0) + SHOWN;
    read.iter().filter(|(frame, _)| shown.contains(frame)).map(|&(frame, it)| (frame as f64, f64::from(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_holds_both_moments() {
        let read: Vec<(i64, f32)> = (-1000..1000).map(|frame| (frame, if frame == 300 { 1.0 } else { 0.0 })).collect();
        let curve = around(&read, 300);
        assert_eq!((curve[0].0, curve[curve.len() - 1].0), (-24.0, 324.0));
        assert_eq!(curve.iter().filter(|point| point.1 > 0.0).count(), 1);
        assert_eq!((around(&read, -300)[0].0, around(&read, 0).len()), (-324.0, 49));
    }
}
