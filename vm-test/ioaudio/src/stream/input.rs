//! Input: the driver fills a client's buffer from its ring, wherever the client asks.

use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::realtime;

use super::{Format, PRIVATE, engine, functions};
use crate::client::buffer;
use crate::engine;
use crate::layout::stream::{FORMAT, SAMPLE_BUFFER};
use crate::returns::{BAD_ARGUMENT, SUCCESS};

/// `readInputSamples(buffer, frame)`.
pub static READ: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream16readInputSamplesEP19IOAudioClientBufferj");
/// `getNumSampleFramesRead()`.
pub static GET_FRAMES_READ: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream22getNumSampleFramesReadEv");
/// `setDefaultNumSampleFramesRead(frames)`.
pub static SET_FRAMES_READ: Method =
    Method::new("IOAudioStream", "__ZN13IOAudioStream29setDefaultNumSampleFramesReadEj");
static CONVERT_VBR: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine22convertInputSamplesVBREPKvPvjRjPK20_IOAudioStreamFormatP13IOAudioStream",
);
static CONVERT: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19convertInputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream",
);

/// readInputSamples: fills a client's buffer from `first` on, in two parts where the ring ends in between.
extern "C" fn read(this: Obj, client: Obj, first: u32) -> u32 {
    if client.is_null() {
        return BAD_ARGUMENT;
    }
    let (frames, ring) = (buffer::frames(client), engine::ring(engine(this)));
    let wrapped = (u64::from(first) + u64::from(frames)).saturating_sub(u64::from(ring)) as u32;
    let before = frames - wrapped;
    if functions::has_any(this) {
        return by_functions(this, client, first, before, wrapped);
    }
    let data = buffer::data(client);
    let (mut result, mut done) = convert(this, data, first, before);
    if result == SUCCESS && wrapped > 0 {
        let rest = data + before as usize * Format::of(this).client_frame_bytes() as usize;
        let more;
        (result, more) = convert(this, rest, 0, wrapped);
        done += more;
    }
    PRIVATE.with_default(this, |private| private.frames_read = done);
    result
}

/// A driver's list of functions reads instead; what comes after the ring's end goes where it would in Float32.
fn by_functions(stream: Obj, client: Obj, first: u32, before: u32, wrapped: u32) -> u32 {
    let (sample, format) = (stream.get::<usize>(SAMPLE_BUFFER) as u64, (stream.0 + FORMAT) as u64);
    let run = |to: usize, first: u32, frames: u32| {
        let arguments = [sample, to as u64, u64::from(first), u64::from(frames), format, stream.word()];
        realtime::inside("convertInputSamples", || functions::run(stream, &arguments)).unwrap_or(SUCCESS)
    };
    let data = buffer::data(client);
    let result = run(data, first, before);
    if wrapped == 0 {
        return result;
    }
    run(data + before as usize * Format::of(stream).mix_frame_bytes() as usize, 0, wrapped)
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

extern "C" fn get_frames_read(this: Obj) -> u32 {
    PRIVATE.with_default(this, |private| private.frames_read)
}

extern "C" fn set_frames_read(this: Obj, frames: u32) {
    PRIVATE.with_default(this, |private| private.frames_read = frames);
}

kpi::functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream16readInputSamplesEP19IOAudioClientBufferj" => read,
    "__ZN13IOAudioStream22getNumSampleFramesReadEv" => get_frames_read,
    "__ZN13IOAudioStream29setDefaultNumSampleFramesReadEj" => set_frames_read,
    "__ZN13IOAudioEngine22convertInputSamplesVBREPKvPvjRjPK20_IOAudioStreamFormatP13IOAudioStream" => convert_vbr,
}
