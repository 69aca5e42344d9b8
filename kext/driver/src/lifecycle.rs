//! Making, starting, timing, changing, stopping and freeing an engine.

use core::ptr::NonNull;

use core_io::IOReturn;
use core_io::time::uptime;
use core_io_sys::{IOAudioSampleRate, IOAudioStreamFormat};
use engine::config::{Definition, Device};
use engine::{Lap, MAX_LATE_LAPS};

use crate::host::Host;
use crate::instance::Instance;
use crate::say;
use crate::shape::{LfDefinition, LfShape, stream_format};

/// The root service has tried `defined` definitions: whether it stays.
#[unsafe(no_mangle)]
pub extern "C" fn lf_devices_started(started: u32, defined: u32) -> bool {
    say!("{started} of {defined} devices started");
    started > 0
}

/// Makes an engine of a device's definition; null, with a line in the log, if the definition cannot be or memory is short.
///
/// # Safety
/// The definition's texts are null or end in a zero byte, and do not change until the call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_create(definition: &LfDefinition) -> Option<NonNull<Instance>> {
    let rates = definition.rates();
    // SAFETY: the caller vouches for the texts.
    let (name, uid) = unsafe { definition.texts() };
    let checked = Device::new(&Definition { name, uid, channels: definition.channels(), rates: &rates });
    let device = match checked {
        Ok(device) => device,
        Err(error) => {
            say!("device \"{}\" refused: {error}", name.unwrap_or_default());
            return None;
        }
    };
    match Instance::create(device) {
        Ok(instance) => Some(instance),
        Err(error) => {
            say!("device \"{}\" has no engine: {error}", name.unwrap_or_default());
            None
        }
    }
}

/// Gives back what [`lf_engine_create`] made.
///
/// # Safety
/// The instance is not used again, by any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_destroy(instance: NonNull<Instance>) {
    // SAFETY: the shims' instances come from `Instance::create`, and the caller gives this one up.
    unsafe { Instance::destroy(instance) }
}

/// Describes the engine for its streams and properties.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_shape(instance: &Instance, shape: &mut LfShape) {
    *shape = LfShape::of(instance);
}

/// performAudioEngineStart: anchors the clock and arms the timer.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_start(instance: &Instance, host: Host) -> IOReturn {
    let Ok(started) = instance.engine.start(uptime()) else { return IOReturn::UNSUPPORTED };
    host.take_time_stamp(false, started.anchor);
    let armed = host.wake_at(started.wake);
    if armed.is_err() {
        instance.engine.stop();
    }
    armed.into()
}

/// performAudioEngineStop, and whenever the engine goes.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_stop(instance: &Instance) -> IOReturn {
    instance.engine.stop();
    IOReturn::SUCCESS
}

/// The timer fired: announces each lap that began, at its exact time, and arms the timer for the next.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_timer(instance: &Instance, host: Host) {
    let now = uptime();
    loop {
        match instance.engine.next_lap(now) {
            Lap::Due(time) => host.take_time_stamp(true, time),
            Lap::Wait(time) => {
                if let Err(error) = host.wake_at(time) {
                    say!("the timer cannot be armed: {error}");
                }
                return;
            }
            Lap::Reanchor => {
                say!("the timer is more than {MAX_LATE_LAPS} laps late; the clock starts anew");
                host.restart();
                return;
            }
            Lap::Stopped => return,
        }
    }
}

/// performFormatChange: takes over a format and a rate, or refuses both.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_change_format(
    instance: &Instance,
    format: Option<&IOAudioStreamFormat>,
    rate: Option<&IOAudioSampleRate>,
) -> IOReturn {
    let Some(format) = format else { return IOReturn::BAD_ARGUMENT };
    let rate = rate.map(|rate| (rate.whole, rate.fraction));
    match instance.engine.change_format(&stream_format(format), rate) {
        Ok(()) => IOReturn::SUCCESS,
        Err(error) => {
            say!("device \"{}\": change refused: {error}", instance.engine.device().name());
            IOReturn::BAD_ARGUMENT
        }
    }
}

/// The mute control's handler.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_set_muted(instance: &Instance, muted: bool) -> IOReturn {
    instance.engine.set_muted(muted);
    IOReturn::SUCCESS
}

/// getCurrentSampleFrame: never ahead of the clock.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_current_frame(instance: &Instance) -> u32 {
    instance.engine.current_frame(uptime())
}
