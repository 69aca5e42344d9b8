//! IOAudioSelectorControl: one of several selections.

use core::ffi::CStr;

use kpi::class;
use kpi::functions;
use kpi::libkern::{array, collection, dictionary, number, string};
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{USAGE_INPUT, USAGE_OUTPUT, notify};
use crate::layout::selector::AVAILABLE_SELECTIONS;
use crate::returns::{BAD_ARGUMENT, ERROR, NOT_FOUND, SUCCESS};
use crate::service::{self, publish_u32};

/// 'slct', 'inpt', 'outp', 'clck'.
const TYPE: u32 = u32::from_be_bytes(*b"slct");
const INPUT: u32 = u32::from_be_bytes(*b"inpt");
const OUTPUT: u32 = u32::from_be_bytes(*b"outp");
const CLOCK: u32 = u32::from_be_bytes(*b"clck");

const SELECTIONS: &CStr = c"IOAudioSelectorControlAvailableSelections";
const VALUE: &str = "IOAudioSelectorControlSelectionValue";
const DESCRIPTION: &str = "IOAudioSelectorControlSelectionDescriptionKey";

static INIT: Method =
    Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl4initEijPKcjjjP12OSDictionary");
static VALUE_EXISTS: Method = Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl11valueExistsEi");
static ADD: Method =
    Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl21addAvailableSelectionEiP8OSString");
static REPLACE: Method =
    Method::new("IOAudioSelectorControl", "__ZN22IOAudioSelectorControl25replaceAvailableSelectionEiP8OSString");

extern "C" fn init(
    this: Obj,
    value: u32,
    channel: u32,
    name: u64,
    id: u32,
    sub_type: u32,
    usage: u32,
    properties: Obj,
) -> bool {
    let value = number::new(u64::from(value), 32);
    let made = super::init_as(this, TYPE, value, [channel, id, sub_type, usage], name, properties);
    if made {
        publish(this, array::new());
    }
    made
}

extern "C" fn create(value: u32, channel: u32, name: u64, id: u32, sub_type: u32, usage: u32) -> Obj {
    let control = class::instantiate("IOAudioSelectorControl");
    let [value, channel, id, sub_type, usage] = [value, channel, id, sub_type, usage].map(u64::from);
    if INIT.call_bool(control, &[value, channel, name, id, sub_type, usage, 0]) {
        return control;
    }
    control.release();
    Obj::NULL
}

extern "C" fn create_input(value: u32, channel: u32, name: u64, id: u32) -> Obj {
    create(value, channel, name, id, INPUT, USAGE_INPUT)
}

extern "C" fn create_output(value: u32, channel: u32, name: u64, id: u32) -> Obj {
    create(value, channel, name, id, OUTPUT, USAGE_OUTPUT)
}

extern "C" fn create_input_clock(value: u32, source: u32, channel: u32, name: u64, id: u32) -> Obj {
    with_source(create(value, channel, name, id, CLOCK, USAGE_INPUT), source)
}

extern "C" fn create_output_clock(value: u32, source: u32, channel: u32, name: u64, id: u32) -> Obj {
    with_source(create(value, channel, name, id, CLOCK, USAGE_OUTPUT), source)
}

fn with_source(control: Obj, source: u32) -> Obj {
    if !control.is_null() {
        publish_u32(control, c"IOAudioSelectorControlClockSourceKey", source);
    }
    control
}

extern "C" fn free(this: Obj) {
    service::release_field(this, AVAILABLE_SELECTIONS);
    super::free(this);
}

/// Takes an array over as the selections.
fn publish(control: Obj, selections: Obj) {
    let old = control.get_obj(AVAILABLE_SELECTIONS);
    control.set(AVAILABLE_SELECTIONS, selections);
    old.release();
    service::publish(control, SELECTIONS, selections.retain());
}

/// Each edit publishes a new array.
fn edit(control: Obj, f: impl FnOnce(Obj)) {
    let edited = array::new();
    for selection in collection::members(control.get_obj(AVAILABLE_SELECTIONS)) {
        array::push(edited, selection);
    }
    f(edited);
    publish(control, edited);
    notify::range_changed(control);
}

