//! Making, starting, timing, changing, stopping and freeing an engine.

use core::ptr::NonNull;

use core_io::IOReturn;
use core_io::object::Object;
use core_io::time::uptime;
use core_io_sys::{
    IOAudioSampleRate, IOAudioStreamFormat, kIOAudioStreamDirectionInput, kIOAudioStreamDirectionOutput,
};
use engine::config::Device;
use engine::controls::{Control, Setting};
use engine::{Lap, MAX_LATE_LAPS};

use crate::host::Host;
use crate::instance::Instance;
use crate::list::KernelNode;
use crate::set_up::{publish_clock, set_up, stream_format};
use crate::{detail, say, statistics};

/// Makes an engine of a device's definition, which the root service has checked; null if memory is short.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_create(definition: Option<Object<'_>>) -> Option<NonNull<Instance>> {
    let device = Device::new(KernelNode(definition?)).ok()?;
    let created = Instance::create(device);
    created.inspect_err(|error| say!("a device has no engine: {error}")).ok()
}

/// Gives back what [`lf_engine_create`] made.
///
/// # Safety
/// The instance is not used again, by any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lf_engine_destroy(instance: Option<NonNull<Instance>>) {
    if let Some(instance) = instance {
        // SAFETY: the shims' instances come from `Instance::create`, and the caller gives this one up.
        unsafe { Instance::destroy(instance) }
    }
}

/// initHardware: publishes the engine and adds its streams and controls.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_set_up(instance: &Instance, host: Host) -> bool {
    let done = set_up(instance, host);
    if let Err(error) = done {
        say!("device \"{}\" cannot be set up: {error}", instance.engine.device().title());
    }
    statistics::publish(instance, host);
    done.is_ok()
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
    detail!("device \"{}\" starts at {} Hz", instance.engine.device().title(), instance.engine.rate());
    statistics::publish(instance, host);
    armed.into()
}

/// performAudioEngineStop, and whenever the engine goes.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_stop(instance: &Instance, host: Host) -> IOReturn {
    host.cancel();
    instance.engine.stop();
    detail!("device \"{}\" stops", instance.engine.device().title());
    statistics::publish(instance, host);
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
                break;
            }
            Lap::Reanchor => {
                say!("the timer is more than {MAX_LATE_LAPS} laps late; the clock starts anew");
                host.restart();
                break;
            }
            Lap::Stopped => break,
        }
    }
    statistics::refresh(instance, host, now);
}

/// performFormatChange: takes over a format and a rate, or refuses both. The other stream follows: both carry one ring.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_change_format(
    instance: &Instance,
    host: Host,
    direction: u32,
    format: Option<&IOAudioStreamFormat>,
    rate: Option<&IOAudioSampleRate>,
) -> IOReturn {
    let Some(format) = format else { return IOReturn::BAD_ARGUMENT };
    let (engine, wanted) = (&instance.engine, stream_format(format));
    let rate = rate.map(|rate| (rate.whole, rate.fraction));
    let title = engine.device().title();
    let checked = engine.device().check_change(&wanted, rate);
    if let Err(error) = checked {
        say!("device \"{title}\": change refused: {error}");
        return IOReturn::BAD_ARGUMENT;
    }
    let other = kIOAudioStreamDirectionOutput + kIOAudioStreamDirectionInput - direction;
    if wanted != engine.format()
        && let Err(error) = host.follow_format(other, format)
    {
        say!("device \"{title}\": the other stream does not follow the change: {error}");
        return error;
    }
    detail!("device \"{title}\" changes to {} bits, rate {rate:?}", wanted.bit_depth);
    engine.change_format(&wanted, rate).map_err(|_| IOReturn::BAD_ARGUMENT).into()
}

/// A control's handler: takes over its value, or refuses it.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_set_control(instance: &Instance, host: Host, id: u32, value: i32) -> IOReturn {
    let Some(control) = Control::with_id(id) else { return IOReturn::NOT_FOUND };
    // A negative value becomes one that is too high.
    let setting = match Setting::new(control, value.cast_unsigned()) {
        Ok(setting) => setting,
        Err(error) => {
            say!("device \"{}\": value refused: {error}", instance.engine.device().title());
            return IOReturn::BAD_ARGUMENT;
        }
    };
    if let Err(error) = instance.engine.set(setting) {
        say!("device \"{}\": value refused: {error}", instance.engine.device().title());
        return IOReturn::BAD_ARGUMENT;
    }
    if let Setting::ClockSource(_) = setting {
        publish_clock(instance, host);
    }
    IOReturn::SUCCESS
}

/// getCurrentSampleFrame: never ahead of the clock.
#[unsafe(no_mangle)]
pub extern "C" fn lf_engine_current_frame(instance: &Instance) -> u32 {
    instance.engine.current_frame(uptime())
}
