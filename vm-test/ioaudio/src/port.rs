//! IOAudioPort: obsolete, but still a class that drivers can make; devices do nothing with one.

use core::ffi::CStr;

use kpi::class;
use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::object::{Direct, Method, Obj};

use crate::layout::port::{AUDIO_CONTROLS, AUDIO_DEVICE, IS_REGISTERED};
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service::{self, publish_string, publish_u32};

static SUPER_START: Direct = Direct::new("__ZN9IOService5startEPS_");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static SUPER_REGISTER: Direct = Direct::new("__ZN9IOService15registerServiceEj");
static INIT: Method = Method::new("IOAudioPort", "__ZN11IOAudioPort18initWithAttributesEjPKcjP12OSDictionary");
static PLAIN_INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static DEACTIVATE: Method = Method::new("IOAudioPort", "__ZN11IOAudioPort23deactivateAudioControlsEv");
static SET_TYPE: Method = Method::new("IOAudioPort", "__ZN11IOAudioPort7setTypeEj");
static SET_NAME: Method = Method::new("IOAudioPort", "__ZN11IOAudioPort7setNameEPKc");
static SET_SUB_TYPE: Method = Method::new("IOAudioPort", "__ZN11IOAudioPort10setSubTypeEj");
static GET_IS_STARTED: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl12getIsStartedEv");

const TYPE: &CStr = c"IOAudioPortType";
const SUB_TYPE: &CStr = c"IOAudioPortSubType";
const NAME: &CStr = c"IOAudioPortName";

extern "C" fn with_attributes(kind: u32, name: u64, sub_type: u32, properties: Obj) -> Obj {
    let port = class::instantiate("IOAudioPort");
    if INIT.call_bool(port, &[u64::from(kind), name, u64::from(sub_type), properties.word()]) {
        return port;
    }
    port.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, kind: u32, name: u64, sub_type: u32, properties: Obj) -> bool {
    if !PLAIN_INIT.call_bool(this, &[properties.word()]) || kind == 0 {
        return false;
    }
    SET_TYPE.call(this, &[u64::from(kind)]);
    if name != 0 {
        SET_NAME.call(this, &[name]);
    }
    if sub_type != 0 {
        SET_SUB_TYPE.call(this, &[u64::from(sub_type)]);
    }
    this.set(AUDIO_CONTROLS, set::new());
    true
}

extern "C" fn free(this: Obj) {
    service::release_field(this, AUDIO_CONTROLS);
    SUPER_FREE.call(&[this.word()]);
}

/// Only a device can be a port's provider.
extern "C" fn start(this: Obj, provider: Obj) -> bool {
    if !SUPER_START.call_bool(&[this.word(), provider.word()]) || !provider.is("IOAudioDevice") {
        return false;
    }
    this.set(AUDIO_DEVICE, provider);
    true
}

extern "C" fn stop(this: Obj, provider: Obj) {
    DEACTIVATE.call(this, &[]);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

extern "C" fn register_service(this: Obj, options: u32) {
    SUPER_REGISTER.call(&[this.word(), u64::from(options)]);
    if !this.get::<bool>(IS_REGISTERED) {
        for control in controls(this) {
            if service::GET_PROVIDER.call_obj(control, &[]) == this {
                service::REGISTER_SERVICE.call(control, &[0]);
            }
        }
    }
    this.set(IS_REGISTERED, true);
}

fn controls(port: Obj) -> alloc::vec::Vec<Obj> {
    let controls = port.get_obj(AUDIO_CONTROLS);
    if controls.is_null() { alloc::vec::Vec::new() } else { collection::members(controls) }
}

extern "C" fn add_control(this: Obj, control: Obj) -> u32 {
    let controls = this.get_obj(AUDIO_CONTROLS);
    if control.is_null() || controls.is_null() {
        return BAD_ARGUMENT;
    }
    if !service::ATTACH.call_bool(control, &[this.word()]) {
        return ERROR;
    }
    let was_started = GET_IS_STARTED.call_bool(control, &[]);
    if !was_started && !service::START.call_bool(control, &[this.word()]) {
        service::DETACH.call(control, &[this.word()]);
        return ERROR;
    }
    set::add(controls, control);
    if this.get(IS_REGISTERED) && !was_started {
        service::REGISTER_SERVICE.call(control, &[0]);
    }
    SUCCESS
}

/// deactivateAudioControls: terminates them, unless the port is on its way already.
extern "C" fn deactivate(this: Obj) {
    if !service::is_inactive(this) {
        for control in controls(this) {
            service::TERMINATE.call(control, &[0]);
        }
    }
    let controls = this.get_obj(AUDIO_CONTROLS);
    if !controls.is_null() {
        collection::flush(controls);
    }
}

extern "C" fn get_device(this: Obj) -> Obj {
    this.get_obj(AUDIO_DEVICE)
}

extern "C" fn set_type(this: Obj, kind: u32) {
    publish_u32(this, TYPE, kind);
}

extern "C" fn set_sub_type(this: Obj, sub_type: u32) {
    publish_u32(this, SUB_TYPE, sub_type);
}

extern "C" fn set_name(this: Obj, name: usize) {
    publish_string(this, NAME, name);
}

functions! { pub FUNCTIONS:
    "__ZN11IOAudioPort14withAttributesEjPKcjP12OSDictionary" => with_attributes,
    "__ZN11IOAudioPort18initWithAttributesEjPKcjP12OSDictionary" => init,
    "__ZN11IOAudioPort4freeEv" => free,
    "__ZN11IOAudioPort5startEP9IOService" => start,
    "__ZN11IOAudioPort4stopEP9IOService" => stop,
    "__ZN11IOAudioPort15registerServiceEj" => register_service,
    "__ZN11IOAudioPort15addAudioControlEP14IOAudioControl" => add_control,
    "__ZN11IOAudioPort23deactivateAudioControlsEv" => deactivate,
    "__ZN11IOAudioPort14getAudioDeviceEv" => get_device,
    "__ZN11IOAudioPort7setTypeEj" => set_type,
    "__ZN11IOAudioPort10setSubTypeEj" => set_sub_type,
    "__ZN11IOAudioPort7setNameEPKc" => set_name,
}
