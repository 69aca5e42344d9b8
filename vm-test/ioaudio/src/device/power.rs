//! The device's power states, Sleep, Idle and Active, and the count of running engines.
//!
//! ```text
//!  IOPM 0: running engines pause ─► performPowerStateChange(…, Sleep) ─► complete
//!  IOPM 1: performPowerStateChange(Sleep, …) ─► complete: timers tick, paused engines resume
//! ```
//!
//! A driver may take its time: the change is then complete when it calls `completePowerStateChange`.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};
use kpi::symbols;

use crate::behaviour;
use crate::engine::state;
use crate::layout::device::{
    CURRENT_POWER_STATE, DURING_STARTUP, FAMILY_MANAGE_POWER, MINIMUM_INTERVAL, NUM_RUNNING_AUDIO_ENGINES,
    PENDING_POWER_STATE, PREVIOUS_TIMER_FIRE, WORK_LOOP,
};
use crate::layout::engine as engine_layout;
use crate::returns::SUCCESS;
use crate::service;

/// kIOAudioDeviceSleep.
pub const SLEEP: u32 = 0;
/// kIOAudioDeviceIdle.
pub const IDLE: u32 = 1;
/// kIOAudioDeviceActive.
pub const ACTIVE: u32 = 2;

/// IOPMAckImplied, IOPMWillAckLater and IOPMNoSuchState.
const ACK_IMPLIED: u32 = 0;
const WILL_ACK_LATER: u32 = 1;
const NO_SUCH_STATE: u32 = 5;

/// Idle delay that means "never".
const NEVER: u64 = u64::MAX;
/// `IOAudioDevice::idleAudioSleepHandlerTimer`, the idle timer's action.
const IDLE_EXPIRED: &str = "__ZN13IOAudioDevice26idleAudioSleepHandlerTimerEP8OSObjectP18IOTimerEventSource";

/// What the family knows of a device's power beside its visible fields.
#[derive(Default)]
struct Private {
    /// A change that the driver will complete is under way.
    asynchronous: bool,
    /// How long the device stays Active after its last engine stopped, ns.
    idle_delay: u64,
    /// The idle timer, once it was needed; its address.
    idle_timer: usize,
}

static PRIVATE: Side<Private> = Side::new();

static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
static JOIN_PM_TREE: Method = Method::new("IOService", "__ZN9IOService10joinPMtreeEPS_");
static REGISTER_POWER_DRIVER: Method =
    Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
static CHANGE_POWER_STATE_TO: Direct = Direct::new("__ZN9IOService18changePowerStateToEm");
static ACKNOWLEDGE: Direct = Direct::new("__ZN9IOService24acknowledgeSetPowerStateEv");
static SUPER_SET_AGGRESSIVENESS: Direct = Direct::new("__ZN9IOService17setAggressivenessEmm");
static PERFORM_CHANGE: Method =
    Method::new("IOAudioDevice", "__ZN13IOAudioDevice23performPowerStateChangeE24_IOAudioDevicePowerStateS0_Pj");
static PROTECTED_SET: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice22protectedSetPowerStateEmP9IOService");
static PROTECTED_COMPLETE: Method =
    Method::new("IOAudioDevice", "__ZN13IOAudioDevice33protectedCompletePowerStateChangeEv");
static DISPATCH: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19dispatchTimerEventsEb");
static TIMER_NEW: Direct = Direct::new("__ZN18IOTimerEventSource16timerEventSourceEP8OSObjectPFvS1_PS_E");
static WAKE_AT: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource10wakeAtTimeEy");
static CANCEL: Method = Method::new("IOTimerEventSource", "__ZN18IOTimerEventSource13cancelTimeoutEv");

/// IOPMPowerState as the kernel reads it: twelve words; version 1, capability, output and input character.
const STATES: [[u64; 12]; 2] = [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0x8000, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]];

