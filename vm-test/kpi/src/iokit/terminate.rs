//! Termination of services.
//!
//! ```text
//!  phase 1   from the victim down: inactive, busy; each client is asked by requestTerminate whether it goes too
//!  phase 2   down: willTerminate to each client; then up: message, didTerminate to each client
//!  phase 3   finalize the leaves; stop and detach each client once it has no clients left, up to the victim
//! ```
//!
//! Phases 2 and 3 run on one thread at a time: a thread of their own, or the caller's for a synchronous termination.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::checks::{self, Rule};
use crate::functions;
use crate::global::Global;
use crate::iokit::{
    arbitration, busy, connection, message, names, notify, open, plane, registry, service, state, workloop,
};
use crate::libkern::log;
use crate::object::{Method, Obj};
use crate::sched::{self, Priority, ThreadId, Wake};

/// `kIOServiceRequired`.
pub const REQUIRED: u32 = 1;
/// `kIOServiceSynchronous`.
pub const SYNCHRONOUS: u32 = 2;
/// `kIOServiceTerminate`.
const TERMINATE: u32 = 4;
/// `kIOServiceRecursing`.
const RECURSING: u32 = 0x0010_0000;
/// Longest wait of a synchronous termination, ns.
const PATIENCE: u64 = 15_000_000_000;

/// Wait events of this module; no address has these bits.
const WORK_EVENT: u64 = 1 << 59;
const TURN_EVENT: u64 = 1 << 59 | 1;
fn phase_1_event(service: Obj) -> u64 {
    1 << 58 | service.word()
}

/// What is to be done. Everything in the lists is retained.
struct Work {
    phase_2: VecDeque<Obj>,
    finalize: VecDeque<Obj>,
    /// Client and provider.
    stops: Vec<(Obj, Obj)>,
    /// Requests that are not done.
    requests: u32,
    /// The thread that does them.
    thread: Option<ThreadId>,
}

static WORK: Global<Work> = Global::new(Work {
    phase_2: VecDeque::new(),
    finalize: VecDeque::new(),
    stops: Vec::new(),
    requests: 0,
    thread: None,
});

static TERMINATE_METHOD: Method = Method::new("IOService", "__ZN9IOService9terminateEj");
static REQUEST_TERMINATE: Method = Method::new("IOService", "__ZN9IOService16requestTerminateEPS_j");
static TERMINATE_CLIENT: Method = Method::new("IOService", "__ZN9IOService15terminateClientEPS_j");
static WILL_TERMINATE: Method = Method::new("IOService", "__ZN9IOService13willTerminateEPS_j");
static DID_TERMINATE: Method = Method::new("IOService", "__ZN9IOService12didTerminateEPS_jPb");
static FINALIZE: Method = Method::new("IOService", "__ZN9IOService8finalizeEj");

/// `terminate`.
pub fn terminate(service: Obj, options: u32) -> bool {
    TERMINATE_METHOD.call_bool(service, &[u64::from(options)])
}

/// Runs `f` with the gate of the service's work loop closed, if it has one.
fn on_work_loop(service: Obj, f: impl FnOnce()) {
    match service::work_loop(service).some() {
        Some(work_loop) => {
            work_loop.retain();
            workloop::run(work_loop, f);
            work_loop.release();
        }
        None => f(),
    }
}

extern "C" fn terminate_default(this: Obj, options: u32) -> bool {
    phase_1(this, options | TERMINATE)
}

extern "C" fn terminate_client(this: Obj, client: Obj, options: u32) -> bool {
    !registry::is_parent(client, this, plane::service(), true) || terminate(client, options)
}

/// requestTerminate: a client goes with its only provider.
extern "C" fn request_terminate(this: Obj, provider: Obj, options: u32) -> bool {
    if !registry::is_parent(this, provider, plane::service(), true) {
        return false;
    }
    TERMINATE_CLIENT.call(provider, &[this.word(), u64::from(options | RECURSING)]);
    state::is_inactive(this)
}

extern "C" fn phase_1(this: Obj, options: u32) -> bool {
    if options & RECURSING != 0 {
        arbitration::with(this, || {
            if !state::is_inactive(this) {
                state::change_public(this, state::INACTIVE, 0);
                state::change(this, state::RECURSING | state::PHASE_1, 0);
            }
        });
        return true;
    }
    let mut next = VecDeque::from([this.retain()]);
    let mut done: Vec<Obj> = Vec::new();
    let mut starts_phase_2 = false;
    while let Some(victim) = next.pop_front() {
        let did = make_inactive(victim, &done);
        if did {
            done.push(victim.retain());
            starts_phase_2 |= victim == this;
            notify::deliver("_gIOWillTerminateNotification", victim);
            notify::deliver("_gIOTerminatedNotification", victim);
            connection::drop_references(victim);
            registry::for_each(service::clients(victim), |client| {
                if REQUEST_TERMINATE.call_bool(client, &[victim.word(), u64::from(options)]) {
                    next.push_back(client.retain());
                }
            });
        }
        victim.release();
    }
    for victim in done.into_iter().rev() {
        arbitration::with(victim, || state::change(victim, 0, state::PHASE_1));
        sched::wake(phase_1_event(victim), true, 0);
        victim.release();
    }
    if starts_phase_2 {
        arbitration::with(this, || schedule_phase_2(this, options));
    }
    true
}

