//! Several writers at once.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::round_trip::distance;
use crate::signal::{Noise, Signal};
use crate::tape::Tape;
use crate::{Client, Device, Driver, IO_FRAMES, Spec, Stop, first};

/// Rings that all play.
const RINGS: u64 = 4;
/// How many writers are tried.
const WRITERS: [u64; 2] = [2, 3];

/// The largest distance of what is read from the sum of what is written.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let (mut reading, mut most) = (Reading::new("several-writers", 0.0), 0.0);
    for count in WRITERS {
        let distance = mixed(driver, &device, count, shift)?;
        reading = reading.with_detail(&format!("{count} writers"), distance, "of full scale");
        most = f64::max(most, distance);
    }
    Ok(Vec::from([Reading { value: Some(most), ..reading }]))
}

/// The largest distance with so many writers.
fn mixed(driver: &mut impl Driver, device: &Device, count: u64, shift: i64) -> Result<f64, Stop> {
    let tape = Tape::new(device.channels as u32);
    let mut reader = driver.open(device, &Spec::recorder(IO_FRAMES))?;
    reader.record(Box::new(tape.recorder()));
    reader.start()?;
    let mut writers = Vec::new();
    for seed in 1..=count {
        let mut writer = driver.open(device, &Spec::player(IO_FRAMES))?;
        writer.play(Box::new(Noise(seed).player(device.channels)));
        writer.start()?;
        writers.push(writer);
    }
    driver.pass(RINGS * device.period_ns())?;
    // What was written by all.
    let moved = |frame: u64| frame.saturating_add_signed(shift);
    let from = moved(writers.iter().map(|writer| writer.done().written_from).max().unwrap_or(0));
    let to = moved(writers.iter().map(|writer| writer.done().written_to).min().unwrap_or(0));
    writers.into_iter().try_for_each(Client::close)?;
    reader.close()?;
    driver.wait_stopped(device)?;
    let (mut most, mut frames) = (0.0, 0);
    tape.each(|frame, samples| {
        if !(from..to).contains(&frame) {
            return;
        }
        frames += 1;
        for (channel, &got) in samples.iter().enumerate() {
            let at = frame.saturating_add_signed(-shift);
            let sum: f64 = (1..=count).map(|seed| f64::from(Noise(seed).at(at, channel))).sum();
            most = f64::max(most, libm::fabs(f64::from(got) - sum));
        }
    });
    if frames < device.period {
        return Err(format!("{frames} frames came back that {count} writers had written").into());
    }
    Ok(most)
}
