//! How soon the clock is right again after nothing of the driver ran for some time.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use protocol::measure::Reading;

use crate::{Client, Driver, Spec, Stamp, Stop, first};

/// Periods that nothing runs for.
const STALLED: u64 = 10;
/// Periods that the clock has to recover in.
const PATIENCE: u64 = 20;
/// Frames of an IO cycle: short, because the clock is looked at once in each.
const FRAMES: u32 = 64;

/// Holds timers and clients up, and waits for the newest timestamp to be the one that is due.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let period = device.period_ns();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut client = driver.open(&device, &Spec::duplex(FRAMES))?;
    let sink = Rc::clone(&seen);
    client.follow(Box::new(move |stamp| sink.borrow_mut().push(stamp)));
    client.start()?;
    driver.pass(3 * period + period / 3)?;
    let stalled = STALLED * period + period / 2;
    let end = driver.now() + stalled;
    driver.hold_timers(stalled);
    client.hold(stalled);
    driver.pass(stalled + PATIENCE * period)?;
    client.close()?;
    driver.wait_stopped(&device)?;
    let recovered = recovered(&seen.borrow(), end, period).ok_or_else(|| {
        format!("no zero timestamp is the one that is due in {PATIENCE} periods after a stall of {STALLED}")
    })?;
    Ok(Vec::from([Reading::new("stall-recovery", recovered as f64 / 1e6)
        .with_detail("stalled for", stalled as f64 / 1e6, "ms")
        .with_detail("IO cycle", device.ns(FRAMES.into()) as f64 / 1e6, "ms")]))
}

/// ns from the end of a stall until a timestamp was seen that is no older than a period.
fn recovered(stamps: &[Stamp], end: u64, period: u64) -> Option<u64> {
    let is_due = |stamp: &&Stamp| stamp.seen >= end && stamp.seen.saturating_sub(stamp.ns) <= period;
    stamps.iter().find(is_due).map(|stamp| stamp.seen - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_catches_up_period_by_period_recovers_with_the_last() {
        let late = |frame, ns, seen| Stamp { frame, ns, seen };
        let stamps = [late(1, 100, 105), late(2, 200, 501), late(3, 300, 511), late(4, 450, 521)];
        assert_eq!(recovered(&stamps, 500, 100), Some(21));
        assert_eq!(recovered(&stamps[..3], 500, 100), None);
    }
}
