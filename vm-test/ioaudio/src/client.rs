//! IOAudioEngineUserClient: how user space registers buffers, starts and does IO.
//!
//! Methods: 0 register buffer (stream, address, size, set), 1 unregister (address, set), 2 connection ID, 3 start, 4 stop,
//! 5 nearest start time. Memory types: 0 status, 3 and 4 bytes in input and output. Trap 0: IO.

pub mod buffer;
mod io;
pub mod set;

use kpi::class;
use kpi::functions;
use kpi::mach::{lock as locks, port};
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};
use kpi::symbols;

use crate::engine::{clients, notify, status};
use crate::layout::client::{AUDIO_ENGINE, CLIENT_BUFFER_LOCK, ONLINE, TRAP, WORK_LOOP};
use crate::layout::engine::WORK_LOOP as ENGINE_WORK_LOOP;
use crate::returns::{BAD_ARGUMENT, ERROR, NOT_PERMITTED, SUCCESS, UNSUPPORTED};
use crate::service;
use crate::stream::clients as stream_clients;

/// What the family knows of a client beside its visible fields.
#[derive(Default)]
pub(crate) struct Private {
    /// Buffer sets, in order of registration.
    pub sets: alloc::vec::Vec<set::BufferSet>,
    /// Where notifications go; 0: nowhere.
    port: u64,
    reference: u32,
}

pub(crate) static PRIVATE: Side<Private> = Side::new();

static INIT: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvj",
);
static SUPER_INIT: Direct = Direct::new("__ZN12IOUserClient12initWithTaskEP4taskPvj");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN12IOUserClient4freeEv");
static SERVICE_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static CLIENT_CLOSED: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine12clientClosedEP23IOAudioEngineUserClient");
static START_CLIENT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine11startClientEP23IOAudioEngineUserClient");
static STOP_CLIENT: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine10stopClientEP23IOAudioEngineUserClient");

/// The trap's function: it has a symbol, so that it is reached like any function of the kernel.
const PERFORM_CLIENT_IO: &str = "__ZN23IOAudioEngineUserClient15performClientIOEjjbjjj";

/// Scalars in and out of each method.
const METHODS: [(u32, u32); 6] = [(4, 0), (2, 0), (0, 1), (0, 0), (0, 0), (3, 0)];

/// IOExternalMethodArguments.
mod arguments {
    /// `scalarInput`.
    pub const SCALAR_INPUT: usize = 32;
    /// `scalarInputCount`.
    pub const SCALAR_INPUT_COUNT: usize = 40;
    /// `scalarOutput`.
    pub const SCALAR_OUTPUT: usize = 72;
    /// `scalarOutputCount`.
    pub const SCALAR_OUTPUT_COUNT: usize = 80;
}

/// A client of an engine with one reference; NULL when it could not be initialised.
pub(crate) fn new(engine: Obj, task: u64, security: u64, kind: u32) -> Obj {
    let client = class::instantiate("IOAudioEngineUserClient");
    if INIT.call_bool(client, &[engine.word(), task, security, u64::from(kind)]) {
        return client;
    }
    client.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, engine: Obj, task: u64, security: u64, kind: u32) -> bool {
    if engine.is_null() || !SUPER_INIT.call_bool(&[this.word(), task, security, u64::from(kind)]) {
        return false;
    }
    this.set(AUDIO_ENGINE, engine);
    this.set(WORK_LOOP, engine.get_obj(ENGINE_WORK_LOOP).retain());
    this.set(CLIENT_BUFFER_LOCK, locks::allocate());
    let perform = symbols::address(PERFORM_CLIENT_IO).unwrap_or_default();
    this.set(TRAP, [this.0, perform, 0]);
    PRIVATE.insert(this, Private::default());
    true
}

