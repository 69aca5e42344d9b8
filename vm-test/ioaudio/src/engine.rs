//! IOAudioEngine: life from init to free.

pub mod arrays;
pub mod clients;
pub mod erase;
pub mod members;
pub mod notify;
pub mod publish;
pub mod rate;
pub mod state;
pub mod status;
pub mod timeout;

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::{dictionary, set};
use kpi::object::{Direct, Method, Obj, Side};

use crate::layout::engine::{
    AUDIO_DEVICE, COMMAND_GATE, DEFAULT_AUDIO_CONTROLS, DURING_STARTUP, INPUT_STREAMS, IS_REGISTERED,
    NUM_ERASES_PER_BUFFER, OUTPUT_STREAMS, STATE, STATUS, USER_CLIENTS, WORK_LOOP,
};
use crate::position::Position;
use crate::returns::UNSUPPORTED;
use crate::service::{self, publish_u32};

/// What the family knows of an engine beside its visible fields.
#[derive(Default)]
pub(crate) struct Private {
    /// Pauses that are not yet resumed.
    pub pause_count: u32,
    /// Frames of a buffer per frame of mixing and clipping time.
    pub mix_clip_overhead: u32,
    /// Whether clients say intervals with 32 bits of fraction.
    pub hi_res: bool,
    /// The status page.
    pub status: Obj0,
    /// The arrays of bytes in input and in output.
    pub bytes_in_input: Obj0,
    /// The other one.
    pub bytes_in_output: Obj0,
    /// All streams that were made for the engine, retained; a stream's ID is its place.
    pub streams: Vec<Obj>,
}

/// An object in a record; NULL at first.
pub(crate) struct Obj0(pub Obj);

impl Default for Obj0 {
    fn default() -> Self {
        Obj0(Obj::NULL)
    }
}

pub(crate) static PRIVATE: Side<Private> = Side::new();

static SUPER_START: Direct = Direct::new("__ZN9IOService5startEPS_");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static SUPER_REGISTER_SERVICE: Direct = Direct::new("__ZN9IOService15registerServiceEj");
static START_WITH_DEVICE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine5startEP9IOServiceP13IOAudioDevice");
static INIT_HARDWARE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine12initHardwareEP9IOService");
static DETACH_CLIENTS: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17detachUserClientsEv");
static DETACH_STREAMS: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine18detachAudioStreamsEv");
static REMOVE_ALL_CONTROLS: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine29removeAllDefaultAudioControlsEv");
static DEVICE_WORK_LOOP: Method = Method::new("IOService", "__ZNK9IOService11getWorkLoopEv");

const DEFAULT_MIX_CLIP_OVERHEAD: u32 = 10;
const DEFAULT_ERASES: u32 = 4;

extern "C" fn init(this: Obj, properties: Obj) -> bool {
    let copied = if properties.is_null() { Obj::NULL } else { dictionary::copy(properties) };
    let initialised = crate::device::super_init(this, copied);
    copied.release();
    if !initialised || !status::make_page(this) {
        return false;
    }
    PRIVATE.with_default(this, |private| private.mix_clip_overhead = DEFAULT_MIX_CLIP_OVERHEAD);
    this.set(NUM_ERASES_PER_BUFFER, DEFAULT_ERASES);
    this.set(DURING_STARTUP, true);
    this.set(INPUT_STREAMS, members::new_stream_set());
    this.set(OUTPUT_STREAMS, members::new_stream_set());
    this.set(USER_CLIENTS, set::new());
    this.set(DEFAULT_AUDIO_CONTROLS, set::new());
    // Like the real family: without setClockDomain, bits of the engine's address are published.
    publish_u32(this, publish::CLOCK_DOMAIN, (this.0 >> 2) as u32);
    publish_u32(this, publish::OUTPUT_SAMPLE_OFFSET, 0);
    publish_u32(this, c"IOAudioEngineState", state::STOPPED);
    publish_u32(this, c"IOAudioEngineFlavor", 1);
    true
}

extern "C" fn free(this: Obj) {
    for field in [INPUT_STREAMS, OUTPUT_STREAMS, USER_CLIENTS, DEFAULT_AUDIO_CONTROLS] {
        service::release_field(this, field);
    }
    let work_loop = this.get_obj(WORK_LOOP);
    service::drop_event_source(work_loop, this.get_obj(COMMAND_GATE));
    this.set(COMMAND_GATE, Obj::NULL);
    service::release_field(this, WORK_LOOP);
    members::forget_streams(this);
    if let Some(private) = PRIVATE.remove(this) {
        for shared in [private.status, private.bytes_in_input, private.bytes_in_output] {
            shared.0.release();
        }
    }
    this.set(STATUS, 0usize);
    SUPER_FREE.call(&[this.word()]);
}

