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
    let reading = Reading::new("restart-hygiene", stale as f64)
        .with_detail("frames read after the restart", after.frames() as f64, "frames")
        .with_series(
            "The restart",
            ("Frames after the restart", "frames"),
            ("Sample", "of full scale"),
            Shape::Line,
            around_restart(&before, &after),
        );
    Ok(Vec::from([reading]))
}

/// The last frames before the stop and the first after the restart, as one curve; that between them took its time.
fn around_restart(before: &Tape, after: &Tape) -> Vec<(f64, f64)> {
    let end = before.range().map_or(0, |(_, end)| end);
    let begin = after.range().map_or(0, |(begin, _)| begin);
    let mut around = Vec::new();
    before.each(|frame, samples| {
        if frame + SHOWN >= end {
            around.push((frame as f64 - end as f64, f64::from(samples[0])));
        }
    });
    after.each(|frame, samples| {
        if frame < begin + 2 * SHOWN {
            around.push((frame as f64 - begin as f64, f64::from(samples[0])));
        }
    });
    around
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
    fn the_curve_of_a_restart_has_the_end_of_one_run_and_the_begin_of_the_next() {
        let (before, after) = (Tape::new(1), Tape::new(1));
        before.recorder()(1000, &[0.5; 100]);
        after.recorder()(0, &[0.25; 200]);
        let curve = around_restart(&before, &after);
        assert_eq!((curve[0], curve[63], curve[64]), ((-64.0, 0.5), (-1.0, 0.5), (0.0, 0.25)));
        assert_eq!(curve.len(), 64 + 128);
    }

    #[test]
    fn frames_that_sound_on_any_channel_count_once() {
        let tape = Tape::new(2);
        tape.recorder()(10, &[0.0, -0.0, 0.5, 0.5, 0.0, -0.25, f32::NAN, 1.0]);
        assert_eq!(sounding(&tape, 0, u64::MAX), 3);
        assert_eq!(sounding(&tape, 12, 13), 1);
    }
}
