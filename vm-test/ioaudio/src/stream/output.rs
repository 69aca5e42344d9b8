//! Output: clients' samples are mixed into the stream's ring, and handed to the driver as far as the slowest client is.

use kpi::mem;
use kpi::object::{Method, Obj};
use kpi::realtime;

use super::{Format, PRIVATE, engine, functions};
use crate::client::buffer;
use crate::engine;
use crate::layout::stream::{CLIPPED_POSITION, FORMAT, MIX_BUFFER, NUM_CLIENTS, SAMPLE_BUFFER, STARTING_POSITION};
use crate::position::Position;
use crate::returns::{BAD_ARGUMENT, ERROR, OVERRUN, SUCCESS};

/// `processOutputSamples(buffer, frame, lap, available)`.
pub static PROCESS: Method =
    Method::new("IOAudioStream", "__ZN13IOAudioStream20processOutputSamplesEP19IOAudioClientBufferjjb");
static ENGINE_MIX: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine16mixOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream",
);
static ENGINE_CLIP: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine17clipOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream",
);
static RESET_CLIP_POSITION: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine17resetClipPositionEP13IOAudioStreamj");

/// Most frames of one transfer of a stream that does not mix.
const NON_MIXABLE_LIMIT: u32 = 2043;

/// processOutputSamples: takes a client's samples for the position (`lap`, `first`); with `available` false, silence of as many
/// frames as its buffer holds. Returns the driver's answer to the last range it was given.
extern "C" fn process(this: Obj, client: Obj, first: u32, lap: u32, available: bool) -> u32 {
    if client.is_null() {
        return BAD_ARGUMENT;
    }
    let stream = this;
    let format = Format::of(stream);
    let mixable = format.is_mixable != 0;
    if mixable && stream.get::<usize>(MIX_BUFFER) == 0 {
        return ERROR;
    }
    let mut start = Position { frame: first, lap };
    if buffer::mixed(client).is_set() {
        start = catch_up(stream, client, start);
    }
    let clipped: Position = stream.get(CLIPPED_POSITION);
    if clipped.is_set() && start < clipped {
        RESET_CLIP_POSITION.call(engine(stream), &[stream.word(), u64::from(start.frame)]);
        stream.set(CLIPPED_POSITION, start);
    }
    let frames = buffer::frames(client);
    let ring = engine::ring(engine(stream));
    let mut result = SUCCESS;
    if available && frames > 0 {
        if mixable {
            // Mixed where the client said, also when it was moved to another lap.
            result = mix(stream, &format, buffer::data(client), first, frames, ring);
        }
        if result == SUCCESS {
            note_start(stream, start);
        }
    }
    buffer::set_mixed(client, start.later(frames, ring));
    reposition(stream, client);
    if frames > 0 || !available {
        result = clip_for(stream, client, mixable);
    }
    result
}

/// Until something was clipped, the earliest position that was mixed is where clipping will start.
fn note_start(stream: Obj, start: Position) {
    if !stream.get::<Position>(CLIPPED_POSITION).is_set() {
        let starting: Position = stream.get(STARTING_POSITION);
        if !starting.is_set() || start < starting {
            stream.set(STARTING_POSITION, start);
        }
    }
}

/// A client more than a lap behind the fastest is moved up to it.
fn catch_up(stream: Obj, client: Obj, start: Position) -> Position {
    let fastest = PRIVATE.with_default(stream, |private| private.order.last().copied());
    let Some(fastest) = fastest.filter(|&fastest| fastest != client) else { return start };
    let end = buffer::mixed(fastest);
    if (Position { lap: start.lap.wrapping_add(1), ..start }) < end {
        return Position { lap: if start.frame > end.frame { end.lap.wrapping_sub(1) } else { end.lap }, ..start };
    }
    start
}

/// Adds samples to the mix ring; at its exact end there is a second part of no frames. The answer is the second part's: an
/// error of the first is lost.
fn mix(stream: Obj, format: &Format, data: usize, first: u32, frames: u32, ring: u32) -> u32 {
    if first + frames < ring {
        return mix_part(stream, data, first, frames);
    }
    let before = ring - first;
    mix_part(stream, data, first, before);
    let rest = data + (before * format.mix_frame_bytes()) as usize;
    mix_part(stream, rest, 0, frames - before)
}

/// One client's samples are copied, those of several added.
fn mix_part(stream: Obj, data: usize, first: u32, frames: u32) -> u32 {
    let mix: usize = stream.get(MIX_BUFFER);
    if stream.get::<u32>(NUM_CLIENTS) == 1 {
        return copy_samples(stream, data, mix, first, frames, (stream.0 + FORMAT) as u64, stream);
    }
    let format = (stream.0 + FORMAT) as u64;
    let arguments = [data as u64, mix as u64, u64::from(first), u64::from(frames), format, stream.word()];
    ENGINE_MIX.call_u32(engine(stream), &arguments)
}

/// IOAudioStream's own mixOutputSamples copies.
extern "C" fn copy_samples(
    _this: Obj,
    from: usize,
    mix: usize,
    first: u32,
    frames: u32,
    format: u64,
    _stream: Obj,
) -> u32 {
    let frame_bytes = mem::read::<Format>(format as usize).mix_frame_bytes();
    mem::copy(from, mix + (first * frame_bytes) as usize, (frames * frame_bytes) as usize);
    SUCCESS
}

