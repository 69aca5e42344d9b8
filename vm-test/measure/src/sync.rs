//! Two devices beside each other.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use protocol::measure::Reading;

use crate::{Client, Driver, Spec, Stamp, Stop};

/// How long their clocks are watched, ns.
const TEN_MINUTES: u64 = 600_000_000_000;
/// Frames of an IO cycle.
const FRAMES: u32 = 4096;

/// How far the clocks of the first two devices of one rate drift apart.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let devices = driver.devices()?;
    let [one, other, ..] = &devices[..] else {
        return Err(Stop::DoesNotApply("There are no two devices that loop.".into()));
    };
    if (one.rate - other.rate).abs() > 0.0 {
        return Err(Stop::DoesNotApply("The first two devices have different rates.".into()));
    }
    let (mut clients, mut clocks) = (Vec::new(), Vec::new());
    for device in [one, other] {
        let mut client = driver.open(device, &Spec::duplex(FRAMES))?;
        let clock = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&clock);
        client.follow(Box::new(move |stamp| sink.borrow_mut().push(stamp)));
        client.start()?;
        clients.push(client);
        clocks.push(clock);
    }
    driver.pass(TEN_MINUTES + 2 * one.period_ns())?;
    clients.into_iter().try_for_each(Client::close)?;
    driver.wait_stopped(one)?;
    driver.wait_stopped(other)?;
    let drift = drift(&clocks[0].borrow(), &clocks[1].borrow());
    let (drift, frames) = drift.ok_or("the clocks of the first two devices have no two common frames")?;
    Ok(Vec::from([Reading::new("device-sync", drift as f64).with_detail("watched for", frames as f64 / one.rate, "s")]))
}

/// How far two clocks drift apart from their first timestamps to the last that are as many frames behind those, ns, and the
/// frames between.
fn drift(one: &[Stamp], other: &[Stamp]) -> Option<(u64, u64)> {
    let (first, last) = (one.first()?, one.last()?);
    let begin = other.first()?;
    let span = |stamp: &Stamp| stamp.frame - begin.frame;
    let end = other.iter().rev().find(|stamp| span(stamp) <= last.frame - first.frame)?;
    let same = one.iter().find(|stamp| stamp.frame - first.frame == span(end))?;
    let frames = span(end);
    (frames > 0).then(|| ((same.ns - first.ns).abs_diff(end.ns - begin.ns), frames))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drift_is_that_between_common_frames() {
        let clock = |count: u64, ns: u64| -> Vec<Stamp> {
            (0..count).map(|index| Stamp { frame: 100 * index, ns: 7 + ns * index, seen: 0 }).collect()
        };
        assert_eq!(drift(&clock(10, 1000), &clock(12, 1002)), Some((18, 900)));
        assert_eq!(drift(&clock(10, 1000), &clock(5, 1000)), Some((0, 400)));
        assert_eq!(drift(&clock(1, 1000), &clock(5, 1000)), None);
    }
}