/// Makes a victim inactive; false if it was. If another thread is at it, waits for that one's phase 1.
fn make_inactive(victim: Obj, done: &[Obj]) -> bool {
    arbitration::lock(victim, true);
    let early = state::RECURSING | state::PHASE_1;
    let fresh = state::private(victim) & early == early || !state::is_inactive(victim);
    if fresh {
        let announced = state::REGISTERED | state::MATCHED | state::FIRST_PUBLISH | state::FIRST_MATCH;
        state::change_public(victim, state::INACTIVE, announced);
        state::change(victim, state::PHASE_1, state::RECURSING);
        busy::adjust_locked(victim, 1);
    }
    // One that has several providers may be met twice.
    while !fresh && !done.contains(&victim) && state::is(victim, state::PHASE_1) {
        arbitration::unlock(victim);
        sched::wait(phase_1_event(victim), "another termination", None);
        arbitration::lock(victim, true);
    }
    arbitration::unlock(victim);
    fresh
}

/// Asks for phase 2 of an inactive service, which the caller has locked.
pub extern "C" fn schedule_phase_2(this: Obj, options: u32) {
    if !state::is_inactive(this) || state::is(this, state::PHASE_1) {
        return;
    }
    let options = options | REQUIRED;
    if options & SYNCHRONOUS != 0 && checks::locks::in_a_gate() {
        checks::broken(Rule::TerminateInGate, "a synchronous termination is waited for inside the gate of a work loop");
    }
    if options & SYNCHRONOUS == 0 || WORK.borrow().thread == Some(sched::current()) {
        WORK.borrow().phase_2.push_back(this.retain());
        request(options);
        return;
    }
    this.retain();
    arbitration::unlock(this);
    while WORK.borrow().thread.is_some() {
        sched::wait(TURN_EVENT, "another termination", None);
    }
    {
        let mut work = WORK.borrow();
        work.thread = Some(sched::current());
        work.phase_2.push_back(this.retain());
        work.requests += 1;
    }
    work_until_quiet(this, options);
    WORK.borrow().thread = None;
    sched::wake(TURN_EVENT, true, 0);
    arbitration::lock(this, true);
    this.release();
}

fn work_until_quiet(this: Obj, options: u32) {
    let mut deadline = None;
    loop {
        while WORK.borrow().requests > 0 {
            work(options);
        }
        if busy::count(this) == 0 {
            return;
        }
        let deadline = *deadline.get_or_insert_with(|| sched::now() + PATIENCE);
        let woken = sched::wait(WORK_EVENT, "a terminated service to become quiet", Some(deadline));
        if woken == Wake::Timeout && WORK.borrow().requests == 0 {
            log::line(&alloc::format!("{}::terminate(kIOServiceSynchronous) timeout", names::text(this)));
            return;
        }
    }
}

/// A busy count has changed: a synchronous termination may be over.
pub fn note_busy_change() {
    sched::wake(WORK_EVENT, true, 0);
}

/// Asks for the stop of a client by a provider.
pub fn schedule_stop(client: Obj, provider: Obj) {
    WORK.borrow().stops.push((client.retain(), provider.retain()));
    request(REQUIRED);
}

/// Asks for the finalization of a service that has lost its last client.
pub fn schedule_finalize(this: Obj) {
    WORK.borrow().finalize.push_back(this.retain());
    request(REQUIRED);
}

/// Counts a request and makes sure that somebody sees to it.
fn request(options: u32) {
    let needs_thread = {
        let mut work = WORK.borrow();
        work.requests += 1;
        work.requests == 1 && work.thread.is_none()
    };
    if needs_thread {
        let main = move || {
            while WORK.borrow().requests > 0 {
                work(options);
            }
            WORK.borrow().thread = None;
            sched::wake(TURN_EVENT, true, 0);
        };
        let thread = sched::spawn("IOServiceTerminateThread", Priority::Normal, Box::new(main));
        WORK.borrow().thread = Some(thread);
    } else {
        sched::wake(WORK_EVENT, true, 0);
    }
}

