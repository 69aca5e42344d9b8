//! Controls of a stream: one for all its channels is the stream's own, one for a channel its engine's.

use kpi::functions;
use kpi::libkern::{collection, set};
use kpi::object::{Method, Obj};

use super::{OUTPUT, engine};
use crate::control::{self, USAGE_INPUT, USAGE_OUTPUT};
use crate::layout::stream::{DEFAULT_AUDIO_CONTROLS, DIRECTION};
use crate::returns::{BAD_ARGUMENT, ERROR};
use crate::service;

static GET_CHANNEL: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl12getChannelIDEv");
static GET_USAGE: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl8getUsageEv");
static ENGINE_ADD: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine22addDefaultAudioControlEP14IOAudioControl");
static REMOVE_ALL: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream26removeDefaultAudioControlsEv");

/// kIOAudioControlChannelIDAll.
const ALL: u32 = 0;

/// addDefaultAudioControl: for a control of all channels the answer is kIOReturnBadArgument, although it was added.
extern "C" fn add(this: Obj, control: Obj) -> u32 {
    if control.is_null() {
        return BAD_ARGUMENT;
    }
    if GET_CHANNEL.call_u32(control, &[]) != ALL {
        return ENGINE_ADD.call_u32(engine(this), &[control.word()]);
    }
    let opposite = if this.get::<u32>(DIRECTION) == OUTPUT { USAGE_INPUT } else { USAGE_OUTPUT };
    if GET_USAGE.call_u32(control, &[]) == opposite || !control::ATTACH_AND_START.call_bool(control, &[this.word()]) {
        return ERROR;
    }
    if this.get_obj(DEFAULT_AUDIO_CONTROLS).is_null() {
        this.set(DEFAULT_AUDIO_CONTROLS, set::new());
    }
    set::add(this.get_obj(DEFAULT_AUDIO_CONTROLS), control);
    BAD_ARGUMENT
}

/// removeDefaultAudioControls: those that are the stream's own are terminated, unless the stream is on its way already.
extern "C" fn remove_all(this: Obj) {
    let controls = this.get_obj(DEFAULT_AUDIO_CONTROLS);
    if controls.is_null() {
        return;
    }
    if !service::is_inactive(this) {
        for control in collection::members(controls) {
            if service::GET_PROVIDER.call_obj(control, &[]) == this {
                service::TERMINATE.call(control, &[0]);
            } else {
                service::DETACH.call(control, &[this.word()]);
            }
        }
    }
    collection::flush(controls);
}

/// Lets a stream's controls go, for its `free`.
pub(super) fn forget(stream: Obj) {
    if !stream.get_obj(DEFAULT_AUDIO_CONTROLS).is_null() {
        REMOVE_ALL.call(stream, &[]);
        service::release_field(stream, DEFAULT_AUDIO_CONTROLS);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream22addDefaultAudioControlEP14IOAudioControl" => add,
    "__ZN13IOAudioStream26removeDefaultAudioControlsEv" => remove_all,
}
