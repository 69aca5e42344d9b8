//! The engine's streams and controls.

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::object::{Method, Obj};

use super::{PRIVATE, notify};
use crate::control;
use crate::layout::engine::{
    CONFIGURATION_CHANGE_IN_PROGRESS, DEFAULT_AUDIO_CONTROLS, INPUT_STREAMS, IS_REGISTERED, MAX_NUM_INPUT_CHANNELS,
    MAX_NUM_OUTPUT_CHANNELS, OUTPUT_STREAMS, RUN_ERASE_HEAD, STATE, WORK_LOOP,
};
use crate::layout::stream::{DIRECTION, MAX_NUM_CHANNELS, STARTING_CHANNEL_ID, STREAM_AVAILABLE};
use crate::returns::{BAD_ARGUMENT, ERROR, NOT_FOUND, NOT_PERMITTED, SUCCESS};
use crate::service;
use crate::stream::{self, Format};

/// `clearAllSampleBuffers()`.
pub static CLEAR_ALL: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine21clearAllSampleBuffersEv");
/// `lockAllStreams()`.
pub static LOCK_ALL: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine14lockAllStreamsEv");
/// `unlockAllStreams()`.
pub static UNLOCK_ALL: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16unlockAllStreamsEv");
static CLEAR_SAMPLE_BUFFER: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream17clearSampleBufferEv");
static SET_STARTING_CHANNEL_NUMBER: Method =
    Method::new("IOAudioStream", "__ZN13IOAudioStream24setStartingChannelNumberEj");

/// An empty set of streams.
pub(crate) fn new_stream_set() -> Obj {
    set::new_ordered()
}

fn members_of(engine: Obj, field: usize) -> Vec<Obj> {
    let set = engine.get_obj(field);
    if set.is_null() { Vec::new() } else { collection::members(set) }
}

/// Output streams, lower starting channel ID first.
pub(crate) fn output_streams(engine: Obj) -> Vec<Obj> {
    members_of(engine, OUTPUT_STREAMS)
}

/// Input streams, lower starting channel ID first.
pub(crate) fn input_streams(engine: Obj) -> Vec<Obj> {
    members_of(engine, INPUT_STREAMS)
}

/// The default controls.
pub(crate) fn controls(engine: Obj) -> Vec<Obj> {
    members_of(engine, DEFAULT_AUDIO_CONTROLS)
}

/// Output streams, then input streams.
pub(crate) fn streams(engine: Obj) -> Vec<Obj> {
    let mut all = output_streams(engine);
    all.extend(input_streams(engine));
    all
}

/// getNextStreamID: notes a stream that is made for the engine.
pub(crate) extern "C" fn next_stream_id(this: Obj, stream: Obj) -> u32 {
    stream.retain();
    PRIVATE.with_default(this, |private| {
        private.streams.push(stream);
        private.streams.len() as u32 - 1
    })
}

/// getStreamForID: NULL where there is none.
pub(crate) extern "C" fn stream_for_id(this: Obj, id: u32) -> Obj {
    let stream = PRIVATE.with_default(this, |private| private.streams.get(id as usize).copied());
    stream.unwrap_or(Obj::NULL)
}

/// Lets all streams go.
pub(super) fn forget_streams(engine: Obj) {
    let streams = PRIVATE.with(engine, |private| core::mem::take(&mut private.streams));
    streams.unwrap_or_default().into_iter().for_each(Obj::release);
}

extern "C" fn add_stream(this: Obj, stream: Obj) -> u32 {
    if stream.is_null() {
        return BAD_ARGUMENT;
    }
    if !service::ATTACH.call_bool(stream, &[this.word()]) {
        return ERROR;
    }
    if !service::START.call_bool(stream, &[this.word()]) {
        service::DETACH.call(stream, &[this.word()]);
        return ERROR;
    }
    let is_output = stream.get::<u32>(DIRECTION) == stream::OUTPUT;
    let (field, channels) =
        if is_output { (OUTPUT_STREAMS, MAX_NUM_OUTPUT_CHANNELS) } else { (INPUT_STREAMS, MAX_NUM_INPUT_CHANNELS) };
    insert(this.get_obj(field), stream);
    this.set(channels, this.get::<u32>(channels) + stream.get::<u32>(MAX_NUM_CHANNELS));
    if is_output {
        this.set(RUN_ERASE_HEAD, true);
    }
    super::arrays::renew(this, stream.get(DIRECTION));
    if this.get(IS_REGISTERED) {
        service::REGISTER_SERVICE.call(stream, &[0]);
    }
    SUCCESS
}

fn insert(set_object: Obj, stream: Obj) {
    let first: u32 = stream.get(STARTING_CHANNEL_ID);
    let at = collection::members(set_object)
        .iter()
        .take_while(|other| other.get::<u32>(STARTING_CHANNEL_ID) <= first)
        .count();
    stream.hold();
    collection::change(set_object, |members| members.insert(at, stream));
}

