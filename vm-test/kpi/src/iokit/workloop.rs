//! IOWorkLoop: a gate that one thread at a time can close, and a thread that asks event sources for work.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::checks::locks::Kind;
use crate::checks::{self, Rule};
use crate::class;
use crate::functions;
use crate::iokit::eventsource;
use crate::iokit::gate;
use crate::iokit::ioreturn::IOReturn;
use crate::libkern::osobject;
use crate::mach::lock;
use crate::object::{Method, Obj, Side};
use crate::sched::{self, Priority};
use crate::symbols;

/// `IOWorkLoop::gateLock`.
const GATE_LOCK: usize = 16;
/// `IOWorkLoop::eventChain`.
const EVENT_CHAIN: usize = 24;
/// `IOWorkLoop::controlG`.
const CONTROL_GATE: usize = 32;
/// `IOWorkLoop::workToDoLock`.
const WORK_LOCK: usize = 40;
/// `IOWorkLoop::workThread`.
const THREAD: usize = 48;
/// `IOWorkLoop::workToDo`.
const WORK_TO_DO: usize = 56;

/// Commands of `_maintRequest`.
const ADD: u64 = 1;
const REMOVE: u64 = 2;

#[derive(Default)]
struct Loop {
    /// Event sources that never have work for the thread (they act on other threads), in order of arrival.
    passive: Vec<Obj>,
    /// The thread is to end.
    ends: bool,
    /// The chain has changed under the thread's feet.
    restarts: bool,
}

static LOOPS: Side<Loop> = Side::new();

static INIT: Method = Method::new("OSObject", "__ZN8OSObject4initEv");
static FREE: Method = Method::new("OSObject", "__ZN8OSObject4freeEv");
static CLOSE_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9closeGateEv");
static OPEN_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop8openGateEv");
static TRY_CLOSE_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop12tryCloseGateEv");
static SLEEP_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9sleepGateEPvj");
static SLEEP_GATE_UNTIL: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop9sleepGateEPvyj");
static WAKEUP_GATE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop10wakeupGateEPvb");
static IN_GATE: Method = Method::new("IOWorkLoop", "__ZNK10IOWorkLoop6inGateEv");
static ON_THREAD: Method = Method::new("IOWorkLoop", "__ZNK10IOWorkLoop8onThreadEv");
static SIGNAL: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop19signalWorkAvailableEv");
static ADD_EVENT_SOURCE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop14addEventSourceEP13IOEventSource");
static REMOVE_EVENT_SOURCE: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop17removeEventSourceEP13IOEventSource");
static RUN_EVENT_SOURCES: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop15runEventSourcesEv");
static THREAD_MAIN: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop10threadMainEv");
static MAINTAIN: Method = Method::new("IOWorkLoop", "__ZN10IOWorkLoop13_maintRequestEPvS0_S0_S0_");
static RUN_COMMAND: Method = Method::new("IOCommandGate", "__ZN13IOCommandGate10runCommandEPvS0_S0_S0_");

/// A new work loop (`workLoop()`), NULL when its `init` fails.
pub extern "C" fn new() -> Obj {
    let this = class::instantiate("IOWorkLoop");
    if INIT.call_bool(this, &[]) {
        return this;
    }
    this.release();
    Obj::NULL
}

/// `closeGate`.
pub fn close_gate(work_loop: Obj) {
    CLOSE_GATE.call(work_loop, &[]);
}

/// `openGate`.
pub fn open_gate(work_loop: Obj) {
    OPEN_GATE.call(work_loop, &[]);
}

/// `tryCloseGate`.
pub fn try_close_gate(work_loop: Obj) -> bool {
    TRY_CLOSE_GATE.call_bool(work_loop, &[])
}

/// `inGate`.
pub fn in_gate(work_loop: Obj) -> bool {
    IN_GATE.call_bool(work_loop, &[])
}

/// `onThread`.
pub fn on_thread(work_loop: Obj) -> bool {
    ON_THREAD.call_bool(work_loop, &[])
}

