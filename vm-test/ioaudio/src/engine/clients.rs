//! The engine's user clients: opening, starting, stopping, closing.

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use super::{erase, set_stop_position, state, status};
use crate::behaviour::{self, Paused};
use crate::client;
use crate::device::power;
use crate::layout::device::CURRENT_POWER_STATE;
use crate::layout::engine::{AUDIO_DEVICE, NUM_ACTIVE_USER_CLIENTS, STATE, USER_CLIENTS, WORK_LOOP};
use crate::opening;
use crate::position::Position;
use crate::returns::{
    ABORTED, BAD_ARGUMENT, ERROR, NO_DEVICE, NO_MEMORY, NOT_PERMITTED, OFFLINE, SUCCESS, TIMEOUT, UNSUPPORTED,
};
use crate::service::{self, publish_u32};

static CREATE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClient");
static CREATE_WITH_PROPERTIES: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClientP12OSDictionary",
);
static ADD_CLIENT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine13addUserClientEP23IOAudioEngineUserClient");
static REMOVE_CLIENT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine16removeUserClientEP23IOAudioEngineUserClient");
static INCREMENT: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine26incrementActiveUserClientsEv");
static DECREMENT: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine26decrementActiveUserClientsEv");
static STOP_AT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine20stopEngineAtPositionEP21IOAudioEnginePosition");
static MAKE: Direct = Direct::new("__ZN23IOAudioEngineUserClient15withAudioEngineEP13IOAudioEngineP4taskPvj");
static MAKE_WITH_PROPERTIES: Direct =
    Direct::new("__ZN23IOAudioEngineUserClient15withAudioEngineEP13IOAudioEngineP4taskPvjP12OSDictionary");

/// ns of one try to start on a device that sleeps.
const POWER_TRY_NS: u64 = 1_000_000_000;

/// The user clients.
pub(crate) fn list(engine: Obj) -> Vec<Obj> {
    let clients = engine.get_obj(USER_CLIENTS);
    if clients.is_null() { Vec::new() } else { collection::members(clients) }
}

extern "C" fn new_user_client(this: Obj, task: u64, security: u64, kind: u32, properties: Obj, to: usize) -> u32 {
    if opening::by_older_form(this, &[task, security, u64::from(kind), to as u64]) {
        return SUCCESS;
    }
    let create = |at| {
        let arguments = [task, security, u64::from(kind), at as u64, properties.word()];
        CREATE_WITH_PROPERTIES.call_u32(this, &arguments)
    };
    opening::open(this, to, create, |user_client| ADD_CLIENT.call_u32(this, &[user_client.word()]))
}

extern "C" fn older_new_user_client(this: Obj, task: u64, security: u64, kind: u32, to: usize) -> u32 {
    if !behaviour::now().opens_by_older_form {
        return UNSUPPORTED;
    }
    let create = |at| CREATE.call_u32(this, &[task, security, u64::from(kind), at as u64]);
    opening::open(this, to, create, |user_client| ADD_CLIENT.call_u32(this, &[user_client.word()]))
}

extern "C" fn create(this: Obj, task: u64, security: u64, kind: u32, to: usize) -> u32 {
    put(MAKE.call_obj(&[this.word(), task, security, u64::from(kind)]), to)
}

extern "C" fn create_with_properties(
    this: Obj,
    task: u64,
    security: u64,
    kind: u32,
    to: usize,
    properties: Obj,
) -> u32 {
    let arguments = [this.word(), task, security, u64::from(kind), properties.word()];
    put(MAKE_WITH_PROPERTIES.call_obj(&arguments), to)
}

fn put(user_client: Obj, to: usize) -> u32 {
    if user_client.is_null() {
        return NO_MEMORY;
    }
    mem::write(to, user_client);
    SUCCESS
}

extern "C" fn add(this: Obj, user_client: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || add_action(this, user_client))
}

extern "C" fn add_action(this: Obj, user_client: Obj) -> u32 {
    if user_client.is_null() {
        return BAD_ARGUMENT;
    }
    set::add(this.get_obj(USER_CLIENTS), user_client);
    SUCCESS
}

/// A client is forgotten and, unless that is under way, terminated.
extern "C" fn remove(this: Obj, user_client: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || remove_action(this, user_client))
}

extern "C" fn remove_action(this: Obj, user_client: Obj) -> u32 {
    if user_client.is_null() {
        return BAD_ARGUMENT;
    }
    user_client.retain();
    crate::device::remove_member(this.get_obj(USER_CLIENTS), user_client);
    if !service::is_inactive(user_client) {
        service::TERMINATE.call(user_client, &[0]);
    }
    user_client.release();
    SUCCESS
}

/// clientClosed: a client has closed.
extern "C" fn client_closed(this: Obj, user_client: Obj) {
    if !user_client.is_null() {
        REMOVE_CLIENT.call(this, &[user_client.word()]);
    }
}

/// detachUserClients: terminates all clients, for the engine's own stop.
extern "C" fn detach(this: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || detach_action(this))
}

