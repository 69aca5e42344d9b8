//! Power management beside the driver's own changes: what a device wants for itself (activity and idleness), the domain it is
//! in, who is interested, and who is asked.

use alloc::boxed::Box;

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::power::{self, INTERESTED, NOT_YET_INITIALIZED, OK, Power};
use crate::iokit::{message, registry};
use crate::mach::clock;
use crate::mem;
use crate::object::{Method, Obj};
use crate::sched;
use crate::timer::{self, TimerId};

/// `kIOPMSuperclassPolicy1`: the kernel sees to idleness.
const SUPERCLASS_POLICY: u64 = 1;
/// `kIOPMInitialDeviceState`.
const INITIAL_STATE: u64 = 0x100;
const SECOND: u64 = 1_000_000_000;

/// Messages to those who are interested.
const CAN_POWER_OFF: u32 = 0xe000_0200;
const WILL_POWER_OFF: u32 = 0xe000_0210;
const WILL_NOT_POWER_OFF: u32 = 0xe000_0220;
const HAS_POWERED_ON: u32 = 0xe000_0230;

/// A device's idle timer.
pub(super) struct Idle {
    /// ns.
    period: u64,
    /// When the device was last active.
    active: u64,
    timer: Option<TimerId>,
}

static NEXT_IDLE_TIMEOUT: Method = Method::new("IOService", "__ZN9IOService15nextIdleTimeoutEyyj");

fn is_part(this: Obj) -> bool {
    power::with(this, |_| ()).is_some()
}

/// What power management says to a service: all is well, or that it is no part of it yet.
pub(super) fn result(this: Obj) -> u32 {
    if is_part(this) { OK } else { NOT_YET_INITIALIZED }
}

/// changePowerStateToPriv: what the device wants for itself; it gets the higher of this and what its driver asked for.
extern "C" fn change_own(this: Obj, ordinal: u64) -> u32 {
    let known = power::with(this, |power| {
        let known = power.states.is_empty() || ordinal < power.states.len() as u64;
        if known {
            power.own = Some(ordinal);
        }
        known
    });
    match known {
        None => NOT_YET_INITIALIZED,
        Some(false) => power::PARAMETER_ERROR,
        Some(true) => {
            power::begin(this);
            OK
        }
    }
}

/// activityTickle: the device is in use, and wants a state; true if it has it already.
extern "C" fn activity_tickle(this: Obj, kind: u64, ordinal: u64) -> bool {
    if kind != SUPERCLASS_POLICY {
        return true;
    }
    let is_there = power::with(this, |power| {
        if let Some(idle) = &mut power.idle {
            idle.active = sched::now();
        }
        power.own = power.own.max(Some(ordinal));
        power.current >= ordinal && power.told
    });
    if is_there == Some(false) {
        power::begin(this);
    }
    arm_idle(this, None);
    is_there.unwrap_or(true)
}

/// setIdleTimerPeriod: seconds without activity after which the device goes down by one state; 0 for never.
extern "C" fn set_idle_period(this: Obj, seconds: u64) -> u32 {
    stop_idle(this);
    power::with(this, |power| {
        let idle = Idle { period: seconds * SECOND, active: sched::now(), timer: None };
        power.idle = (seconds > 0).then_some(idle);
    });
    arm_idle(this, None);
    result(this)
}

/// Stops a device's idle timer.
pub(super) fn stop_idle(this: Obj) {
    let timer = power::with(this, |power| power.idle.take().and_then(|idle| idle.timer)).flatten();
    if let Some(timer) = timer {
        timer::cancel(timer);
    }
}

/// Has the idle timer look again after `wait` ns, or after a period unless it is armed.
fn arm_idle(this: Obj, wait: Option<u64>) {
    let wait = power::with(this, |power| {
        let idle = power.idle.as_ref().filter(|idle| idle.timer.is_none())?;
        Some(wait.unwrap_or(idle.period))
    });
    let Some(wait) = wait.flatten() else { return };
    let timer = timer::arm(sched::now() + wait, Box::new(move || idle_timer(this)));
    power::with(this, |power| power.idle.as_mut().map(|idle| idle.timer = Some(timer)));
}

fn idle_timer(this: Obj) {
    let times = power::with(this, |power| {
        let idle = power.idle.as_mut()?;
        idle.timer = None;
        Some((idle.active, power.current))
    });
    let Some((active, state)) = times.flatten() else { return };
    this.retain();
    let words = [clock::from_ns(sched::now()), clock::from_ns(active), state];
    let seconds = NEXT_IDLE_TIMEOUT.call_u32(this, &words).cast_signed();
    if seconds > 0 {
        arm_idle(this, Some(u64::from(seconds.cast_unsigned()) * SECOND));
    } else if state > 0 {
        change_own(this, state - 1);
        arm_idle(this, None);
    }
    this.release();
}

/// nextIdleTimeout: seconds until the device has been idle for a period; 0 when it has.
extern "C" fn next_idle_timeout(this: Obj, now: u64, active: u64, _state: u32) -> i32 {
    let period = power::with(this, |power| power.idle.as_ref().map(|idle| idle.period)).flatten().unwrap_or(0);
    let idle = clock::to_ns(now.saturating_sub(active));
    (period.saturating_sub(idle) / SECOND) as i32
}

/// The highest state whose needs a domain with these flags meets; 0 when there is none.
fn highest(this: Obj, domain: u64, wanted: u64) -> u64 {
    let found = power::with(this, |power| {
        power.states.iter().rposition(|state| state.input & !domain == 0 && state.capability & wanted == wanted)
    });
    found.flatten().unwrap_or(0) as u64
}