extern "C" fn start(this: Obj, provider: Obj) -> bool {
    let device = if provider.is("IOAudioDevice") { provider } else { Obj::NULL };
    START_WITH_DEVICE.call_bool(this, &[provider.word(), device.word()])
}

extern "C" fn start_with_device(this: Obj, provider: Obj, device: Obj) -> bool {
    if !SUPER_START.call_bool(&[this.word(), provider.word()]) || device.is_null() {
        return false;
    }
    this.set(AUDIO_DEVICE, device);
    let work_loop = DEVICE_WORK_LOOP.call_obj(device, &[]);
    if work_loop.is_null() {
        return false;
    }
    this.set(WORK_LOOP, work_loop.retain());
    let gate = service::add_command_gate(work_loop, this);
    if gate.is_null() {
        return false;
    }
    this.set(COMMAND_GATE, gate);
    members::give_work_loop(this, work_loop);
    if !INIT_HARDWARE.call_bool(this, &[provider.word()]) {
        return false;
    }
    this.set(DURING_STARTUP, false);
    true
}

extern "C" fn stop(this: Obj, provider: Obj) {
    DETACH_CLIENTS.call(this, &[]);
    state::STOP_AUDIO_ENGINE.call(this, &[]);
    erase::remove_timer(this);
    DETACH_STREAMS.call(this, &[]);
    REMOVE_ALL_CONTROLS.call(this, &[]);
    service::drop_event_source(this.get_obj(WORK_LOOP), this.get_obj(COMMAND_GATE));
    this.set(COMMAND_GATE, Obj::NULL);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

extern "C" fn register_service(this: Obj, options: u32) {
    if this.get(IS_REGISTERED) {
        return;
    }
    this.set(IS_REGISTERED, true);
    members::update_channel_numbers(this);
    SUPER_REGISTER_SERVICE.call(&[this.word(), u64::from(options)]);
    for stream in members::streams(this) {
        service::REGISTER_SERVICE.call(stream, &[0]);
    }
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

extern "C" fn set_audio_device(this: Obj, device: Obj) {
    this.set(AUDIO_DEVICE, device);
}

extern "C" fn get_state(this: Obj) -> u32 {
    this.get(STATE)
}

/// Defaults of what a driver overrides.
extern "C" fn unsupported(_this: Obj) -> u32 {
    UNSUPPORTED
}

extern "C" fn success(_this: Obj) -> u32 {
    0
}

extern "C" fn nothing(_this: Obj) {}

/// initKeys: symbols of property keys, which nothing here keeps.
extern "C" fn init_keys() {}

/// Ring length in frames.
pub(crate) fn ring(engine: Obj) -> u32 {
    engine.get(crate::layout::engine::NUM_SAMPLE_FRAMES_PER_BUFFER)
}

/// Where a running client stops the engine: not set is the zero position.
pub(crate) fn set_stop_position(engine: Obj, position: Position) {
    engine.set(crate::layout::engine::AUDIO_ENGINE_STOP_POSITION, position);
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine4initEP12OSDictionary" => init,
    "__ZN13IOAudioEngine4freeEv" => free,
    "__ZN13IOAudioEngine5startEP9IOService" => start,
    "__ZN13IOAudioEngine5startEP9IOServiceP13IOAudioDevice" => start_with_device,
    "__ZN13IOAudioEngine4stopEP9IOService" => stop,
    "__ZN13IOAudioEngine15registerServiceEj" => register_service,
    "__ZNK13IOAudioEngine11getWorkLoopEv" => get_work_loop,
    "__ZNK13IOAudioEngine14getCommandGateEv" => get_command_gate,
    "__ZN13IOAudioEngine12initHardwareEP9IOService" => init_hardware,
    "__ZN13IOAudioEngine8initKeysEv" => init_keys,
    "__ZN13IOAudioEngine14setAudioDeviceEP13IOAudioDevice" => set_audio_device,
    "__ZN13IOAudioEngine8getStateEv" => get_state,
    "__ZN13IOAudioEngine23performAudioEngineStartEv" => success,
    "__ZN13IOAudioEngine22performAudioEngineStopEv" => success,
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRate" => unsupported,
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK18_IOAudioSampleRate" => success,
    "__ZN13IOAudioEngine17clipOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream" => unsupported,
    "__ZN13IOAudioEngine19convertInputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream" => unsupported,
    "__ZN13IOAudioEngine17resetClipPositionEP13IOAudioStreamj" => nothing,
    "__ZN13IOAudioEngine19getNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampb" => success,
    "__ZN13IOAudioEngine25setAttributeForConnectionEijm" => unsupported,
    "__ZN13IOAudioEngine25getAttributeForConnectionEijPm" => unsupported,
}