extern "C" fn detach_action(this: Obj) -> u32 {
    for user_client in list(this) {
        if !service::is_inactive(user_client) {
            service::TERMINATE.call(user_client, &[0]);
        }
    }
    let clients = this.get_obj(USER_CLIENTS);
    if !clients.is_null() {
        collection::flush(clients);
    }
    if state::get(this) == state::RUNNING {
        note_stop_position(this);
    }
    SUCCESS
}

/// startClient: a client wants to run. Waits for power, then counts it; the first starts the engine.
extern "C" fn start_client(this: Obj, _client: Obj) -> u32 {
    let device = this.get_obj(AUDIO_DEVICE);
    let is_gone = || service::is_inactive(this) || device.is_null() || service::is_inactive(device);
    if is_gone() {
        return NO_DEVICE;
    }
    let limit = behaviour::now().power_tries;
    let mut tried = 0;
    while device.get::<u32>(CURRENT_POWER_STATE) == power::SLEEP {
        if Some(tried) == limit {
            return TIMEOUT;
        }
        tried += 1;
        let ns = limit.map(|_| POWER_TRY_NS);
        service::sleep_on_gate(this.get_obj(WORK_LOOP), device.0 + CURRENT_POWER_STATE, ns);
    }
    if is_gone() { NO_DEVICE } else { INCREMENT.call_u32(this, &[]) }
}

/// waitForEngineResume: a client that starts while the engine is paused waits on the gate for the pause to end.
pub(crate) extern "C" fn wait_for_resume(this: Obj) -> u32 {
    let limit = match behaviour::now().paused {
        Paused::Refuses => return OFFLINE,
        Paused::Waits => None,
        Paused::WaitsFor(ns) => Some(ns),
    };
    match service::sleep_on_gate(this.get_obj(WORK_LOOP), this.0 + STATE, limit) {
        service::AWAKENED => SUCCESS,
        service::TIMED_OUT => TIMEOUT,
        service::INTERRUPTED => ABORTED,
        service::RESTART => NOT_PERMITTED,
        _ => ERROR,
    }
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
    let position = Position { frame: erase::current_frame(engine), lap };
    STOP_AT.call(engine, &[(&raw const position) as u64]);
}

/// stopEngineAtPosition.
extern "C" fn stop_at(this: Obj, position: usize) {
    if position != 0 {
        set_stop_position(this, mem::read(position));
    }
}

/// stopClient: a client that was online ends.
extern "C" fn stop_client(this: Obj, user_client: Obj) -> u32 {
    if client::is_online(user_client) { DECREMENT.call_u32(this, &[]) } else { SUCCESS }
}

/// setCommandGateUsage: the family counts who is inside its gate so that `stop` does not pull it from under a sleeper. Here a
/// gate outlives its callers, whoever removes it.
extern "C" fn set_command_gate_usage(_engine: Obj, _increment: bool) {}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine13newUserClientEP4taskPvjP12OSDictionaryPP12IOUserClient" => new_user_client,
    "__ZN13IOAudioEngine13newUserClientEP4taskPvjPP12IOUserClient" => older_new_user_client,
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClientP12OSDictionary" => create_with_properties,
    "__ZN13IOAudioEngine16createUserClientEP4taskPvjPP23IOAudioEngineUserClient" => create,
    "__ZN13IOAudioEngine13addUserClientEP23IOAudioEngineUserClient" => add,
    "__ZN13IOAudioEngine19addUserClientActionEP8OSObjectPvS2_S2_S2_" => add_action,
    "__ZN13IOAudioEngine20_addUserClientActionEP8OSObjectPvS2_S2_S2_" => add,
    "__ZN13IOAudioEngine16removeUserClientEP23IOAudioEngineUserClient" => remove,
    "__ZN13IOAudioEngine22removeUserClientActionEP8OSObjectPvS2_S2_S2_" => remove_action,
    "__ZN13IOAudioEngine23_removeUserClientActionEP8OSObjectPvS2_S2_S2_" => remove,
    "__ZN13IOAudioEngine17detachUserClientsEv" => detach,
    "__ZN13IOAudioEngine23detachUserClientsActionEP8OSObjectPvS2_S2_S2_" => detach_action,
    "__ZN13IOAudioEngine11startClientEP23IOAudioEngineUserClient" => start_client,
    "__ZN13IOAudioEngine10stopClientEP23IOAudioEngineUserClient" => stop_client,
    "__ZN13IOAudioEngine19waitForEngineResumeEv" => wait_for_resume,
    "__ZN13IOAudioEngine26incrementActiveUserClientsEv" => increment,
    "__ZN13IOAudioEngine26decrementActiveUserClientsEv" => decrement,
    "__ZN13IOAudioEngine20stopEngineAtPositionEP21IOAudioEnginePosition" => stop_at,
    "__ZN13IOAudioEngine12clientClosedEP23IOAudioEngineUserClient" => client_closed,
    "__ZN13IOAudioEngine19setCommandGateUsageEPS_b" => set_command_gate_usage,
}
