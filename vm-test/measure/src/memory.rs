//! Memory that is there because of the driver.

use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::{Client, Driver, IO_FRAMES, Spec, Stop, first};

/// Bytes of a KiB.
const KIB: f64 = 1024.0;

/// What can and what cannot be paged out, at rest and at IO.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let idle = driver.memory();
    let mut client = driver.open(&device, &Spec::duplex(IO_FRAMES))?;
    client.start()?;
    driver.pass(2 * device.period_ns())?;
    let busy = driver.memory();
    client.close()?;
    driver.wait_stopped(&device)?;
    let reading = |dimension: &str, busy: u64, idle: u64, code: u64| {
        Reading::new(dimension, busy as f64 / KIB)
            .with_detail("while nothing runs", idle as f64 / KIB, "KiB")
            .with_detail("of that the driver's own code and data", code as f64 / KIB, "KiB")
    };
    let code = |is_wired: bool| if idle.is_wired == is_wired { idle.code } else { 0 };
    Ok(Vec::from([
        reading("wired-memory", busy.wired(), idle.wired(), code(true)),
        reading("pageable-memory", busy.pageable(), idle.pageable(), code(false)),
    ]))
}
