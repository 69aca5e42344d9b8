//! Work loops, command gates and timers, as a driver uses them.

mod common;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use kpi::class;
use kpi::functions;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{eventsource, gate, timer, workloop};
use kpi::object::{Method, Obj};
use kpi::registry::Part;
use kpi::sched::{self, Priority};

use common::{SECOND, counts, log, settle};

static FIRED: AtomicU32 = AtomicU32::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);
/// What the caller of the disabled gate got; 1: nothing yet.
static RESULT: AtomicU32 = AtomicU32::new(1);

/// A timer's action: counts, and arms itself again a millisecond after the time that it was armed for.
extern "C" fn tick(owner: Obj, source: Obj) {
    assert!(owner.is("IOWorkLoop"));
    assert!(workloop::in_gate(eventsource::work_loop(source)), "the gate is closed");
    assert!(!workloop::on_thread(eventsource::work_loop(source)), "on a thread-call thread");
    LAST.store(sched::now(), Ordering::Relaxed);
    if FIRED.fetch_add(1, Ordering::Relaxed) < 4 {
        let due: u64 = source.get(80);
        timer::wake_at(source, due + 1_000_000).unwrap();
    }
}

/// A command gate's action: adds up its arguments.
extern "C" fn add_up(_owner: Obj, a: u64, b: u64, c: u64, d: u64) -> u32 {
    (a + b + c + d) as u32
}

functions! { FUNCTIONS:
    "test: tick" => tick,
    "test: add_up" => add_up,
}

static PART: Part = Part { functions: &[FUNCTIONS], variables: &[], boot: || () };

static RUN_ACTION: Method =
    Method::new("IOCommandGate", "__ZN13IOCommandGate9runActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_");
static ATTEMPT_ACTION: Method =
    Method::new("IOCommandGate", "__ZN13IOCommandGate13attemptActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_");
static SET_TIMEOUT_US: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource12setTimeoutUSEj");

#[test]
fn work_loops_gates_and_timers() {
    common::boot("10.6", PART);
    settle();
    let before = counts();

    let work_loop = workloop::new();
    settle();
    assert_ne!(counts(), before, "it has a thread of its own");
    gates(work_loop);
    disabled_gate(work_loop);
    timers(work_loop);
    work_loop.release();
    settle();
    assert_eq!(counts(), before, "nothing is left");
    assert!(log().is_empty(), "{:?}", log());
}

fn gates(work_loop: Obj) {
    let gate = gate::new(work_loop, 0);
    let action = add_up as *const () as u64;
    assert_eq!(IOReturn(RUN_ACTION.call_u32(gate, &[action, 1, 2, 3, 4])), IOReturn::NOT_READY, "on no loop yet");
    workloop::add(work_loop, gate).unwrap();
    assert_eq!(RUN_ACTION.call_u32(gate, &[action, 1, 2, 3, 4]), 10);
    assert_eq!(IOReturn(RUN_ACTION.call_u32(gate, &[0, 0, 0, 0, 0])), IOReturn::BAD_ARGUMENT);

    // A second thread waits for the gate, and wakes the first one, which sleeps in it.
    gate.retain();
    let other = move || {
        let result = gate::run(gate, || {
            gate::wakeup(gate, gate.word() + 1, false);
            IOReturn::SUCCESS
        });
        assert_eq!(result, IOReturn::SUCCESS);
        gate.release();
    };
    let slept = gate::run(gate, || {
        sched::spawn("other", Priority::Normal, Box::new(other));
        assert!(workloop::in_gate(work_loop));
        sched::yield_now();
        assert_eq!(gate::sleep(gate, gate.word() + 1, None), 0, "awakened");
        let deadline = sched::now() + 5_000_000;
        assert_eq!(gate::sleep(gate, gate.word() + 1, Some(deadline)), 1, "timed out");
        assert!(sched::now() >= deadline);
        IOReturn::SUCCESS
    });
    assert_eq!(slept, IOReturn::SUCCESS);
    assert_eq!(IOReturn(gate::sleep(gate, 1, None)), IOReturn::NOT_PERMITTED, "outside of the gate");

    // attemptAction does not wait.
    let busy = gate::run(gate, || {
        gate.retain();
        let attempt = move || {
            let result = ATTEMPT_ACTION.call_u32(gate, &[add_up as *const () as u64, 1, 0, 0, 0]);
            assert_eq!(IOReturn(result), IOReturn::CANNOT_LOCK);
            gate.release();
        };
        sched::spawn("attempt", Priority::Kernel, Box::new(attempt));
        sched::yield_now();
        IOReturn::SUCCESS
    });
    assert_eq!(busy, IOReturn::SUCCESS);
    workloop::remove(work_loop, gate).unwrap();
    assert!(eventsource::work_loop(gate).is_null());
    assert!(!eventsource::is_enabled(gate));
    gate.release();
}

/// Callers wait for a disabled gate; when it is taken off its loop they are sent home.
fn disabled_gate(work_loop: Obj) {
    let gate = gate::new(work_loop, 0);
    workloop::add(work_loop, gate).unwrap();
    workloop::run(work_loop, || eventsource::disable(gate));
    let call = || {
        RESULT.store(1, Ordering::Relaxed);
        let caller = move || RESULT.store(gate::run(gate, || IOReturn::SUCCESS).0, Ordering::Relaxed);
        sched::spawn("caller", Priority::Normal, Box::new(caller));
        settle();
        assert_eq!(RESULT.load(Ordering::Relaxed), 1, "it waits");
    };
    call();
    eventsource::enable(gate);
    settle();
    assert_eq!(RESULT.load(Ordering::Relaxed), 0, "it ran");
    workloop::run(work_loop, || eventsource::disable(gate));
    call();
    workloop::remove(work_loop, gate).unwrap();
    settle();
    assert_eq!(IOReturn(RESULT.load(Ordering::Relaxed)), IOReturn::ABORTED);
    gate.release();
}

fn timers(work_loop: Obj) {
    let source = timer::new(work_loop, tick as *const () as usize);
    assert!(source.is("IOTimerEventSource"));
    workloop::add(work_loop, source).unwrap();
    let start = sched::now();
    timer::wake_at(source, start + 1_000_000).unwrap();
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 5, "armed again four times");
    let late = LAST.load(Ordering::Relaxed) - (start + 5_000_000);
    assert!(late < 500_000, "the schedule is absolute, so lateness does not add up: {late} ns");

    // A timeout that is cancelled in time does not come, one that is set anew comes once.
    SET_TIMEOUT_US.call(source, &[100]);
    timer::cancel(source);
    assert_eq!(source.get::<u64>(80), 0);
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 5);
    SET_TIMEOUT_US.call(source, &[100]);
    SET_TIMEOUT_US.call(source, &[900]);
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 6);

    // What waits for the gate when it is cancelled is stale when it gets it.
    workloop::run(work_loop, || {
        SET_TIMEOUT_US.call(source, &[100]);
        sched::sleep_until(sched::now() + SECOND / 100);
        timer::cancel(source);
    });
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 6);

    // Disabled, it keeps the time; enabled, it calls.
    eventsource::disable(source);
    timer::wake_at(source, sched::now() + 1000).unwrap();
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 6);
    eventsource::enable(source);
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 7);

    // Taken off its loop while it is armed.
    SET_TIMEOUT_US.call(source, &[100]);
    workloop::remove(work_loop, source).unwrap();
    settle();
    assert_eq!(FIRED.load(Ordering::Relaxed), 7);
    source.release();
    assert_eq!(class::instances(class::by_name("IOTimerEventSource").unwrap()), 0);
}
