//! Setters that publish a property, and the engine's unique ID.

use alloc::string::String;
use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::string;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::rate::{self, Rate};
use super::{PRIVATE, members, ring, state};
use crate::layout::engine::{
    INDEX, NUM_ERASES_PER_BUFFER, NUM_SAMPLE_FRAMES_PER_BUFFER, RUN_ERASE_HEAD, SAMPLE_OFFSET, SAMPLE_RATE, STATE,
};
use crate::service::{self, publish_bool, publish_string, publish_u32};

pub(crate) const CLOCK_DOMAIN: &CStr = c"IOAudioEngineClockDomain";
pub(crate) const OUTPUT_SAMPLE_OFFSET: &CStr = c"IOAudioEngineSampleOffset";
const UNIQUE_ID: &CStr = c"IOAudioEngineGlobalUniqueID";

static SET_INDEX: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8setIndexEj");
static GET_GLOBAL_UNIQUE_ID: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17getGlobalUniqueIDEv");
static GET_LOCAL_UNIQUE_ID: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16getLocalUniqueIDEv");
static GET_LOCATION: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11getLocationEPK15IORegistryPlane");
static RING_CHANGED: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream31numSampleFramesPerBufferChangedEv");

/// Gives the engine its place in the device, which publishes its unique ID.
pub(crate) fn set_index(engine: Obj, index: u32) {
    SET_INDEX.call(engine, &[u64::from(index)]);
}

extern "C" fn index(this: Obj, index: u32) {
    this.set(INDEX, index);
    let unique = GET_GLOBAL_UNIQUE_ID.call_obj(this, &[]);
    if !unique.is_null() {
        service::publish(this, UNIQUE_ID, unique);
    }
}

/// `Class:index`, or `Class:location:index` below hardware that has a location.
extern "C" fn global_unique_id(this: Obj) -> Obj {
    let local = GET_LOCAL_UNIQUE_ID.call_obj(this, &[]);
    let unique = match location(this) {
        Some(location) => alloc::format!("{}:{location}:{}", this.class_name(), string::text(local)),
        None => alloc::format!("{}:{}", this.class_name(), string::text(local)),
    };
    local.release();
    string::string(&unique)
}

/// The location of the nearest parent that has one.
fn location(engine: Obj) -> Option<String> {
    let mut entry = service::GET_PROVIDER.call_obj(engine, &[]);
    while !entry.is_null() {
        let location = mem::c_string(GET_LOCATION.call(entry, &[0]) as usize);
        if !location.is_empty() {
            return Some(location);
        }
        entry = if entry.is("IOService") { service::GET_PROVIDER.call_obj(entry, &[]) } else { Obj::NULL };
    }
    None
}

extern "C" fn local_unique_id(this: Obj) -> Obj {
    string::string(&alloc::format!("{:x}", this.get::<u32>(INDEX)))
}

extern "C" fn description(this: Obj, text: usize) {
    publish_string(this, c"IOAudioEngineDescription", text);
}

extern "C" fn sample_offset(this: Obj, frames: u32) {
    this.set(SAMPLE_OFFSET, frames);
    publish_u32(this, OUTPUT_SAMPLE_OFFSET, frames);
}

extern "C" fn input_sample_offset(this: Obj, frames: u32) {
    publish_u32(this, c"IOAudioEngineInputSampleOffset", frames);
}

extern "C" fn output_latency(this: Obj, frames: u32) {
    publish_u32(this, c"IOAudioEngineOutputSampleLatency", frames);
}

extern "C" fn input_latency(this: Obj, frames: u32) {
    publish_u32(this, c"IOAudioEngineInputSampleLatency", frames);
}

extern "C" fn latency(this: Obj, frames: u32) {
    output_latency(this, frames);
    input_latency(this, frames);
}

extern "C" fn clock_is_stable(this: Obj, stable: bool) {
    publish_bool(this, c"IOAudioEngineClockIsStable", stable);
}

