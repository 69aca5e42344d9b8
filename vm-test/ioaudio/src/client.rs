//! IOAudioEngineUserClient: how user space registers buffers, starts and does IO.
//!
//! Methods: 0 register buffer (stream, address, size, set), 1 unregister (address, set), 2 connection ID, 3 start, 4 stop,
//! 5 nearest start time. Memory types: 0 status, 3 and 4 bytes in input and output. Trap 0: IO.
//!
//! ```text
//!  IOAudioEngineUserClient ─► IOAudioClientBufferSet ─► … (sets, the newest first)
//!                               ├─ output: IOAudioClientBuffer64 ─► … (in order of registration)
//!                               └─ input:  IOAudioClientBuffer64 ─► …
//! ```

pub mod buffer;
pub mod extended;
pub mod io;
pub mod life;
pub mod methods;
pub mod notify;
pub mod register;
pub mod set;
pub mod watchdog;

use kpi::class;
use kpi::functions;
use kpi::mach::lock as locks;
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};

use crate::behaviour;
use crate::layout::client::{AUDIO_ENGINE, CLIENT_BUFFER_LOCK, CLIENT_TASK, COMMAND_GATE, ONLINE, WORK_LOOP};
use crate::returns::{ERROR, SUCCESS};
use crate::service;

/// What the family knows of a client beside its visible fields.
#[derive(Default)]
pub(crate) struct Private {
    /// What GetConnectionID says.
    connection: u32,
    /// The client is one of another byte order: its descriptors and samples are swapped.
    is_classic: bool,
    /// The table of methods, on releases that have one.
    methods: usize,
    /// Parameter buffers.
    extended: alloc::vec::Vec<extended::Info>,
}

pub(crate) static PRIVATE: Side<Private> = Side::new();

static INIT: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvj",
);
static INIT_WITH_PROPERTIES: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvjP12OSDictionary",
);
static INIT_WITH_TASK: Method = Method::new("IOUserClient", "__ZN12IOUserClient12initWithTaskEP4taskPvj");
static INIT_WITH_TASK_PROPERTIES: Method =
    Method::new("IOUserClient", "__ZN12IOUserClient12initWithTaskEP4taskPvjP12OSDictionary");
static ENGINE_WORK_LOOP: Method = Method::new("IOService", "__ZNK9IOService11getWorkLoopEv");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN12IOUserClient4freeEv");
static SERVICE_FREE: Direct = Direct::new("__ZN9IOService4freeEv");
static STATUS: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine19getStatusDescriptorEv");
static BYTES_IN_INPUT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine36getBytesInInputBufferArrayDescriptorEv");
static BYTES_IN_OUTPUT: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine37getBytesInOutputBufferArrayDescriptorEv");

/// kIOMapReadOnly.
const READ_ONLY: u32 = 0x1000;

extern "C" fn with_engine(engine: Obj, task: u64, security: u64, kind: u32) -> Obj {
    made(|client| INIT.call_bool(client, &[engine.word(), task, security, u64::from(kind)]))
}

extern "C" fn with_engine_and_properties(engine: Obj, task: u64, security: u64, kind: u32, properties: Obj) -> Obj {
    let arguments = [engine.word(), task, security, u64::from(kind), properties.word()];
    made(|client| INIT_WITH_PROPERTIES.call_bool(client, &arguments))
}

fn made(init: impl FnOnce(Obj) -> bool) -> Obj {
    let client = class::instantiate("IOAudioEngineUserClient");
    if init(client) {
        return client;
    }
    client.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, engine: Obj, task: u64, security: u64, kind: u32) -> bool {
    INIT_WITH_TASK.call_bool(this, &[task, security, u64::from(kind)]) && set_up(this, engine, task)
}

extern "C" fn init_with_properties(
    this: Obj,
    engine: Obj,
    task: u64,
    security: u64,
    kind: u32,
    properties: Obj,
) -> bool {
    INIT_WITH_TASK_PROPERTIES.call_bool(this, &[task, security, u64::from(kind), properties.word()])
        && set_up(this, engine, task)
}

fn set_up(client: Obj, engine: Obj, task: u64) -> bool {
    let work_loop = if engine.is_null() { Obj::NULL } else { ENGINE_WORK_LOOP.call_obj(engine, &[]) };
    if work_loop.is_null() || task == 0 {
        return false;
    }
    client.set(CLIENT_TASK, task);
    client.set(AUDIO_ENGINE, engine);
    client.set(WORK_LOOP, work_loop.retain());
    client.set(CLIENT_BUFFER_LOCK, locks::allocate());
    let gate = service::add_command_gate(work_loop, client);
    client.set(COMMAND_GATE, gate);
    let connection = methods::new_connection_id(client);
    let methods = if behaviour::now().has_method_table { methods::new_table(client) } else { 0 };
    PRIVATE.insert(client, Private { connection, methods, ..Private::default() });
    methods::set_trap(client);
    !gate.is_null()
}