/// terminateWorker: does all that is asked for. Whoever is taken from a list stays alive until the end.
fn work(options: u32) {
    let mut kept: Vec<Obj> = Vec::new();
    loop {
        let requests = WORK.borrow().requests;
        while let Some(victim) = next_phase_2() {
            phase_2(victim, options);
            kept.push(victim);
        }
        loop {
            while let Some(victim) = next_finalize() {
                on_work_loop(victim, || {
                    FINALIZE.call(victim, &[u64::from(options)]);
                });
                kept.push(victim);
            }
            let Some((client, provider)) = next_stop() else { break };
            if registry::is_child(provider, client, plane::service(), false) {
                on_work_loop(provider, || stop(client, provider));
            }
            kept.extend([client, provider]);
        }
        let mut work = WORK.borrow();
        work.requests -= requests;
        if work.requests == 0 {
            break;
        }
    }
    kept.into_iter().for_each(Obj::release);
}

fn next_phase_2() -> Option<Obj> {
    WORK.borrow().phase_2.pop_front()
}

fn next_finalize() -> Option<Obj> {
    WORK.borrow().finalize.pop_front()
}

/// The first stop that can be done: a terminated client is stopped after its own clients.
fn next_stop() -> Option<(Obj, Obj)> {
    let waits = |client: Obj| state::is_inactive(client) && !service::clients(client).is_empty();
    let stops = WORK.borrow().stops.clone();
    let at = stops.iter().position(|&(client, provider)| {
        !registry::is_child(provider, client, plane::service(), false) || !waits(client)
    })?;
    Some(WORK.borrow().stops.remove(at))
}

fn stop(client: Obj, provider: Obj) {
    service::stop(client, provider);
    if open::is_open(provider, client) {
        open::close(provider, client);
    }
    service::detach(client, provider);
}

fn phase_2(victim: Obj, options: u32) {
    let mut next = VecDeque::from([victim.retain()]);
    let mut done: Vec<Obj> = Vec::new();
    while let Some(victim) = next.pop_front() {
        if !enter_phase_2(victim) {
            victim.release();
            continue;
        }
        if service::clients(victim).is_empty() {
            WORK.borrow().finalize.push_back(victim.retain());
        } else {
            on_work_loop(victim, || {
                registry::for_each(service::clients(victim), |client| {
                    WILL_TERMINATE.call(client, &[victim.word(), u64::from(options)]);
                    next.push_back(client.retain());
                });
            });
        }
        done.push(victim);
    }
    for victim in done.into_iter().rev() {
        arbitration::with(victim, || state::change(victim, state::PHASE_3, 0));
        on_work_loop(victim, || did_terminate_all(victim, options));
        victim.release();
    }
}

/// Whether a victim's phase 2 can begin now: not while it is matched.
fn enter_phase_2(victim: Obj) -> bool {
    arbitration::with(victim, || {
        let ready =
            state::is_inactive(victim) && !state::is(victim, state::PHASE_2) && !state::is(victim, state::CONFIG);
        if ready {
            state::change(victim, state::PHASE_2, 0);
        }
        ready
    })
}

fn did_terminate_all(victim: Obj, options: u32) {
    message::to_clients(victim, message::IS_TERMINATED, u64::from(options));
    registry::for_each(service::clients(victim), |client| {
        let mut defer = false;
        DID_TERMINATE.call(client, &[victim.word(), u64::from(options), (&raw mut defer) as u64]);
    });
}

extern "C" fn will_terminate(_this: Obj, _provider: Obj, _options: u32) -> bool {
    true
}

/// didTerminate: the client is stopped unless it has its provider open; then it is asked to close it first.
extern "C" fn did_terminate(this: Obj, provider: Obj, options: u32, defer: usize) -> bool {
    if crate::mem::read::<bool>(defer) {
        return true;
    }
    arbitration::with(this, || {
        if open::handle_is_open(provider, this) {
            message::send(this, message::IS_REQUESTING_CLOSE, provider, u64::from(options));
        }
        if !open::handle_is_open(provider, this) {
            schedule_stop(this, provider);
        }
    });
    true
}

/// finalize: the way out of a service that was terminated for itself, not with its provider.
extern "C" fn finalize(this: Obj, _options: u32) -> bool {
    registry::for_each(service::providers(this), |provider| {
        if !state::is(this, state::PHASE_3) {
            stop(this, provider);
            return;
        }
        arbitration::with(provider, || {
            if !state::is(provider, state::PHASE_3) {
                schedule_stop(this, provider);
            }
        });
    });
    true
}

functions! { pub FUNCTIONS:
    "__ZN9IOService9terminateEj" => terminate_default,
    "__ZN9IOService15terminateClientEPS_j" => terminate_client,
    "__ZN9IOService16requestTerminateEPS_j" => request_terminate,
    "__ZN9IOService15terminatePhase1Ej" => phase_1,
    "__ZN9IOService23scheduleTerminatePhase2Ej" => schedule_phase_2,
    "__ZN9IOService13willTerminateEPS_j" => will_terminate,
    "__ZN9IOService12didTerminateEPS_jPb" => did_terminate,
    "__ZN9IOService8finalizeEj" => finalize,
}
