//! A control's value: who may change it, who is asked, who is told.

use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::{data, dictionary, number};
use kpi::object::{Method, Obj, Side};
use kpi::symbols;

use super::notify;
use crate::layout::control::{VALUE, VALUE_CHANGE_HANDLER, VALUE_CHANGE_TARGET, WORK_LOOP};
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service;

const VALUE_KEY: &CStr = c"IOAudioControlValue";

static SET_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl8setValueEP8OSObject");
static VALIDATE_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl13validateValueEP8OSObject");
static UPDATE_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl11updateValueEP8OSObject");
static PERFORM_CHANGE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl18performValueChangeEP8OSObject");
static DATA_BYTES: Method = Method::new("OSData", "__ZNK6OSData14getBytesNoCopyEv");
/// `flushValue()`.
pub static FLUSH_VALUE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl10flushValueEv");

/// Kind of a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handler {
    /// Old and new value as 32-bit numbers.
    Integer,
    /// Old and new value as bytes and their number.
    Data,
    /// Old and new value as objects.
    Object,
}

/// Which handler a control has; the function itself is in the object.
static HANDLERS: Side<Handler> = Side::new();

/// Drops the record of a control that is freed.
pub(super) fn forget(control: Obj) {
    HANDLERS.remove(control);
}

/// Stores and publishes a value.
pub(super) fn store(control: Obj, value: Obj) {
    let old = control.get_obj(VALUE);
    control.set(VALUE, value.retain());
    old.release();
    service::publish(control, VALUE_KEY, value.retain());
}

extern "C" fn set_integer_handler(this: Obj, handler: usize, target: Obj) {
    set_handler(this, Handler::Integer, handler, target);
}

extern "C" fn set_data_handler(this: Obj, handler: usize, target: Obj) {
    set_handler(this, Handler::Data, handler, target);
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
    gated_set_value_action(this, value)
}

/// Asks the handler, then stores; nothing happens when the value is the same.
extern "C" fn set_value(this: Obj, value: Obj) -> u32 {
    take(this, value, &[&VALIDATE_VALUE, &PERFORM_CHANGE, &UPDATE_VALUE])
}

extern "C" fn set_integer(this: Obj, value: u32) -> u32 {
    let object = number::new(u64::from(value), 32);
    let result = SET_VALUE.call_u32(this, &[object.word()]);
    object.release();
    result
}

/// The hardware changed: as a set value, but the handler is not asked.
extern "C" fn hardware_value_changed(this: Obj, value: Obj) -> u32 {
    take(this, value, &[&VALIDATE_VALUE, &UPDATE_VALUE])
}

fn take(control: Obj, value: Obj, steps: &[&Method]) -> u32 {
    if value.is_null() {
        return BAD_ARGUMENT;
    }
    if same(control.get_obj(VALUE), value) {
        return SUCCESS;
    }
    let results = steps.iter().map(|step| step.call_u32(control, &[value.word()]));
    results.into_iter().find(|&result| result != SUCCESS).unwrap_or(SUCCESS)
}

fn same(a: Obj, b: Obj) -> bool {
    a == b || (a.is("OSNumber") && b.is("OSNumber") && number::value(a) == number::value(b))
}

extern "C" fn validate(_this: Obj, _value: Obj) -> u32 {
    SUCCESS
}

extern "C" fn update(this: Obj, value: Obj) -> u32 {
    store(this, value);
    notify::VALUE_CHANGED.call(this, &[]);
    SUCCESS
}

/// Calls the handler with (target, control, old, new); a control without one cannot be changed.
extern "C" fn perform_change(this: Obj, value: Obj) -> u32 {
    let (handler, target) = (this.get::<usize>(VALUE_CHANGE_HANDLER), this.get_obj(VALUE_CHANGE_TARGET));
    let Some(kind) = HANDLERS.with(this, |kind| *kind).filter(|_| handler != 0) else { return ERROR };
    let old = this.get_obj(VALUE);
    let both = |class| old.is(class) && value.is(class);
    let arguments = match kind {
        Handler::Object => alloc::vec![old.word(), value.word()],
        Handler::Integer if both("OSNumber") => alloc::vec![number::value(old), number::value(value)],
        Handler::Data if both("OSData") => [old, value].into_iter().flat_map(data_words).collect(),
        Handler::Integer | Handler::Data => return ERROR,
    };
    let all: alloc::vec::Vec<u64> = [target.word(), this.word()].into_iter().chain(arguments).collect();
    symbols::invoke(handler, &all) as u32
}

fn data_words(object: Obj) -> [u64; 2] {
    [DATA_BYTES.call(object, &[]), data::bytes(object).len() as u64]
}

extern "C" fn flush(this: Obj) -> u32 {
    PERFORM_CHANGE.call_u32(this, &[this.get_obj(VALUE).word()])
}

extern "C" fn get_value(this: Obj) -> Obj {
    this.get_obj(VALUE)
}

extern "C" fn get_integer(this: Obj) -> u32 {
    number::value(this.get_obj(VALUE)) as u32
}

extern "C" fn get_data_bytes(this: Obj) -> u64 {
    let value = this.get_obj(VALUE);
    if value.is("OSData") { DATA_BYTES.call(value, &[]) } else { 0 }
}

extern "C" fn get_data_length(this: Obj) -> u32 {
    let value = this.get_obj(VALUE);
    if value.is("OSData") { data::bytes(value).len() as u32 } else { 0 }
}

/// `setValueAction`: what the gate runs with the value as first argument.
extern "C" fn set_value_action(this: Obj, value: Obj) -> u32 {
    SET_VALUE.call_u32(this, &[value.word()])
}

/// `_setValueAction`: what the work loop runs.
extern "C" fn gated_set_value_action(this: Obj, value: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || set_value_action(this, value))
}

functions! { pub FUNCTIONS:
    "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_iiES1_" => set_integer_handler,
    "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_PKvjS4_jES1_" => set_data_handler,
    "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_S1_S1_ES1_" => set_object_handler,
    "__ZN14IOAudioControl20setValueChangeTargetEP8OSObject" => set_target,
    "__ZN14IOAudioControl13setPropertiesEP8OSObject" => set_properties,
    "__ZN14IOAudioControl8setValueEP8OSObject" => set_value,
    "__ZN14IOAudioControl8setValueEi" => set_integer,
    "__ZN14IOAudioControl9_setValueEP8OSObject" => set_value,
    "__ZN14IOAudioControl14setValueActionEP8OSObjectPvS2_S2_S2_" => set_value_action,
    "__ZN14IOAudioControl15_setValueActionEP8OSObjectPvS2_S2_S2_" => gated_set_value_action,
    "__ZN14IOAudioControl20hardwareValueChangedEP8OSObject" => hardware_value_changed,
    "__ZN14IOAudioControl13validateValueEP8OSObject" => validate,
    "__ZN14IOAudioControl11updateValueEP8OSObject" => update,
    "__ZN14IOAudioControl18performValueChangeEP8OSObject" => perform_change,
    "__ZN14IOAudioControl10flushValueEv" => flush,
    "__ZN14IOAudioControl8getValueEv" => get_value,
    "__ZN14IOAudioControl11getIntValueEv" => get_integer,
    "__ZN14IOAudioControl12getDataBytesEv" => get_data_bytes,
    "__ZN14IOAudioControl13getDataLengthEv" => get_data_length,
}
