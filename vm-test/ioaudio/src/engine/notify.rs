//! Notifications to user clients, configuration changes, rate changes from the hardware.

use kpi::functions;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::rate::Rate;
use super::{clients, members, state};
use crate::client;
use crate::control::notify as control;
use crate::layout::engine::{CONFIGURATION_CHANGE_IN_PROGRESS, SAMPLE_RATE};
use crate::returns::SUCCESS;

/// kIOAudioEngineStreamFormatChangeNotification.
pub const FORMAT_CHANGE: u32 = 1;
/// kIOAudioEngineChangeNotification.
pub const CHANGE: u32 = 2;
/// kIOAudioEngineStartedNotification.
pub const STARTED: u32 = 3;
/// kIOAudioEngineStoppedNotification.
pub const STOPPED: u32 = 4;
/// kIOAudioEnginePausedNotification.
pub const PAUSED: u32 = 5;
/// kIOAudioEngineResumedNotification.
pub const RESUMED: u32 = 6;

static SET_SAMPLE_RATE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine13setSampleRateEPK18_IOAudioSampleRate");

/// Tells all user clients.
pub(crate) fn send(engine: Obj, kind: u32) {
    for user_client in clients::list(engine) {
        client::notify::SEND.call(user_client, &[u64::from(kind)]);
    }
}

extern "C" fn send_notification(this: Obj, kind: u32) {
    send(this, kind);
}

/// A stream's format changed; during a configuration change nothing is said.
pub(crate) extern "C" fn send_format_change(this: Obj, stream: Obj) {
    if !this.get::<bool>(CONFIGURATION_CHANGE_IN_PROGRESS) {
        for user_client in clients::list(this) {
            client::notify::SEND_FORMAT_CHANGE.call(user_client, &[stream.word()]);
        }
    }
}

extern "C" fn begin(this: Obj) {
    this.set(CONFIGURATION_CHANGE_IN_PROGRESS, true);
}

extern "C" fn complete(this: Obj) {
    if this.get(CONFIGURATION_CHANGE_IN_PROGRESS) {
        this.set(CONFIGURATION_CHANGE_IN_PROGRESS, false);
        send(this, CHANGE);
        for control in members::controls(this) {
            control::SEND_QUEUED.call(control, &[]);
        }
    }
}

extern "C" fn cancel(this: Obj) {
    this.set(CONFIGURATION_CHANGE_IN_PROGRESS, false);
}

/// Sets the engine's rate, through the driver's override if it has one.
pub(crate) fn set_rate(engine: Obj, rate: usize) {
    SET_SAMPLE_RATE.call(engine, &[rate as u64]);
}

extern "C" fn hardware_rate_changed(this: Obj, rate: usize) -> u32 {
    if rate == 0 || mem::read::<Rate>(rate) == this.get::<Rate>(SAMPLE_RATE) {
        return SUCCESS;
    }
    let was_running = state::get(this) == state::RUNNING;
    if was_running {
        state::PAUSE_AUDIO_ENGINE.call(this, &[]);
    }
    set_rate(this, rate);
    if !this.get::<bool>(CONFIGURATION_CHANGE_IN_PROGRESS) {
        send(this, CHANGE);
    }
    if was_running {
        state::RESUME_AUDIO_ENGINE.call(this, &[]);
    }
    SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine16sendNotificationEj" => send_notification,
    "__ZN13IOAudioEngine28sendFormatChangeNotificationEP13IOAudioStream" => send_format_change,
    "__ZN13IOAudioEngine24beginConfigurationChangeEv" => begin,
    "__ZN13IOAudioEngine27completeConfigurationChangeEv" => complete,
    "__ZN13IOAudioEngine25cancelConfigurationChangeEv" => cancel,
    "__ZN13IOAudioEngine25hardwareSampleRateChangedEPK18_IOAudioSampleRate" => hardware_rate_changed,
}
