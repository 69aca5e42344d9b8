//! Changes of rate while IO runs, and changes that a driver must refuse.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::measure::{Cause, Reading};

use crate::heard::{FRAMES, Listener};
use crate::round_trip::distance;
use crate::{Client, Device, Driver, Stop, first};

/// How long after the request it is listened, ns.
const AFTER: u64 = 2_000_000_000;
/// Rates that no device offers, Hz.
const ABSURD: [f64; 4] = [0.0, 1.0, 12_345.0, 4_000_000_000.0];

/// Another rate is asked for while sound runs through.
pub fn while_running(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let rates = driver.rates(&device)?;
    let Some(&other) = rates.iter().find(|rate| (**rate - device.rate).abs() > 0.5) else {
        return Err(Stop::DoesNotApply("The device has one rate only.".into()));
    };
    let shift = distance(driver, &device)?;
    let mut listener = Listener::start(driver, &device, shift)?;
    if listener.listen(driver, 2 * device.period_ns())?.is_none() {
        return Err("nothing came back right before the change".into());
    }
    // What is heard of the start is no news.
    listener.client.notices();
    driver.ask_rate(&device, other)?;
    let heard = listener.listen(driver, AFTER)?;
    let notices = listener.client.notices();
    let now = first(driver)?;
    if (now.rate - other).abs() > 0.5 {
        return Err(format!("asked for {other} Hz the device says {} Hz", now.rate).into());
    }
    listener.client.close()?;
    driver.wait_stopped(&now)?;
    let silence = match heard {
        Some(heard) => Reading::new("configuration-silence", heard.gap as f64 / 1e6)
            .with_detail("in frames of the new rate", heard.gap as f64 * other / 1e9, "frames")
            .with_detail("IO cycle", now.ns(FRAMES.into()) as f64 / 1e6, "ms")
            .with_detail("from", device.rate, "Hz")
            .with_detail("to", other, "Hz"),
        None => Reading::without(
            "configuration-silence",
            Cause::WrongAnswer,
            "nothing comes back right in two seconds after the change",
        ),
    };
    Ok(Vec::from([silence, notified(&notices)]))
}

/// How many notifications there were of which kind.
fn notified(notices: &[String]) -> Reading {
    let dimension = "configuration-notifications";
    if notices.is_empty() {
        return Reading::without(dimension, Cause::WrongAnswer, "no client is told of the change");
    }
    let mut kinds: Vec<(&str, u32)> = Vec::new();
    for notice in notices {
        match kinds.iter_mut().find(|(kind, _)| kind == notice) {
            Some((_, count)) => *count += 1,
            None => kinds.push((notice, 1)),
        }
    }
    let reading = Reading::new(dimension, notices.len() as f64);
    kinds.iter().fold(reading, |reading, (kind, count)| reading.with_detail(kind, f64::from(*count), ""))
}

/// Rates and a format are asked for that the device does not offer.
pub fn refused(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let rates = driver.rates(&device)?;
    let (mut wrong, mut reading) = (0, Reading::new("configuration-rollback", 0.0));
    for rate in ABSURD.into_iter().filter(|rate| !rates.contains(rate)) {
        let left = left_behind(driver, &device, |driver| driver.ask_rate(&device, rate))?;
        wrong += left;
        reading = reading.with_detail(&format!("after a rate of {rate} Hz"), left as f64, "properties");
    }
    let left = left_behind(driver, &device, |driver| driver.ask_odd_format(&device))?;
    wrong += left;
    reading = reading.with_detail("after a format of 3 channels of 20 bits", left as f64, "properties");
    Ok(Vec::from([Reading { value: Some(wrong as f64), ..reading }]))
}

/// How many properties are not as before; one where nothing changed although it was not refused.
fn left_behind<D: Driver>(
    driver: &mut D,
    device: &Device,
    ask: impl FnOnce(&mut D) -> Result<(), String>,
) -> Result<usize, Stop> {
    let before = driver.state(device)?;
    let answer = ask(driver);
    driver.pass(device.period_ns())?;
    let after = driver.state(device)?;
    let changed = before.iter().filter(|property| !after.contains(property)).count();
    Ok(changed.max(usize::from(answer.is_ok())))
}
