//! IOAudioDevice: owns the work loop, starts engines, names the device.

pub mod power;
pub mod timers;

use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::{array, collection, log, set, string};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use crate::engine;
use crate::layout::device::{
    AUDIO_ENGINES, COMMAND_GATE, CURRENT_POWER_STATE, DURING_STARTUP, FAMILY_MANAGE_POWER, PENDING_POWER_STATE,
    TIMER_EVENT_SOURCE, WORK_LOOP,
};
use crate::layout::engine as engine_layout;
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service::{self, publish_string, publish_u32};

static SUPER_INIT: Direct = Direct::new("__ZN15IORegistryEntry4initEP12OSDictionary");
static SUPER_SERVICE_INIT: Direct = Direct::new("__ZN9IOService4initEP12OSDictionary");
static SUPER_START: Direct = Direct::new("__ZN9IOService5startEPS_");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static SUPER_WILL_TERMINATE: Direct = Direct::new("__ZN9IOService13willTerminateEPS_j");
static WORK_LOOP_NEW: Direct = Direct::new("__ZN10IOWorkLoop8workLoopEv");
static INIT_HARDWARE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice12initHardwareEP9IOService");
static SET_CAN_BE_DEFAULT: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice21setDeviceCanBeDefaultEj");
static DEACTIVATE_ALL: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice25deactivateAllAudioEnginesEv");
static DETACH_PORTS: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19detachAllAudioPortsEv");
static GET_NAME: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry7getNameEPK15IORegistryPlane");
static ACTIVATE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19activateAudioEngineEP13IOAudioEngineb");

/// Input, output and system output.
const CAN_BE_ANY_DEFAULT: u32 = 7;
const NAME: &CStr = c"IOAudioDeviceName";
const MODEL: &CStr = c"IOAudioDeviceModelID";

/// `IOService::init`, which most releases do not override.
pub(crate) fn super_init(this: Obj, dictionary: Obj) -> bool {
    let direct = if kpi::symbols::address("__ZN9IOService4initEP12OSDictionary").is_some() {
        &SUPER_SERVICE_INIT
    } else {
        &SUPER_INIT
    };
    direct.call_bool(&[this.word(), dictionary.word()])
}

extern "C" fn init(this: Obj, dictionary: Obj) -> bool {
    if !super_init(this, dictionary) {
        return false;
    }
    let work_loop = WORK_LOOP_NEW.call_obj(&[]);
    if work_loop.is_null() {
        return false;
    }
    this.set(WORK_LOOP, work_loop);
    this.set(AUDIO_ENGINES, array::new());
    this.set(FAMILY_MANAGE_POWER, true);
    this.set(CURRENT_POWER_STATE, power::IDLE);
    this.set(PENDING_POWER_STATE, power::IDLE);
    this.set(DURING_STARTUP, true);
    true
}

extern "C" fn free(this: Obj) {
    timers::forget(this);
    power::forget(this);
    service::release_field(this, AUDIO_ENGINES);
    let work_loop = this.get_obj(WORK_LOOP);
    service::drop_event_source(work_loop, this.get_obj(TIMER_EVENT_SOURCE));
    this.set(TIMER_EVENT_SOURCE, Obj::NULL);
    service::drop_event_source(work_loop, this.get_obj(COMMAND_GATE));
    this.set(COMMAND_GATE, Obj::NULL);
    service::release_field(this, WORK_LOOP);
    SUPER_FREE.call(&[this.word()]);
}

extern "C" fn start(this: Obj, provider: Obj) -> bool {
    if !SUPER_START.call_bool(&[this.word(), provider.word()]) {
        return false;
    }
    let gate = service::add_command_gate(this.get_obj(WORK_LOOP), this);
    if gate.is_null() {
        return false;
    }
    this.set(COMMAND_GATE, gate);
    SET_CAN_BE_DEFAULT.call(this, &[u64::from(CAN_BE_ANY_DEFAULT)]);
    if !INIT_HARDWARE.call_bool(this, &[provider.word()]) {
        return false;
    }
    if this.get(FAMILY_MANAGE_POWER) {
        power::join(this, provider);
    }
    service::REGISTER_SERVICE.call(this, &[0]);
    true
}

