//! IOAudioControl: a value, who may change it, who is told.

pub(crate) mod channels;
pub mod client;
pub mod level;
pub mod notify;
pub mod selector;
pub mod toggle;
pub mod value;

use core::ffi::CStr;

use kpi::class;
use kpi::functions;
use kpi::object::{Direct, Method, Obj};

use crate::layout::control::{
    CHANNEL_ID, COMMAND_GATE, CONTROL_ID, IS_STARTED, SUB_TYPE, TYPE, USAGE, USER_CLIENTS, VALUE, VALUE_CHANGE_HANDLER,
    VALUE_CHANGE_TARGET, WORK_LOOP,
};
use crate::service::{self, publish_string, publish_u32};

/// Usage 'outp'.
pub(crate) const USAGE_OUTPUT: u32 = u32::from_be_bytes(*b"outp");
/// Usage 'inpt'.
pub(crate) const USAGE_INPUT: u32 = u32::from_be_bytes(*b"inpt");
/// Usage 'pass'.
const USAGE_PASS_THROUGH: u32 = u32::from_be_bytes(*b"pass");

const TYPE_KEY: &CStr = c"IOAudioControlType";
const SUB_TYPE_KEY: &CStr = c"IOAudioControlSubType";
const USAGE_KEY: &CStr = c"IOAudioControlUsage";
const CHANNEL_ID_KEY: &CStr = c"IOAudioControlChannelID";
const CONTROL_ID_KEY: &CStr = c"IOAudioControlID";
const CHANNEL_NAME_KEY: &CStr = c"IOAudioControlChannelName";

static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_START: Direct = Direct::new("__ZN9IOService5startEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static INIT: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl4initEjP8OSObjectjPKcjjjP12OSDictionary");
static BASE_INIT: Direct = Direct::new("__ZN14IOAudioControl4initEjP8OSObjectjPKcjjjP12OSDictionary");
/// `attachAndStart(provider)`.
pub static ATTACH_AND_START: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl14attachAndStartEP9IOService");

extern "C" fn init(
    this: Obj,
    kind: u32,
    value: Obj,
    channel: u32,
    name: usize,
    id: u32,
    sub_type: u32,
    usage: u32,
    properties: Obj,
) -> bool {
    if value.is_null() || !crate::device::super_init(this, properties) {
        return false;
    }
    for (field, key, number) in [
        (TYPE, TYPE_KEY, kind),
        (SUB_TYPE, SUB_TYPE_KEY, sub_type),
        (USAGE, USAGE_KEY, usage),
        (CHANNEL_ID, CHANNEL_ID_KEY, channel),
        (CONTROL_ID, CONTROL_ID_KEY, id),
    ] {
        set_number(this, field, key, number);
    }
    publish_string(this, CHANNEL_NAME_KEY, name);
    value::store(this, value);
    true
}

/// The superclass's `init` as the subclasses here call it; the value is released. `numbers`: channel, ID, subtype, usage.
fn init_as(this: Obj, kind: u32, value: Obj, numbers: [u32; 4], name: u64, properties: Obj) -> bool {
    let [channel, id, sub_type, usage] = numbers.map(u64::from);
    let arguments = [this.word(), u64::from(kind), value.word(), channel, name, id, sub_type, usage, properties.word()];
    let made = BASE_INIT.call_bool(&arguments);
    value.release();
    made
}

extern "C" fn with_attributes(
    kind: u32,
    value: Obj,
    channel: u32,
    name: u64,
    id: u32,
    sub_type: u32,
    usage: u32,
) -> Obj {
    let control = class::instantiate("IOAudioControl");
    let [kind, channel, id, sub_type, usage] = [kind, channel, id, sub_type, usage].map(u64::from);
    if INIT.call_bool(control, &[kind, value.word(), channel, name, id, sub_type, usage, 0]) {
        return control;
    }
    control.release();
    Obj::NULL
}

fn set_number(control: Obj, field: usize, key: &CStr, number: u32) {
    control.set(field, number);
    publish_u32(control, key, number);
}

/// IOAudioControl::free.
extern "C" fn free(this: Obj) {
    value::forget(this);
    notify::forget(this);
    service::release_field(this, USER_CLIENTS);
    service::release_field(this, VALUE);
    service::drop_event_source(this.get_obj(WORK_LOOP), this.get_obj(COMMAND_GATE));
    this.set(COMMAND_GATE, Obj::NULL);
    service::release_field(this, WORK_LOOP);
    SUPER_FREE.call(&[this.word()]);
}

extern "C" fn start(this: Obj, provider: Obj) -> bool {
    let started = SUPER_START.call_bool(&[this.word(), provider.word()]);
    this.set(IS_STARTED, started);
    started
}

