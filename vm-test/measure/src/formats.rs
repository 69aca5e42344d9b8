//! What comes back through each physical format.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::round_trip::distance;
use crate::signal::{Noise, Signal};
use crate::tape::Tape;
use crate::{Client, Driver, IO_FRAMES, Spec, Stop, first};

/// Rings that each plays.
const RINGS: u64 = 3;

/// Samples that are further from what was played than a step of the format.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let formats = driver.formats(&device)?;
    if formats.is_empty() {
        return Err(Stop::DoesNotApply("No format comes to clients as floats.".into()));
    }
    let (mut sum, mut reading) = (0_u64, Reading::new("formats-wrong", 0.0));
    for format in formats {
        driver.ask_format(&device, &format)?;
        let device = first(driver)?;
        let shift = distance(driver, &device)?;
        let (tape, sound) = (Tape::new(device.channels as u32), Noise(13));
        let mut client = driver.open(&device, &Spec::duplex(IO_FRAMES))?;
        client.record(Box::new(tape.recorder()));
        client.play(Box::new(sound.player(device.channels)));
        client.start()?;
        driver.pass(RINGS * device.period_ns())?;
        let done = client.done();
        client.close()?;
        driver.wait_stopped(&device)?;
        let (from, to) = (done.written_from.saturating_add_signed(shift), done.written_to.saturating_add_signed(shift));
        if tape.covered(from, to) < device.period {
            return Err(format!("{} frames came back through {}", tape.covered(from, to), format.name).into());
        }
        let mut wrong = 0_u64;
        tape.each(|frame, samples| {
            let is_off = |(channel, &got): (usize, &f32)| {
                let wanted = sound.at(frame.saturating_add_signed(-shift), channel);
                let distance = libm::fabs(f64::from(got) - f64::from(wanted));
                distance.is_nan() || distance > format.step
            };
            if (from..to).contains(&frame) {
                wrong += samples.iter().enumerate().filter(|sample| is_off(*sample)).count() as u64;
            }
        });
        sum += wrong;
        reading = reading.with_detail(&format.name, wrong as f64, "wrong samples");
    }
    Ok(Vec::from([Reading { value: Some(sum as f64), ..reading }]))
}
