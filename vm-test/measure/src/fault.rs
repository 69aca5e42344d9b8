//! What one mistake takes down, and how soon there is sound after that.

use alloc::vec::Vec;

use protocol::cost::Injected;
use protocol::measure::Reading;

use crate::heard::{FRAMES, Listener};
use crate::round_trip::distance;
use crate::{Client, Driver, Stop, first};

/// How long it is listened after a start, ns.
const PATIENCE: u64 = 5_000_000_000;

/// Has the driver make a mistake while IO runs. Who comes back has survived it.
pub fn strike(driver: &mut impl Driver, mistake: Injected, dimension: &str) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let listener = Listener::start(driver, &device, shift)?;
    driver.pass(2 * device.period_ns())?;
    if !driver.inject(mistake) {
        return Err(Stop::NotMeasured("This machine does not step through code; take --machine hosted.".into()));
    }
    if listener.listen(driver, 2 * device.period_ns())?.is_none() {
        return Err("the driver survives, but nothing comes back right any more".into());
    }
    listener.client.close()?;
    Ok(Vec::from([Reading::new(dimension, 0.0)]))
}

/// From a client's start to the first sound.
pub fn anew(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let begun = driver.now();
    let listener = Listener::start(driver, &device, shift)?;
    let heard = listener.listen(driver, PATIENCE)?.ok_or("nothing comes back right after a start")?;
    listener.client.close()?;
    driver.wait_stopped(&device)?;
    let reading = Reading::new("fault-recovery", (heard.first - begun) as f64 / 1e6);
    let reading = reading.with_detail("IO cycle", device.ns(FRAMES.into()) as f64 / 1e6, "ms");
    let name = "start of the driver, which takes no virtual time";
    Ok(Vec::from([match driver.begun() {
        Some(instructions) => reading.with_detail(name, instructions as f64, "instructions"),
        None => reading,
    }]))
}
