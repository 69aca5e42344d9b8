//! IOCommandGate: runs an action on the caller's thread with the work loop's gate closed.

use crate::checks::{self, Rule};
use crate::class;
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{eventsource, workloop};
use crate::libkern::osobject;
use crate::mach::lock;
use crate::object::{Method, Obj, Side};
use crate::symbols;

/// `IOEventSource::enabled`: who waits for the gate to be enabled sleeps on that address.
const ENABLED: usize = 40;
/// THREAD_INTERRUPTED.
const INTERRUPTED: i32 = 2;

/// A gate's callers.
#[derive(Clone, Copy, Default)]
struct Callers {
    /// Actions under way, sleeping ones included.
    actions: u32,
    /// Callers that wait for the gate to be enabled.
    waiting: u32,
    /// The gate was taken off its work loop while actions were under way.
    removed: bool,
}

static CALLERS: Side<Callers> = Side::new();

static INIT: Method = Method::new("IOCommandGate", "__ZN13IOCommandGate4initEP8OSObjectPFiS1_PvS2_S2_S2_E");
static RUN_ACTION: Method =
    Method::new("IOCommandGate", "__ZN13IOCommandGate9runActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_");
static ATTEMPT_ACTION: Method =
    Method::new("IOCommandGate", "__ZN13IOCommandGate13attemptActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_");
static SLEEP: Method = Method::new("IOCommandGate", "__ZN13IOCommandGate12commandSleepEPvj");
static SLEEP_UNTIL: Method = Method::new("IOCommandGate", "__ZN13IOCommandGate12commandSleepEPvyj");
static WAKEUP: Method = Method::new("IOCommandGate", "__ZN13IOCommandGate13commandWakeupEPvb");

/// `commandGate`: a new gate, NULL when its `init` fails. `action` is for runCommand; 0 for none.
pub extern "C" fn new(owner: Obj, action: usize) -> Obj {
    let this = class::instantiate("IOCommandGate");
    if INIT.call_bool(this, &[owner.word(), action as u64]) {
        return this;
    }
    this.release();
    Obj::NULL
}

/// Runs `f` as `runAction` runs an action.
pub fn run(gate: Obj, f: impl FnOnce() -> IOReturn) -> IOReturn {
    let Some(work_loop) = eventsource::work_loop_field(gate).some() else { return IOReturn::NOT_READY };
    workloop::close_gate(work_loop);
    let result = match wait_enabled(gate, work_loop) {
        Ok(()) => counted(gate, f),
        Err(error) => error,
    };
    workloop::open_gate(work_loop);
    result
}

/// `commandSleep`: THREAD_AWAKENED (0), THREAD_TIMED_OUT (1), THREAD_INTERRUPTED (2), or an IOReturn. The deadline is
/// absolute time.
pub fn sleep(gate: Obj, event: u64, deadline: Option<u64>) -> u32 {
    match deadline {
        Some(deadline) => SLEEP_UNTIL.call_u32(gate, &[event, deadline, 0]),
        None => SLEEP.call_u32(gate, &[event, 0]),
    }
}

/// `commandWakeup`.
pub fn wakeup(gate: Obj, event: u64, one: bool) {
    WAKEUP.call(gate, &[event, u64::from(one)]);
}

fn enabled_event(gate: Obj) -> u64 {
    (gate.0 + ENABLED) as u64
}

/// The event that the last caller who waited for the gate wakes.
fn drained_event(gate: Obj) -> u64 {
    gate.word()
}

/// With the gate closed: waits until the command gate is enabled, unless the caller is the work loop's own thread.
fn wait_enabled(gate: Obj, work_loop: Obj) -> Result<(), IOReturn> {
    if workloop::on_thread(work_loop) {
        return Ok(());
    }
    while !eventsource::is_enabled(gate) {
        let mut result = 0;
        if !eventsource::work_loop_field(gate).is_null() {
            CALLERS.with_default(gate, |callers| callers.waiting += 1);
            result = workloop::sleep_gate(work_loop, enabled_event(gate), None);
            CALLERS.with_default(gate, |callers| callers.waiting -= 1);
        }
        let removed = CALLERS.with_default(gate, |callers| callers.removed);
        let torn_down = removed || eventsource::work_loop_field(gate).is_null();
        if result != 0 || torn_down {
            if torn_down {
                workloop::wakeup_gate(work_loop, drained_event(gate), false);
            }
            return Err(IOReturn::ABORTED);
        }
    }
    Ok(())
}

/// With the gate closed: runs an action; the last one out takes a gate that was removed meanwhile off its work loop.
fn counted(gate: Obj, f: impl FnOnce() -> IOReturn) -> IOReturn {
    CALLERS.with_default(gate, |callers| callers.actions += 1);
    let result = f();
    let last = CALLERS.with_default(gate, |callers| {
        callers.actions -= 1;
        callers.actions == 0 && core::mem::take(&mut callers.removed)
    });
    if last {
        eventsource::set_work_loop_default(gate, Obj::NULL);
    }
    result
}

extern "C" fn init(this: Obj, owner: Obj, action: usize) -> bool {
    eventsource::init(this, owner, action)
}

extern "C" fn free(this: Obj) {
    if !eventsource::work_loop_field(this).is_null() {
        set_work_loop(this, Obj::NULL);
    }
    if CALLERS.remove(this).is_some_and(|callers| callers.actions > 0) {
        checks::fatal(Rule::OwnAction, "the last reference to a command gate was released inside its own action");
    }
    osobject::free(this);
}