/// Joins the power tree as a driver of two states and asks for "on".
pub(crate) fn join(device: Obj, provider: Obj) {
    PM_INIT.call(device, &[]);
    JOIN_PM_TREE.call(provider, &[device.word()]);
    REGISTER_POWER_DRIVER.call(device, &[device.word(), STATES.as_ptr() as u64, STATES.len() as u64]);
    CHANGE_POWER_STATE_TO.call(&[device.word(), 1]);
}

/// Leaves the power tree.
pub(crate) fn leave(device: Obj) {
    PM_STOP.call(device, &[]);
}

/// Takes the idle timer off the work loop.
pub(crate) fn drop_idle_timer(device: Obj) {
    let timer = PRIVATE.with(device, |private| core::mem::take(&mut private.idle_timer)).unwrap_or(0);
    service::drop_event_source(device.get_obj(WORK_LOOP), Obj(timer));
}

/// Drops the record of a device that is freed.
pub(crate) fn forget(device: Obj) {
    drop_idle_timer(device);
    PRIVATE.remove(device);
}

fn current(device: Obj) -> u32 {
    device.get(CURRENT_POWER_STATE)
}

fn running(device: Obj) -> u32 {
    device.get(NUM_RUNNING_AUDIO_ENGINES)
}

fn set_pending(device: Obj, state: u32) {
    device.set(PENDING_POWER_STATE, state);
}

fn is_asynchronous(device: Obj) -> bool {
    PRIVATE.with(device, |private| private.asynchronous) == Some(true)
}

fn set_asynchronous(device: Obj, asynchronous: bool) {
    PRIVATE.with_default(device, |private| private.asynchronous = asynchronous);
}

/// The event that the end of an asynchronous change wakes.
fn change_event(device: Obj) -> usize {
    device.0 + PENDING_POWER_STATE
}

/// The first call ever only ends the start-up. IOPM is told that all is done, whatever came of it.
extern "C" fn set_power_state(this: Obj, ordinal: u64, whom: u64) -> u32 {
    if this.get(DURING_STARTUP) {
        this.set(DURING_STARTUP, false);
        return ACK_IMPLIED;
    }
    if ordinal > 1 {
        return NO_SUCH_STATE;
    }
    gated_set_action(this, ordinal, whom);
    ACK_IMPLIED
}

extern "C" fn protected_set(this: Obj, ordinal: u64) -> u32 {
    wait_for_pending(this);
    if ordinal == 0 && current(this) != SLEEP {
        set_pending(this, SLEEP);
        if running(this) > 0 {
            for_each_engine_in(this, state::RUNNING, &state::PAUSE_AUDIO_ENGINE);
        }
    } else if ordinal == 1 && current(this) == SLEEP {
        set_pending(this, if running(this) == 0 { IDLE } else { ACTIVE });
    }
    if this.get::<u32>(PENDING_POWER_STATE) == current(this) { SUCCESS } else { initiate(this) }
}

fn for_each_engine_in(device: Obj, wanted: u32, method: &Method) {
    for engine in super::engines(device) {
        if engine.get::<u32>(engine_layout::STATE) == wanted {
            method.call(engine, &[]);
        }
    }
}

/// Waits for an asynchronous change, for as long as the release does.
extern "C" fn wait_for_pending(this: Obj) {
    let limit = behaviour::now().pending_power_wait;
    while is_asynchronous(this) {
        if service::sleep_on_gate(this.get_obj(WORK_LOOP), change_event(this), limit) == service::TIMED_OUT {
            return;
        }
    }
}

