//! IOAudioToggleControl: 0 or 1.

use kpi::class;
use kpi::functions;
use kpi::libkern::number;
use kpi::object::{Method, Obj};

/// 'togl', 'mute', 'pass'.
const TYPE: u32 = u32::from_be_bytes(*b"togl");
const MUTE: u32 = u32::from_be_bytes(*b"mute");
const PASS_THROUGH: u32 = u32::from_be_bytes(*b"pass");

static INIT: Method = Method::new("IOAudioToggleControl", "__ZN20IOAudioToggleControl4initEbjPKcjjjP12OSDictionary");
static SUPER_INIT: Method =
    Method::new("IOAudioControl", "__ZN14IOAudioControl4initEjP8OSObjectjPKcjjjP12OSDictionary");

extern "C" fn init(
    this: Obj,
    on: bool,
    channel: u32,
    name: u64,
    id: u32,
    sub_type: u32,
    usage: u32,
    properties: Obj,
) -> bool {
    let value = number::new(u64::from(on), 8);
    let arguments = [
        u64::from(TYPE),
        value.word(),
        u64::from(channel),
        name,
        u64::from(id),
        u64::from(sub_type),
        u64::from(usage),
        properties.word(),
    ];
    let result = SUPER_INIT.call_bool(this, &arguments);
    value.release();
    result
}

extern "C" fn create(on: bool, channel: u32, name: u64, id: u32, sub_type: u32, usage: u32) -> Obj {
    let control = class::instantiate("IOAudioToggleControl");
    let arguments = [u64::from(on), u64::from(channel), name, u64::from(id), u64::from(sub_type), u64::from(usage), 0];
    if INIT.call_bool(control, &arguments) {
        return control;
    }
    control.release();
    Obj::NULL
}

extern "C" fn create_mute(on: bool, channel: u32, name: u64, id: u32, usage: u32) -> Obj {
    create(on, channel, name, id, MUTE, usage)
}

extern "C" fn create_pass_through_mute(on: bool, channel: u32, name: u64, id: u32) -> Obj {
    create(on, channel, name, id, MUTE, PASS_THROUGH)
}

functions! { pub FUNCTIONS:
    "__ZN20IOAudioToggleControl4initEbjPKcjjjP12OSDictionary" => init,
    "__ZN20IOAudioToggleControl6createEbjPKcjjj" => create,
    "__ZN20IOAudioToggleControl17createMuteControlEbjPKcjj" => create_mute,
    "__ZN20IOAudioToggleControl25createPassThruMuteControlEbjPKcj" => create_pass_through_mute,
}
