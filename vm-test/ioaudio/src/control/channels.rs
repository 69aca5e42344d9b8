//! Channel numbers of controls: 0 is the master; others follow the channels of their direction.

use kpi::object::{Method, Obj};

use super::{USAGE_INPUT, USAGE_OUTPUT, USAGE_PASS_THROUGH};
use crate::layout::control::{CHANNEL_ID, USAGE};
use crate::layout::stream::{MAX_NUM_CHANNELS, STARTING_CHANNEL_ID, STREAM_AVAILABLE};
use crate::stream::Format;

/// Channel number of a channel that is not there.
const INACTIVE: u32 = u32::MAX;

static SET_CHANNEL_NUMBER: Method = Method::new("IOAudioControl", "__ZN14IOAudioControl16setChannelNumberEi");

/// Gives a control the number of its channel among an engine's streams.
pub(crate) fn number(control: Obj, outputs: &[Obj], inputs: &[Obj]) {
    let channel: u32 = control.get(CHANNEL_ID);
    let number = match control.get::<u32>(USAGE) {
        _ if channel == 0 => 0,
        USAGE_OUTPUT => number_in(outputs, channel),
        USAGE_INPUT => number_in(inputs, channel),
        USAGE_PASS_THROUGH => number_in(if inputs.is_empty() { outputs } else { inputs }, channel),
        _ => return,
    };
    SET_CHANNEL_NUMBER.call(control, &[u64::from(number)]);
}

fn number_in(streams: &[Obj], channel: u32) -> u32 {
    let mut next = 1;
    for stream in streams {
        let available: bool = stream.get(STREAM_AVAILABLE);
        let channels = if available { Format::of(*stream).channels } else { 0 };
        let first: u32 = stream.get(STARTING_CHANNEL_ID);
        if let Some(offset) = channel.checked_sub(first).filter(|&offset| offset < stream.get::<u32>(MAX_NUM_CHANNELS))
        {
            return if offset < channels { next + offset } else { INACTIVE };
        }
        next += channels;
    }
    INACTIVE
}
