//! The client's methods by number, by table or by dispatch, and its trap.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use kpi::functions;
use kpi::heap;
use kpi::iokit::task::{self, Task};
use kpi::libkern::boolean;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::symbols;

use super::{PRIVATE, engine, gated};
use crate::behaviour;
use crate::layout::client::TRAP;
use crate::returns::{BAD_ARGUMENT, NOT_PRIVILEGED, SUCCESS};
use crate::service;

static REGISTER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient16registerBuffer64EP13IOAudioStreamyjj");
static UNREGISTER: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient18unregisterBuffer64Eyj");
static CONNECTION_ID: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient15getConnectionIDEPj");
static START: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient11clientStartEv");
static STOP: Method = Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient10clientStopEv");
static NEAREST: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient19getNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampj",
);
static CLIENT_NEAREST: Method = Method::new(
    "IOAudioEngineUserClient",
    "__ZN23IOAudioEngineUserClient25getClientNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampj",
);
static ENGINE_NEAREST: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine19getNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampb");
static PERFORM_IO: Method =
    Method::new("IOAudioEngineUserClient", "__ZN23IOAudioEngineUserClient15performClientIOEjjbjjj");
static ENTITLEMENT: Direct = Direct::new("__ZN12IOUserClient21copyClientEntitlementEP4taskPKc");
static SUPER_METHOD: Direct = Direct::new(
    "__ZN12IOUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv",
);

/// The methods in their order, with the number of scalars in and out.
static METHODS: [(&Method, u64, u64); 6] =
    [(&REGISTER, 4, 0), (&UNREGISTER, 2, 0), (&CONNECTION_ID, 0, 1), (&START, 0, 0), (&STOP, 0, 0), (&NEAREST, 3, 0)];

/// sizeof(IOExternalMethod): object, pointer to a member function, flags, counts of inputs and outputs.
const METHOD_SIZE: usize = 48;
/// The trap of a client of another byte order.
const CLASSIC_TRAP: u32 = 0x1000;

/// Whether any client has asked for that trap.
static HAS_CLASSIC: AtomicBool = AtomicBool::new(false);

/// Whether there may be clients of another byte order, which are asked for with each word of a descriptor: hardly ever.
pub(super) fn has_classic() -> bool {
    HAS_CLASSIC.load(Ordering::Relaxed)
}

/// Byte offsets in IOExternalMethodArguments.
mod arguments {
    pub const SCALAR_INPUT: usize = 32;
    pub const SCALAR_INPUT_COUNT: usize = 40;
    pub const SCALAR_OUTPUT: usize = 72;
    pub const SCALAR_OUTPUT_COUNT: usize = 80;
}

/// A C++ pointer to a virtual member function.
fn pointer_to(method: &Method) -> [u64; 2] {
    [method.slot() as u64 * 8 + 1, 0]
}

/// Makes a client's table of methods.
pub(super) fn new_table(client: Obj) -> usize {
    let table = heap::allocate(METHOD_SIZE * METHODS.len(), 8);
    for (place, (method, inputs, outputs)) in METHODS.iter().enumerate() {
        let [function, adjust] = pointer_to(method);
        mem::write(table + place * METHOD_SIZE, [client.word(), function, adjust, 0, *inputs, *outputs]);
    }
    table
}

/// Frees a table; 0: there is none.
pub(super) fn free_table(table: usize) {
    if table != 0 {
        heap::free(table, METHOD_SIZE * METHODS.len());
    }
}

/// Writes the trap into the client.
pub(super) fn set_trap(client: Obj) {
    let [function, adjust] = pointer_to(&PERFORM_IO);
    client.set(TRAP, [client.word(), function, adjust]);
}

/// A connection's ID: bits of the client's address, or a number that no other has.
pub(super) fn new_connection_id(client: Obj) -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    if behaviour::now().numbers_connections {
        LAST.fetch_add(1, Ordering::Relaxed) + 1
    } else {
        (client.word() >> 8) as u32
    }
}

/// Whether the task that calls hosts audio drivers in user space.
fn is_entitled() -> bool {
    if symbols::address("__ZN12IOUserClient21copyClientEntitlementEP4taskPKc").is_none() {
        return false;
    }
    let Task(task) = task::current();
    let claim = ENTITLEMENT.call_obj(&[task, c"com.apple.private.audio.driver-host".as_ptr() as u64]);
    let entitled = claim.is("OSBoolean") && boolean::value(claim);
    claim.release();
    entitled
}

