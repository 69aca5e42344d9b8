//! IOAudioToggleControl: 0 or 1.

use kpi::class;
use kpi::functions;
use kpi::libkern::number;
use kpi::object::{Method, Obj};

use super::USAGE_PASS_THROUGH;

/// 'togl' and 'mute'.
const TYPE: u32 = u32::from_be_bytes(*b"togl");
const MUTE: u32 = u32::from_be_bytes(*b"mute");

static INIT: Method = Method::new("IOAudioToggleControl", "__ZN20IOAudioToggleControl4initEbjPKcjjjP12OSDictionary");

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
    super::init_as(this, TYPE, value, [channel, id, sub_type, usage], name, properties)
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
    create(on, channel, name, id, MUTE, USAGE_PASS_THROUGH)
}

functions! { pub FUNCTIONS:
    "__ZN20IOAudioToggleControl4initEbjPKcjjjP12OSDictionary" => init,
    "__ZN20IOAudioToggleControl6createEbjPKcjjj" => create,
    "__ZN20IOAudioToggleControl17createMuteControlEbjPKcjj" => create_mute,
    "__ZN20IOAudioToggleControl25createPassThruMuteControlEbjPKcj" => create_pass_through_mute,
}
