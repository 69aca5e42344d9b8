//! IOAudioControl: a value, who may change it, who is told.

pub mod toggle;

use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::{dictionary, number};
use kpi::object::{Direct, Method, Obj, Side};
use kpi::symbols;

use crate::layout::control::{
    CHANNEL_ID, CONTROL_ID, IS_STARTED, SUB_TYPE, TYPE, USAGE, VALUE, VALUE_CHANGE_HANDLER, VALUE_CHANGE_TARGET,
    WORK_LOOP,
};
use crate::layout::stream::{MAX_NUM_CHANNELS, STARTING_CHANNEL_ID};
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service::{self, publish_string, publish_u32};
use crate::stream::Format;

const VALUE_KEY: &CStr = c"IOAudioControlValue";
/// Usages 'outp' and 'inpt'.
const USAGE_OUTPUT: u32 = u32::from_be_bytes(*b"outp");
const USAGE_INPUT: u32 = u32::from_be_bytes(*b"inpt");
/// Channel number of a channel that is not there.
const INACTIVE: u32 = u32::MAX;

static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_START: Direct = Direct::new("__ZN9IOService5startEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static SET_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl8setValueEP8OSObject");
static VALIDATE_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl13validateValueEP8OSObject");
static UPDATE_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl11updateValueEP8OSObject");
static PERFORM_CHANGE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl18performValueChangeEP8OSObject");
/// `attachAndStart(provider)`.
pub static ATTACH_AND_START: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl14attachAndStartEP9IOService");
/// `flushValue()`.
pub static FLUSH_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl10flushValueEv");

/// Kind of a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handler {
    /// Old and new value as 32-bit numbers.
    Integer,
    /// Old and new value as objects.
    Object,
}

/// Which handler a control has; the function itself is in the object.
static HANDLERS: Side<Handler> = Side::new();

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
        (TYPE, c"IOAudioControlType", kind),
        (SUB_TYPE, c"IOAudioControlSubType", sub_type),
        (USAGE, c"IOAudioControlUsage", usage),
        (CHANNEL_ID, c"IOAudioControlChannelID", channel),
        (CONTROL_ID, c"IOAudioControlID", id),
    ] {
        this.set(field, number);
        publish_u32(this, key, number);
    }
    publish_string(this, c"IOAudioControlChannelName", name);
    store(this, value);
    true
}

/// Stores and publishes a value.
fn store(control: Obj, value: Obj) {
    let old = control.get_obj(VALUE);
    control.set(VALUE, value.retain());
    old.release();
    service::publish(control, VALUE_KEY, value.retain());
}

extern "C" fn free(this: Obj) {
    HANDLERS.remove(this);
    service::release_field(this, VALUE);
    service::release_field(this, WORK_LOOP);
    SUPER_FREE.call(&[this.word()]);
}

extern "C" fn start(this: Obj, provider: Obj) -> bool {
    let started = SUPER_START.call_bool(&[this.word(), provider.word()]);
    this.set(IS_STARTED, started);
    started
}

