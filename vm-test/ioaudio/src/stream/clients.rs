//! Client buffers on a stream.

use kpi::functions;
use kpi::object::{Method, Obj};

use super::{Format, OUTPUT, PRIVATE, allocate_mix_buffer, locked, output, reset_clip};
use crate::client::buffer;
use crate::layout::stream::{DIRECTION, MIX_BUFFER, NUM_CLIENTS, SAMPLE_BUFFER, STREAM_IO_LOCK};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, EXCLUSIVE_ACCESS, SUCCESS};
use crate::service::publish_u32;

/// `addClient(buffer)`.
pub static ADD: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream9addClientEP19IOAudioClientBuffer");
/// `removeClient(buffer)`.
pub static REMOVE: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream12removeClientEP19IOAudioClientBuffer");

fn count(stream: Obj, number: u32) {
    stream.set(NUM_CLIENTS, number);
    publish_u32(stream, c"IOAudioStreamNumClients", number);
}

/// A buffer joins: a stream that does not mix takes one output client only.
extern "C" fn add(this: Obj, buffer: Obj) -> u32 {
    if buffer.is_null() {
        return BAD_ARGUMENT;
    }
    locked(this.get(STREAM_IO_LOCK), || {
        if PRIVATE.with_default(this, |private| private.clients.contains(&buffer)) {
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
        let (known, was_slowest) = PRIVATE.with_default(this, |private| {
            let (count, was_slowest) = (private.clients.len(), private.order.first() == Some(&buffer));
            private.clients.retain(|&other| other != buffer);
            private.order.retain(|&other| other != buffer);
            (private.clients.len() < count, was_slowest)
        });
        if !known {
            return;
        }
        count(this, this.get::<u32>(NUM_CLIENTS) - 1);
        if this.get::<u32>(DIRECTION) != OUTPUT {
            return;
        }
        if this.get::<u32>(NUM_CLIENTS) == 0 {
            reset_clip(this);
        } else if was_slowest {
            // The slowest is gone: what it held back can be clipped.
            output::clip_if_necessary(this);
        }
    });
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream9addClientEP19IOAudioClientBuffer" => add,
    "__ZN13IOAudioStream12removeClientEP19IOAudioClientBuffer" => remove,
}
