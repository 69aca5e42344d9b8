//! The kernel's clock.
use core_io_sys::mach_timebase_info;

/// The time since boot without sleep, in mach absolute time units (see [`timebase`]).
pub fn uptime() -> u64 {
    let mut now = 0;
    // SAFETY: the kernel writes eight bytes to `now`, which lives through the call.
    unsafe { core_io_sys::clock_get_uptime(&raw mut now) }
    now
}

/// How long a mach absolute time unit is: `numer / denom` nanoseconds. Constant from boot to boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    /// The nanoseconds of `denom` units.
    pub numer: u32,
    /// Never zero.
    pub denom: u32,
}

/// Asks for the length of the unit of [`uptime`].
pub fn timebase() -> Timebase {
    let mut info = mach_timebase_info { numer: 0, denom: 0 };
    // SAFETY: the kernel fills in `info`, which lives through the call.
    unsafe { core_io_sys::clock_timebase_info(&raw mut info) }
    Timebase { numer: info.numer, denom: info.denom.max(1) }
}

/// A span of nanoseconds in mach absolute time units, rounded as the kernel does.
pub fn nanoseconds_to_absolute(nanoseconds: u64) -> u64 {
    let mut span = 0;
    // SAFETY: the kernel writes eight bytes to `span`, which lives through the call.
    unsafe { core_io_sys::nanoseconds_to_absolutetime(nanoseconds, &raw mut span) }
    span
}

/// Waits. Blocks: not for the audio path.
pub fn sleep(milliseconds: u32) {
    // SAFETY: any time may be waited for.
    unsafe { core_io_sys::IOSleep(milliseconds) }
}

#[cfg(test)]
mod tests {
    use super::{Timebase, nanoseconds_to_absolute, timebase, uptime};

    #[test]
    fn the_kernel_is_asked() {
        assert_eq!(timebase(), Timebase { numer: 125, denom: 3 });
        assert_eq!(nanoseconds_to_absolute(1_000), 24);
        assert!(uptime() < uptime());
    }
}