/// `sleepGate`: THREAD_AWAKENED (0), THREAD_TIMED_OUT (1) or THREAD_INTERRUPTED (2). The deadline is absolute time.
pub fn sleep_gate(work_loop: Obj, event: u64, deadline: Option<u64>) -> u32 {
    match deadline {
        Some(deadline) => SLEEP_GATE_UNTIL.call_u32(work_loop, &[event, deadline, 0]),
        None => SLEEP_GATE.call_u32(work_loop, &[event, 0]),
    }
}

/// `wakeupGate`.
pub fn wakeup_gate(work_loop: Obj, event: u64, one: bool) {
    WAKEUP_GATE.call(work_loop, &[event, u64::from(one)]);
}

/// `signalWorkAvailable`.
pub fn signal(work_loop: Obj) {
    SIGNAL.call(work_loop, &[]);
}

/// `addEventSource`.
///
/// # Errors
/// What the work loop says.
pub fn add(work_loop: Obj, source: Obj) -> Result<(), IOReturn> {
    IOReturn(ADD_EVENT_SOURCE.call_u32(work_loop, &[source.word()])).ok()
}

/// `removeEventSource`.
///
/// # Errors
/// What the work loop says.
pub fn remove(work_loop: Obj, source: Obj) -> Result<(), IOReturn> {
    IOReturn(REMOVE_EVENT_SOURCE.call_u32(work_loop, &[source.word()])).ok()
}

/// Runs `f` with the gate closed, as `runAction` does with an action.
pub fn run<R>(work_loop: Obj, f: impl FnOnce() -> R) -> R {
    close_gate(work_loop);
    let result = f();
    open_gate(work_loop);
    result
}

/// The wait event of a work loop's thread; no address has this bit.
fn thread_event(this: Obj) -> u64 {
    1 << 60 | this.word()
}

/// A thread as the field shows it; 0 is none.
fn current_thread() -> u64 {
    u64::from(sched::current().0) + 1
}

extern "C" fn with_options(_options: u32) -> Obj {
    new()
}

/// IOWorkLoop::init: makes what a subclass has not made already.
extern "C" fn init(this: Obj) -> bool {
    LOOPS.with_default(this, |_| ());
    for (field, kind) in [(GATE_LOCK, Kind::Gate), (WORK_LOCK, Kind::Spin)] {
        if this.get::<usize>(field) == 0 {
            this.set(field, lock::new(kind));
        }
    }
    if this.get_obj(CONTROL_GATE).is_null() {
        let control = gate::new(this, this.slot(MAINTAIN.slot()));
        this.set(CONTROL_GATE, control);
        // Adding goes through the control gate, so the gate itself cannot be added that way at first.
        eventsource::set_work_loop(control, this);
        if add(this, control).is_err() {
            return false;
        }
    }
    if this.get::<u64>(THREAD) == 0 {
        let main = move || {
            this.set(THREAD, current_thread());
            THREAD_MAIN.call(this, &[]);
        };
        let thread = sched::spawn("IOWorkLoop", Priority::Kernel, Box::new(main));
        this.set(THREAD, u64::from(thread.0) + 1);
    }
    true
}

/// IOWorkLoop::free: first, by who drops the last reference, it has the thread end; the thread then frees the rest.
extern "C" fn free(this: Obj) {
    if this.get::<u64>(THREAD) != 0 {
        run(this, || {
            disable_all_event_sources(this);
            LOOPS.with(this, |own| own.ends = true);
        });
        sched::wake(thread_event(this), true, 0);
        return;
    }
    let passive = LOOPS.remove(this).map(|own| own.passive).unwrap_or_default();
    for source in chain(this).into_iter().chain(passive) {
        eventsource::set_work_loop(source, Obj::NULL);
        eventsource::set_next(source, Obj::NULL);
        source.release();
    }
    this.get_obj(CONTROL_GATE).release();
    for field in [GATE_LOCK, WORK_LOCK] {
        let lock: usize = this.get(field);
        if lock != 0 {
            lock::free(lock);
        }
    }
    osobject::free(this);
}

