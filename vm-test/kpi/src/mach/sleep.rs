//! Sleeping as BSD does it, on the address of anything: msleep, tsleep, wakeup.

use super::{clock, lock};
use crate::functions;
use crate::mem;
use crate::object::Direct;
use crate::sched;

/// EWOULDBLOCK: the time is over.
const WOULD_BLOCK: u32 = 35;
/// PDROP: the mutex is not to be taken again.
const DROP: u32 = 0x400;
/// A tick of tsleep's: a hundredth of a second.
const TICK: u64 = 10_000_000;

static UNLOCK: Direct = Direct::new("_IOLockUnlock");

fn result(woken: i32) -> u32 {
    if woken == lock::TIMED_OUT { WOULD_BLOCK } else { 0 }
}

/// Sleeps until somebody wakes `channel` or a time has come.
fn sleep(channel: u64, mutex: usize, priority: u32, deadline: Option<u64>) -> u32 {
    if mutex == 0 {
        return result(lock::sleep_on(channel, deadline));
    }
    let woken = lock::sleep_with(mutex, channel, deadline);
    if priority & DROP != 0 {
        UNLOCK.call(&[mutex as u64]);
    }
    result(woken)
}

/// msleep: no `timespec`, or one of nothing, is for ever.
extern "C" fn msleep(channel: u64, mutex: usize, priority: u32, _message: u64, time: usize) -> u32 {
    let [seconds, nanoseconds]: [u64; 2] = if time == 0 { [0, 0] } else { mem::read(time) };
    let interval = seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds);
    let deadline = (interval > 0).then(|| sched::now().saturating_add(interval));
    sleep(channel, mutex, priority, deadline)
}

/// msleep1: until an absolute time; 0 is for ever.
extern "C" fn msleep_until(channel: u64, mutex: usize, priority: u32, _message: u64, deadline: u64) -> u32 {
    sleep(channel, mutex, priority, (deadline != 0).then(|| clock::deadline(deadline)))
}

/// tsleep: for a number of ticks; 0 is for ever.
extern "C" fn tsleep(channel: u64, priority: u32, _message: u64, ticks: u32) -> u32 {
    sleep(channel, 0, priority, (ticks != 0).then(|| sched::now() + u64::from(ticks) * TICK))
}

extern "C" fn wakeup(channel: u64) {
    lock::wakeup_with(channel, false, 0);
}

extern "C" fn wakeup_one(channel: u64) {
    lock::wakeup_with(channel, true, 0);
}

functions! { pub FUNCTIONS:
    "_msleep" => msleep,
    "_msleep1" => msleep_until,
    "_tsleep" => tsleep,
    "_wakeup" => wakeup,
    "_wakeup_one" => wakeup_one,
}