/// IOCommandGate::setWorkLoop: on removal, callers that wait are sent home; with actions under way the gate stays usable
/// for them.
extern "C" fn set_work_loop(this: Obj, work_loop: Obj) {
    let Some(old) = eventsource::work_loop_field(this).some().filter(|_| work_loop.is_null()) else {
        eventsource::set_work_loop_default(this, work_loop);
        return;
    };
    workloop::run(old, || {
        let waiting = |callers: &mut Callers| callers.waiting > 0;
        CALLERS.with_default(this, |callers| callers.removed = true);
        while CALLERS.with_default(this, waiting) {
            lock::wakeup_with(enabled_event(this), false, INTERRUPTED);
            workloop::sleep_gate(old, drained_event(this), None);
        }
        let defer = CALLERS.with_default(this, |callers| {
            callers.removed = callers.actions > 0;
            callers.removed
        });
        if !defer {
            eventsource::set_work_loop_default(this, Obj::NULL);
        }
    });
}

extern "C" fn enable(this: Obj) {
    let work_loop = eventsource::work_loop_field(this);
    if work_loop.is_null() {
        return;
    }
    workloop::run(work_loop, || {
        eventsource::enable_default(this);
        workloop::wakeup_gate(work_loop, enabled_event(this), false);
    });
}

extern "C" fn run_action(this: Obj, action: usize, a: u64, b: u64, c: u64, d: u64) -> IOReturn {
    if action == 0 {
        return IOReturn::BAD_ARGUMENT;
    }
    let owner = eventsource::owner(this);
    run(this, || IOReturn(symbols::invoke(action, &[owner.word(), a, b, c, d]) as u32))
}

extern "C" fn run_command(this: Obj, a: u64, b: u64, c: u64, d: u64) -> u32 {
    RUN_ACTION.call_u32(this, &[eventsource::action(this) as u64, a, b, c, d])
}

extern "C" fn attempt_action(this: Obj, action: usize, a: u64, b: u64, c: u64, d: u64) -> IOReturn {
    if action == 0 {
        return IOReturn::BAD_ARGUMENT;
    }
    let Some(work_loop) = eventsource::work_loop_field(this).some() else { return IOReturn::NOT_READY };
    if !workloop::try_close_gate(work_loop) {
        return IOReturn::CANNOT_LOCK;
    }
    let result = if eventsource::is_enabled(this) || workloop::on_thread(work_loop) {
        let owner = eventsource::owner(this);
        counted(this, || IOReturn(symbols::invoke(action, &[owner.word(), a, b, c, d]) as u32))
    } else {
        IOReturn::NOT_PERMITTED
    };
    workloop::open_gate(work_loop);
    result
}

extern "C" fn attempt_command(this: Obj, a: u64, b: u64, c: u64, d: u64) -> u32 {
    ATTEMPT_ACTION.call_u32(this, &[eventsource::action(this) as u64, a, b, c, d])
}

/// A caller sleeps inside its action, so the gate must be closed.
fn sleep_inside(this: Obj, event: u64, deadline: Option<u64>) -> u32 {
    match eventsource::work_loop_field(this).some() {
        Some(work_loop) if workloop::in_gate(work_loop) => workloop::sleep_gate(work_loop, event, deadline),
        _ => {
            checks::broken(Rule::SleepUnlocked, "commandSleep outside of the gate");
            IOReturn::NOT_PERMITTED.0
        }
    }
}

extern "C" fn command_sleep(this: Obj, event: u64, _interruptible: u32) -> u32 {
    sleep_inside(this, event, None)
}

extern "C" fn command_sleep_until(this: Obj, event: u64, deadline: u64, _interruptible: u32) -> u32 {
    sleep_inside(this, event, Some(deadline))
}

extern "C" fn command_wakeup(this: Obj, event: u64, one: bool) {
    if let Some(work_loop) = eventsource::work_loop_field(this).some() {
        workloop::wakeup_gate(work_loop, event, one);
    }
}

extern "C" fn check_for_work(_this: Obj) -> bool {
    false
}

functions! { pub FUNCTIONS:
    "__ZN13IOCommandGate11commandGateEP8OSObjectPFiS1_PvS2_S2_S2_E" => new,
    "__ZN13IOCommandGate4initEP8OSObjectPFiS1_PvS2_S2_S2_E" => init,
    "__ZN13IOCommandGate4freeEv" => free,
    "__ZN13IOCommandGate11setWorkLoopEP10IOWorkLoop" => set_work_loop,
    "__ZN13IOCommandGate6enableEv" => enable,
    "__ZN13IOCommandGate7disableEv" => eventsource::disable_default,
    "__ZN13IOCommandGate12checkForWorkEv" => check_for_work,
    "__ZN13IOCommandGate9runActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_" => run_action,
    "__ZN13IOCommandGate10runCommandEPvS0_S0_S0_" => run_command,
    "__ZN13IOCommandGate13attemptActionEPFiP8OSObjectPvS2_S2_S2_ES2_S2_S2_S2_" => attempt_action,
    "__ZN13IOCommandGate14attemptCommandEPvS0_S0_S0_" => attempt_command,
    "__ZN13IOCommandGate12commandSleepEPvj" => command_sleep,
    "__ZN13IOCommandGate12commandSleepEPvyj" => command_sleep_until,
    "__ZN13IOCommandGate13commandWakeupEPvb" => command_wakeup,
}