extern "C" fn free(this: Obj) {
    if let Some(private) = PRIVATE.remove(this) {
        private.sets.into_iter().for_each(set::BufferSet::free);
    }
    let lock: usize = this.get(CLIENT_BUFFER_LOCK);
    if lock != 0 {
        locks::free(lock);
    }
    service::release_field(this, WORK_LOOP);
    let own = symbols::address("__ZN12IOUserClient4freeEv").is_some();
    (if own { &SUPER_FREE } else { &SERVICE_FREE }).call(&[this.word()]);
}

extern "C" fn service_stop(this: Obj, provider: Obj) {
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

/// The client's engine.
pub(crate) fn engine(client: Obj) -> Obj {
    client.get_obj(AUDIO_ENGINE)
}

/// Whether the client runs.
pub(crate) fn is_online(client: Obj) -> bool {
    client.get(ONLINE)
}

/// Whether the client has a buffer on a stream.
pub(crate) fn uses(client: Obj, stream: Obj) -> bool {
    set::buffers(client).into_iter().any(|buffer| buffer::stream(buffer) == stream)
}

/// Keeps the client's IO out.
pub(crate) extern "C" fn lock_buffers(this: Obj) {
    locks::lock_recursive(this.get(CLIENT_BUFFER_LOCK));
}

/// Lets the client's IO in.
pub(crate) extern "C" fn unlock_buffers(this: Obj) {
    locks::unlock_recursive(this.get(CLIENT_BUFFER_LOCK));
}

fn gated<R>(client: Obj, f: impl FnOnce() -> R) -> R {
    service::gated(client.get_obj(WORK_LOOP), f)
}

/// Start: on the work loop; online first, then the engine, then the buffers join their streams.
extern "C" fn client_start(this: Obj) -> u32 {
    gated(this, || {
        let engine = engine(this);
        match clients::wait_while_paused(engine) {
            SUCCESS => (),
            error => return error,
        }
        if is_online(this) {
            return SUCCESS;
        }
        this.set(ONLINE, true);
        let result = START_CLIENT.call_u32(engine, &[this.word()]);
        if result != SUCCESS {
            this.set(ONLINE, false);
            return result;
        }
        join_streams(this)
    })
}

fn join_streams(client: Obj) -> u32 {
    set::reset_positions(client);
    for buffer in set::buffers(client) {
        let result = stream_clients::ADD.call_u32(buffer::stream(buffer), &[buffer.word()]);
        if result != SUCCESS {
            stop(client);
            return result;
        }
    }
    service::publish_bool(client, c"IOAudioEngineUserClientActive", true);
    SUCCESS
}

/// Stop: watchdogs off, buffers leave, the engine is told, offline.
pub(crate) fn stop(client: Obj) {
    if !is_online(client) {
        return;
    }
    lock_buffers(client);
    set::cancel_watchdogs(client);
    for buffer in set::buffers(client) {
        stream_clients::REMOVE.call(buffer::stream(buffer), &[buffer.word()]);
    }
    unlock_buffers(client);
    STOP_CLIENT.call(engine(client), &[client.word()]);
    client.set(ONLINE, false);
    service::publish_bool(client, c"IOAudioEngineUserClientActive", false);
}

extern "C" fn client_stop(this: Obj) -> u32 {
    gated(this, || stop(this));
    SUCCESS
}

/// The process closed the connection, or died.
extern "C" fn client_close(this: Obj) -> u32 {
    gated(this, || {
        stop(this);
        CLIENT_CLOSED.call(engine(this), &[this.word()]);
    });
    SUCCESS
}

extern "C" fn register_port(this: Obj, to: u64, kind: u32, reference: u32) -> u32 {
    if kind != 0 {
        return BAD_ARGUMENT;
    }
    PRIVATE.with_default(this, |private| {
        private.reference = reference;
        private.port = to;
    });
    SUCCESS
}

/// Sends a notification: type, the port's reference, sender. A client that hears of a pause stops first.
pub(crate) fn notify(client: Obj, kind: u32, sender: u64) {
    if kind == notify::PAUSED {
        stop(client);
    }
    if let Some((to, reference)) = PRIVATE.with(client, |private| (private.port, private.reference))
        && to != 0
    {
        let mut body = alloc::vec::Vec::new();
        body.extend_from_slice(&kind.to_le_bytes());
        body.extend_from_slice(&reference.to_le_bytes());
        body.extend_from_slice(&sender.to_le_bytes());
        port::send(to, &body);
    }
}

/// Status page, read-only. The bytes-in arrays are for streams that produce varying amounts; none here does.
extern "C" fn memory_for_type(this: Obj, kind: u32, options: usize, to: usize) -> u32 {
    const READ_ONLY: u32 = 0x1000;
    if kind != 0 {
        return ERROR;
    }
    let descriptor = status::STATUS_DESCRIPTOR.call_obj(engine(this), &[]);
    if descriptor.is_null() {
        return ERROR;
    }
    mem::write(to, descriptor.retain());
    mem::write(options, READ_ONLY);
    SUCCESS
}

extern "C" fn external_method(this: Obj, selector: u32, call: Obj) -> u32 {
    let (input, given) = (call.get::<usize>(arguments::SCALAR_INPUT), call.get::<u32>(arguments::SCALAR_INPUT_COUNT));
    let scalar = |index: usize| mem::read::<u64>(input + index * 8);
    let Some(&(scalars, results)) = METHODS.get(selector as usize) else { return UNSUPPORTED };
    if given != scalars || call.get::<u32>(arguments::SCALAR_OUTPUT_COUNT) < results {
        return BAD_ARGUMENT;
    }
    match selector {
        0 => gated(this, || set::register(this, scalar(0) as u32, scalar(1), scalar(2) as u32, scalar(3) as u32)),
        1 => gated(this, || set::unregister(this, scalar(0), scalar(1) as u32)),
        2 => {
            mem::write(call.get::<usize>(arguments::SCALAR_OUTPUT), this.0 as u64 & 0xffff_ffff);
            SUCCESS
        }
        3 => client_start(this),
        4 => client_stop(this),
        _ => NOT_PERMITTED,
    }
}

extern "C" fn trap_for_index(this: Obj, index: u32) -> usize {
    if index == 0 { this.0 + TRAP } else { 0 }
}

extern "C" fn no_method(_this: Obj, _index: u32) -> usize {
    0
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvj" => init,
    "__ZN23IOAudioEngineUserClient4freeEv" => free,
    "__ZN23IOAudioEngineUserClient4stopEP9IOService" => service_stop,
    "__ZN23IOAudioEngineUserClient11lockBuffersEv" => lock_buffers,
    "__ZN23IOAudioEngineUserClient13unlockBuffersEv" => unlock_buffers,
    "__ZN23IOAudioEngineUserClient11clientStartEv" => client_start,
    "__ZN23IOAudioEngineUserClient10clientStopEv" => client_stop,
    "__ZN23IOAudioEngineUserClient11clientCloseEv" => client_close,
    "__ZN23IOAudioEngineUserClient10clientDiedEv" => client_close,
    "__ZN23IOAudioEngineUserClient24registerNotificationPortEP8ipc_portjj" => register_port,
    "__ZN23IOAudioEngineUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor" => memory_for_type,
    "__ZN23IOAudioEngineUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv" => external_method,
    "__ZN23IOAudioEngineUserClient23getExternalTrapForIndexEj" => trap_for_index,
    "__ZN23IOAudioEngineUserClient25getExternalMethodForIndexEj" => no_method,
    "__ZN23IOAudioEngineUserClient15performClientIOEjjbjjj" => perform_client_io,
}

extern "C" fn perform_client_io(
    this: Obj,
    first: u32,
    lap: u32,
    is_input: bool,
    set_id: u32,
    high: u32,
    low: u32,
) -> u32 {
    io::perform(this, first, lap, is_input, set_id, (u64::from(high) << 32) | u64::from(low))
}
