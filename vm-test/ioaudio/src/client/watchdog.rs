//! The watchdog of a buffer set: a thread call that stands in for a client that does not come.
//!
//! ```text
//!  trap: output until E ──► armed for E, generation g
//!                 trap in time ──► armed anew, generation g + 1: the call of g does nothing
//!                 no trap ───────► call of g: silence from E on, armed for the next
//! ```

use alloc::boxed::Box;

use kpi::functions;
use kpi::mach::clock;
use kpi::object::{Method, Obj, Side};
use kpi::timer::{self, TimerId};

use super::{buffer, engine, is_online, lock_buffers, set, unlock_buffers};
use crate::engine::{ring, timeout};
use crate::layout::buffer_set::{
    GENERATION_COUNT, NEXT_OUTPUT_POSITION, OUTPUT_TIMEOUT, SAMPLE_INTERVAL, TIMER_PENDING, USER_CLIENT,
};
use crate::position::Position;
use crate::service;
use crate::stream::{self, output};

/// The call of each set that is armed, or was.
static CALLS: Side<TimerId> = Side::new();

static PERFORM: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient21performWatchdogOutputEP22IOAudioClientBufferSetj",
);

/// Drops the record of a set that is freed; its watchdog is not armed.
pub(super) fn forget(set: Obj) {
    CALLS.remove(set);
}

/// Arms a set's watchdog for an absolute time: whatever was armed before is void. Armed, it holds the set and its client.
pub(super) fn arm(set: Obj, at: u64) {
    let generation = set.get::<u32>(GENERATION_COUNT).wrapping_add(1);
    set.set(GENERATION_COUNT, generation);
    set.set(OUTPUT_TIMEOUT, at);
    if !set.get::<bool>(TIMER_PENDING) {
        set.retain();
        set.get_obj(USER_CLIENT).retain();
        set.set(TIMER_PENDING, true);
    }
    let call = timer::arm(clock::deadline(at), Box::new(move || expired(set, generation)));
    if let Some(old) = CALLS.insert(set, call) {
        timer::cancel(old);
    }
}

/// Disarms a set's watchdog; a call that runs already sees it and lets go of what it holds.
pub(super) fn cancel(set: Obj) {
    if !set.get::<bool>(TIMER_PENDING) {
        return;
    }
    set.set(TIMER_PENDING, false);
    if CALLS.remove(set).is_some_and(timer::cancel) {
        let client = set.get_obj(USER_CLIENT);
        set.release();
        client.release();
    }
}

/// The call of a generation comes.
fn expired(set: Obj, generation: u32) {
    let client = set.get_obj(USER_CLIENT);
    lock_buffers(client);
    PERFORM.call(client, &[set.word(), u64::from(generation)]);
    let is_over = !set.get::<bool>(TIMER_PENDING);
    unlock_buffers(client);
    if is_over {
        set.release();
        client.release();
    }
}

/// performWatchdogOutput: if no output came since the call was armed, its streams go on with silence.
extern "C" fn perform(this: Obj, set: Obj, generation: u32) {
    lock_buffers(this);
    let goes_on = if service::is_inactive(this) || !is_online(this) {
        false
    } else if !set.get::<bool>(TIMER_PENDING) || set.get::<u32>(GENERATION_COUNT) != generation {
        set.get(TIMER_PENDING)
    } else {
        stand_in(this, set)
    };
    set.set(TIMER_PENDING, goes_on);
    unlock_buffers(this);
}

/// Hands on silence of each buffer's nominal length, and waits for the client's next output; false when that is late already.
fn stand_in(client: Obj, set: Obj) -> bool {
    let at: Position = set.get(NEXT_OUTPUT_POSITION);
    for buffer in set::outputs(set) {
        let (stream, frames) = (buffer::stream(buffer), buffer::nominal(buffer));
        stream::lock(stream);
        let capacity = buffer::frames(buffer);
        if frames <= capacity {
            buffer::set_frames(buffer, frames);
            output::PROCESS.call(stream, &[buffer.word(), u64::from(at.frame), u64::from(at.lap), 0]);
            buffer::set_frames(buffer, capacity);
        }
        stream::unlock(stream);
    }
    let Some(frames) = set::outputs(set).next().map(buffer::nominal) else { return false };
    let next = at.later(frames, ring(engine(client)));
    set.set(NEXT_OUTPUT_POSITION, next);
    match timeout::of_engine(engine(client), set.get(SAMPLE_INTERVAL), frames, next) {
        Ok(at) => arm(set, at),
        Err(_) => return false,
    }
    true
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient21performWatchdogOutputEP22IOAudioClientBufferSetj" => perform,
}