/// The sources that are asked for work.
fn chain(this: Obj) -> Vec<Obj> {
    let mut sources = Vec::new();
    let mut next = this.get_obj(EVENT_CHAIN).some();
    while let Some(source) = next {
        sources.push(source);
        next = eventsource::next(source).some();
    }
    sources
}

/// Makes the chain anew from a list.
fn relink(this: Obj, sources: &[Obj]) {
    this.set(EVENT_CHAIN, sources.first().copied().unwrap_or(Obj::NULL));
    for (index, &source) in sources.iter().enumerate() {
        eventsource::set_next(source, sources.get(index + 1).copied().unwrap_or(Obj::NULL));
    }
}

/// All sources, the control gate among them.
fn sources(this: Obj) -> Vec<Obj> {
    let passive = LOOPS.with(this, |own| own.passive.clone()).unwrap_or_default();
    chain(this).into_iter().chain(passive).collect()
}

extern "C" fn thread_main(this: Obj) {
    loop {
        RUN_EVENT_SOURCES.call(this, &[]);
        if ends(this) {
            break;
        }
        if !this.get::<bool>(WORK_TO_DO) {
            sched::wait(thread_event(this), "work for a work loop", None);
        }
        this.set(WORK_TO_DO, false);
    }
    this.set(THREAD, 0u64);
    FREE.call(this, &[]);
}

fn ends(this: Obj) -> bool {
    LOOPS.with(this, |own| own.ends).unwrap_or(true)
}

/// runEventSources: asks each source for work once, or from the start again when the chain has changed.
extern "C" fn run_event_sources(this: Obj) -> bool {
    run(this, || {
        let mut more = false;
        let mut next = this.get_obj(EVENT_CHAIN).some();
        LOOPS.with(this, |own| own.restarts = false);
        while let Some(source) = next
            && !ends(this)
        {
            more |= eventsource::check_for_work(source);
            next = if LOOPS.with(this, |own| core::mem::take(&mut own.restarts)) == Some(true) {
                this.get_obj(EVENT_CHAIN).some()
            } else {
                eventsource::next(source).some()
            };
        }
        if more {
            this.set(WORK_TO_DO, true);
        }
        more
    })
}

/// The control gate's action: adds a source or takes one out, with the gate closed.
extern "C" fn maintain(this: Obj, command: u64, source: Obj) -> IOReturn {
    let attached = !eventsource::work_loop(source).is_null();
    match command {
        ADD if !attached || source == this.get_obj(CONTROL_GATE) => {
            source.retain();
            eventsource::set_work_loop(source, this);
            if eventsource::is_passive(source) {
                LOOPS.with_default(this, |own| own.passive.push(source));
            } else {
                let mut active = chain(this);
                active.push(source);
                relink(this, &active);
                LOOPS.with_default(this, |own| own.restarts = true);
            }
            IOReturn::SUCCESS
        }
        REMOVE if attached => {
            if !sources(this).contains(&source) {
                checks::broken(Rule::EventSource, "an event source is removed from a work loop that it is not on");
                return IOReturn::BAD_ARGUMENT;
            }
            LOOPS.with_default(this, |own| {
                own.passive.retain(|&other| other != source);
                own.restarts = true;
            });
            let mut active = chain(this);
            active.retain(|&other| other != source);
            relink(this, &active);
            eventsource::set_work_loop(source, Obj::NULL);
            eventsource::set_next(source, Obj::NULL);
            source.release();
            IOReturn::SUCCESS
        }
        ADD | REMOVE => IOReturn::SUCCESS,
        _ => IOReturn::UNSUPPORTED,
    }
}

extern "C" fn add_event_source(this: Obj, source: Obj) -> u32 {
    RUN_COMMAND.call_u32(this.get_obj(CONTROL_GATE), &[ADD, source.word(), 0, 0])
}

extern "C" fn remove_event_source(this: Obj, source: Obj) -> u32 {
    RUN_COMMAND.call_u32(this.get_obj(CONTROL_GATE), &[REMOVE, source.word(), 0, 0])
}

extern "C" fn enable_all_event_sources(this: Obj) {
    sources(this).into_iter().for_each(eventsource::enable);
}

