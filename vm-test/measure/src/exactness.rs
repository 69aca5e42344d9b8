//! What becomes of every bit.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::round_trip::distance;
use crate::signal::{Bits, Signal};
use crate::tape::{Tape, Wrong};
use crate::{Client, Device, Driver, Spec, Stop, first};

/// Frames of IO cycles: the smallest and the largest that Core Audio's HAL has, and some that do not divide a ring.
const SIZES: [u32; 6] = [16, 64, 333, 512, 1000, 4096];
/// Rings that each plays.
const RINGS: u64 = 3;

/// Wrong samples of all sizes.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let (mut wrong, mut samples) = (0, 0);
    let mut reading = Reading::new("bit-exactness", 0.0);
    for io_frames in SIZES {
        let (read, differing) = looped(driver, &device, io_frames, shift)?;
        if read < device.period {
            return Err(format!("{read} frames came back of {RINGS} rings at {io_frames} frames a cycle").into());
        }
        let count = differing.map_or(0, |differing| differing.count);
        (wrong, samples) = (wrong + count, samples + read * device.channels as u64);
        reading = reading.with_detail(&format!("with buffers of {io_frames}"), count as f64, "wrong samples");
    }
    let reading = Reading { value: Some(wrong as f64), ..reading };
    Ok(Vec::from([reading.with_detail("samples compared", samples as f64, "")]))
}

/// Plays every sort of bits: frames that came back, and what is wrong with them.
fn looped(driver: &mut impl Driver, device: &Device, io_frames: u32, shift: i64) -> Result<(u64, Option<Wrong>), Stop> {
    let mut client = driver.open(device, &Spec::duplex(io_frames))?;
    let (tape, sound) = (Tape::new(device.channels as u32), Bits(u64::from(io_frames)));
    client.record(Box::new(tape.recorder()));
    client.play(Box::new(sound.player(device.channels)));
    client.start()?;
    driver.pass(RINGS * device.period_ns())?;
    let done = client.done();
    client.close()?;
    driver.wait_stopped(device)?;
    let from = done.written_from.saturating_add_signed(shift);
    let to = done.written_to.saturating_add_signed(shift);
    let wrong = tape.compare_bits(from, to, |frame, channel| sound.at(frame.saturating_add_signed(-shift), channel));
    Ok((tape.covered(from, to), wrong))
}