extern "C" fn stop(this: Obj, provider: Obj) {
    timers::remove_all(this);
    let work_loop = this.get_obj(WORK_LOOP);
    service::drop_event_source(work_loop, this.get_obj(TIMER_EVENT_SOURCE));
    this.set(TIMER_EVENT_SOURCE, Obj::NULL);
    power::drop_idle_timer(this);
    DEACTIVATE_ALL.call(this, &[]);
    DETACH_PORTS.call(this, &[]);
    if this.get(FAMILY_MANAGE_POWER) {
        power::leave(this);
    }
    service::drop_event_source(work_loop, this.get_obj(COMMAND_GATE));
    this.set(COMMAND_GATE, Obj::NULL);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

/// Provider termination: engines are Stopped without `performAudioEngineStop`, as drivers must know.
extern "C" fn will_terminate(this: Obj, provider: Obj, options: u32) -> bool {
    for engine in engines(this) {
        engine::state::set(engine, engine::state::STOPPED);
    }
    SUPER_WILL_TERMINATE.call_bool(&[this.word(), provider.word(), u64::from(options)])
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

extern "C" fn get_command_gate(this: Obj) -> Obj {
    this.get_obj(COMMAND_GATE)
}

extern "C" fn init_hardware(_this: Obj, _provider: Obj) -> bool {
    true
}

/// The device's engines.
pub(crate) fn engines(device: Obj) -> alloc::vec::Vec<Obj> {
    let array = device.get_obj(AUDIO_ENGINES);
    if array.is_null() { alloc::vec::Vec::new() } else { collection::members(array) }
}

extern "C" fn activate_and_start(this: Obj, engine: Obj) -> u32 {
    ACTIVATE.call_u32(this, &[engine.word(), 1])
}

extern "C" fn activate(this: Obj, engine: Obj, should_start: bool) -> u32 {
    let array = this.get_obj(AUDIO_ENGINES);
    if engine.is_null() || array.is_null() {
        return BAD_ARGUMENT;
    }
    if !service::ATTACH.call_bool(engine, &[this.word()]) {
        return ERROR;
    }
    if should_start {
        if !service::START.call_bool(engine, &[this.word()]) {
            service::DETACH.call(engine, &[this.word()]);
            return ERROR;
        }
        engine.set(engine_layout::DEVICE_STARTED_AUDIO_ENGINE, true);
    }
    array::push(array, engine);
    engine::publish::set_index(engine, collection::count(array) - 1);
    service::REGISTER_SERVICE.call(engine, &[0]);
    SUCCESS
}

extern "C" fn deactivate_all(this: Obj) {
    for engine in engines(this) {
        engine::state::STOP_AUDIO_ENGINE.call(engine, &[]);
        if !service::is_inactive(this) {
            service::TERMINATE.call(engine, &[0]);
        }
    }
    let array = this.get_obj(AUDIO_ENGINES);
    if !array.is_null() {
        collection::flush(array);
    }
}

/// Handlers are called again with the value they have, for hardware that was reset.
extern "C" fn flush_audio_controls(this: Obj) {
    for engine in engines(this) {
        let controls = engine.get_obj(engine_layout::DEFAULT_AUDIO_CONTROLS);
        if !controls.is_null() {
            for control in collection::members(controls) {
                crate::control::value::FLUSH_VALUE.call(control, &[]);
            }
        }
    }
}

extern "C" fn set_name(this: Obj, name: usize) {
    publish_string(this, NAME, name);
    if name != 0 && service::property(this, MODEL).is_null() {
        let own = mem::c_string(GET_NAME.call(this, &[0]) as usize);
        let model = alloc::format!("{own}:{}", mem::c_string(name));
        service::publish(this, MODEL, string::string(&model));
    }
}

extern "C" fn set_short_name(this: Obj, name: usize) {
    publish_string(this, c"IOAudioDeviceShortName", name);
}

extern "C" fn set_manufacturer(this: Obj, name: usize) {
    publish_string(this, c"IOAudioDeviceManufacturerName", name);
}

extern "C" fn set_model(this: Obj, name: usize) {
    publish_string(this, MODEL, name);
}

extern "C" fn set_configuration_application(this: Obj, bundle: usize) {
    publish_string(this, c"IOAudioDeviceConfigurationApplication", bundle);
}

extern "C" fn set_transport_type(this: Obj, transport: u32) {
    if transport != 0 {
        publish_u32(this, c"IOAudioDeviceTransportType", transport);
    }
}

extern "C" fn set_can_be_default(this: Obj, which: u32) {
    publish_u32(this, c"IOAudioDeviceCanBeDefaults", which);
}

/// Audio ports are obsolete: attaching one does nothing.
extern "C" fn attach_audio_port(_this: Obj) -> u32 {
    SUCCESS
}

extern "C" fn detach_all_audio_ports(_this: Obj) {}

/// Reports a mistake of a driver in the kernel log.
pub(crate) fn complain(object: Obj, text: &str) {
    log::line(&alloc::format!("{}: {text}", object.class_name()));
}

/// Removes a member that may not be there.
pub(crate) fn remove_member(set_object: Obj, member: Obj) {
    if !set_object.is_null() {
        set::remove(set_object, member);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioDevice4initEP12OSDictionary" => init,
    "__ZN13IOAudioDevice4freeEv" => free,
    "__ZN13IOAudioDevice5startEP9IOService" => start,
    "__ZN13IOAudioDevice4stopEP9IOService" => stop,
    "__ZN13IOAudioDevice13willTerminateEP9IOServicej" => will_terminate,
    "__ZNK13IOAudioDevice11getWorkLoopEv" => get_work_loop,
    "__ZNK13IOAudioDevice14getCommandGateEv" => get_command_gate,
    "__ZN13IOAudioDevice12initHardwareEP9IOService" => init_hardware,
    "__ZN13IOAudioDevice19activateAudioEngineEP13IOAudioEngine" => activate_and_start,
    "__ZN13IOAudioDevice19activateAudioEngineEP13IOAudioEngineb" => activate,
    "__ZN13IOAudioDevice25deactivateAllAudioEnginesEv" => deactivate_all,
    "__ZN13IOAudioDevice18flushAudioControlsEv" => flush_audio_controls,
    "__ZN13IOAudioDevice13setDeviceNameEPKc" => set_name,
    "__ZN13IOAudioDevice18setDeviceShortNameEPKc" => set_short_name,
    "__ZN13IOAudioDevice19setManufacturerNameEPKc" => set_manufacturer,
    "__ZN13IOAudioDevice18setDeviceModelNameEPKc" => set_model,
    "__ZN13IOAudioDevice33setConfigurationApplicationBundleEPKc" => set_configuration_application,
    "__ZN13IOAudioDevice22setDeviceTransportTypeEj" => set_transport_type,
    "__ZN13IOAudioDevice21setDeviceCanBeDefaultEj" => set_can_be_default,
    "__ZN13IOAudioDevice15attachAudioPortEP11IOAudioPortP15IORegistryEntryS3_" => attach_audio_port,
    "__ZN13IOAudioDevice19detachAllAudioPortsEv" => detach_all_audio_ports,
}
