//! The engine's user clients: opening, starting, stopping, closing.

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::sched;

use super::{erase, set_stop_position, state, status};
use crate::client;
use crate::device::power;
use crate::layout::device::CURRENT_POWER_STATE;
use crate::layout::engine::{AUDIO_DEVICE, NUM_ACTIVE_USER_CLIENTS, STATE, USER_CLIENTS, WORK_LOOP};
use crate::opening;
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ERROR, NO_DEVICE, SUCCESS, TIMEOUT, UNSUPPORTED};
use crate::service::{self, publish_u32};

static CREATE_WITH_PROPERTIES: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClientP12OSDictionary",
);

/// How long a client's start waits for a pause to end.
const RESUME_WAIT_NS: u64 = 3_000_000_000;
/// Attempts of one second each while the device sleeps.
const POWER_RETRIES: u32 = 10;

/// The user clients.
pub(crate) fn list(engine: Obj) -> Vec<Obj> {
    let clients = engine.get_obj(USER_CLIENTS);
    if clients.is_null() { Vec::new() } else { collection::members(clients) }
}

extern "C" fn new_user_client(this: Obj, task: u64, security: u64, kind: u32, properties: Obj, handler: usize) -> u32 {
    opening::open(
        this,
        &[task, security, u64::from(kind), handler as u64],
        |at| {
            let arguments = [task, security, u64::from(kind), at as u64, properties.word()];
            CREATE_WITH_PROPERTIES.call_u32(this, &arguments)
        },
        |user_client| {
            service::gated(this.get_obj(WORK_LOOP), || set::add(this.get_obj(USER_CLIENTS), user_client));
            SUCCESS
        },
    )
}

extern "C" fn legacy_new_user_client(_this: Obj) -> u32 {
    UNSUPPORTED
}

extern "C" fn create(this: Obj, task: u64, security: u64, kind: u32, to: usize) -> u32 {
    if to == 0 {
        return BAD_ARGUMENT;
    }
    let user_client = client::new(this, task, security, kind);
    mem::write(to, user_client);
    if user_client.is_null() { ERROR } else { SUCCESS }
}

/// A client wants to run: waits for a pause and for power, then counts it; the first starts the engine.
pub(crate) extern "C" fn start_client(this: Obj, _client: Obj) -> u32 {
    let device = this.get_obj(AUDIO_DEVICE);
    if service::is_inactive(this) || device.is_null() || service::is_inactive(device) {
        return NO_DEVICE;
    }
    let mut tries = 0;
    while device.get::<u32>(CURRENT_POWER_STATE) == power::SLEEP {
        if tries == POWER_RETRIES {
            return TIMEOUT;
        }
        tries += 1;
        let deadline = clock::from_ns(sched::now() + 1_000_000_000);
        service::sleep_on_gate(this.get_obj(WORK_LOOP), device.0 + CURRENT_POWER_STATE, deadline);
    }
    increment(this)
}

/// Waits on the gate until a pause ends.
pub(crate) fn wait_while_paused(engine: Obj) -> u32 {
    if engine.get::<u32>(STATE) != state::PAUSED {
        return SUCCESS;
    }
    let deadline = clock::from_ns(sched::now() + RESUME_WAIT_NS);
    let woken = service::sleep_on_gate(engine.get_obj(WORK_LOOP), engine.0 + STATE, deadline);
    if woken { SUCCESS } else { TIMEOUT }
}

fn set_active(engine: Obj, count: u32) {
    engine.set(NUM_ACTIVE_USER_CLIENTS, count);
    publish_u32(engine, c"IOAudioEngineNumActiveUserClients", count);
}

extern "C" fn increment(this: Obj) -> u32 {
    let count = this.get::<u32>(NUM_ACTIVE_USER_CLIENTS) + 1;
    set_active(this, count);
    if count != 1 {
        return SUCCESS;
    }
    let result = state::START_AUDIO_ENGINE.call_u32(this, &[]);
    if result != SUCCESS {
        set_active(this, count - 1);
    }
    result
}

/// The last client's end is noted as a position one lap ahead; a later tick stops the engine.
extern "C" fn decrement(this: Obj) -> u32 {
    let count = this.get::<u32>(NUM_ACTIVE_USER_CLIENTS).saturating_sub(1);
    set_active(this, count);
    if count == 0 && state::get(this) == state::RUNNING {
        note_stop_position(this);
    }
    SUCCESS
}

fn note_stop_position(engine: Obj) {
    let lap = status::loop_count_and_time(engine).0.wrapping_add(1);
    set_stop_position(engine, Position { frame: erase::current_frame(engine), lap });
}

/// A client that was online ends.
pub(crate) extern "C" fn stop_client(this: Obj, user_client: Obj) -> u32 {
    if client::is_online(user_client) { decrement(this) } else { SUCCESS }
}

/// A client has closed: it is terminated and forgotten.
pub(crate) extern "C" fn client_closed(this: Obj, user_client: Obj) {
    user_client.retain();
    crate::device::remove_member(this.get_obj(USER_CLIENTS), user_client);
    if !service::is_inactive(user_client) {
        service::TERMINATE.call(user_client, &[0]);
    }
    user_client.release();
}

/// Terminates all clients (the engine's own stop).
pub(crate) fn detach(engine: Obj) {
    for user_client in list(engine) {
        client::stop(user_client);
        if !service::is_inactive(user_client) {
            service::TERMINATE.call(user_client, &[0]);
        }
    }
    let clients = engine.get_obj(USER_CLIENTS);
    if !clients.is_null() {
        collection::flush(clients);
    }
    if state::get(engine) == state::RUNNING {
        note_stop_position(engine);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient" => new_user_client,
    "__ZN13IOAudioEngine13newUserClientEP4taskPvjPP12IOUserClient" => legacy_new_user_client,
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClientP12OSDictionary" => create,
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClient" => create,
    "__ZN13IOAudioEngine11startClientEP23IOAudioEngineUserClient" => start_client,
    "__ZN13IOAudioEngine10stopClientEP23IOAudioEngineUserClient" => stop_client,
    "__ZN13IOAudioEngine26incrementActiveUserClientsEv" => increment,
    "__ZN13IOAudioEngine26decrementActiveUserClientsEv" => decrement,
    "__ZN13IOAudioEngine12clientClosedEP23IOAudioEngineUserClient" => client_closed,
}
