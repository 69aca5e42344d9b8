//! IOAudioLevelControl: a value between two ends, with their levels in dB.

use core::ffi::CStr;

use kpi::class;
use kpi::functions;
use kpi::libkern::{array, collection, dictionary, number};
use kpi::object::{Method, Obj};

use super::{USAGE_PASS_THROUGH, notify};
use crate::layout::level::{MAX_DB, MAX_VALUE, MIN_DB, MIN_VALUE, RANGES};
use crate::returns::{BAD_ARGUMENT, ERROR, SUCCESS};
use crate::service::{self, publish_number, publish_u32};

/// 'levl' and 'vlme'.
const TYPE: u32 = u32::from_be_bytes(*b"levl");
const VOLUME: u32 = u32::from_be_bytes(*b"vlme");
/// kIOAudioLevelControlNegativeInfinity.
const NEGATIVE_INFINITY: u32 = u32::MAX;

const MIN_VALUE_KEY: &CStr = c"IOAudioLevelControlMinValue";
const MAX_VALUE_KEY: &CStr = c"IOAudioLevelControlMaxValue";
const MIN_DB_KEY: &CStr = c"IOAudioLevelControlMinDB";
const MAX_DB_KEY: &CStr = c"IOAudioLevelControlMaxDB";

static INIT: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl4initEiiiiijPKcjjjP12OSDictionary");
static SET_MIN_VALUE: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl11setMinValueEi");
static SET_MAX_VALUE: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl11setMaxValueEi");
static SET_MIN_DB: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl8setMinDBEi");
static SET_MAX_DB: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl8setMaxDBEi");
static ADD_RANGE: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl8addRangeEiiii");

extern "C" fn init(
    this: Obj,
    value: u32,
    min_value: u32,
    max_value: u32,
    min_db: u32,
    max_db: u32,
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
        SET_MIN_VALUE.call(this, &[u64::from(min_value)]);
        SET_MAX_VALUE.call(this, &[u64::from(max_value)]);
        SET_MIN_DB.call(this, &[u64::from(min_db)]);
        SET_MAX_DB.call(this, &[u64::from(max_db)]);
    }
    made
}

extern "C" fn create(
    value: u32,
    min_value: u32,
    max_value: u32,
    min_db: u32,
    max_db: u32,
    channel: u32,
    name: u64,
    id: u32,
    sub_type: u32,
    usage: u32,
) -> Obj {
    let control = class::instantiate("IOAudioLevelControl");
    let [value, min_value, max_value, min_db, max_db, channel] =
        [value, min_value, max_value, min_db, max_db, channel].map(u64::from);
    let [id, sub_type, usage] = [id, sub_type, usage].map(u64::from);
    let arguments = [value, min_value, max_value, min_db, max_db, channel, name, id, sub_type, usage, 0];
    if INIT.call_bool(control, &arguments) {
        return control;
    }
    control.release();
    Obj::NULL
}

extern "C" fn create_volume(
    value: u32,
    min_value: u32,
    max_value: u32,
    min_db: u32,
    max_db: u32,
    channel: u32,
    name: u64,
    id: u32,
    usage: u32,
) -> Obj {
    create(value, min_value, max_value, min_db, max_db, channel, name, id, VOLUME, usage)
}

extern "C" fn create_pass_through_volume(
    value: u32,
    min_value: u32,
    max_value: u32,
    min_db: u32,
    max_db: u32,
    channel: u32,
    name: u64,
    id: u32,
) -> Obj {
    create(value, min_value, max_value, min_db, max_db, channel, name, id, VOLUME, USAGE_PASS_THROUGH)
}

extern "C" fn free(this: Obj) {
    service::release_field(this, RANGES);
    super::free(this);
}

extern "C" fn set_min_value(this: Obj, value: u32) {
    this.set(MIN_VALUE, value);
    change_range(this, MIN_VALUE_KEY, value);
}

extern "C" fn set_max_value(this: Obj, value: u32) {
    this.set(MAX_VALUE, value);
    change_range(this, MAX_VALUE_KEY, value);
}

extern "C" fn set_min_db(this: Obj, level: u32) {
    this.set(MIN_DB, level);
    change_range(this, MIN_DB_KEY, level);
}

