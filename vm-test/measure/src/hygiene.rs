//! What is heard that nobody plays any more.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::{Reading, Shape};

use crate::signal::{Noise, Signal};
use crate::tape::Tape;
use crate::{Client, Driver, IO_FRAMES, Spec, Stop, first};

/// Rings that a reader goes on for when the writer is gone.
const AFTER: u64 = 4;
/// Rings that a reader listens after a restart.
const AGAIN: u64 = 2;
/// Frames of the curve around the end of the sound.
const SHOWN: u64 = 64;

/// A writer goes away while a reader goes on.
pub fn under_run(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let tape = Tape::new(device.channels as u32);
    let mut reader = driver.open(&device, &Spec::recorder(IO_FRAMES))?;
    let mut writer = driver.open(&device, &Spec::player(IO_FRAMES))?;
    reader.record(Box::new(tape.recorder()));
    writer.play(Box::new(Noise(5).player(device.channels)));
    reader.start()?;
    writer.start()?;
    driver.pass(2 * device.period_ns() + device.period_ns() / 3)?;
    let end = writer.done().written_to;
    writer.close()?;
    driver.pass(AFTER * device.period_ns())?;
    reader.close()?;
    driver.wait_stopped(&device)?;
    let (heard, stale) = (sounding(&tape, 0, end), sounding(&tape, end, u64::MAX));
    if heard == 0 {
        return Err("nothing of what was played came back while it was played".into());
    }
    let mut around = Vec::new();
    tape.each(|frame, samples| {
        if frame + SHOWN >= end && frame < end + SHOWN {
            around.push((frame as f64 - end as f64, f64::from(samples[0])));
        }
    });
    let reading = Reading::new("under-run", stale as f64)
        .with_detail("frames read afterwards", tape.covered(end, u64::MAX) as f64, "frames")
        .with_series(
            "The end of the sound",
            ("Frames after the last that was written", "frames"),
            ("Sample", "of full scale"),
            Shape::Line,
            around,
        );
    Ok(Vec::from([reading]))
}

/// Sound is played, all stop, and a reader starts alone.
pub fn restart(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let before = Tape::new(device.channels as u32);
    let mut client = driver.open(&device, &Spec::duplex(IO_FRAMES))?;
    client.record(Box::new(before.recorder()));
    client.play(Box::new(Noise(6).player(device.channels)));
    client.start()?;
    driver.pass(2 * device.period_ns() + device.period_ns() / 3)?;
    client.close()?;
    driver.wait_stopped(&device)?;
    if sounding(&before, 0, u64::MAX) == 0 {
        return Err("nothing of what was played came back while it was played".into());
    }
    let after = Tape::new(device.channels as u32);
    let mut reader = driver.open(&device, &Spec::recorder(IO_FRAMES))?;
    reader.record(Box::new(after.recorder()));
    reader.start()?;
    driver.pass((AGAIN + 1) * device.period_ns())?;
    reader.close()?;
    driver.wait_stopped(&device)?;
    if after.frames() < AGAIN * device.period {
        return Err(format!("{} frames were read after a restart, {AGAIN} rings are needed", after.frames()).into());
    }
    let stale = sounding(&after, 0, u64::MAX);
    let reading = Reading::new("restart-hygiene", stale as f64);
    Ok(Vec::from([reading.with_detail("frames read after the restart", after.frames() as f64, "frames")]))
}

/// How many frames of `from..to` are not silence.
fn sounding(tape: &Tape, from: u64, to: u64) -> u64 {
    let mut count = 0;
    tape.each(|frame, samples| {
        count += u64::from((from..to).contains(&frame) && samples.iter().any(|sample| sample.abs() > 0.0));
    });
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_sound_on_any_channel_count_once() {
        let tape = Tape::new(2);
        tape.recorder()(10, &[0.0, -0.0, 0.5, 0.5, 0.0, -0.25, f32::NAN, 1.0]);
        assert_eq!(sounding(&tape, 0, u64::MAX), 3);
        assert_eq!(sounding(&tape, 12, 13), 1);
    }
}
