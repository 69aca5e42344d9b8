//! Client buffers on a stream.

use kpi::functions;
use kpi::object::{Method, Obj};

use super::{Format, OUTPUT, PRIVATE, allocate_mix_buffer, locked};
use crate::client::buffer;
use crate::layout::stream::{DIRECTION, MIX_BUFFER, NUM_CLIENTS, SAMPLE_BUFFER, STREAM_IO_LOCK};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, EXCLUSIVE_ACCESS, SUCCESS};
use crate::service::publish_u32;

/// `addClient(buffer)`.
pub static ADD: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream9addClientEP19IOAudioClientBuffer");
/// `removeClient(buffer)`.
pub static REMOVE: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream12removeClientEP19IOAudioClientBuffer");

static RESET_CLIP: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream13resetClipInfoEv");
static CLIP_IF_NECESSARY: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream15clipIfNecessaryEv");
/// `updateNumClients()`.
pub static UPDATE_NUMBER: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream16updateNumClientsEv");

fn count(stream: Obj, number: u32) {
    stream.set(NUM_CLIENTS, number);
    UPDATE_NUMBER.call(stream, &[]);
}

extern "C" fn update_number(this: Obj) {
    publish_u32(this, c"IOAudioStreamNumClients", this.get(NUM_CLIENTS));
}

/// A buffer joins: a stream that does not mix takes one output client only.
extern "C" fn add(this: Obj, buffer: Obj) -> u32 {
    if buffer.is_null() {
        return BAD_ARGUMENT;
    }
    locked(this.get(STREAM_IO_LOCK), || {
        if PRIVATE.with_default(this, |private| private.clients.contains(&buffer) || private.order.contains(&buffer)) {
            return SUCCESS;
        }
        let (is_output, format) = (this.get::<u32>(DIRECTION) == OUTPUT, Format::of(this));
        let clients: u32 = this.get(NUM_CLIENTS);
        if is_output && format.is_mixable == 0 && clients > 0 {
            return EXCLUSIVE_ACCESS;
        }
        count(this, clients + 1);
        if is_output {
            buffer::set_mixed(buffer, Position::default());
            let sound = format.is_mixable != 0 && this.get::<usize>(SAMPLE_BUFFER) != 0;
            if sound && this.get::<usize>(MIX_BUFFER) == 0 {
                allocate_mix_buffer(this);
            }
        }
        PRIVATE.with_default(this, |private| private.clients.push(buffer));
        SUCCESS
    })
}

extern "C" fn remove(this: Obj, buffer: Obj) {
    locked(this.get(STREAM_IO_LOCK), || {
        let (known, place) = PRIVATE.with_default(this, |private| {
            let (count, place) = (private.clients.len(), private.order.iter().position(|&other| other == buffer));
            private.clients.retain(|&other| other != buffer);
            private.order.retain(|&other| other != buffer);
            (private.clients.len() < count, place)
        });
        if known {
            count(this, this.get::<u32>(NUM_CLIENTS) - 1);
        }
        // A buffer that was never mixed leaves positions as they are, also when it is the last.
        let Some(place) = place else { return };
        if this.get::<u32>(NUM_CLIENTS) == 0 {
            RESET_CLIP.call(this, &[]);
        }
        if place == 0 && PRIVATE.with_default(this, |private| !private.order.is_empty()) {
            // The slowest is gone: what it held back can be clipped.
            CLIP_IF_NECESSARY.call(this, &[]);
        }
    });
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream9addClientEP19IOAudioClientBuffer" => add,
    "__ZN13IOAudioStream12removeClientEP19IOAudioClientBuffer" => remove,
    "__ZN13IOAudioStream16updateNumClientsEv" => update_number,
}
