//! The C++ engine, as far as the driver calls it back.

use core::ffi::c_void;
use core::ptr::NonNull;

use core_io::IOReturn;

/// The C++ engine that made the call, alive until the call returns. Only the shims make one.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Host(NonNull<c_void>);

unsafe extern "C" {
    fn lf_host_take_time_stamp(engine: Host, next_lap: bool, time: u64);
    fn lf_host_wake_at(engine: Host, time: u64) -> IOReturn;
    fn lf_host_restart(engine: Host);
}

impl Host {
    /// Publishes the time at which a lap began: the first of a run, or the next.
    pub(crate) fn take_time_stamp(self, next_lap: bool, time: u64) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_take_time_stamp(self, next_lap, time) }
    }

    /// Has the timer fire at `time`, at once if that is past.
    ///
    /// # Errors
    /// The timer is gone, because the engine was stopped for good.
    pub(crate) fn wake_at(self, time: u64) -> core_io::Result<()> {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_wake_at(self, time) }.result()
    }

    /// Pauses and resumes the engine, so that its clients start it anew.
    pub(crate) fn restart(self) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_restart(self) }
    }
}
