//! The device's power states and the count of running engines.

use kpi::functions;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use crate::engine::state;
use crate::layout::device::{
    CURRENT_POWER_STATE, DURING_STARTUP, NUM_RUNNING_AUDIO_ENGINES, PENDING_POWER_STATE, WORK_LOOP,
};
use crate::layout::engine as engine_layout;
use crate::returns::{SUCCESS, UNSUPPORTED};
use crate::service;

/// kIOAudioDeviceSleep.
pub const SLEEP: u32 = 0;
/// kIOAudioDeviceIdle.
pub const IDLE: u32 = 1;
/// kIOAudioDeviceActive.
pub const ACTIVE: u32 = 2;

/// IOPMAckImplied, and the answer for a state that does not exist.
const ACK_IMPLIED: u32 = 0;
const NO_SUCH_STATE: u32 = 0xe000_02c2;

static PM_INIT: Method = Method::new("IOService", "__ZN9IOService6PMinitEv");
static PM_STOP: Method = Method::new("IOService", "__ZN9IOService6PMstopEv");
static JOIN_PM_TREE: Method = Method::new("IOService", "__ZN9IOService10joinPMtreeEPS_");
static REGISTER_POWER_DRIVER: Method =
    Method::new("IOService", "__ZN9IOService19registerPowerDriverEPS_P14IOPMPowerStatem");
static CHANGE_POWER_STATE_TO: Direct = Direct::new("__ZN9IOService18changePowerStateToEm");
static PERFORM_CHANGE: Method =
    Method::new("IOAudioDevice", "__ZN13IOAudioDevice23performPowerStateChangeE24_IOAudioDevicePowerStateS0_Pj");

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

/// The first call ever only ends the start-up.
extern "C" fn set_power_state(this: Obj, ordinal: u64, _whom: Obj) -> u32 {
    if this.get(DURING_STARTUP) {
        this.set(DURING_STARTUP, false);
        return ACK_IMPLIED;
    }
    if ordinal > 1 {
        return NO_SUCH_STATE;
    }
    service::gated(this.get_obj(WORK_LOOP), || change_for(this, ordinal));
    ACK_IMPLIED
}

fn change_for(device: Obj, ordinal: u64) {
    let (current, running) = (device.get::<u32>(CURRENT_POWER_STATE), device.get::<u32>(NUM_RUNNING_AUDIO_ENGINES));
    if ordinal == 0 && current != SLEEP {
        device.set(PENDING_POWER_STATE, SLEEP);
        if running > 0 {
            for engine in super::engines(device) {
                if engine.get::<u32>(engine_layout::STATE) == state::RUNNING {
                    state::PAUSE_AUDIO_ENGINE.call(engine, &[]);
                }
            }
        }
    } else if ordinal == 1 && current == SLEEP {
        device.set(PENDING_POWER_STATE, if running == 0 { IDLE } else { ACTIVE });
    }
    if device.get::<u32>(PENDING_POWER_STATE) != current {
        initiate(device);
    }
}

/// Asks the driver; a driver that wants time (which ours and the simple ones never do) is not waited for.
fn initiate(device: Obj) {
    let (from, to) = (device.get::<u32>(CURRENT_POWER_STATE), device.get::<u32>(PENDING_POWER_STATE));
    let mut microseconds = 0u32;
    let at = (&raw mut microseconds) as usize;
    let result = PERFORM_CHANGE.call_u32(device, &[u64::from(from), u64::from(to), at as u64]);
    if mem::read::<u32>(at) != 0 {
        super::complain(device, "asked for time to change its power state, which this bench does not give");
    }
    if result == SUCCESS {
        complete(device);
    }
}

fn complete(device: Obj) {
    if device.get::<u32>(CURRENT_POWER_STATE) == SLEEP {
        DISPATCH_FORCED.call(device, &[1]);
        if device.get::<u32>(NUM_RUNNING_AUDIO_ENGINES) > 0 {
            for engine in super::engines(device) {
                if engine.get::<u32>(engine_layout::STATE) == state::PAUSED {
                    state::RESUME_AUDIO_ENGINE.call(engine, &[]);
                }
            }
        }
    }
    device.set(CURRENT_POWER_STATE, device.get::<u32>(PENDING_POWER_STATE));
    service::wake_gate(device.get_obj(WORK_LOOP), device.0 + CURRENT_POWER_STATE);
}

static DISPATCH_FORCED: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19dispatchTimerEventsEb");

/// An engine starts: the first makes the device Active.
pub(crate) extern "C" fn engine_starting(this: Obj) {
    this.set(NUM_RUNNING_AUDIO_ENGINES, this.get::<u32>(NUM_RUNNING_AUDIO_ENGINES) + 1);
    if this.get::<u32>(NUM_RUNNING_AUDIO_ENGINES) != 1 {
        return;
    }
    if this.get::<u32>(CURRENT_POWER_STATE) == IDLE {
        this.set(PENDING_POWER_STATE, ACTIVE);
        initiate(this);
    } else if this.get::<u32>(PENDING_POWER_STATE) != SLEEP {
        this.set(PENDING_POWER_STATE, ACTIVE);
    }
}

/// An engine stopped: the last makes the device Idle.
pub(crate) extern "C" fn engine_stopped(this: Obj) {
    this.set(NUM_RUNNING_AUDIO_ENGINES, this.get::<u32>(NUM_RUNNING_AUDIO_ENGINES).saturating_sub(1));
    if this.get::<u32>(NUM_RUNNING_AUDIO_ENGINES) == 0 && this.get::<u32>(CURRENT_POWER_STATE) == ACTIVE {
        this.set(PENDING_POWER_STATE, IDLE);
        initiate(this);
    }
}

extern "C" fn perform_change(_this: Obj, _from: u32, _to: u32, _microseconds: usize) -> u32 {
    SUCCESS
}

extern "C" fn power_state(this: Obj) -> u32 {
    this.get(CURRENT_POWER_STATE)
}

extern "C" fn pending_power_state(this: Obj) -> u32 {
    this.get(PENDING_POWER_STATE)
}

extern "C" fn set_family_manage_power(this: Obj, manage: bool) {
    this.set(crate::layout::device::FAMILY_MANAGE_POWER, manage);
}

extern "C" fn set_aggressiveness(_this: Obj, _kind: u64, _level: u64) -> u32 {
    UNSUPPORTED
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioDevice13setPowerStateEmP9IOService" => set_power_state,
    "__ZN13IOAudioDevice19audioEngineStartingEv" => engine_starting,
    "__ZN13IOAudioDevice18audioEngineStoppedEv" => engine_stopped,
    "__ZN13IOAudioDevice23performPowerStateChangeE24_IOAudioDevicePowerStateS0_Pj" => perform_change,
    "__ZN13IOAudioDevice13getPowerStateEv" => power_state,
    "__ZN13IOAudioDevice20getPendingPowerStateEv" => pending_power_state,
    "__ZN13IOAudioDevice20setFamilyManagePowerEb" => set_family_manage_power,
    "__ZN13IOAudioDevice17setAggressivenessEmm" => set_aggressiveness,
}
