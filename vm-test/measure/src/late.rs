//! Output that comes late.

use alloc::boxed::Box;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::signal::{Noise, Signal};
use crate::tape::Tape;
use crate::{Client, Device, Driver, IO_FRAMES, Spec, Stop, first};

/// Rings that each lateness is tried for.
const RINGS: u64 = 4;
/// How exactly the limit is found, frames.
const STEP: u64 = 64;

/// The most frames of lateness that nothing is lost at.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let most = limit(device.period / STEP, |steps| is_heard(driver, &device, steps * STEP))?;
    let reading = match most {
        Some(steps) => Reading::new("late-write-tolerance", (steps * STEP) as f64),
        None => Reading::new("late-write-tolerance", 0.0).with_text("not even output on time is heard whole"),
    };
    Ok(Vec::from([reading.with_detail("ring", device.period as f64, "frames")]))
}

/// The largest number up to `largest` that is good, where all up to some limit are and none above; `None` if 0 is not.
fn limit(largest: u64, mut is_good: impl FnMut(u64) -> Result<bool, Stop>) -> Result<Option<u64>, Stop> {
    if !is_good(0)? {
        return Ok(None);
    }
    // `good` is good, `bad` is not or beyond.
    let (mut good, mut bad) = (0, largest + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if is_good(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Some(good))
}

/// Whether a reader that is as far behind hears every sample of a writer that is so many frames late.
fn is_heard(driver: &mut impl Driver, device: &Device, late: u64) -> Result<bool, Stop> {
    let sound = Noise(late + 1);
    let n = u64::from(IO_FRAMES);
    let mut reader = driver.open(device, &Spec { lag: Some((late + n) as i64), ..Spec::recorder(IO_FRAMES) })?;
    let mut writer = driver.open(device, &Spec { lead: Some(-(late as i64)), ..Spec::player(IO_FRAMES) })?;
    let tape = Tape::new(device.channels as u32);
    reader.record(Box::new(tape.recorder()));
    writer.play(Box::new(sound.player(device.channels)));
    reader.start()?;
    writer.start()?;
    driver.pass(RINGS * device.period_ns())?;
    let done = writer.done();
    writer.close()?;
    reader.close()?;
    driver.wait_stopped(device)?;
    // The first ring has settled by then.
    let from = done.written_from + device.period;
    let to = done.written_to.saturating_sub(late + 2 * n);
    let wrong = tape.compare(from, to, |frame, channel| sound.at(frame, channel));
    Ok(wrong.is_none() && tape.covered(from, to) > device.period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_found_wherever_it_is() {
        for wanted in 0..=20 {
            assert_eq!(limit(20, |number| Ok(number <= wanted)), Ok(Some(wanted)));
        }
        assert_eq!(limit(20, |_| Ok(false)), Ok(None));
    }
}
