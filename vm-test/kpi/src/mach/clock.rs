//! Time: mach absolute time in the machine's timebase, over the scheduler's virtual nanoseconds.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::functions;
use crate::mem;
use crate::sched;
use crate::symbols;

/// Nanoseconds of one unit of absolute time, as a fraction: the numerator in the high half. Every Intel Mac has 1/1.
static TIMEBASE: AtomicU64 = AtomicU64::new(1 << 32 | 1);

/// Nanoseconds of one unit of absolute time: numerator and denominator.
pub fn timebase() -> (u32, u32) {
    let word = TIMEBASE.load(Ordering::Relaxed);
    ((word >> 32) as u32, word as u32)
}

/// Gives the machine another timebase; before a kext is loaded, for kexts ask once. A part of 0 is taken as 1.
pub fn set_timebase(numerator: u32, denominator: u32) {
    TIMEBASE.store(u64::from(numerator.max(1)) << 32 | u64::from(denominator.max(1)), Ordering::Relaxed);
}

/// Absolute time of a virtual time in ns, rounded down.
pub fn from_ns(ns: u64) -> u64 {
    match timebase() {
        (1, 1) => ns,
        (numerator, denominator) => scale(ns, denominator, numerator),
    }
}

/// Virtual time in ns of an absolute time, rounded down.
pub fn to_ns(units: u64) -> u64 {
    match timebase() {
        (1, 1) => units,
        (numerator, denominator) => scale(units, numerator, denominator),
    }
}

fn scale(value: u64, by: u32, over: u32) -> u64 {
    (u128::from(value) * u128::from(by) / u128::from(over)) as u64
}

/// The first virtual time in ns at which the clock shows an absolute time: no deadline passes early.
pub fn deadline(units: u64) -> u64 {
    match timebase() {
        (1, 1) => units,
        (numerator, denominator) => {
            (u128::from(units) * u128::from(numerator)).div_ceil(u128::from(denominator)).min(u64::MAX.into()) as u64
        }
    }
}

/// Absolute time now, as a reader sees it.
pub extern "C" fn absolute_time() -> u64 {
    from_ns(sched::read_clock())
}

extern "C" fn uptime(to: usize) {
    mem::write(to, absolute_time());
}

extern "C" fn timebase_info(to: usize) {
    let (numerator, denominator) = timebase();
    mem::write(to, [numerator, denominator]);
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
    mem::write(to, after(from_ns(u64::from(interval) * u64::from(scale))));
}

/// Darwin of macOS 11: from there on a sum that 64 bits cannot hold is the last time there is. So it is in 20.1.0 and not yet in
/// 18.2.0 (osfmk/kern/clock.c); 19, which is between them, is taken as the older one.
const SATURATES: u32 = 20;

/// The absolute time at an interval from now. On older releases than [`SATURATES`] a sum that 64 bits cannot hold wraps around
/// to a time that has passed.
pub fn after(interval: u64) -> u64 {
    let now = absolute_time();
    if symbols::darwin() >= SATURATES { now.saturating_add(interval) } else { now.wrapping_add(interval) }
}

extern "C" fn absolute_interval_to_deadline(interval: u64, to: usize) {
    mem::write(to, after(interval));
}

extern "C" fn sleep(milliseconds: u32) {
    sched::sleep_until(sched::now() + u64::from(milliseconds) * 1_000_000);
}

extern "C" fn delay(microseconds: u32) {
    sched::spend(u64::from(microseconds) * 1000);
}

/// When the virtual machine was switched on, by the calendar: seconds since 1970.
const CALENDAR: u64 = 1_300_000_000;
const SECOND: u64 = 1_000_000_000;

/// Virtual time since the machine was switched on, and by the calendar, in ns, as a reader sees it.
fn up() -> u64 {
    sched::read_clock()
}

fn calendar() -> u64 {
    CALENDAR * SECOND + up()
}

/// Hands seconds (64 bits) and a part of a second (32 bits) out, each to its place.
fn hand_out(ns: u64, seconds: usize, part: usize, unit: u64) {
    mem::write(seconds, ns / SECOND);
    mem::write(part, (ns % SECOND / unit) as u32);
}

extern "C" fn system_microtime(seconds: usize, microseconds: usize) {
    hand_out(up(), seconds, microseconds, 1000);
}

extern "C" fn system_nanotime(seconds: usize, nanoseconds: usize) {
    hand_out(up(), seconds, nanoseconds, 1);
}

extern "C" fn calendar_microtime(seconds: usize, microseconds: usize) {
    hand_out(calendar(), seconds, microseconds, 1000);
}

extern "C" fn calendar_nanotime(seconds: usize, nanoseconds: usize) {
    hand_out(calendar(), seconds, nanoseconds, 1);
}

/// microtime: a `timeval`, whose microseconds have 32 bits.
extern "C" fn microtime(to: usize) {
    hand_out(calendar(), to, to + 8, 1000);
}

extern "C" fn microuptime(to: usize) {
    hand_out(up(), to, to + 8, 1000);
}

/// nanotime: a `timespec`, whose nanoseconds have 64 bits.
extern "C" fn nanotime(to: usize) {
    let now = calendar();
    mem::write(to, [now / SECOND, now % SECOND]);
}

extern "C" fn nanouptime(to: usize) {
    let now = up();
    mem::write(to, [now / SECOND, now % SECOND]);
}

/// IOGetTime: a `mach_timespec`.
extern "C" fn mach_time(to: usize) {
    let now = up();
    mem::write(to, [(now / SECOND) as u32, (now % SECOND) as u32]);
}

/// clock_delay_until: the caller is busy meanwhile.
extern "C" fn delay_until(units: u64) {
    sched::spend(deadline(units).saturating_sub(sched::now()));
}

functions! { pub FUNCTIONS:
    "_clock_get_system_microtime" => system_microtime,
    "_clock_get_system_nanotime" => system_nanotime,
    "_clock_get_calendar_microtime" => calendar_microtime,
    "_clock_get_calendar_nanotime" => calendar_nanotime,
    "_microtime" => microtime,
    "_microuptime" => microuptime,
    "_nanotime" => nanotime,
    "_nanouptime" => nanouptime,
    "_IOGetTime" => mach_time,
    "_clock_delay_until" => delay_until,
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
    "_delay" => delay,
}