/// setMaxDB: the family publishes the level and forgets to keep it.
extern "C" fn set_max_db(this: Obj, level: u32) {
    change_range(this, MAX_DB_KEY, level);
}

fn change_range(control: Obj, key: &CStr, value: u32) {
    publish_u32(control, key, value);
    notify::range_changed(control);
}

extern "C" fn set_linear_scale(this: Obj, linear: bool) {
    publish_number(this, c"IOAudioLevelControlUseLinearScale", u64::from(linear), 8);
}

/// addRange: each edit publishes a new array, and says nothing to clients.
extern "C" fn add_range(this: Obj, min_value: u32, max_value: u32, min_db: u32, max_db: u32) -> u32 {
    let range = dictionary::new();
    for (key, value) in
        [(MIN_VALUE_KEY, min_value), (MAX_VALUE_KEY, max_value), (MIN_DB_KEY, min_db), (MAX_DB_KEY, max_db)]
    {
        dictionary::put(range, &key.to_string_lossy(), number::new(u64::from(value), 32));
    }
    let old = this.get_obj(RANGES);
    let all = array::new();
    if !old.is_null() {
        for range in collection::members(old) {
            array::push(all, range);
        }
    }
    array::push(all, range);
    range.release();
    this.set(RANGES, all);
    old.release();
    service::publish(this, c"IOAudioLevelControlRanges", all.retain());
    SUCCESS
}

extern "C" fn add_negative_infinity(this: Obj, value: u32) -> u32 {
    let [value, level] = [value, NEGATIVE_INFINITY].map(u64::from);
    ADD_RANGE.call_u32(this, &[value, value, level, level])
}

/// Between the ends; ranges are not looked at.
extern "C" fn validate(this: Obj, value: Obj) -> u32 {
    if !value.is("OSNumber") {
        return BAD_ARGUMENT;
    }
    let wanted = number::value(value) as u32 as i32;
    let range = this.get::<i32>(MIN_VALUE)..=this.get::<i32>(MAX_VALUE);
    if range.contains(&wanted) { SUCCESS } else { ERROR }
}

extern "C" fn get_min_value(this: Obj) -> u32 {
    this.get(MIN_VALUE)
}

extern "C" fn get_max_value(this: Obj) -> u32 {
    this.get(MAX_VALUE)
}

extern "C" fn get_min_db(this: Obj) -> u32 {
    this.get(MIN_DB)
}

extern "C" fn get_max_db(this: Obj) -> u32 {
    this.get(MAX_DB)
}

functions! { pub FUNCTIONS:
    "__ZN19IOAudioLevelControl4initEiiiiijPKcjjjP12OSDictionary" => init,
    "__ZN19IOAudioLevelControl6createEiiiiijPKcjjj" => create,
    "__ZN19IOAudioLevelControl19createVolumeControlEiiiiijPKcjj" => create_volume,
    "__ZN19IOAudioLevelControl27createPassThruVolumeControlEiiiiijPKcj" => create_pass_through_volume,
    "__ZN19IOAudioLevelControl4freeEv" => free,
    "__ZN19IOAudioLevelControl11setMinValueEi" => set_min_value,
    "__ZN19IOAudioLevelControl11setMaxValueEi" => set_max_value,
    "__ZN19IOAudioLevelControl8setMinDBEi" => set_min_db,
    "__ZN19IOAudioLevelControl8setMaxDBEi" => set_max_db,
    "__ZN19IOAudioLevelControl14setLinearScaleEb" => set_linear_scale,
    "__ZN19IOAudioLevelControl8addRangeEiiii" => add_range,
    "__ZN19IOAudioLevelControl19addNegativeInfinityEi" => add_negative_infinity,
    "__ZN19IOAudioLevelControl13validateValueEP8OSObject" => validate,
    "__ZN19IOAudioLevelControl11getMinValueEv" => get_min_value,
    "__ZN19IOAudioLevelControl11getMaxValueEv" => get_max_value,
    "__ZN19IOAudioLevelControl8getMinDBEv" => get_min_db,
    "__ZN19IOAudioLevelControl8getMaxDBEv" => get_max_db,
}
