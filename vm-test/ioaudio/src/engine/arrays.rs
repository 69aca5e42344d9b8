//! The arrays of bytes in input and output: a word for each stream of a direction, which user space can map. Nothing in the
//! family writes them.

use kpi::functions;
use kpi::object::Obj;

use super::{Obj0, PRIVATE, members, status};
use crate::stream::OUTPUT;

/// Makes a direction's array anew, once a stream has been added to it.
pub(super) fn renew(engine: Obj, direction: u32) {
    let streams = if direction == OUTPUT { members::output_streams(engine) } else { members::input_streams(engine) };
    let made = status::shared_pages(streams.len() as u64 * 4).map_or(Obj::NULL, |(descriptor, _)| descriptor);
    let old = PRIVATE.with_default(engine, |private| core::mem::replace(place(private, direction), Obj0(made)));
    old.0.release();
}

fn place(private: &mut super::Private, direction: u32) -> &mut Obj0 {
    if direction == OUTPUT { &mut private.bytes_in_output } else { &mut private.bytes_in_input }
}

extern "C" fn input(this: Obj) -> Obj {
    PRIVATE.with(this, |private| private.bytes_in_input.0).unwrap_or(Obj::NULL)
}

extern "C" fn output(this: Obj) -> Obj {
    PRIVATE.with(this, |private| private.bytes_in_output.0).unwrap_or(Obj::NULL)
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine36getBytesInInputBufferArrayDescriptorEv" => input,
    "__ZN13IOAudioEngine37getBytesInOutputBufferArrayDescriptorEv" => output,
}
