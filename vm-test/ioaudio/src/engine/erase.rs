//! The engine's tick: erasing behind the play position, and stopping once the last client's sound has played.

use kpi::functions;
use kpi::mach::clock;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{members, publish, ring, state, status};
use crate::device::timers;
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
static PERFORM_ERASE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine12performEraseEv");
static PERFORM_FLUSH: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine12performFlushEv");
static ADD_TIMER: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine8addTimerEv");
static REMOVE_TIMER: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine11removeTimerEv");

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
    timers::add(this.get_obj(AUDIO_DEVICE), this, tick, interval);
}

extern "C" fn remove(this: Obj) {
    let device = this.get_obj(AUDIO_DEVICE);
    if !device.is_null() {
        timers::remove(device, this);
    }
}

fn tick(engine: Obj) {
    TIMER_FIRED.call(engine, &[]);
}

extern "C" fn timer_fired(this: Obj) {
    PERFORM_ERASE.call(this, &[]);
    PERFORM_FLUSH.call(this, &[]);
}

extern "C" fn timer_interval(this: Obj) -> u64 {
    let (frames, rate) = (u64::from(ring(this)), u64::from(this.get::<publish::Rate>(SAMPLE_RATE)[0]));
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
    let now = current_frame(this);
    let old = status::move_erase_head(this, now);
    for stream in members::output_streams(this) {
        stream::locked(stream.get(STREAM_IO_LOCK), || {
            if now < old {
                erase(this, stream, 0, now);
                erase(this, stream, old, ring(this) - old);
            } else {
                erase(this, stream, old, now - old);
            }
        });
    }
}

/// Erases a range, unless the stream's buffers are too small for it.
fn erase(engine: Obj, stream: Obj, first: u32, frames: u32) {
    let (mix, sample) = (stream.get::<usize>(MIX_BUFFER), stream.get::<usize>(SAMPLE_BUFFER));
    let end = u64::from(first) + u64::from(frames);
    let format = stream::Format::of(stream);
    let sample_size = stream.get::<u32>(SAMPLE_BUFFER_SIZE);
    let sample_fits = sample_size == 0 || end * u64::from(format.frame_bytes()) <= u64::from(sample_size);
    let mix_fits =
        mix == 0 || end * u64::from(format.mix_frame_bytes()) <= u64::from(stream.get::<u32>(MIX_BUFFER_SIZE));
    if sample_fits && mix_fits {
        let format = stream.0 + FORMAT;
        let arguments = [mix as u64, sample as u64, u64::from(first), u64::from(frames), format as u64, stream.word()];
        ERASE_OUTPUT_SAMPLES.call(engine, &arguments);
    }
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
    "__ZN13IOAudioEngine10timerFiredEv" => timer_fired,
    "__ZN13IOAudioEngine16getTimerIntervalEv" => timer_interval,
    "__ZN13IOAudioEngine12performEraseEv" => perform_erase,
    "__ZN13IOAudioEngine12performFlushEv" => perform_flush,
    "__ZN13IOAudioEngine18eraseOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream" => erase_output_samples,
}
