//! Power management as a driver sees it: it registers states, asks for one, and is told by `setPowerState` on a thread-call
//! thread. While the system sleeps every driver is told state 0, whatever it asks for.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{names, plane, power_policy, registry, sleep_wake};
use crate::libkern::log;
use crate::mem;
use crate::object::{Method, Obj, Side};
use crate::sched::{self, ThreadId, Wake};
use crate::timer;

/// `IOService::initialized`.
const INITIALIZED: usize = 104;
/// `IOService::pm_vars`.
const VARIABLES: usize = 112;
/// `IOPMPowerStateVersion1` and the later ones that the kernel takes.
const VERSIONS: core::ops::RangeInclusive<u64> = 1..=2;
/// Results of power management: all is well, no such state, not a part of it yet.
pub(super) const OK: u32 = 0;
pub(super) const PARAMETER_ERROR: u32 = 7;
pub(super) const NOT_YET_INITIALIZED: u32 = 8;
/// With an interested driver's address, the wait event for its acknowledgement; no address has this bit.
pub(super) const INTERESTED: u64 = 1 << 53;
/// sizeof(IOPMPowerState), and where it has its flags.
const STATE_SIZE: usize = 96;
const CAPABILITY: usize = 8;
const INPUT: usize = 24;

/// A power state, as far as the kernel looks at it.
pub(super) struct PowerState {
    /// `capabilityFlags`.
    pub capability: u64,
    /// `inputPowerRequirement`.
    pub input: u64,
}

#[derive(Default)]
pub(super) struct Power {
    driver: Option<Obj>,
    pub states: Vec<PowerState>,
    pub current: u64,
    /// What the driver asked for.
    desired: Option<u64>,
    /// What the device wants for itself.
    pub own: Option<u64>,
    /// The driver has been told its state once.
    pub told: bool,
    pub idle: Option<power_policy::Idle>,
    /// Drivers that hear of changes.
    pub interested: Vec<Obj>,
    /// The thread that carries a change out, or the change is about to be carried out.
    changing: bool,
    thread: Option<ThreadId>,
}

static POWER: Side<Power> = Side::new();

/// Runs `f` on a service's record; `None` while it is no part of power management.
pub(super) fn with<R>(service: Obj, f: impl FnOnce(&mut Power) -> R) -> Option<R> {
    POWER.with(service, f)
}

struct System {
    asleep: bool,
    /// Drivers that took longer than they had asked for since the system last changed its state.
    late: Vec<String>,
}

static SYSTEM: Global<System> = Global::new(System { asleep: false, late: Vec::new() });

static SET_POWER_STATE: Method = Method::new("IOService", "__ZN9IOService13setPowerStateEmPS_");
static WILL_CHANGE: Method = Method::new("IOService", "__ZN9IOService22powerStateWillChangeToEmmPS_");
static DID_CHANGE: Method = Method::new("IOService", "__ZN9IOService21powerStateDidChangeToEmmPS_");
static POWER_CHANGE_DONE: Method = Method::new("IOService", "__ZN9IOService15powerChangeDoneEm");

/// Wait events; no address has these bits.
fn acknowledged_event(service: Obj) -> u64 {
    1 << 57 | service.word()
}
fn idle_event(service: Obj) -> u64 {
    1 << 56 | service.word()
}

/// Puts the system to sleep: those that are interested in sleep and wake are told, then the drivers, one after the other, those
/// furthest from the root first, and each is given the time that it asks for. Returns those that took longer. The machine's
/// processor does not stop: who wants a sleeping system to stand still wakes it before time goes on.
pub fn sleep() -> Vec<String> {
    [sleep_wake::will_sleep(), change_system(true), sleep_wake::sleeps()].concat()
}

/// Wakes the system: the drivers are told in the opposite order. Returns those that took longer than they asked for.
pub fn wake() -> Vec<String> {
    [sleep_wake::will_wake(), change_system(false), sleep_wake::is_awake()].concat()
}

fn change_system(asleep: bool) -> Vec<String> {
    *SYSTEM.borrow() = System { asleep, late: Vec::new() };
    let mut members: Vec<(usize, Obj)> = POWER.objects().into_iter().map(|member| (depth(member), member)).collect();
    members.sort_by_key(|&(depth, member)| (depth, registry::id(member)));
    if asleep {
        members.reverse();
    }
    for (_, member) in &members {
        member.retain();
    }
    for (_, member) in members {
        begin(member);
        wait_idle(member);
        member.release();
    }
    core::mem::take(&mut SYSTEM.borrow().late)
}

/// How many services stand between a service and the root.
fn depth(service: Obj) -> usize {
    let above = |service: &Obj| registry::parents(*service, plane::service()).first().copied();
    core::iter::successors(Some(service), above).count()
}

/// Waits until no change is under way; who carries one out does not wait for itself.
fn wait_idle(service: Obj) {
    while POWER.with(service, |power| power.changing && power.thread != Some(sched::current())) == Some(true) {
        sched::wait(idle_event(service), "a power change to end", None);
    }
}

/// Drops what is kept about a service that is freed.
pub fn forget(service: Obj) {
    power_policy::stop_idle(service);
    POWER.remove(service);
}

extern "C" fn init(this: Obj) {
    if !this.get::<bool>(INITIALIZED) {
        this.set(INITIALIZED, true);
        this.set(VARIABLES, this);
        POWER.insert(this, Power::default());
    }
}

