//! A client's start, stop and end, on the work loop.

use kpi::functions;
use kpi::object::{Method, Obj};

use super::{buffer, engine, gated, is_online, lock_buffers, set, unlock_buffers, watchdog};
use crate::behaviour;
use crate::engine::{clients, state};
use crate::layout::buffer_set::NEXT_OUTPUT_POSITION;
use crate::layout::client::{AUDIO_ENGINE, ONLINE};
use crate::position::Position;
use crate::returns::{NO_DEVICE, SUCCESS};
use crate::service;
use crate::stream::clients as stream_clients;

static START: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient11startClientEv");
static STOP: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient10stopClientEv");
static CLOSE: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient11closeClientEv");
static CLIENT_CLOSE: Method = Method::new("IOUserClient", "__ZN12IOUserClient11clientCloseEv");
static ENGINE_CLIENT_CLOSED: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine12clientClosedEP23IOAudioEngineUserClient");
static ENGINE_START: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine11startClientEP23IOAudioEngineUserClient");
static ENGINE_STOP: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine10stopClientEP23IOAudioEngineUserClient");

/// Stops a client through the virtual method; on the work loop.
pub(super) fn stop(client: Obj) -> u32 {
    STOP.call_u32(client, &[])
}

/// clientStart: what Start calls.
pub(super) extern "C" fn client_start(this: Obj) -> u32 {
    gated(this, || START.call_u32(this, &[]))
}

/// clientStop: what Stop calls.
pub(super) extern "C" fn client_stop(this: Obj) -> u32 {
    gated(this, || stop(this))
}

extern "C" fn start_action(this: Obj) -> u32 {
    START.call_u32(this, &[])
}

extern "C" fn stop_action(this: Obj) -> u32 {
    stop(this)
}

/// startClient: waits for a pause to end, goes online, and only then has the engine start and the buffers join their streams.
extern "C" fn start_client(this: Obj) -> u32 {
    let engine = engine(this);
    this.retain();
    let mut result = NO_DEVICE;
    if !engine.is_null() && !service::is_inactive(this) {
        let paused = state::get(engine) == state::PAUSED;
        result = if paused { clients::wait_for_resume(engine) } else { SUCCESS };
        if result == SUCCESS && !service::is_inactive(this) && !is_online(this) {
            result = go_online(this, engine);
        }
        if service::is_inactive(this) {
            result = NO_DEVICE;
        }
    }
    if result != SUCCESS {
        set_online(this, false);
    }
    this.release();
    result
}

fn go_online(client: Obj, engine: Obj) -> u32 {
    set_online(client, true);
    match ENGINE_START.call_u32(engine, &[client.word()]) {
        SUCCESS => join_streams(client, engine),
        error => error,
    }
}

/// Every buffer joins its stream, outputs first. One that is refused ends the walk through its set; those that joined before
/// stay with their streams until they are unregistered.
fn join_streams(client: Obj, engine: Obj) -> u32 {
    let mut result = SUCCESS;
    lock_buffers(client);
    for set in set::all(client) {
        for buffer in set::buffers(set) {
            result = stream_clients::ADD.call_u32(buffer::stream(buffer), &[buffer.word()]);
            if result != SUCCESS {
                if behaviour::now().failed_start_releases_engine {
                    ENGINE_STOP.call(engine, &[client.word()]);
                }
                break;
            }
        }
        set.set(NEXT_OUTPUT_POSITION, Position::default());
    }
    unlock_buffers(client);
    result
}

/// stopClient: watchdogs off, buffers leave, the engine is told, offline.
extern "C" fn stop_client(this: Obj) -> u32 {
    if !is_online(this) {
        return SUCCESS;
    }
    lock_buffers(this);
    for set in set::all(this) {
        watchdog::cancel(set);
        for buffer in set::buffers(set) {
            stream_clients::REMOVE.call(buffer::stream(buffer), &[buffer.word()]);
        }
    }
    unlock_buffers(this);
    let engine = engine(this);
    let result = if engine.is_null() { SUCCESS } else { ENGINE_STOP.call_u32(engine, &[this.word()]) };
    set_online(this, false);
    result
}

extern "C" fn get_online(this: Obj) -> bool {
    is_online(this)
}

/// setOnline: publishes a change.
extern "C" fn set_online(this: Obj, online: bool) {
    if is_online(this) != online {
        this.set(ONLINE, online);
        service::publish_number(this, c"IOAudioEngineUserClientActive", u64::from(online), 64);
    }
}

/// clientClose: the process closed the connection.
extern "C" fn client_close(this: Obj) -> u32 {
    if engine(this).is_null() || service::is_inactive(this) {
        return SUCCESS;
    }
    gated(this, || CLOSE.call_u32(this, &[]))
}

/// clientDied: the process died.
extern "C" fn client_died(this: Obj) -> u32 {
    CLIENT_CLOSE.call_u32(this, &[])
}

extern "C" fn close_action(this: Obj) -> u32 {
    CLOSE.call_u32(this, &[])
}

/// `_closeClientAction`, `_startClientAction` and `_stopClientAction`: what the work loop runs.
extern "C" fn gated_close(this: Obj) -> u32 {
    gated(this, || close_action(this))
}

extern "C" fn close_client(this: Obj) -> u32 {
    let engine = engine(this);
    if !engine.is_null() && !service::is_inactive(this) {
        if is_online(this) {
            stop(this);
        }
        ENGINE_CLIENT_CLOSED.call(engine, &[this.word()]);
        this.set(AUDIO_ENGINE, Obj::NULL);
    }
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient11clientStartEv" => client_start,
    "__ZN23IOAudioEngineUserClient10clientStopEv" => client_stop,
    "__ZN23IOAudioEngineUserClient11startClientEv" => start_client,
    "__ZN23IOAudioEngineUserClient17startClientActionEP8OSObjectPvS2_S2_S2_" => start_action,
    "__ZN23IOAudioEngineUserClient18_startClientActionEP8OSObjectPvS2_S2_S2_" => client_start,
    "__ZN23IOAudioEngineUserClient10stopClientEv" => stop_client,
    "__ZN23IOAudioEngineUserClient16stopClientActionEP8OSObjectPvS2_S2_S2_" => stop_action,
    "__ZN23IOAudioEngineUserClient17_stopClientActionEP8OSObjectPvS2_S2_S2_" => client_stop,
    "__ZN23IOAudioEngineUserClient11closeClientEv" => close_client,
    "__ZN23IOAudioEngineUserClient17closeClientActionEP8OSObjectPvS2_S2_S2_" => close_action,
    "__ZN23IOAudioEngineUserClient18_closeClientActionEP8OSObjectPvS2_S2_S2_" => gated_close,
    "__ZN23IOAudioEngineUserClient8isOnlineEv" => get_online,
    "__ZN23IOAudioEngineUserClient9setOnlineEb" => set_online,
    "__ZN23IOAudioEngineUserClient11clientCloseEv" => client_close,
    "__ZN23IOAudioEngineUserClient10clientDiedEv" => client_died,
}
