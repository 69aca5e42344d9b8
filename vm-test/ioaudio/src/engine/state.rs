//! The engine's state machine: start, stop, pause, resume.

use kpi::functions;
use kpi::object::{Method, Obj};

use super::{PRIVATE, erase, members, notify, set_stop_position};
use crate::behaviour;
use crate::device::power;
use crate::layout::device::CURRENT_POWER_STATE;
use crate::layout::engine::{AUDIO_DEVICE, AUDIO_ENGINE_STOP_POSITION, NUM_ACTIVE_USER_CLIENTS, STATE, WORK_LOOP};
use crate::position::Position;
use crate::returns::SUCCESS;
use crate::service::{self, publish_u32};

/// kIOAudioEngineStopped.
pub const STOPPED: u32 = 0;
/// kIOAudioEngineRunning.
pub const RUNNING: u32 = 1;
/// kIOAudioEnginePaused.
pub const PAUSED: u32 = 2;
/// kIOAudioEngineResumed.
pub const RESUMED: u32 = 3;

static PERFORM_START: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine23performAudioEngineStartEv");
static PERFORM_STOP: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine22performAudioEngineStopEv");
static RESET_STATUS: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17resetStatusBufferEv");
static SET_STATE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8setStateE19_IOAudioEngineState");
/// `startAudioEngine()`.
pub static START_AUDIO_ENGINE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16startAudioEngineEv");
/// `stopAudioEngine()`.
pub static STOP_AUDIO_ENGINE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine15stopAudioEngineEv");
/// `pauseAudioEngine()`.
pub static PAUSE_AUDIO_ENGINE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16pauseAudioEngineEv");
/// `resumeAudioEngine()`.
pub static RESUME_AUDIO_ENGINE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine17resumeAudioEngineEv");

/// The state.
pub(crate) fn get(engine: Obj) -> u32 {
    engine.get(STATE)
}

/// Changes the state, through the driver's override if it has one.
pub(crate) fn set(engine: Obj, state: u32) {
    SET_STATE.call(engine, &[u64::from(state)]);
}

extern "C" fn set_state(this: Obj, state: u32) -> u32 {
    let old = get(this);
    this.set(STATE, state);
    match (old, state) {
        (RUNNING, STOPPED) => {
            erase::remove_timer(this);
            // The default does nothing, since the engine is not running any more.
            erase::PERFORM_ERASE.call(this, &[]);
        }
        (RUNNING, RUNNING) => (),
        (_, RUNNING) => erase::add_timer(this),
        (PAUSED, STOPPED) => service::wake_gate(this.get_obj(WORK_LOOP), this.0 + STATE),
        _ => (),
    }
    publish_u32(this, c"IOAudioEngineState", state);
    old
}

extern "C" fn start(this: Obj) -> u32 {
    match get(this) {
        PAUSED => RESUME_AUDIO_ENGINE.call_u32(this, &[]),
        RUNNING => SUCCESS,
        old => {
            let device = this.get_obj(AUDIO_DEVICE);
            if old == STOPPED {
                power::engine_starting(device);
            }
            RESET_STATUS.call(this, &[]);
            set_stop_position(this, Position::default());
            PRIVATE.with_default(this, |private| private.pause_count = 0);
            let result = PERFORM_START.call_u32(this, &[]);
            if result == SUCCESS {
                set(this, RUNNING);
                notify::send(this, notify::STARTED);
            } else if old == STOPPED {
                power::engine_stopped(device);
            }
            result
        }
    }
}

extern "C" fn stop(this: Obj) -> u32 {
    let old = get(this);
    if old != RUNNING && old != RESUMED {
        return SUCCESS;
    }
    let result = if old == RUNNING { PERFORM_STOP.call_u32(this, &[]) } else { SUCCESS };
    if result == SUCCESS {
        set(this, STOPPED);
        notify::send(this, notify::STOPPED);
        power::engine_stopped(this.get_obj(AUDIO_DEVICE));
    }
    result
}

extern "C" fn pause(this: Obj) -> u32 {
    PRIVATE.with_default(this, |private| private.pause_count += 1);
    let old = get(this);
    if old != RUNNING && old != RESUMED {
        return SUCCESS;
    }
    let result = PERFORM_STOP.call_u32(this, &[]);
    if result == SUCCESS {
        if behaviour::now().pause_clears_first {
            set(this, PAUSED);
            members::CLEAR_ALL.call(this, &[]);
            notify::send(this, notify::PAUSED);
        } else {
            members::LOCK_ALL.call(this, &[]);
            set(this, PAUSED);
            members::UNLOCK_ALL.call(this, &[]);
            notify::send(this, notify::PAUSED);
            members::CLEAR_ALL.call(this, &[]);
        }
    }
    result
}

extern "C" fn resume(this: Obj) -> u32 {
    let left = PRIVATE.with_default(this, |private| {
        let was = private.pause_count;
        private.pause_count = was.saturating_sub(1);
        (was > 0).then_some(private.pause_count)
    });
    if left != Some(0) || get(this) != PAUSED {
        return SUCCESS;
    }
    set(this, RESUMED);
    notify::send(this, notify::RESUMED);
    service::wake_gate(this.get_obj(WORK_LOOP), this.0 + STATE);
    let device = this.get_obj(AUDIO_DEVICE);
    let stopping = this.get::<Position>(AUDIO_ENGINE_STOP_POSITION).is_set();
    let idle = this.get::<u32>(NUM_ACTIVE_USER_CLIENTS) == 0;
    if idle && stopping && device.get::<u32>(CURRENT_POWER_STATE) != power::SLEEP {
        return STOP_AUDIO_ENGINE.call_u32(this, &[]);
    }
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine8setStateE19_IOAudioEngineState" => set_state,
    "__ZN13IOAudioEngine16startAudioEngineEv" => start,
    "__ZN13IOAudioEngine15stopAudioEngineEv" => stop,
    "__ZN13IOAudioEngine16pauseAudioEngineEv" => pause,
    "__ZN13IOAudioEngine17resumeAudioEngineEv" => resume,
}