extern "C" fn stop(this: Obj, provider: Obj) {
    notify::detach_clients(this);
    this.set(VALUE_CHANGE_HANDLER, 0usize);
    this.set(VALUE_CHANGE_TARGET, 0usize);
    this.set(IS_STARTED, false);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

extern "C" fn attach_and_start(this: Obj, provider: Obj) -> bool {
    if !service::ATTACH.call_bool(this, &[provider.word()]) {
        return false;
    }
    let started = service::START.call_bool(this, &[provider.word()]);
    if !started {
        service::DETACH.call(this, &[provider.word()]);
    }
    started
}

/// Gives the control its engine's work loop and a gate on it; one that has one already keeps it.
pub(crate) extern "C" fn set_work_loop(this: Obj, work_loop: Obj) {
    if this.get_obj(WORK_LOOP).is_null() && !work_loop.is_null() {
        this.set(WORK_LOOP, work_loop.retain());
        this.set(COMMAND_GATE, service::add_command_gate(work_loop, this));
    }
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

extern "C" fn get_command_gate(this: Obj) -> Obj {
    this.get_obj(COMMAND_GATE)
}

extern "C" fn get_is_started(this: Obj) -> bool {
    this.get(IS_STARTED)
}

extern "C" fn get_type(this: Obj) -> u32 {
    this.get(TYPE)
}

extern "C" fn get_sub_type(this: Obj) -> u32 {
    this.get(SUB_TYPE)
}

extern "C" fn get_usage(this: Obj) -> u32 {
    this.get(USAGE)
}

extern "C" fn get_channel(this: Obj) -> u32 {
    this.get(CHANNEL_ID)
}

extern "C" fn get_id(this: Obj) -> u32 {
    this.get(CONTROL_ID)
}

extern "C" fn set_type(this: Obj, kind: u32) {
    set_number(this, TYPE, TYPE_KEY, kind);
}

extern "C" fn set_sub_type(this: Obj, sub_type: u32) {
    set_number(this, SUB_TYPE, SUB_TYPE_KEY, sub_type);
}

extern "C" fn set_usage(this: Obj, usage: u32) {
    set_number(this, USAGE, USAGE_KEY, usage);
}

extern "C" fn set_channel(this: Obj, channel: u32) {
    set_number(this, CHANNEL_ID, CHANNEL_ID_KEY, channel);
}

extern "C" fn set_id(this: Obj, id: u32) {
    set_number(this, CONTROL_ID, CONTROL_ID_KEY, id);
}

extern "C" fn set_channel_name(this: Obj, name: usize) {
    publish_string(this, CHANNEL_NAME_KEY, name);
}

extern "C" fn set_channel_number(this: Obj, number: u32) {
    publish_u32(this, c"IOAudioControlChannelNumber", number);
}

extern "C" fn set_property_id(this: Obj, id: u32) {
    publish_u32(this, c"IOAudioControlCoreAudioPropertyID", id);
}

extern "C" fn set_read_only(this: Obj) {
    service::publish_bool(this, c"IOAudioControlValueIsReadOnly", true);
}

functions! { pub FUNCTIONS:
    "__ZN14IOAudioControl4initEjP8OSObjectjPKcjjjP12OSDictionary" => init,
    "__ZN14IOAudioControl14withAttributesEjP8OSObjectjPKcjjj" => with_attributes,
    "__ZN14IOAudioControl4freeEv" => free,
    "__ZN14IOAudioControl5startEP9IOService" => start,
    "__ZN14IOAudioControl4stopEP9IOService" => stop,
    "__ZN14IOAudioControl14attachAndStartEP9IOService" => attach_and_start,
    "__ZN14IOAudioControl11setWorkLoopEP10IOWorkLoop" => set_work_loop,
    "__ZN14IOAudioControl11getWorkLoopEv" => get_work_loop,
    "__ZN14IOAudioControl14getCommandGateEv" => get_command_gate,
    "__ZN14IOAudioControl12getIsStartedEv" => get_is_started,
    "__ZN14IOAudioControl7getTypeEv" => get_type,
    "__ZN14IOAudioControl10getSubTypeEv" => get_sub_type,
    "__ZN14IOAudioControl8getUsageEv" => get_usage,
    "__ZN14IOAudioControl12getChannelIDEv" => get_channel,
    "__ZN14IOAudioControl12getControlIDEv" => get_id,
    "__ZN14IOAudioControl7setTypeEj" => set_type,
    "__ZN14IOAudioControl10setSubTypeEj" => set_sub_type,
    "__ZN14IOAudioControl8setUsageEj" => set_usage,
    "__ZN14IOAudioControl12setChannelIDEj" => set_channel,
    "__ZN14IOAudioControl12setControlIDEj" => set_id,
    "__ZN14IOAudioControl14setChannelNameEPKc" => set_channel_name,
    "__ZN14IOAudioControl16setChannelNumberEi" => set_channel_number,
    "__ZN14IOAudioControl22setCoreAudioPropertyIDEj" => set_property_id,
    "__ZN14IOAudioControl15setReadOnlyFlagEv" => set_read_only,
}
