//! The engine's tick: erasing behind the play position, and stopping once the last client's sound has played.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::rate::Rate;
use super::{members, publish, ring, state, status};
use crate::behaviour;
use crate::layout::engine::{
    AUDIO_DEVICE, AUDIO_ENGINE_STOP_POSITION, NUM_ACTIVE_USER_CLIENTS, NUM_ERASES_PER_BUFFER, RUN_ERASE_HEAD,
    SAMPLE_RATE,
};
use crate::layout::stream::{FORMAT, MIX_BUFFER, MIX_BUFFER_SIZE, SAMPLE_BUFFER, SAMPLE_BUFFER_SIZE, STREAM_IO_LOCK};
use crate::position::Position;
use crate::returns::SUCCESS;
use crate::stream;

static GET_CURRENT_SAMPLE_FRAME: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine21getCurrentSampleFrameEv");
static ERASE_OUTPUT_SAMPLES: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine18eraseOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream",
);
static GET_TIMER_INTERVAL: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine16getTimerIntervalEv");
static TIMER_FIRED: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine10timerFiredEv");
/// `performErase()`.
pub static PERFORM_ERASE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine12performEraseEv");
static PERFORM_FLUSH: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine12performFlushEv");
static ADD_TIMER: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8addTimerEv");
static REMOVE_TIMER: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine11removeTimerEv");

static ADD_TIMER_EVENT: Method =
    Method::new("IOAudioDevice", "__ZN13IOAudioDevice13addTimerEventEP8OSObjectPFvS1_PS_Ey");
static REMOVE_TIMER_EVENT: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice16removeTimerEventEP8OSObject");

const SECOND: u64 = 1_000_000_000;

/// The driver's position.
pub(crate) fn current_frame(engine: Obj) -> u32 {
    GET_CURRENT_SAMPLE_FRAME.call_u32(engine, &[])
}

/// Starts the tick.
pub(crate) fn add_timer(engine: Obj) {
    ADD_TIMER.call(engine, &[]);
}

/// Stops the tick.
pub(crate) fn remove_timer(engine: Obj) {
    REMOVE_TIMER.call(engine, &[]);
}

extern "C" fn add(this: Obj) {
    let interval = GET_TIMER_INTERVAL.call(this, &[]);
    let tick = timer_callback as *const () as u64;
    ADD_TIMER_EVENT.call(this.get_obj(AUDIO_DEVICE), &[this.word(), tick, interval]);
}

extern "C" fn remove(this: Obj) {
    let device = this.get_obj(AUDIO_DEVICE);
    if !device.is_null() {
        REMOVE_TIMER_EVENT.call(device, &[this.word()]);
    }
}

/// timerCallback: what the device's timer calls.
extern "C" fn timer_callback(this: Obj, _device: Obj) {
    TIMER_FIRED.call(this, &[]);
}

extern "C" fn timer_fired(this: Obj) {
    PERFORM_ERASE.call(this, &[]);
    PERFORM_FLUSH.call(this, &[]);
}

extern "C" fn timer_interval(this: Obj) -> u64 {
    let (frames, rate) = (u64::from(ring(this)), u64::from(this.get::<Rate>(SAMPLE_RATE)[0]));
    if frames == 0 || rate == 0 {
        return clock::from_ns(SECOND);
    }
    let lap = SECOND * frames / rate;
    if !this.get::<bool>(RUN_ERASE_HEAD) || this.get::<u32>(NUM_ERASES_PER_BUFFER) == 0 {
        return clock::from_ns(lap);
    }
    for stream in members::output_streams(this) {
        publish::raise_erases(this, stream.get(SAMPLE_BUFFER_SIZE));
    }
    clock::from_ns(lap / u64::from(this.get::<u32>(NUM_ERASES_PER_BUFFER)))
}

extern "C" fn perform_erase(this: Obj) {
    if !this.get::<bool>(RUN_ERASE_HEAD) || state::get(this) != state::RUNNING {
        return;
    }
    let head_moves_first = behaviour::now().head_moves_first;
    let old = status::erase_head(this);
    let now = current_frame(this);
    if head_moves_first {
        status::move_erase_head(this, now);
    }
    for stream in members::output_streams(this) {
        stream::locked(stream.get(STREAM_IO_LOCK), || {
            let wrapped = [(0, now), (old, ring(this).wrapping_sub(old))];
            let ranges = if now < old { &wrapped[..] } else { &[(old, now - old)] };
            if ranges.iter().all(|&(first, frames)| fits(stream, first, frames)) {
                for &(first, frames) in ranges {
                    erase(this, stream, first, frames);
                }
            }
        });
    }
    if !head_moves_first {
        status::move_erase_head(this, now);
    }
}

/// Whether the stream's buffers hold a range; one that is not there does not matter.
fn fits(stream: Obj, first: u32, frames: u32) -> bool {
    let end = u64::from(first) + u64::from(frames);
    let format = stream::Format::of(stream);
    let holds = |size: u32, frame_bytes: u32| size == 0 || end * u64::from(frame_bytes) <= u64::from(size);
    holds(stream.get(SAMPLE_BUFFER_SIZE), format.frame_bytes())
        && holds(stream.get(MIX_BUFFER_SIZE), format.mix_frame_bytes())
}

fn erase(engine: Obj, stream: Obj, first: u32, frames: u32) {
    let (mix, sample) = (stream.get::<u64>(MIX_BUFFER), stream.get::<u64>(SAMPLE_BUFFER));
    let format = (stream.0 + FORMAT) as u64;
    let arguments = [mix, sample, u64::from(first), u64::from(frames), format, stream.word()];
    ERASE_OUTPUT_SAMPLES.call(engine, &arguments);
}

/// The default zeroes both buffers.
extern "C" fn erase_output_samples(
    _this: Obj,
    mix: usize,
    sample: usize,
    first: u32,
    frames: u32,
    _format: usize,
    stream: Obj,
) -> u32 {
    let format = stream::Format::of(stream);
    for (buffer, frame_bytes) in [(mix, format.mix_frame_bytes()), (sample, format.frame_bytes())] {
        if buffer != 0 {
            let frame_bytes = frame_bytes as usize;
            mem::fill(buffer + first as usize * frame_bytes, 0, frames as usize * frame_bytes);
        }
    }
    SUCCESS
}

/// Stops the engine when no client is left and the position where the last one stopped has passed.
extern "C" fn perform_flush(this: Obj) {
    let stop: Position = this.get(AUDIO_ENGINE_STOP_POSITION);
    if this.get::<u32>(NUM_ACTIVE_USER_CLIENTS) != 0 || state::get(this) != state::RUNNING {
        return;
    }
    let now = Position { frame: current_frame(this), lap: status::loop_count_and_time(this).0 };
    if now > stop {
        state::STOP_AUDIO_ENGINE.call(this, &[]);
    }
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioEngine8addTimerEv" => add,
    "__ZN13IOAudioEngine11removeTimerEv" => remove,
    "__ZN13IOAudioEngine13timerCallbackEP8OSObjectP13IOAudioDevice" => timer_callback,
    "__ZN13IOAudioEngine10timerFiredEv" => timer_fired,
    "__ZN13IOAudioEngine16getTimerIntervalEv" => timer_interval,
    "__ZN13IOAudioEngine12performEraseEv" => perform_erase,
    "__ZN13IOAudioEngine12performFlushEv" => perform_flush,
    "__ZN13IOAudioEngine18eraseOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream" => erase_output_samples,
}