/// Asks the driver; without a wish for time the change is complete at once.
fn initiate(device: Obj) -> u32 {
    let (from, to) = (current(device), device.get::<u32>(PENDING_POWER_STATE));
    set_asynchronous(device, true);
    let mut microseconds = 0u32;
    let at = (&raw mut microseconds) as usize;
    let result = PERFORM_CHANGE.call_u32(device, &[u64::from(from), u64::from(to), at as u64]);
    match (result, mem::read::<u32>(at)) {
        (SUCCESS, 0) => {
            set_asynchronous(device, false);
            complete(device)
        }
        (SUCCESS | WILL_ACK_LATER, _) => SUCCESS,
        (error, _) => {
            set_asynchronous(device, false);
            error
        }
    }
}

extern "C" fn initiate_change(this: Obj) -> u32 {
    initiate(this)
}

/// The driver has done what it asked time for.
extern "C" fn complete_change(this: Obj) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || complete_action(this))
}

extern "C" fn complete(this: Obj) -> u32 {
    if current(this) == SLEEP {
        // The device's timer did not tick in its sleep: it ticks now, and its series starts here.
        let last = clock::absolute_time().wrapping_sub(this.get(MINIMUM_INTERVAL));
        this.set(PREVIOUS_TIMER_FIRE, last);
        DISPATCH.call(this, &[1]);
        if running(this) > 0 {
            for_each_engine_in(this, state::PAUSED, &state::RESUME_AUDIO_ENGINE);
        }
    }
    if is_asynchronous(this) {
        ACKNOWLEDGE.call(&[this.word()]);
        set_asynchronous(this, false);
        service::wake_gate(this.get_obj(WORK_LOOP), change_event(this));
    }
    this.set(CURRENT_POWER_STATE, this.get::<u32>(PENDING_POWER_STATE));
    service::wake_gate(this.get_obj(WORK_LOOP), this.0 + CURRENT_POWER_STATE);
    SUCCESS
}

/// An engine starts: the first makes the device Active.
pub(crate) extern "C" fn engine_starting(this: Obj) {
    this.set(NUM_RUNNING_AUDIO_ENGINES, running(this) + 1);
    if running(this) != 1 {
        return;
    }
    if current(this) == IDLE {
        wait_for_pending(this);
        set_pending(this, ACTIVE);
        initiate(this);
        wait_for_pending(this);
    } else if this.get::<u32>(PENDING_POWER_STATE) != SLEEP {
        set_pending(this, ACTIVE);
    }
}

/// An engine stopped: the last makes the device Idle, at once or after a while.
pub(crate) extern "C" fn engine_stopped(this: Obj) {
    this.set(NUM_RUNNING_AUDIO_ENGINES, running(this).saturating_sub(1));
    if running(this) == 0 && current(this) == ACTIVE {
        set_pending(this, IDLE);
        schedule_idle(this);
    }
}

extern "C" fn schedule_idle(this: Obj) {
    match PRIVATE.with_default(this, |private| private.idle_delay) {
        0 => {
            wait_for_pending(this);
            initiate(this);
        }
        NEVER => (),
        delay => {
            let at = clock::absolute_time().saturating_add(clock::from_ns(delay));
            WAKE_AT.call(idle_timer(this), &[at]);
        }
    }
}

/// The idle timer, made when it is first needed.
fn idle_timer(device: Obj) -> Obj {
    let known = PRIVATE.with_default(device, |private| private.idle_timer);
    if known != 0 {
        return Obj(known);
    }
    let action = symbols::address(IDLE_EXPIRED).unwrap_or_default();
    let timer = TIMER_NEW.call_obj(&[device.word(), action as u64]);
    service::add_event_source(device.get_obj(WORK_LOOP), timer);
    PRIVATE.with_default(device, |private| private.idle_timer = timer.0);
    timer
}

/// The delay is over: the device becomes Idle if nothing else is meant by now.
extern "C" fn idle_expired(this: Obj, _timer: Obj) {
    if this.get::<u32>(PENDING_POWER_STATE) == IDLE && current(this) == ACTIVE {
        wait_for_pending(this);
        initiate(this);
    }
}