extern "C" fn stop(this: Obj, provider: Obj) {
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

/// Gives the control its engine's work loop; one that has one already keeps it.
pub(crate) extern "C" fn set_work_loop(this: Obj, work_loop: Obj) {
    if this.get_obj(WORK_LOOP).is_null() && !work_loop.is_null() {
        this.set(WORK_LOOP, work_loop.retain());
    }
}

extern "C" fn set_integer_handler(this: Obj, handler: usize, target: Obj) {
    set_handler(this, Handler::Integer, handler, target);
}

extern "C" fn set_object_handler(this: Obj, handler: usize, target: Obj) {
    set_handler(this, Handler::Object, handler, target);
}

fn set_handler(control: Obj, kind: Handler, handler: usize, target: Obj) {
    HANDLERS.insert(control, kind);
    control.set(VALUE_CHANGE_HANDLER, handler);
    control.set(VALUE_CHANGE_TARGET, target);
}

extern "C" fn set_target(this: Obj, target: Obj) {
    this.set(VALUE_CHANGE_TARGET, target);
}

/// setProperties from user space: only a number under the value's key is looked at.
extern "C" fn set_properties(this: Obj, properties: Obj) -> u32 {
    if !properties.is("OSDictionary") {
        return BAD_ARGUMENT;
    }
    let value = dictionary::get(properties, "IOAudioControlValue");
    if !value.is("OSNumber") {
        return SUCCESS;
    }
    let work_loop = this.get_obj(WORK_LOOP);
    if work_loop.is_null() {
        return ERROR;
    }
    service::gated(work_loop, || SET_VALUE.call_u32(this, &[value.word()]))
}

/// Asks the handler, then stores; nothing happens when the value is the same.
extern "C" fn set_value(this: Obj, value: Obj) -> u32 {
    if value.is_null() {
        return BAD_ARGUMENT;
    }
    if same(this.get_obj(VALUE), value) {
        return SUCCESS;
    }
    for step in [&VALIDATE_VALUE, &PERFORM_CHANGE, &UPDATE_VALUE] {
        let result = step.call_u32(this, &[value.word()]);
        if result != SUCCESS {
            return result;
        }
    }
    SUCCESS
}

fn same(a: Obj, b: Obj) -> bool {
    a == b || (a.is("OSNumber") && b.is("OSNumber") && number::value(a) == number::value(b))
}

extern "C" fn set_integer(this: Obj, value: u32) -> u32 {
    let object = number::new(u64::from(value), 32);
    let result = SET_VALUE.call_u32(this, &[object.word()]);
    object.release();
    result
}

/// The hardware changed: as a set value, but the handler is not asked.
extern "C" fn hardware_value_changed(this: Obj, value: Obj) -> u32 {
    if value.is_null() {
        return BAD_ARGUMENT;
    }
    if same(this.get_obj(VALUE), value) {
        return SUCCESS;
    }
    match VALIDATE_VALUE.call_u32(this, &[value.word()]) {
        SUCCESS => UPDATE_VALUE.call_u32(this, &[value.word()]),
        error => error,
    }
}

extern "C" fn validate(_this: Obj, _value: Obj) -> u32 {
    SUCCESS
}

extern "C" fn update(this: Obj, value: Obj) -> u32 {
    store(this, value);
    SUCCESS
}

/// Calls the handler with (target, control, old, new); a control without one cannot be changed.
extern "C" fn perform_change(this: Obj, value: Obj) -> u32 {
    let (handler, target) = (this.get::<usize>(VALUE_CHANGE_HANDLER), this.get_obj(VALUE_CHANGE_TARGET));
    let Some(kind) = HANDLERS.with(this, |kind| *kind).filter(|_| handler != 0) else { return ERROR };
    let old = this.get_obj(VALUE);
    let (old, new) = match kind {
        Handler::Object => (old.word(), value.word()),
        Handler::Integer if old.is("OSNumber") && value.is("OSNumber") => (number::value(old), number::value(value)),
        Handler::Integer => return ERROR,
    };
    symbols::invoke(handler, &[target.word(), this.word(), old, new]) as u32
}

extern "C" fn flush(this: Obj) -> u32 {
    PERFORM_CHANGE.call_u32(this, &[this.get_obj(VALUE).word()])
}

/// Channel numbers: 0 is the master; others follow the channels of their direction.
pub(crate) fn number(control: Obj, outputs: &[Obj], inputs: &[Obj]) {
    let channel: u32 = control.get(CHANNEL_ID);
    let number = match control.get::<u32>(USAGE) {
        _ if channel == 0 => 0,
        USAGE_OUTPUT => number_in(outputs, channel),
        USAGE_INPUT => number_in(inputs, channel),
        _ => return,
    };
    publish_u32(control, c"IOAudioControlChannelNumber", number);
}

fn number_in(streams: &[Obj], channel: u32) -> u32 {
    let mut next = 1;
    for stream in streams {
        let (first, channels) = (stream.get::<u32>(STARTING_CHANNEL_ID), Format::of(*stream).channels);
        if let Some(offset) = channel.checked_sub(first).filter(|&offset| offset < stream.get::<u32>(MAX_NUM_CHANNELS))
        {
            return if offset < channels { next + offset } else { INACTIVE };
        }
        next += channels;
    }
    INACTIVE
}

extern "C" fn get_value(this: Obj) -> Obj {
    this.get_obj(VALUE)
}

extern "C" fn get_integer(this: Obj) -> u32 {
    number::value(this.get_obj(VALUE)) as u32
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

extern "C" fn get_is_started(this: Obj) -> bool {
    this.get(IS_STARTED)
}

extern "C" fn get_channel(this: Obj) -> u32 {
    this.get(CHANNEL_ID)
}

extern "C" fn get_id(this: Obj) -> u32 {
    this.get(CONTROL_ID)
}

extern "C" fn set_read_only(this: Obj) {
    service::publish_bool(this, c"IOAudioControlValueIsReadOnly", true);
}

functions! { pub FUNCTIONS:
    "__ZN14IOAudioControl4initEjP8OSObjectjPKcjjjP12OSDictionary" => init,
    "__ZN14IOAudioControl4freeEv" => free,
    "__ZN14IOAudioControl5startEP9IOService" => start,
    "__ZN14IOAudioControl4stopEP9IOService" => stop,
    "__ZN14IOAudioControl14attachAndStartEP9IOService" => attach_and_start,
    "__ZN14IOAudioControl11setWorkLoopEP10IOWorkLoop" => set_work_loop,
    "__ZN14IOAudioControl11getWorkLoopEv" => get_work_loop,
    "__ZN14IOAudioControl12getIsStartedEv" => get_is_started,
    "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_iiES1_" => set_integer_handler,
    "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_S1_S1_ES1_" => set_object_handler,
    "__ZN14IOAudioControl20setValueChangeTargetEP8OSObject" => set_target,
    "__ZN14IOAudioControl13setPropertiesEP8OSObject" => set_properties,
    "__ZN14IOAudioControl8setValueEP8OSObject" => set_value,
    "__ZN14IOAudioControl8setValueEi" => set_integer,
    "__ZN14IOAudioControl20hardwareValueChangedEP8OSObject" => hardware_value_changed,
    "__ZN14IOAudioControl13validateValueEP8OSObject" => validate,
    "__ZN14IOAudioControl11updateValueEP8OSObject" => update,
    "__ZN14IOAudioControl18performValueChangeEP8OSObject" => perform_change,
    "__ZN14IOAudioControl10flushValueEv" => flush,
    "__ZN14IOAudioControl8getValueEv" => get_value,
    "__ZN14IOAudioControl11getIntValueEv" => get_integer,
    "__ZN14IOAudioControl12getChannelIDEv" => get_channel,
    "__ZN14IOAudioControl12getControlIDEv" => get_id,
    "__ZN14IOAudioControl15setReadOnlyFlagEv" => set_read_only,
}
