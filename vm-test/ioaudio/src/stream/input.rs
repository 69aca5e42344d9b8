//! Input: the driver fills a client's buffer from its ring, wherever the client asks.

use kpi::functions;
use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::realtime;

use super::{Format, engine, locked};
use crate::client::buffer;
use crate::engine;
use crate::layout::stream::{FORMAT, SAMPLE_BUFFER, STREAM_IO_LOCK};
use crate::returns::SUCCESS;

static CONVERT_VBR: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine22convertInputSamplesVBREPKvPvjRjPK20_IOAudioStreamFormatP13IOAudioStream",
);
static CONVERT: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19convertInputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream",
);

/// Reads a client's buffer full from `first` on; returns the answer and the frames read.
pub(crate) fn read(stream: Obj, client: Obj, first: u32) -> (u32, u32) {
    let (frames, ring) = (buffer::frames(client), engine::ring(engine(stream)));
    let wrapped = (u64::from(first) + u64::from(frames)).saturating_sub(u64::from(ring)) as u32;
    let before = frames - wrapped;
    let data = buffer::data(client);
    let (mut result, mut done) = convert(stream, data, first, before);
    if wrapped > 0 {
        let rest = data + (before * Format::of(stream).client_frame_bytes()) as usize;
        let (second, more) = convert(stream, rest, 0, wrapped);
        result = if second == SUCCESS { result } else { second };
        done += more;
    }
    (result, done)
}

fn convert(stream: Obj, to: usize, first: u32, frames: u32) -> (u32, u32) {
    let mut count = frames;
    let at = (&raw mut count) as usize;
    let (sample, format) = (stream.get::<usize>(SAMPLE_BUFFER) as u64, (stream.0 + FORMAT) as u64);
    let arguments = [sample, to as u64, u64::from(first), at as u64, format, stream.word()];
    let convert = || CONVERT_VBR.call_u32(engine(stream), &arguments);
    let result = realtime::inside("convertInputSamples", convert);
    (result, mem::read(at))
}

/// The default asks for exactly as many frames.
extern "C" fn convert_vbr(
    this: Obj,
    sample: usize,
    to: usize,
    first: u32,
    frames: usize,
    format: usize,
    stream: Obj,
) -> u32 {
    let frames: u32 = mem::read(frames);
    let arguments = [sample as u64, to as u64, u64::from(first), u64::from(frames), format as u64, stream.word()];
    CONVERT.call_u32(this, &arguments)
}

extern "C" fn read_input_samples(this: Obj, client: Obj, first: u32) -> u32 {
    locked(this.get(STREAM_IO_LOCK), || read(this, client, first).0)
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream16readInputSamplesEP19IOAudioClientBufferj" => read_input_samples,
    "__ZN13IOAudioEngine22convertInputSamplesVBREPKvPvjRjPK20_IOAudioStreamFormatP13IOAudioStream" => convert_vbr,
}
