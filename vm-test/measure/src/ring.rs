//! What becomes of samples where the ring ends.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::round_trip::distance;
use crate::signal::{Noise, Signal};
use crate::tape::Tape;
use crate::{Client, Driver, Spec, Stop, first};

/// Ends of the ring that each buffer passes.
const ENDS: u64 = 10;
/// Frames of a cycle that divide no ring of a power of 2.
const ODD: u32 = 1000;

/// Wrong samples of buffers that end at the ring's end, of some that cross it, and of some that are a quarter of it.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let ring = device.period as u32;
    let buffers = [("that end there", ring / 16), ("that cross it", ODD), ("of a quarter of it", ring / 4)];
    let (mut reading, mut wrong) = (Reading::new("ring-end", 0.0), 0);
    for (name, io_frames) in buffers {
        let (tape, sound) = (Tape::new(device.channels as u32), Noise(u64::from(io_frames)));
        let mut client = driver.open(&device, &Spec::duplex(io_frames))?;
        client.record(Box::new(tape.recorder()));
        client.play(Box::new(sound.player(device.channels)));
        client.start()?;
        driver.pass((ENDS + 2) * device.period_ns())?;
        let done = client.done();
        client.close()?;
        driver.wait_stopped(&device)?;
        let moved = |frame: u64| frame.saturating_add_signed(shift);
        let (from, to) = (moved(done.written_from), moved(done.written_to));
        if tape.covered(from, to) < ENDS * device.period {
            return Err(
                format!("{} frames came back of {ENDS} rings with buffers {name}", tape.covered(from, to)).into()
            );
        }
        let differing = tape.compare(from, to, |frame, channel| sound.at(frame.saturating_add_signed(-shift), channel));
        let count = differing.map_or(0, |differing| differing.count);
        wrong += count;
        reading = reading.with_detail(&format!("buffers {name}"), count as f64, "wrong samples");
    }
    Ok(Vec::from([Reading { value: Some(wrong as f64), ..reading }]))
}