/// disableAllEventSources: all but the control gate.
extern "C" fn disable_all_event_sources(this: Obj) {
    let control = this.get_obj(CONTROL_GATE);
    sources(this).into_iter().filter(|&source| source != control).for_each(eventsource::disable);
}

extern "C" fn get_thread(this: Obj) -> u64 {
    this.get(THREAD)
}

extern "C" fn on_thread_default(this: Obj) -> bool {
    this.get::<u64>(THREAD) == current_thread()
}

extern "C" fn in_gate_default(this: Obj) -> bool {
    lock::have_recursive(this.get(GATE_LOCK)) != 0
}

extern "C" fn signal_default(this: Obj) {
    this.set(WORK_TO_DO, true);
    sched::wake(thread_event(this), true, 0);
}

extern "C" fn close_gate_default(this: Obj) {
    lock::lock_recursive_as(this.get(GATE_LOCK), Kind::Gate);
}

extern "C" fn open_gate_default(this: Obj) {
    lock::unlock_recursive(this.get(GATE_LOCK));
}

extern "C" fn try_close_gate_default(this: Obj) -> bool {
    lock::try_lock_recursive_as(this.get(GATE_LOCK), Kind::Gate)
}

extern "C" fn sleep_gate_default(this: Obj, event: u64, _interruptible: u32) -> i32 {
    lock::sleep(this.get(GATE_LOCK), event)
}

extern "C" fn sleep_gate_until(this: Obj, event: u64, deadline: u64, _interruptible: u32) -> i32 {
    lock::sleep_deadline(this.get(GATE_LOCK), event, deadline)
}

extern "C" fn wakeup_gate_default(this: Obj, event: u64, one: bool) {
    lock::wakeup(this.get(GATE_LOCK), event, one);
}

extern "C" fn run_action(this: Obj, action: usize, target: Obj, a: u64, b: u64, c: u64, d: u64) -> u32 {
    if action == 0 {
        return IOReturn::BAD_ARGUMENT.0;
    }
    run(this, || symbols::invoke(action, &[target.word(), a, b, c, d]) as u32)
}

functions! { pub FUNCTIONS:
    "__ZN10IOWorkLoop8workLoopEv" => new,
    "__ZN10IOWorkLoop19workLoopWithOptionsEj" => with_options,
    "__ZN10IOWorkLoop4initEv" => init,
    "__ZN10IOWorkLoop4freeEv" => free,
    "__ZN10IOWorkLoop13_maintRequestEPvS0_S0_S0_" => maintain,
    "__ZN10IOWorkLoop10threadMainEv" => thread_main,
    "__ZN10IOWorkLoop15runEventSourcesEv" => run_event_sources,
    "__ZN10IOWorkLoop14addEventSourceEP13IOEventSource" => add_event_source,
    "__ZN10IOWorkLoop17removeEventSourceEP13IOEventSource" => remove_event_source,
    "__ZNK10IOWorkLoop21enableAllEventSourcesEv" => enable_all_event_sources,
    "__ZNK10IOWorkLoop22disableAllEventSourcesEv" => disable_all_event_sources,
    "__ZNK10IOWorkLoop9getThreadEv" => get_thread,
    "__ZNK10IOWorkLoop8onThreadEv" => on_thread_default,
    "__ZNK10IOWorkLoop6inGateEv" => in_gate_default,
    "__ZN10IOWorkLoop19signalWorkAvailableEv" => signal_default,
    "__ZN10IOWorkLoop9closeGateEv" => close_gate_default,
    "__ZN10IOWorkLoop8openGateEv" => open_gate_default,
    "__ZN10IOWorkLoop12tryCloseGateEv" => try_close_gate_default,
    "__ZN10IOWorkLoop9sleepGateEPvj" => sleep_gate_default,
    "__ZN10IOWorkLoop9sleepGateEPvyj" => sleep_gate_until,
    "__ZN10IOWorkLoop10wakeupGateEPvb" => wakeup_gate_default,
    "__ZN10IOWorkLoop9runActionEPFiP8OSObjectPvS2_S2_S2_ES1_S2_S2_S2_S2_" => run_action,
}