extern "C" fn capability_for_domain(this: Obj, domain: u64) -> u64 {
    highest(this, domain, 0)
}

extern "C" fn initial_for_domain(this: Obj, domain: u64) -> u64 {
    highest(this, domain, INITIAL_STATE)
}

/// addPowerChild, removePowerChild, requestPowerDomainState: providers here are on whenever the system is.
extern "C" fn noted(this: Obj) -> u32 {
    result(this)
}

/// registerInterestedDriver: the driver hears of the device's changes; returns what the device can do now.
extern "C" fn register_interested(this: Obj, driver: Obj) -> u64 {
    power::with(this, |power| {
        if !power.interested.contains(&driver) {
            power.interested.push(driver);
        }
    });
    current_capability(this)
}

extern "C" fn deregister_interested(this: Obj, driver: Obj) -> u32 {
    power::with(this, |power| power.interested.retain(|&other| other != driver));
    result(this)
}

extern "C" fn acknowledge_change(this: Obj, driver: Obj) -> u32 {
    sched::wake(INTERESTED | driver.word(), true, 0);
    result(this)
}

extern "C" fn current_capability(this: Obj) -> u64 {
    let capability = |power: &mut Power| power.states.get(power.current as usize).map_or(0, |state| state.capability);
    power::with(this, capability).unwrap_or(0)
}

/// getAggressiveness: the root of the power tree keeps these, and this bench has none.
extern "C" fn aggressiveness(_this: Obj, _kind: u64, _to: usize) -> IOReturn {
    IOReturn::NOT_READY
}

extern "C" fn system_will_shutdown(_this: Obj, _specifier: u32) {}

/// Asks or tells the interested about a state; false when one of them refuses. The argument is an
/// `IOPowerStateChangeNotification`: power reference, return value, state and its flags.
fn tell(this: Obj, kind: u32, ordinal: u64) -> bool {
    let capability = |power: &mut Power| power.states.get(ordinal as usize).map_or(0, |state| state.capability);
    let flags = power::with(this, capability).unwrap_or(0);
    let mut words = [0, 0, ordinal, flags];
    let at = (&raw mut words) as usize;
    message::to_clients(this, kind, at as u64);
    mem::read::<u64>(at + 8) == 0
}

extern "C" fn ask_change_down(this: Obj, ordinal: u64) -> bool {
    tell(this, CAN_POWER_OFF, ordinal)
}

extern "C" fn tell_change_down(this: Obj, ordinal: u64) -> bool {
    tell(this, WILL_POWER_OFF, ordinal);
    true
}

extern "C" fn tell_no_change_down(this: Obj, ordinal: u64) {
    tell(this, WILL_NOT_POWER_OFF, ordinal);
}

extern "C" fn tell_change_up(this: Obj, ordinal: u64) {
    tell(this, HAS_POWERED_ON, ordinal);
}

/// Tells the interested drivers that a change is about to be or was made, and waits as long as each asks for.
pub(super) fn tell_interested(this: Obj, method: &Method, ordinal: u64) {
    let found = power::with(this, |power| {
        let flags = power.states.get(ordinal as usize).map_or(0, |state| state.capability);
        (power.interested.clone(), flags)
    });
    let Some((interested, flags)) = found else { return };
    registry::for_each(interested, |driver| {
        let microseconds = method.call(driver, &[flags, ordinal, this.word()]) as i64;
        if microseconds > 0 {
            let deadline = sched::now() + microseconds as u64 * 1000;
            sched::wait(INTERESTED | driver.word(), "acknowledgePowerChange", Some(deadline));
        }
    });
}

functions! { pub FUNCTIONS:
    "__ZN9IOService22changePowerStateToPrivEm" => change_own,
    "__ZN9IOService14activityTickleEmm" => activity_tickle,
    "__ZN9IOService18setIdleTimerPeriodEm" => set_idle_period,
    "__ZN9IOService15nextIdleTimeoutEyyj" => next_idle_timeout,
    "__ZN9IOService27maxCapabilityForDomainStateEm" => capability_for_domain,
    "__ZN9IOService31initialPowerStateForDomainStateEm" => initial_for_domain,
    "__ZN9IOService24powerStateForDomainStateEm" => capability_for_domain,
    "__ZN9IOService13addPowerChildEPS_" => noted,
    "__ZN9IOService16removePowerChildEP17IOPowerConnection" => noted,
    "__ZN9IOService23requestPowerDomainStateEmP17IOPowerConnectionm" => noted,
    "__ZN9IOService24registerInterestedDriverEPS_" => register_interested,
    "__ZN9IOService26deRegisterInterestedDriverEPS_" => deregister_interested,
    "__ZN9IOService22acknowledgePowerChangeEPS_" => acknowledge_change,
    "__ZN9IOService17currentCapabilityEv" => current_capability,
    "__ZN9IOService17getAggressivenessEmPm" => aggressiveness,
    "__ZN9IOService18systemWillShutdownEj" => system_will_shutdown,
    "__ZN9IOService13askChangeDownEm" => ask_change_down,
    "__ZN9IOService14tellChangeDownEm" => tell_change_down,
    "__ZN9IOService16tellNoChangeDownEm" => tell_no_change_down,
    "__ZN9IOService12tellChangeUpEm" => tell_change_up,
}