/// The default adds Float32.
extern "C" fn add_samples(
    _this: Obj,
    from: usize,
    mix: usize,
    first: u32,
    frames: u32,
    format: usize,
    _stream: Obj,
) -> u32 {
    let channels = mem::read::<Format>(format).channels;
    let to = mix + (first * channels * 4) as usize;
    let samples = (frames * channels) as usize;
    // Several at a time: with all of a group read before any is written, they are added in one go.
    let whole = samples / GROUP * GROUP;
    for at in (0..whole).step_by(GROUP) {
        add::<GROUP>(from + at * 4, to + at * 4);
    }
    for at in whole..samples {
        add::<1>(from + at * 4, to + at * 4);
    }
    SUCCESS
}

/// Samples that are added at a time.
const GROUP: usize = 16;

fn add<const N: usize>(from: usize, to: usize) {
    let (more, mut sum) = (mem::read::<[f32; N]>(from), mem::read::<[f32; N]>(to));
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
    mem::write(to, sum);
}

/// Keeps clients in order of their positions, the slowest first. A client joins the order when it is mixed for the first time,
/// and moves only towards the fastest: one that goes back keeps its place.
fn reposition(stream: Obj, client: Obj) {
    let own = buffer::mixed(client);
    PRIVATE.with_default(stream, |private| {
        let order = &mut private.order;
        if **order == [client] {
            return;
        }
        let mut at = order.iter().position(|&other| other == client);
        if let Some(at) = at {
            order.remove(at);
        } else if order.first().is_some_and(|&slowest| own > buffer::mixed(slowest)) {
            at = Some(1);
        }
        let mut at = at.unwrap_or(0);
        while order.get(at).is_some_and(|&next| own > buffer::mixed(next)) {
            at += 1;
        }
        order.insert(at, client);
    });
}

/// A stream that does not mix hands the client's own samples to the driver.
fn clip_for(stream: Obj, client: Obj, mixable: bool) -> u32 {
    let source = if mixable { stream.get(MIX_BUFFER) } else { buffer::data(client) };
    clip_from(stream, source, mixable)
}

/// Clips what the slowest client has reached, after one left.
pub(crate) fn clip_if_necessary(stream: Obj) {
    let mix = stream.get(MIX_BUFFER);
    if Format::of(stream).is_mixable != 0 {
        clip_from(stream, mix, true);
    }
}

fn clip_from(stream: Obj, source: usize, mixable: bool) -> u32 {
    let Some(slowest) = PRIVATE.with_default(stream, |private| private.order.first().copied()) else {
        return SUCCESS;
    };
    let mut head = buffer::mixed(slowest);
    if !head.is_set() {
        return SUCCESS;
    }
    let ring = engine::ring(engine(stream));
    let mut clipped: Position = stream.get(CLIPPED_POSITION);
    if !clipped.is_set() {
        clipped = stream.get(STARTING_POSITION);
    }
    if head >= (Position { lap: clipped.lap.wrapping_add(1), ..clipped }) {
        // Laps were lost: only the last one is handed on.
        clipped.lap = if head.frame >= clipped.frame { head.lap } else { head.lap.wrapping_sub(1) };
    }
    if head.lap.wrapping_add(1) == clipped.lap && buffer::frames(slowest) < ring - clipped.frame {
        head.lap = clipped.lap;
        buffer::set_mixed(slowest, head);
    }
    let mut result = SUCCESS;
    if head.lap != clipped.lap {
        let before = ring - clipped.frame;
        let first = clip(stream, source, mixable, clipped.frame, before, 0);
        result = clip(stream, source, mixable, 0, head.frame, before).or(first).unwrap_or(SUCCESS);
        clipped = head;
    } else if head.frame > clipped.frame {
        let frames = head.frame - clipped.frame;
        result = clip(stream, source, mixable, clipped.frame, frames, 0).unwrap_or(SUCCESS);
        clipped = head;
    }
    stream.set(CLIPPED_POSITION, clipped);
    result
}

/// Hands a range to the driver; `None`: a buffer is missing, so it was skipped. `skipped` frames of a client's own samples come
/// before.
fn clip(stream: Obj, source: usize, mixable: bool, first: u32, frames: u32, skipped: u32) -> Option<u32> {
    let sample: usize = stream.get(SAMPLE_BUFFER);
    if source == 0 || sample == 0 {
        return None;
    }
    let source = if mixable {
        source
    } else if skipped + frames > NON_MIXABLE_LIMIT {
        return Some(OVERRUN);
    } else {
        source + (skipped * Format::of(stream).frame_bytes()) as usize
    };
    let format = (stream.0 + FORMAT) as u64;
    let arguments = [source as u64, sample as u64, u64::from(first), u64::from(frames), format, stream.word()];
    Some(realtime::inside("clipOutputSamples", || match functions::run(stream, &arguments) {
        Some(result) => result,
        None => ENGINE_CLIP.call_u32(engine(stream), &arguments),
    }))
}

/// clipOutputSamples(first, frames): hands a range of the mix buffer to the driver.
extern "C" fn clip_range(this: Obj, first: u32, frames: u32) {
    clip(this, this.get(MIX_BUFFER), true, first, frames, 0);
}

/// clipIfNecessary.
extern "C" fn clip_now(this: Obj) {
    clip_if_necessary(this);
}

kpi::functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream20processOutputSamplesEP19IOAudioClientBufferjjb" => process,
    "__ZN13IOAudioStream16mixOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatPS_" => copy_samples,
    "__ZN13IOAudioStream17clipOutputSamplesEjj" => clip_range,
    "__ZN13IOAudioStream15clipIfNecessaryEv" => clip_now,
    "__ZN13IOAudioEngine16mixOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream" => add_samples,
}