extern "C" fn free(this: Obj) {
    set::free_all(this);
    if let Some(private) = PRIVATE.remove(this) {
        methods::free_table(private.methods);
        private.extended.into_iter().for_each(extended::Info::free);
    }
    let lock: usize = this.get(CLIENT_BUFFER_LOCK);
    if lock != 0 {
        locks::free(lock);
        this.set(CLIENT_BUFFER_LOCK, 0usize);
    }
    notify::free(this);
    drop_gate(this);
    service::release_field(this, WORK_LOOP);
    let own = kpi::symbols::address("__ZN12IOUserClient4freeEv").is_some();
    (if own { &SUPER_FREE } else { &SERVICE_FREE }).call(&[this.word()]);
}

/// The client was terminated: it stops and lets its buffers go.
extern "C" fn stop(this: Obj, provider: Obj) {
    gated(this, || life::stop(this));
    set::free_all(this);
    drop_gate(this);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

fn drop_gate(client: Obj) {
    service::drop_event_source(client.get_obj(WORK_LOOP), client.get_obj(COMMAND_GATE));
    client.set(COMMAND_GATE, Obj::NULL);
}

/// The client's engine; NULL once it has closed.
pub(crate) fn engine(client: Obj) -> Obj {
    client.get_obj(AUDIO_ENGINE)
}

/// Whether the client runs.
pub(crate) fn is_online(client: Obj) -> bool {
    client.get(ONLINE)
}

/// Whether the client has a buffer on a stream.
pub(crate) fn uses(client: Obj, stream: Obj) -> bool {
    set::all(client).any(|set| set::buffers(set).any(|buffer| buffer::stream(buffer) == stream))
}

/// Keeps the client's IO out.
pub(crate) extern "C" fn lock_buffers(this: Obj) {
    locks::lock_recursive(this.get(CLIENT_BUFFER_LOCK));
}

/// Lets the client's IO in.
pub(crate) extern "C" fn unlock_buffers(this: Obj) {
    locks::unlock_recursive(this.get(CLIENT_BUFFER_LOCK));
}

/// Runs `f` with the client's work loop closed.
fn gated<R>(client: Obj, f: impl FnOnce() -> R) -> R {
    service::gated(client.get_obj(WORK_LOOP), f)
}

/// Status page and the arrays of bytes, read-only. Any other type is an error, whatever the reason.
extern "C" fn memory_for_type(this: Obj, kind: u32, options: usize, to: usize) -> u32 {
    let descriptor = match kind {
        0 => STATUS.call_obj(engine(this), &[]),
        3 => BYTES_IN_INPUT.call_obj(engine(this), &[]),
        4 => BYTES_IN_OUTPUT.call_obj(engine(this), &[]),
        _ => Obj::NULL,
    };
    if descriptor.is_null() {
        return ERROR;
    }
    mem::write(to, descriptor.retain());
    mem::write(options, READ_ONLY);
    SUCCESS
}

/// setCommandGateUsage: as for engines, a gate outlives its callers.
extern "C" fn set_command_gate_usage(_client: Obj, _increment: bool) {}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient15withAudioEngineEP13IOAudioEngineP4taskPvj" => with_engine,
    "__ZN23IOAudioEngineUserClient15withAudioEngineEP13IOAudioEngineP4taskPvjP12OSDictionary" => with_engine_and_properties,
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvj" => init,
    "__ZN23IOAudioEngineUserClient19initWithAudioEngineEP13IOAudioEngineP4taskPvjP12OSDictionary" => init_with_properties,
    "__ZN23IOAudioEngineUserClient4freeEv" => free,
    "__ZN23IOAudioEngineUserClient4stopEP9IOService" => stop,
    "__ZN23IOAudioEngineUserClient11lockBuffersEv" => lock_buffers,
    "__ZN23IOAudioEngineUserClient13unlockBuffersEv" => unlock_buffers,
    "__ZN23IOAudioEngineUserClient19clientMemoryForTypeEjPjPP18IOMemoryDescriptor" => memory_for_type,
    "__ZN23IOAudioEngineUserClient19setCommandGateUsageEPS_b" => set_command_gate_usage,
}
