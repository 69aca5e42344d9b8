//! The way of a sample through the driver.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::signal::{Pulse, Signal};
use crate::tape::Tape;
use crate::{Client, Device, Driver, IO_FRAMES, Spec, Stop, first};

/// Buffers from the first frame written to the one that sounds.
const BEFORE: u64 = 20;
/// What is taken for the pulse, which is played at 1.
const HEARD: f32 = 0.25;

/// What is declared, what is, and how far they are apart.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let distance = distance(driver, &device)?;
    let [latency, safety] = [device.latency, device.safety].map(|frames| frames.map(f64::from));
    let declared = latency[0] + latency[1];
    Ok(Vec::from([
        Reading::new("declared-latency", declared + safety[0] + safety[1])
            .with_detail("latency of the input", latency[0], "frames")
            .with_detail("latency of the output", latency[1], "frames")
            .with_detail("safety offset of the input", safety[0], "frames")
            .with_detail("safety offset of the output", safety[1], "frames"),
        Reading::new("round-trip", distance as f64),
        Reading::new("latency-error", libm::fabs(distance as f64 - declared)),
    ]))
}

/// Frames from the sample time that a pulse is written for to the one that it is read at; negative: it is read at an earlier one.
///
/// # Errors
/// It does not come back within two rings.
pub fn distance(driver: &mut impl Driver, device: &Device) -> Result<i64, Stop> {
    let mut client = driver.open(device, &Spec::duplex(IO_FRAMES))?;
    let tape = Tape::new(device.channels as u32);
    client.record(Box::new(tape.recorder()));
    let at = 2 * device.period + BEFORE * u64::from(IO_FRAMES);
    client.play(Box::new(Pulse(at).player(device.channels)));
    client.start()?;
    driver.pass(5 * device.period_ns())?;
    client.close()?;
    driver.wait_stopped(device)?;
    let mut heard = None;
    tape.each(|frame, samples| {
        if samples.iter().any(|&sample| sample >= HEARD) {
            heard.get_or_insert(frame);
        }
    });
    match heard {
        Some(heard) => Ok(heard as i64 - at as i64),
        None => Err(format!("a pulse at frame {at} did not come back, {} frames were read", tape.frames()).into()),
    }
}
