//! The C++ engine, as far as the driver calls it back.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::NonNull;

use core_io::object::Retained;
use core_io::{IOReturn, Result};
use core_io_sys::libkern::OSObject;
use core_io_sys::{IOAudioSampleRate, IOAudioStreamFormat, IOFixed};

/// The C++ engine that made the call, alive until the call returns. Only the shims make one.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Host(NonNull<c_void>);

/// An engine and its device, as they are published.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct LfDescription {
    pub(crate) name: *const c_char,
    pub(crate) rate: IOAudioSampleRate,
    pub(crate) ring_frames: u32,
    pub(crate) latency: u32,
    pub(crate) safety_offset: u32,
    pub(crate) defaults: u32,
    pub(crate) hidden: bool,
}

/// A stream: each format is available at each rate; it begins with the first.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct LfStream {
    pub(crate) direction: u32,
    pub(crate) format_count: u32,
    pub(crate) formats: *const IOAudioStreamFormat,
    pub(crate) rates: *const IOAudioSampleRate,
    pub(crate) ring: *mut c_void,
    pub(crate) rate_count: u32,
    pub(crate) ring_bytes: u32,
}

/// A control with values from 0 on, of which a level's 0 may be silence.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct LfControl {
    pub(crate) kind: u32,
    pub(crate) sub_kind: u32,
    pub(crate) usage: u32,
    pub(crate) id: u32,
    pub(crate) channel: u32,
    pub(crate) value: i32,
    pub(crate) most: i32,
    pub(crate) least_db: IOFixed,
    pub(crate) most_db: IOFixed,
    pub(crate) silent: bool,
    pub(crate) name: *const c_char,
    pub(crate) selections: [*const c_char; 2],
}

// As in kext/shims/driver.h.
const _: () = assert!(size_of::<LfDescription>() == 40);
const _: () = assert!(size_of::<LfStream>() == 40);
const _: () = assert!(size_of::<LfControl>() == 64);

unsafe extern "C" {
    fn lf_host_describe(engine: Host, description: &LfDescription);
    fn lf_host_set_clock(engine: Host, domain: u32, stable: bool);
    fn lf_host_add_stream(engine: Host, stream: &LfStream) -> bool;
    fn lf_host_add_control(engine: Host, control: &LfControl) -> bool;
    fn lf_host_follow_format(engine: Host, direction: u32, format: &IOAudioStreamFormat) -> c_int;
    fn lf_host_take_time_stamp(engine: Host, next_lap: bool, time: u64);
    fn lf_host_wake_at(engine: Host, time: u64) -> IOReturn;
    fn lf_host_cancel(engine: Host);
    fn lf_host_restart(engine: Host);
    fn lf_host_publish(engine: Host, key: *const c_char, value: *const OSObject);
}

impl Host {
    /// Publishes what the engine and its device are.
    ///
    /// # Safety
    /// The name ends in a zero byte.
    pub(crate) unsafe fn describe(self, description: &LfDescription) {
        // SAFETY: the engine behind a Host is alive, and the caller vouches for the name.
        unsafe { lf_host_describe(self, description) }
    }

    /// Publishes the clock's domain and whether it is stable, and says so to clients.
    pub(crate) fn set_clock(self, domain: u32, stable: bool) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_set_clock(self, domain, stable) }
    }

    /// Adds a stream.
    ///
    /// # Errors
    /// The family has no memory for it.
    ///
    /// # Safety
    /// There are as many formats, rates and bytes of the ring as it says, and the ring stays until the engine is gone.
    pub(crate) unsafe fn add_stream(self, stream: &LfStream) -> Result<()> {
        // SAFETY: the engine behind a Host is alive, and the caller vouches for what the stream says.
        let added = unsafe { lf_host_add_stream(self, stream) };
        if added { Ok(()) } else { Err(IOReturn::NO_RESOURCES) }
    }

    /// Adds a control.
    ///
    /// # Errors
    /// The family has no memory for it.
    ///
    /// # Safety
    /// Its name is null or ends in a zero byte, and so do as many selections as it has values.
    pub(crate) unsafe fn add_control(self, control: &LfControl) -> Result<()> {
        // SAFETY: the engine behind a Host is alive, and the caller vouches for the texts.
        let added = unsafe { lf_host_add_control(self, control) };
        if added { Ok(()) } else { Err(IOReturn::NO_RESOURCES) }
    }

    /// Gives the stream of a direction a format, without asking the engine.
    ///
    /// # Errors
    /// The family's reason.
    pub(crate) fn follow_format(self, direction: u32, format: &IOAudioStreamFormat) -> Result<()> {
        // SAFETY: the engine behind a Host is alive.
        IOReturn(unsafe { lf_host_follow_format(self, direction, format) }).result()
    }

    /// Publishes the time at which a lap began: the first of a run, or the next.
    pub(crate) fn take_time_stamp(self, next_lap: bool, time: u64) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_take_time_stamp(self, next_lap, time) }
    }

    /// Has the timer fire at `time`, at once if that is past.
    ///
    /// # Errors
    /// The timer is gone, because the engine was stopped for good.
    pub(crate) fn wake_at(self, time: u64) -> Result<()> {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_wake_at(self, time) }.result()
    }

    /// Has the timer not fire.
    pub(crate) fn cancel(self) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_cancel(self) }
    }

    /// Pauses and resumes the engine, so that its clients start it anew.
    pub(crate) fn restart(self) {
        // SAFETY: the engine behind a Host is alive.
        unsafe { lf_host_restart(self) }
    }

    /// Publishes an object in the registry.
    pub(crate) fn publish(self, key: &CStr, value: &Retained) {
        // SAFETY: the engine behind a Host is alive; the registry keeps the object itself.
        unsafe { lf_host_publish(self, key.as_ptr(), value.object().as_ptr()) }
    }
}