extern "C" fn get_stream(this: Obj, direction: u32, channel: u32) -> Obj {
    let streams = if direction == stream::OUTPUT { output_streams(this) } else { input_streams(this) };
    let holds = |stream: &Obj| {
        let first: u32 = stream.get(STARTING_CHANNEL_ID);
        (first..first.saturating_add(stream.get(MAX_NUM_CHANNELS))).contains(&channel)
    };
    streams.into_iter().find(holds).unwrap_or(Obj::NULL)
}

/// Streams are terminated or stopped, and the engine forgets them.
pub(crate) extern "C" fn detach_streams(this: Obj) {
    for field in [OUTPUT_STREAMS, INPUT_STREAMS] {
        for stream in members_of(this, field) {
            if !service::is_inactive(stream) {
                service::TERMINATE.call(stream, &[0]);
            }
            stream::detach_engine(stream);
        }
        let set = this.get_obj(field);
        if !set.is_null() {
            collection::flush(set);
        }
    }
    forget_streams(this);
}

/// Zeroes the sample and mix buffers of all streams.
pub(crate) extern "C" fn clear_all_sample_buffers(this: Obj) {
    for stream in streams(this) {
        CLEAR_SAMPLE_BUFFER.call(stream, &[]);
    }
}

extern "C" fn lock_all_streams(this: Obj) {
    for stream in streams(this) {
        stream::lock(stream);
    }
}

extern "C" fn unlock_all_streams(this: Obj) {
    for stream in streams(this) {
        stream::unlock(stream);
    }
}

/// Numbers the channels of available streams, from 1 on in each direction.
pub(crate) extern "C" fn update_channel_numbers(this: Obj) {
    for list in [output_streams(this), input_streams(this)] {
        let mut next = 1;
        for stream in list {
            let available = stream.get(STREAM_AVAILABLE);
            let number = if available { next } else { 0 };
            SET_STARTING_CHANNEL_NUMBER.call(stream, &[u64::from(number)]);
            if available {
                next += Format::of(stream).channels;
            }
        }
    }
    for control in controls(this) {
        control::channels::number(control, &output_streams(this), &input_streams(this));
    }
}

/// setWorkLoopOnAllAudioControls: controls that were added before the engine started get its work loop.
pub(crate) extern "C" fn give_work_loop(this: Obj, work_loop: Obj) {
    for control in controls(this) {
        control::set_work_loop(control, work_loop);
    }
}

extern "C" fn add_control(this: Obj, control: Obj) -> u32 {
    if control.is_null() {
        return BAD_ARGUMENT;
    }
    control::set_work_loop(control, this.get_obj(WORK_LOOP));
    if !control::ATTACH_AND_START.call_bool(control, &[this.word()]) {
        return ERROR;
    }
    set::add(this.get_obj(DEFAULT_AUDIO_CONTROLS), control);
    if this.get(IS_REGISTERED) {
        update_channel_numbers(this);
    }
    SUCCESS
}

extern "C" fn remove_control(this: Obj, control: Obj) -> u32 {
    let state: u32 = this.get(STATE);
    if state == super::state::RUNNING || state == super::state::RESUMED {
        return NOT_PERMITTED;
    }
    let controls = this.get_obj(DEFAULT_AUDIO_CONTROLS);
    if controls.is_null() || !set::contains(controls, control) {
        return NOT_FOUND;
    }
    control.retain();
    set::remove(controls, control);
    if !service::is_inactive(control) {
        service::TERMINATE.call(control, &[0]);
    }
    control.release();
    if !this.get::<bool>(CONFIGURATION_CHANGE_IN_PROGRESS) {
        notify::send(this, notify::CHANGE);
    }
    SUCCESS
}

/// Terminates and forgets all controls.
pub(crate) extern "C" fn remove_all_controls(this: Obj) {
    for control in controls(this) {
        if !service::is_inactive(control) {
            service::TERMINATE.call(control, &[0]);
        }
    }
    let controls = this.get_obj(DEFAULT_AUDIO_CONTROLS);
    if !controls.is_null() {
        collection::flush(controls);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine14addAudioStreamEP13IOAudioStream" => add_stream,
    "__ZN13IOAudioEngine14getAudioStreamE23_IOAudioStreamDirectionj" => get_stream,
    "__ZN13IOAudioEngine15getNextStreamIDEP13IOAudioStream" => next_stream_id,
    "__ZN13IOAudioEngine29setWorkLoopOnAllAudioControlsEP10IOWorkLoop" => give_work_loop,
    "__ZN13IOAudioEngine14getStreamForIDEj" => stream_for_id,
    "__ZN13IOAudioEngine18detachAudioStreamsEv" => detach_streams,
    "__ZN13IOAudioEngine21clearAllSampleBuffersEv" => clear_all_sample_buffers,
    "__ZN13IOAudioEngine14lockAllStreamsEv" => lock_all_streams,
    "__ZN13IOAudioEngine16unlockAllStreamsEv" => unlock_all_streams,
    "__ZN13IOAudioEngine20updateChannelNumbersEv" => update_channel_numbers,
    "__ZN13IOAudioEngine22addDefaultAudioControlEP14IOAudioControl" => add_control,
    "__ZN13IOAudioEngine25removeDefaultAudioControlEP14IOAudioControl" => remove_control,
    "__ZN13IOAudioEngine29removeAllDefaultAudioControlsEv" => remove_all_controls,
}
