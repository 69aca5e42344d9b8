//! What becomes of samples where the ring ends.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::{Reading, Shape};

use crate::round_trip::distance;
use crate::signal::{Noise, Signal, Sine};
use crate::tape::Tape;
use crate::{Client, Device, Driver, Spec, Stop, first};

/// Ends of the ring that each buffer passes.
const ENDS: u64 = 10;
/// Frames of a cycle that divide no ring of a power of 2.
const ODD: u32 = 1000;
/// A sine that is elsewhere in its period each time that the ring ends: one can see where it breaks.
const SINE: Sine = Sine { period: 47.3, amplitude: 0.5 };
/// Frames of the curve before the ring's end and behind it.
const SHOWN: i64 = 64;

/// What came back, in a number and as a curve.
struct Heard {
    /// How many samples are wrong.
    wrong: u64,
    /// Frames after the ring's end, which the buffers pass for the last but one time, and the first channel's samples.
    around: Vec<(f64, f64)>,
}

/// Wrong samples of buffers that end at the ring's end, of some that cross it, and of some that are a quarter of it.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let ring = device.period as u32;
    let at_end = looped(driver, &device, shift, ring / 16, Noise(1))?;
    let across = looped(driver, &device, shift, ODD, SINE)?;
    let quarter = looped(driver, &device, shift, ring / 4, Noise(2))?;
    let reading = Reading::new("ring-end", (at_end.wrong + across.wrong + quarter.wrong) as f64)
        .with_detail("buffers that end there", at_end.wrong as f64, "wrong samples")
        .with_detail("buffers that cross it", across.wrong as f64, "wrong samples")
        .with_detail("buffers of a quarter of it", quarter.wrong as f64, "wrong samples")
        .with_series(
            "A sine across the end of the ring",
            ("Frames after the ring's end", "frames"),
            ("Sample", "of full scale"),
            Shape::Line,
            across.around,
        );
    Ok(Vec::from([reading]))
}

/// Plays a sound in buffers of so many frames past some ends of the ring.
fn looped(
    driver: &mut impl Driver,
    device: &Device,
    shift: i64,
    io_frames: u32,
    sound: impl Signal,
) -> Result<Heard, Stop> {
    let tape = Tape::new(device.channels as u32);
    let mut client = driver.open(device, &Spec::duplex(io_frames))?;
    client.record(Box::new(tape.recorder()));
    client.play(Box::new(sound.player(device.channels)));
    client.start()?;
    driver.pass((ENDS + 2) * device.period_ns())?;
    let done = client.done();
    client.close()?;
    driver.wait_stopped(device)?;
    let moved = |frame: u64| frame.saturating_add_signed(shift);
    let (from, to) = (moved(done.written_from), moved(done.written_to));
    let covered = tape.covered(from, to);
    if covered < ENDS * device.period {
        return Err(format!("{covered} frames came back of {ENDS} rings with buffers of {io_frames}").into());
    }
    let differing = tape.compare(from, to, |frame, channel| sound.at(frame.saturating_add_signed(-shift), channel));
    let end = (ENDS - 1) * device.period;
    let mut around = Vec::new();
    tape.each(|frame, samples| {
        let after = frame as i64 - end as i64;
        if (-SHOWN..SHOWN).contains(&after) {
            around.push((after as f64, f64::from(samples[0])));
        }
    });
    Ok(Heard { wrong: differing.map_or(0, |differing| differing.count), around })
}
