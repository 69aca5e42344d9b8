//! Time: mach absolute time in the machine's timebase, over the scheduler's virtual nanoseconds.

use crate::functions;
use crate::mem;
use crate::sched;

/// Nanoseconds of one unit of absolute time, as a fraction. Every Intel Mac has 1/1.
pub const TIMEBASE: (u32, u32) = (1, 1);

/// Absolute time of a virtual time in ns.
pub fn from_ns(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(TIMEBASE.1) / u128::from(TIMEBASE.0)) as u64
}

/// Virtual time in ns of an absolute time.
pub fn to_ns(units: u64) -> u64 {
    (u128::from(units) * u128::from(TIMEBASE.0) / u128::from(TIMEBASE.1)) as u64
}

/// Absolute time now, as a reader sees it.
pub extern "C" fn absolute_time() -> u64 {
    from_ns(sched::read_clock())
}

extern "C" fn uptime(to: usize) {
    mem::write(to, absolute_time());
}

extern "C" fn timebase_info(to: usize) {
    mem::write(to, [TIMEBASE.0, TIMEBASE.1]);
}

extern "C" fn to_nanoseconds(units: u64, to: usize) {
    mem::write(to, to_ns(units));
}

extern "C" fn from_nanoseconds(ns: u64, to: usize) {
    mem::write(to, from_ns(ns));
}

extern "C" fn interval(interval: u32, scale: u32, to: usize) {
    mem::write(to, from_ns(u64::from(interval) * u64::from(scale)));
}

extern "C" fn interval_to_deadline(interval: u32, scale: u32, to: usize) {
    mem::write(to, absolute_time() + from_ns(u64::from(interval) * u64::from(scale)));
}

extern "C" fn absolute_interval_to_deadline(interval: u64, to: usize) {
    mem::write(to, absolute_time() + interval);
}

extern "C" fn sleep(milliseconds: u32) {
    sched::sleep_until(sched::now() + u64::from(milliseconds) * 1_000_000);
}

extern "C" fn delay(microseconds: u32) {
    sched::spend(u64::from(microseconds) * 1000);
}

functions! { pub FUNCTIONS:
    "_mach_absolute_time" => absolute_time,
    "_clock_get_uptime" => uptime,
    "_clock_timebase_info" => timebase_info,
    "_absolutetime_to_nanoseconds" => to_nanoseconds,
    "_nanoseconds_to_absolutetime" => from_nanoseconds,
    "_clock_interval_to_absolutetime_interval" => interval,
    "_clock_interval_to_deadline" => interval_to_deadline,
    "_clock_absolutetime_interval_to_deadline" => absolute_interval_to_deadline,
    "_IOSleep" => sleep,
    "_IODelay" => delay,
}