/// Where a value stands.
fn place(control: Obj, value: u32) -> Option<usize> {
    let is_it = |selection: &Obj| {
        selection.is("OSDictionary") && {
            let own = dictionary::get(*selection, VALUE);
            own.is("OSNumber") && number::value(own) as u32 == value
        }
    };
    collection::members(control.get_obj(AVAILABLE_SELECTIONS)).iter().position(is_it)
}

extern "C" fn value_exists(this: Obj, value: u32) -> bool {
    place(this, value).is_some()
}

extern "C" fn add(this: Obj, value: u32, description: Obj) -> u32 {
    add_tagged(this, value, description, 0, Obj::NULL)
}

extern "C" fn add_tagged(this: Obj, value: u32, description: Obj, key: usize, tag: Obj) -> u32 {
    if description.is_null() {
        return BAD_ARGUMENT;
    }
    if VALUE_EXISTS.call_bool(this, &[u64::from(value)]) {
        return ERROR;
    }
    let selection = dictionary::new();
    dictionary::put(selection, VALUE, number::new(u64::from(value), 32));
    dictionary::set(selection, DESCRIPTION, description);
    if key != 0 && !tag.is_null() {
        dictionary::set(selection, &mem::c_string(key), tag);
    }
    edit(this, |selections| array::push(selections, selection));
    selection.release();
    SUCCESS
}

extern "C" fn add_c(this: Obj, value: u32, description: usize) -> u32 {
    with_text(this, value, description, &ADD)
}

/// Does with an OSString what was asked for with a C string.
fn with_text(control: Obj, value: u32, description: usize, method: &Method) -> u32 {
    if description == 0 {
        return BAD_ARGUMENT;
    }
    let text = string::string(&mem::c_string(description));
    let result = method.call_u32(control, &[u64::from(value), text.word()]);
    text.release();
    result
}

extern "C" fn remove(this: Obj, value: u32) -> u32 {
    let Some(place) = place(this, value) else { return NOT_FOUND };
    edit(this, |selections| array::remove(selections, place as u32));
    SUCCESS
}

/// replaceAvailableSelection: the family puts the description itself where the selection was, so the value is gone.
extern "C" fn replace(this: Obj, value: u32, description: Obj) -> u32 {
    let place = place(this, value);
    edit(this, |selections| {
        if let Some(place) = place {
            array::replace(selections, place as u32, description);
        }
    });
    SUCCESS
}

extern "C" fn replace_c(this: Obj, value: u32, description: usize) -> u32 {
    with_text(this, value, description, &REPLACE)
}

extern "C" fn validate(this: Obj, value: Obj) -> u32 {
    if !value.is("OSNumber") {
        return BAD_ARGUMENT;
    }
    let exists = VALUE_EXISTS.call_bool(this, &[u64::from(number::value(value) as u32)]);
    if exists { SUCCESS } else { NOT_FOUND }
}

functions! { pub FUNCTIONS:
    "__ZN22IOAudioSelectorControl4initEijPKcjjjP12OSDictionary" => init,
    "__ZN22IOAudioSelectorControl6createEijPKcjjj" => create,
    "__ZN22IOAudioSelectorControl19createInputSelectorEijPKcj" => create_input,
    "__ZN22IOAudioSelectorControl20createOutputSelectorEijPKcj" => create_output,
    "__ZN22IOAudioSelectorControl24createInputClockSelectorEijjPKcj" => create_input_clock,
    "__ZN22IOAudioSelectorControl25createOutputClockSelectorEijjPKcj" => create_output_clock,
    "__ZN22IOAudioSelectorControl4freeEv" => free,
    "__ZN22IOAudioSelectorControl11valueExistsEi" => value_exists,
    "__ZN22IOAudioSelectorControl21addAvailableSelectionEiP8OSString" => add,
    "__ZN22IOAudioSelectorControl21addAvailableSelectionEiP8OSStringPKcP8OSObject" => add_tagged,
    "__ZN22IOAudioSelectorControl21addAvailableSelectionEiPKc" => add_c,
    "__ZN22IOAudioSelectorControl24removeAvailableSelectionEi" => remove,
    "__ZN22IOAudioSelectorControl25replaceAvailableSelectionEiP8OSString" => replace,
    "__ZN22IOAudioSelectorControl25replaceAvailableSelectionEiPKc" => replace_c,
    "__ZN22IOAudioSelectorControl13validateValueEP8OSObject" => validate,
}
