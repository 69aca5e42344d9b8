//! The IO trap.

use kpi::functions;
use kpi::object::{Method, Obj};

use super::{buffer, engine, is_online, lock_buffers, set, unlock_buffers, watchdog};
use crate::behaviour;
use crate::engine::{ring, state, status, timeout};
use crate::layout::buffer_set::{NEXT_OUTPUT_POSITION, SAMPLE_INTERVAL};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ERROR, ISO_TOO_OLD, NO_DEVICE, OFFLINE, SUCCESS};
use crate::service;
use crate::stream::{self, input, output};

/// Laps that output may be ahead of the engine's loop count.
const LEAD: u32 = 5;

static FIND_SET: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient13findBufferSetEj");
static PERFORM_OUTPUT: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient19performClientOutputEjjP22IOAudioClientBufferSetjj",
);
static PERFORM_INPUT: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient18performClientInputEjP22IOAudioClientBufferSet",
);

/// performClientIO: the trap. The interval is absolute time of a frame, as the client measures it.
extern "C" fn perform(this: Obj, first: u32, lap: u32, is_input: bool, set_id: u32, high: u32, low: u32) -> u32 {
    if service::is_inactive(this) {
        return NO_DEVICE;
    }
    lock_buffers(this);
    let result = match ready_set(this, first, set_id) {
        Ok(set) => {
            let [first, lap, high, low] = [first, lap, high, low].map(u64::from);
            if is_input {
                PERFORM_INPUT.call_u32(this, &[first, set.word()])
            } else {
                PERFORM_OUTPUT.call_u32(this, &[first, lap, set.word(), high, low])
            }
        }
        Err(answer) => answer,
    };
    unlock_buffers(this);
    result
}

/// The set that is meant, if IO can be done; otherwise the answer.
fn ready_set(client: Obj, first: u32, set_id: u32) -> Result<Obj, u32> {
    let engine = engine(client);
    let is_running = is_online(client) && !engine.is_null() && state::get(engine) == state::RUNNING;
    if !is_running || status::loop_count_and_time(engine) == (0, 0) {
        return Err(OFFLINE);
    }
    if first >= ring(engine) {
        return Err(BAD_ARGUMENT);
    }
    let set = FIND_SET.call_obj(client, &[u64::from(set_id)]);
    set.some().ok_or(if behaviour::now().unknown_set_fails { ERROR } else { SUCCESS })
}

/// performClientInput: reads into every input buffer of the set.
extern "C" fn perform_input(this: Obj, first: u32, set: Obj) -> u32 {
    let ring = ring(engine(this));
    let mut result = SUCCESS;
    for buffer in set::inputs(set) {
        let (stream, frames) = (buffer::stream(buffer), buffer::announced(buffer));
        stream::lock(stream);
        let capacity = buffer::frames(buffer);
        let begun = buffer::begin(buffer, frames, ring, false);
        if begun != SUCCESS {
            stream::unlock(stream);
            return begun;
        }
        // A driver's stream may read by itself, and says then how much only if it varies.
        input::SET_FRAMES_READ.call(stream, &[u64::from(frames)]);
        let read = input::READ.call_u32(stream, &[buffer.word(), u64::from(first)]);
        buffer::swap_samples(buffer);
        buffer::report(buffer, input::GET_FRAMES_READ.call_u32(stream, &[]));
        buffer::set_frames(buffer, capacity);
        stream::unlock(stream);
        if read != SUCCESS {
            result = read;
        }
    }
    result
}

/// performClientOutput: writes from every output buffer of the set, and sets the watchdog.
extern "C" fn perform_output(this: Obj, first: u32, lap: u32, set: Obj, high: u32, low: u32) -> u32 {
    let engine = engine(this);
    let now = status::loop_count_and_time(engine).0;
    if lap < now || (behaviour::now().limits_lead && lap > now.wrapping_add(LEAD)) {
        return ISO_TOO_OLD;
    }
    let interval = (u64::from(high) << 32) | u64::from(low);
    set.set(SAMPLE_INTERVAL, interval);
    let Some(leader) = set::outputs(set).next() else { return SUCCESS };
    let start = Position { frame: first, lap };
    let end = start.later(buffer::announced(leader), ring(engine));
    if end < set.get(NEXT_OUTPUT_POSITION) {
        return ISO_TOO_OLD;
    }
    let (frames, mut result) = match write(set, start, ring(engine)) {
        Ok(written) => written,
        Err(refused) => return refused,
    };
    set.set(NEXT_OUTPUT_POSITION, end);
    match timeout::of_engine(engine, interval, frames, end) {
        Ok(at) => watchdog::arm(set, at),
        // The samples were taken all the same.
        Err(late) => result = late,
    }
    result
}

/// Hands each buffer's samples to its stream: the last buffer's frames and what the last stream that failed said.
///
/// # Errors
/// A descriptor that is wrong ends the transfer.
fn write(set: Obj, start: Position, ring: u32) -> Result<(u32, u32), u32> {
    let (mut frames, mut result) = (0, SUCCESS);
    for buffer in set::outputs(set) {
        frames = buffer::announced(buffer);
        let stream = buffer::stream(buffer);
        stream::lock(stream);
        let capacity = buffer::frames(buffer);
        let begun = buffer::begin(buffer, frames, ring, true);
        if begun != SUCCESS {
            stream::unlock(stream);
            return Err(begun);
        }
        buffer::swap_samples(buffer);
        let arguments = [buffer.word(), u64::from(start.frame), u64::from(start.lap), 1];
        let processed = output::PROCESS.call_u32(stream, &arguments);
        buffer::set_frames(buffer, capacity);
        stream::unlock(stream);
        if processed != SUCCESS {
            result = processed;
        }
    }
    Ok((frames, result))
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient15performClientIOEjjbjjj" => perform,
    "__ZN23IOAudioEngineUserClient18performClientInputEjP22IOAudioClientBufferSet" => perform_input,
    "__ZN23IOAudioEngineUserClient19performClientOutputEjjP22IOAudioClientBufferSetjj" => perform_output,
}