extern "C" fn clock_domain(this: Obj, domain: u32) {
    publish_u32(this, CLOCK_DOMAIN, domain);
}

/// Values outside of 2 to 98 are ignored.
extern "C" fn mix_clip_overhead(this: Obj, overhead: u32) {
    if (2..=98).contains(&overhead) {
        PRIVATE.with_default(this, |private| private.mix_clip_overhead = overhead);
    }
}

extern "C" fn set_sample_rate(this: Obj, rate: usize) {
    let rate: Rate = mem::read(rate);
    this.set(SAMPLE_RATE, rate);
    service::publish(this, c"IOAudioSampleRate", rate::dictionary_of(rate));
}

extern "C" fn get_sample_rate(this: Obj) -> usize {
    this.0 + SAMPLE_RATE
}

/// Refused while the engine runs.
extern "C" fn set_ring(this: Obj, frames: u32) {
    if this.get::<u32>(STATE) == state::RUNNING {
        crate::device::complain(this, "setNumSampleFramesPerBuffer() is refused while the engine runs");
        return;
    }
    this.set(NUM_SAMPLE_FRAMES_PER_BUFFER, frames);
    publish_u32(this, c"IOAudioEngineNumSampleFramesPerBuffer", frames);
    for stream in members::output_streams(this) {
        RING_CHANGED.call(stream, &[]);
    }
}

extern "C" fn get_ring(this: Obj) -> u32 {
    ring(this)
}

extern "C" fn set_run_erase_head(this: Obj, run: bool) {
    this.set(RUN_ERASE_HEAD, run);
}

extern "C" fn get_run_erase_head(this: Obj) -> bool {
    this.get(RUN_ERASE_HEAD)
}

/// Erases in a lap, raised so that one erase covers at most 64 KiB of the sample buffer.
pub(crate) fn raise_erases(engine: Obj, sample_buffer_bytes: u32) {
    let least = sample_buffer_bytes / 65_536;
    if least > engine.get::<u32>(NUM_ERASES_PER_BUFFER) {
        engine.set(NUM_ERASES_PER_BUFFER, least);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine8setIndexEj" => index,
    "__ZN13IOAudioEngine17getGlobalUniqueIDEv" => global_unique_id,
    "__ZN13IOAudioEngine16getLocalUniqueIDEv" => local_unique_id,
    "__ZN13IOAudioEngine14setDescriptionEPKc" => description,
    "__ZN13IOAudioEngine15setSampleOffsetEj" => sample_offset,
    "__ZN13IOAudioEngine21setOutputSampleOffsetEj" => sample_offset,
    "__ZN13IOAudioEngine20setInputSampleOffsetEj" => input_sample_offset,
    "__ZN13IOAudioEngine16setSampleLatencyEj" => latency,
    "__ZN13IOAudioEngine22setOutputSampleLatencyEj" => output_latency,
    "__ZN13IOAudioEngine21setInputSampleLatencyEj" => input_latency,
    "__ZN13IOAudioEngine16setClockIsStableEb" => clock_is_stable,
    "__ZN13IOAudioEngine14setClockDomainEj" => clock_domain,
    "__ZN13IOAudioEngine18setMixClipOverheadEj" => mix_clip_overhead,
    "__ZN13IOAudioEngine13setSampleRateEPK18_IOAudioSampleRate" => set_sample_rate,
    "__ZN13IOAudioEngine13getSampleRateEv" => get_sample_rate,
    "__ZN13IOAudioEngine27setNumSampleFramesPerBufferEj" => set_ring,
    "__ZN13IOAudioEngine27getNumSampleFramesPerBufferEv" => get_ring,
    "__ZN13IOAudioEngine15setRunEraseHeadEb" => set_run_erase_head,
    "__ZN13IOAudioEngine15getRunEraseHeadEv" => get_run_erase_head,
}