/// externalMethod. Where there is a table, registering and unregistering alone are served here, for their 64-bit addresses.
extern "C" fn external_method(this: Obj, selector: u32, call: Obj, dispatch: u64, target: u64, reference: u64) -> u32 {
    let behaviour = behaviour::now();
    if behaviour.needs_entitlement && !is_entitled() {
        return NOT_PRIVILEGED;
    }
    let Some((_, inputs, outputs)) =
        METHODS.get(selector as usize).filter(|_| selector < 2 || !behaviour.has_method_table)
    else {
        return SUPER_METHOD.call(&[this.word(), u64::from(selector), call.word(), dispatch, target, reference]) as u32;
    };
    let given = u64::from(call.get::<u32>(arguments::SCALAR_INPUT_COUNT));
    let room = u64::from(call.get::<u32>(arguments::SCALAR_OUTPUT_COUNT));
    if behaviour.counts_scalars && (given < *inputs || room < *outputs) {
        return BAD_ARGUMENT;
    }
    let from: usize = call.get(arguments::SCALAR_INPUT);
    let scalar = |place: u64| if place < given { mem::read::<u64>(from + place as usize * 8) } else { 0 };
    match selector {
        0 => REGISTER.call_u32(this, &[scalar(0), scalar(1), scalar(2), scalar(3)]),
        1 => UNREGISTER.call_u32(this, &[scalar(0), scalar(1)]),
        2 => {
            let mut id = 0u32;
            let result = CONNECTION_ID.call_u32(this, &[(&raw mut id) as u64]);
            mem::write(
                call.get::<usize>(arguments::SCALAR_OUTPUT),
                u64::from(mem::read::<u32>((&raw const id) as usize)),
            );
            result
        }
        3 => START.call_u32(this, &[]),
        4 => STOP.call_u32(this, &[]),
        _ => NEAREST.call_u32(this, &[scalar(0), scalar(1), scalar(2)]),
    }
}

extern "C" fn method_for_index(this: Obj, index: u32) -> usize {
    let table = PRIVATE.with(this, |private| private.methods).unwrap_or(0);
    if table != 0 && (index as usize) < METHODS.len() { table + index as usize * METHOD_SIZE } else { 0 }
}

extern "C" fn trap_for_index(this: Obj, index: u32) -> usize {
    if index == CLASSIC_TRAP {
        HAS_CLASSIC.store(true, Ordering::Relaxed);
        PRIVATE.with(this, |private| private.is_classic = true);
    }
    if index == 0 || index == CLASSIC_TRAP { this.0 + TRAP } else { 0 }
}

/// getConnectionID.
extern "C" fn connection_id(this: Obj, to: usize) -> u32 {
    mem::write(to, PRIVATE.with(this, |private| private.connection).unwrap_or(0));
    SUCCESS
}

/// getNearestStartTime: stream and place for the time are user space's numbers, taken for addresses of the kernel.
extern "C" fn nearest(this: Obj, stream: u64, time: u64, is_input: u32) -> u32 {
    gated(this, || nearest_action(this, stream, time, u64::from(is_input)))
}

extern "C" fn nearest_action(this: Obj, stream: u64, time: u64, is_input: u64) -> u32 {
    CLIENT_NEAREST.call_u32(this, &[stream, time, is_input])
}

extern "C" fn client_nearest(this: Obj, stream: u64, time: u64, is_input: u32) -> u32 {
    if engine(this).is_null() || service::is_inactive(this) {
        return SUCCESS;
    }
    ENGINE_NEAREST.call_u32(engine(this), &[stream, time, u64::from(is_input != 0)])
}

functions! { pub FUNCTIONS:
    "__ZN23IOAudioEngineUserClient14externalMethodEjP25IOExternalMethodArgumentsP24IOExternalMethodDispatchP8OSObjectPv" => external_method,
    "__ZN23IOAudioEngineUserClient25getExternalMethodForIndexEj" => method_for_index,
    "__ZN23IOAudioEngineUserClient23getExternalTrapForIndexEj" => trap_for_index,
    "__ZN23IOAudioEngineUserClient15getConnectionIDEPj" => connection_id,
    "__ZN23IOAudioEngineUserClient19getNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampj" => nearest,
    "__ZN23IOAudioEngineUserClient25getNearestStartTimeActionEP8OSObjectPvS2_S2_S2_" => nearest_action,
    "__ZN23IOAudioEngineUserClient26_getNearestStartTimeActionEP8OSObjectPvS2_S2_S2_" => gated_nearest,
    "__ZN23IOAudioEngineUserClient25getClientNearestStartTimeEP13IOAudioStreamP17_IOAudioTimeStampj" => client_nearest,
}

extern "C" fn gated_nearest(this: Obj, stream: u64, time: u64, is_input: u64) -> u32 {
    gated(this, || nearest_action(this, stream, time, is_input))
}
