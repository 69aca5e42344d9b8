//! What the family uses of IOKit, by method: registry properties, service life, the work loop's gate.

use core::ffi::CStr;

use kpi::iokit::state;
use kpi::libkern::{boolean, number};
use kpi::mach::clock;
use kpi::object::{Direct, Method, Obj};
use kpi::sched;

static SET_PROPERTY: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPKcP8OSObject");
static SET_STRING: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPKcS1_");
static GET_PROPERTY: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11getPropertyEPKc");
static CLOSE_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9closeGateEv");
static OPEN_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop8openGateEv");
static SLEEP_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9sleepGateEPvj");
static SLEEP_GATE_UNTIL: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9sleepGateEPvyj");
static WAKEUP_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop10wakeupGateEPvb");
static ADD_EVENT_SOURCE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop14addEventSourceEP13IOEventSource");
static REMOVE_EVENT_SOURCE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop17removeEventSourceEP13IOEventSource");
static COMMAND_GATE: Direct = Direct::new("__ZN13IOCommandGate11commandGateEP8OSObjectPFiS1_PvS2_S2_S2_E");

/// IOService's virtuals.
pub static ATTACH: Method = Method::new("IOService", "__ZN9IOService6attachEPS_");
/// `detach(provider)`.
pub static DETACH: Method = Method::new("IOService", "__ZN9IOService6detachEPS_");
/// `start(provider)`.
pub static START: Method = Method::new("IOService", "__ZN9IOService5startEPS_");
/// `stop(provider)`.
pub static STOP: Method = Method::new("IOService", "__ZN9IOService4stopEPS_");
/// `registerService(options)`.
pub static REGISTER_SERVICE: Method = Method::new("IOService", "__ZN9IOService15registerServiceEj");
/// `terminate(options)`.
pub static TERMINATE: Method = Method::new("IOService", "__ZN9IOService9terminateEj");
/// `getWorkLoop()`.
pub static GET_WORK_LOOP: Method = Method::new("IOService", "__ZNK9IOService11getWorkLoopEv");
/// `getProvider()`.
pub static GET_PROVIDER: Method = Method::new("IOService", "__ZNK9IOService11getProviderEv");

/// THREAD_AWAKENED, as sleeps on the gate return it.
pub const AWAKENED: u32 = 0;
/// THREAD_TIMED_OUT.
pub const TIMED_OUT: u32 = 1;
/// THREAD_INTERRUPTED.
pub const INTERRUPTED: u32 = 2;
/// THREAD_RESTART.
pub const RESTART: u32 = 3;

/// Publishes a property; the object is released.
pub fn publish(entry: Obj, key: &CStr, value: Obj) {
    SET_PROPERTY.call(entry, &[key.as_ptr() as u64, value.word()]);
    value.release();
}

/// Publishes a number of `bits` bits.
pub fn publish_number(entry: Obj, key: &CStr, value: u64, bits: u32) {
    publish(entry, key, number::new(value, bits));
}

/// Publishes a 32-bit number.
pub fn publish_u32(entry: Obj, key: &CStr, value: u32) {
    publish_number(entry, key, u64::from(value), 32);
}

/// Publishes a boolean.
pub fn publish_bool(entry: Obj, key: &CStr, value: bool) {
    SET_PROPERTY.call(entry, &[key.as_ptr() as u64, boolean::object(value).word()]);
}

/// Publishes a C string of the driver's; nothing for NULL.
pub fn publish_string(entry: Obj, key: &CStr, text: usize) {
    if text != 0 {
        SET_STRING.call(entry, &[key.as_ptr() as u64, text as u64]);
    }
}

/// A property, not retained.
pub fn property(entry: Obj, key: &CStr) -> Obj {
    GET_PROPERTY.call_obj(entry, &[key.as_ptr() as u64])
}

/// Runs `f` with the work loop's gate closed, as `runAction` does.
pub fn gated<R>(work_loop: Obj, f: impl FnOnce() -> R) -> R {
    if work_loop.is_null() {
        return f();
    }
    work_loop.retain();
    CLOSE_GATE.call(work_loop, &[]);
    let result = f();
    OPEN_GATE.call(work_loop, &[]);
    work_loop.release();
    result
}

/// Sleeps on the gate for an event, `ns` at most if there is a limit; returns how it ended.
pub fn sleep_on_gate(work_loop: Obj, event: usize, ns: Option<u64>) -> u32 {
    match ns {
        Some(ns) => {
            let deadline = clock::from_ns(sched::now() + ns);
            SLEEP_GATE_UNTIL.call_u32(work_loop, &[event as u64, deadline, 0])
        }
        None => SLEEP_GATE.call_u32(work_loop, &[event as u64, 0]),
    }
}

/// Wakes all that sleep on the gate for an event.
pub fn wake_gate(work_loop: Obj, event: usize) {
    if !work_loop.is_null() {
        WAKEUP_GATE.call(work_loop, &[event as u64, 0]);
    }
}

/// A command gate for `owner` on `work_loop`, with one reference; NULL when it could not be added.
pub fn add_command_gate(work_loop: Obj, owner: Obj) -> Obj {
    let gate = COMMAND_GATE.call_obj(&[owner.word(), 0]);
    if gate.is_null() || add_event_source(work_loop, gate) != 0 {
        gate.release();
        return Obj::NULL;
    }
    gate
}

/// `addEventSource`.
pub fn add_event_source(work_loop: Obj, source: Obj) -> u32 {
    ADD_EVENT_SOURCE.call_u32(work_loop, &[source.word()])
}

/// Takes an event source off its loop and releases it.
pub fn drop_event_source(work_loop: Obj, source: Obj) {
    if !source.is_null() {
        if !work_loop.is_null() {
            REMOVE_EVENT_SOURCE.call(work_loop, &[source.word()]);
        }
        source.release();
    }
}

/// Whether a service is being terminated.
pub fn is_inactive(service: Obj) -> bool {
    state::is_inactive(service)
}

/// Takes an object out of a field and releases it.
pub fn release_field(owner: Obj, offset: usize) {
    let object = owner.get_obj(offset);
    owner.set(offset, Obj::NULL);
    object.release();
}