/// setIdleAudioSleepTime: nanoseconds; a pending idle change is put off anew.
extern "C" fn set_idle_delay(this: Obj, delay: u64) {
    let (old, timer) =
        PRIVATE.with_default(this, |private| (core::mem::replace(&mut private.idle_delay, delay), private.idle_timer));
    if old == delay {
        return;
    }
    if timer != 0 {
        CANCEL.call(Obj(timer), &[]);
    }
    if this.get::<u32>(PENDING_POWER_STATE) == IDLE && current(this) == ACTIVE {
        schedule_idle(this);
    }
}

/// `setPowerStateAction`: what the device's gate runs, with the ordinal and who asks.
extern "C" fn set_action(this: Obj, ordinal: u64, whom: u64) -> u32 {
    PROTECTED_SET.call_u32(this, &[ordinal, whom])
}

/// `_setPowerStateAction`: what the work loop runs.
extern "C" fn gated_set_action(this: Obj, ordinal: u64, whom: u64) -> u32 {
    service::gated(this.get_obj(WORK_LOOP), || set_action(this, ordinal, whom))
}

/// `completePowerStateChangeAction`.
extern "C" fn complete_action(this: Obj) -> u32 {
    PROTECTED_COMPLETE.call_u32(this, &[])
}

extern "C" fn perform_change(_this: Obj, _from: u32, _to: u32, _microseconds: usize) -> u32 {
    SUCCESS
}

extern "C" fn power_state(this: Obj) -> u32 {
    current(this)
}

extern "C" fn pending_power_state(this: Obj) -> u32 {
    this.get(PENDING_POWER_STATE)
}

extern "C" fn set_family_manage_power(this: Obj, manage: bool) {
    this.set(FAMILY_MANAGE_POWER, manage);
}

extern "C" fn set_aggressiveness(this: Obj, kind: u64, level: u64) -> u32 {
    SUPER_SET_AGGRESSIVENESS.call(&[this.word(), kind, level]) as u32
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioDevice13setPowerStateEmP9IOService" => set_power_state,
    "__ZN13IOAudioDevice22protectedSetPowerStateEmP9IOService" => protected_set,
    "__ZN13IOAudioDevice19setPowerStateActionEP8OSObjectPvS2_S2_S2_" => set_action,
    "__ZN13IOAudioDevice20_setPowerStateActionEP8OSObjectPvS2_S2_S2_" => gated_set_action,
    "__ZN13IOAudioDevice30completePowerStateChangeActionEP8OSObjectPvS2_S2_S2_" => complete_action,
    "__ZN13IOAudioDevice30waitForPendingPowerStateChangeEv" => wait_for_pending,
    "__ZN13IOAudioDevice24initiatePowerStateChangeEPj" => initiate_change,
    "__ZN13IOAudioDevice24completePowerStateChangeEv" => complete_change,
    "__ZN13IOAudioDevice33protectedCompletePowerStateChangeEv" => complete,
    "__ZN13IOAudioDevice19audioEngineStartingEv" => engine_starting,
    "__ZN13IOAudioDevice18audioEngineStoppedEv" => engine_stopped,
    "__ZN13IOAudioDevice22scheduleIdleAudioSleepEv" => schedule_idle,
    "__ZN13IOAudioDevice21setIdleAudioSleepTimeEy" => set_idle_delay,
    "__ZN13IOAudioDevice26idleAudioSleepHandlerTimerEP8OSObjectP18IOTimerEventSource" => idle_expired,
    "__ZN13IOAudioDevice23performPowerStateChangeE24_IOAudioDevicePowerStateS0_Pj" => perform_change,
    "__ZN13IOAudioDevice13getPowerStateEv" => power_state,
    "__ZN13IOAudioDevice20getPendingPowerStateEv" => pending_power_state,
    "__ZN13IOAudioDevice20setFamilyManagePowerEb" => set_family_manage_power,
    "__ZN13IOAudioDevice17setAggressivenessEmm" => set_aggressiveness,
}
