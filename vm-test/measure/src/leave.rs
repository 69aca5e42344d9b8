//! Sleep, and devices that are taken away.

use alloc::boxed::Box;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::heard::{FRAMES, Listener};
use crate::round_trip::distance;
use crate::signal::{Noise, Signal};
use crate::{Client, Driver, IO_FRAMES, Spec, Stop, first};

/// How long it is listened after the system woke, ns.
const AFTER: u64 = 5_000_000_000;

/// The system sleeps and wakes while sound runs through.
pub fn sleep(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let shift = distance(driver, &device)?;
    let listener = Listener::start(driver, &device, shift)?;
    if listener.listen(driver, 2 * device.period_ns())?.is_none() {
        return Err("nothing came back right before the sleep".into());
    }
    driver.sleep_and_wake()?;
    let woken = driver.now();
    let heard = listener.listen(driver, AFTER)?.ok_or("nothing comes back right in five seconds after the wake")?;
    listener.client.close()?;
    driver.wait_stopped(&device)?;
    let reading = Reading::new("wake-recovery", (heard.first - woken) as f64 / 1e6);
    Ok(Vec::from([reading.with_detail("IO cycle", device.ns(FRAMES.into()) as f64 / 1e6, "ms")]))
}

/// The device is taken away while IO runs.
pub fn unplug(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let mut client = driver.open(&device, &Spec::duplex(IO_FRAMES))?;
    client.play(Box::new(Noise(12).player(device.channels)));
    client.start()?;
    driver.pass(2 * device.period_ns() + device.period_ns() / 3)?;
    driver.unplug(&device)?;
    driver.pass(2 * device.period_ns())?;
    // What is gone refuses much; what it may not do is crash, or keep something.
    let refused = client.close().is_err();
    let remains = driver.unload()?;
    let reading = Reading::new("unplug-leaks", remains.blocks as f64)
        .with_detail("bytes in them", remains.bytes as f64, "bytes")
        .with_detail("closing was refused", f64::from(u8::from(refused)), "times");
    Ok(Vec::from([if remains.blocks > 0 { reading.with_text(remains.words) } else { reading }]))
}