/// PMstop: no call comes any more once it returns.
extern "C" fn stop(this: Obj) {
    this.set(INITIALIZED, false);
    power_policy::stop_idle(this);
    POWER.with(this, |power| {
        power.driver = None;
        power.desired = None;
        power.own = None;
    });
    wait_idle(this);
    POWER.remove(this);
    this.set(VARIABLES, Obj::NULL);
}

/// joinPMtree: every provider here is on whenever the system is.
extern "C" fn join_tree(_this: Obj, _driver: Obj) {}

extern "C" fn register_driver(this: Obj, driver: Obj, states: usize, count: u64) -> u32 {
    if !this.get::<bool>(INITIALIZED) {
        return NOT_YET_INITIALIZED;
    }
    if states == 0 || count < 2 || driver.is_null() {
        return IOReturn::BAD_ARGUMENT.0;
    }
    if !VERSIONS.contains(&mem::read::<u64>(states)) {
        return IOReturn::UNSUPPORTED.0;
    }
    POWER.with(this, |power| {
        power.driver = Some(driver);
        let flag = |index: usize, field: usize| mem::read(states + index * STATE_SIZE + field);
        let state = |index| PowerState { capability: flag(index, CAPABILITY), input: flag(index, INPUT) };
        power.states = (0..count as usize).map(state).collect();
    });
    begin(this);
    OK
}

extern "C" fn change_to(this: Obj, ordinal: u64) -> u32 {
    if !this.get::<bool>(INITIALIZED) {
        return NOT_YET_INITIALIZED;
    }
    let known = POWER.with(this, |power| {
        let known = power.driver.is_none() || ordinal < power.states.len() as u64;
        if known {
            power.desired = Some(ordinal);
        }
        known
    });
    if known != Some(true) {
        return PARAMETER_ERROR;
    }
    begin(this);
    OK
}

/// makeUsable: the highest state.
extern "C" fn make_usable(this: Obj) -> u32 {
    let highest = POWER.with(this, |power| power.states.len().saturating_sub(1) as u64);
    change_to(this, highest.unwrap_or_default())
}

/// Has a change carried out if one is wanted and none is under way.
pub(super) fn begin(this: Obj) {
    if begins(this) {
        this.retain();
        timer::arm_as_ever(
            sched::now(),
            Box::new(move || {
                carry_out(this);
                this.release();
            }),
        );
    }
}

fn begins(this: Obj) -> bool {
    let begins = POWER.with(this, |power| {
        let begins = !power.changing && next(power).is_some();
        power.changing |= begins;
        begins
    });
    begins == Some(true)
}

/// The driver to tell and the state to tell it; the first one is told even if it is the one assumed.
fn next(power: &mut Power) -> Option<(Obj, u64)> {
    let wanted = power.desired.max(power.own);
    let wanted = if SYSTEM.borrow().asleep { wanted.map(|_| 0) } else { wanted };
    let state = wanted.filter(|&state| !power.told || state != power.current)?;
    Some((power.driver?, state))
}

fn carry_out(this: Obj) {
    let step = || {
        POWER.with(this, |power| {
            power.thread = Some(sched::current());
            next(power)
        })
    };
    while let Some((driver, state)) = step().flatten() {
        power_policy::tell_interested(this, &WILL_CHANGE, state);
        let microseconds = SET_POWER_STATE.call(driver, &[state, this.word()]) as i64;
        if microseconds > 0 {
            let deadline = sched::now() + microseconds as u64 * 1000;
            let woken = sched::wait(acknowledged_event(this), "acknowledgeSetPowerState", Some(deadline));
            if woken == Wake::Timeout {
                let name = names::text(this);
                log::line(&alloc::format!("{name} did not acknowledge power state {state} in time"));
                SYSTEM.borrow().late.push(name);
            }
        }
        let before = POWER.with(this, |power| {
            power.told = true;
            core::mem::replace(&mut power.current, state)
        });
        power_policy::tell_interested(this, &DID_CHANGE, state);
        if let Some(before) = before {
            POWER_CHANGE_DONE.call(this, &[before]);
        }
    }
    POWER.with(this, |power| {
        power.changing = false;
        power.thread = None;
    });
    sched::wake(idle_event(this), true, 0);
}

extern "C" fn acknowledge(this: Obj) -> u32 {
    sched::wake(acknowledged_event(this), true, 0);
    OK
}

extern "C" fn power_state(this: Obj) -> u32 {
    POWER.with(this, |power| power.current as u32).unwrap_or(0)
}

extern "C" fn nothing_to_do(_this: Obj) -> u64 {
    u64::from(OK)
}

functions! { pub FUNCTIONS:
    "__ZN9IOService6PMinitEv" => init,
    "__ZN9IOService6PMstopEv" => stop,
    "__ZN9IOService10joinPMtreeEPS_" => join_tree,
    "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem" => register_driver,
    "__ZN9IOService18changePowerStateToEm" => change_to,
    "__ZN9IOService10makeUsableEv" => make_usable,
    "__ZN9IOService13getPowerStateEv" => power_state,
    "__ZN9IOService24acknowledgeSetPowerStateEv" => acknowledge,
    "__ZN9IOService13setPowerStateEmPS_" => nothing_to_do,
    "__ZN9IOService22powerStateWillChangeToEmmPS_" => nothing_to_do,
    "__ZN9IOService21powerStateDidChangeToEmmPS_" => nothing_to_do,
    "__ZN9IOService15powerChangeDoneEm" => nothing_to_do,
    "__ZN9IOService17setAggressivenessEmm" => nothing_to_do,
}
