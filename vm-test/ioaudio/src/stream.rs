//! IOAudioStream: formats, buffers, the lock of its IO.

pub mod clients;
pub mod controls;
pub mod dictionaries;
pub mod format;
pub mod formats;
pub mod functions;
pub mod input;
pub mod output;

use kpi::heap;
use kpi::libkern::array;
use kpi::mach::lock as locks;
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};

use crate::layout::engine::WORK_LOOP as ENGINE_WORK_LOOP;
use crate::layout::stream::{
    AUDIO_ENGINE, CLIPPED_POSITION, COMMAND_GATE, DIRECTION, FORMAT, MAX_NUM_CHANNELS, MIX_BUFFER, MIX_BUFFER_SIZE,
    NUM_CLIENTS, SAMPLE_BUFFER, SAMPLE_BUFFER_SIZE, STARTING_CHANNEL_ID, STARTING_POSITION,
    STREAM_ALLOCATED_MIX_BUFFER, STREAM_AVAILABLE, STREAM_IO_LOCK, WORK_LOOP,
};
use crate::position::Position;
use crate::service::{self, publish_number, publish_string, publish_u32};

/// kIOAudioStreamDirectionOutput.
pub const OUTPUT: u32 = 0;

/// What the family knows of a stream beside its visible fields.
#[derive(Default)]
pub(crate) struct Private {
    /// Available formats.
    pub formats: alloc::vec::Vec<formats::Entry>,
    /// Where the extension of the present format is.
    pub extension: usize,
    /// Frames that the last read brought.
    pub frames_read: u32,
    /// Client buffers.
    pub clients: alloc::vec::Vec<Obj>,
    /// An output stream's client buffers that have been mixed once, in order of their mixed positions, the slowest first.
    pub order: alloc::vec::Vec<Obj>,
}

pub(crate) static PRIVATE: Side<Private> = Side::new();

static SET_DIRECTION: Method =
    Method::new("IOAudioStream", "__ZN13IOAudioStream12setDirectionE23_IOAudioStreamDirection");
static SUPER_STOP: Direct = Direct::new("__ZN9IOService4stopEPS_");
static SUPER_FREE: Direct = Direct::new("__ZN9IOService4freeEv");

/// IOAudioStreamFormat as drivers lay it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Format {
    /// Channels.
    pub channels: u32,
    /// Sample format, a four-character code.
    pub sample_format: u32,
    /// Numeric representation, a four-character code.
    pub numeric: u32,
    /// Significant bits.
    pub bit_depth: u8,
    /// Bits a sample takes.
    pub bit_width: u8,
    /// High or low alignment in the width.
    pub alignment: u8,
    /// Byte order.
    pub byte_order: u8,
    /// Whether the family mixes Float32 of several clients.
    pub is_mixable: u8,
    /// Padding.
    pub pad: [u8; 3],
    /// The driver's own.
    pub driver_tag: u32,
}

impl Format {
    /// A stream's present format.
    pub fn of(stream: Obj) -> Format {
        stream.get(FORMAT)
    }

    /// Bytes of a frame in the sample buffer.
    pub fn frame_bytes(&self) -> u32 {
        self.channels * u32::from(self.bit_width / 8)
    }

    /// Bytes of a frame in the mix buffer.
    pub fn mix_frame_bytes(&self) -> u32 {
        self.channels * 4
    }

    /// Bytes of a frame in a client's buffer.
    pub fn client_frame_bytes(&self) -> u32 {
        if self.is_mixable != 0 { self.mix_frame_bytes() } else { self.frame_bytes() }
    }
}

extern "C" fn init(
    this: Obj,
    engine: Obj,
    direction: u32,
    first_channel: u32,
    description: usize,
    properties: Obj,
) -> bool {
    let work_loop = if engine.is_null() { Obj::NULL } else { service::GET_WORK_LOOP.call_obj(engine, &[]) };
    // The engine must have a work loop: streams are made in initHardware, not in init.
    if work_loop.is_null() || !crate::device::super_init(this, properties) {
        return false;
    }
    this.set(AUDIO_ENGINE, engine);
    this.set(WORK_LOOP, work_loop.retain());
    let gate = service::add_command_gate(work_loop, this);
    if gate.is_null() {
        return false;
    }
    this.set(COMMAND_GATE, gate);
    this.set(STREAM_IO_LOCK, locks::allocate());
    SET_DIRECTION.call(this, &[u64::from(direction)]);
    this.set(STARTING_CHANNEL_ID, first_channel);
    this.set(STREAM_AVAILABLE, true);
    publish_u32(this, c"IOAudioStreamStartingChannelID", first_channel);
    publish_string(this, c"IOAudioStreamDescription", description);
    service::publish(this, formats::AVAILABLE, array::new());
    let id = crate::engine::members::next_stream_id(engine, this);
    publish_u32(this, c"IOAudioStreamID", id);
    publish_number(this, c"IOAudioStreamAvailable", 1, 8);
    clients::UPDATE_NUMBER.call(this, &[]);
    let extension = heap::allocate(size_of::<formats::Extension>(), 4);
    mem::fill(extension, 0, size_of::<formats::Extension>());
    PRIVATE.insert(this, Private { extension, ..Private::default() });
    true
}

extern "C" fn free(this: Obj) {
    release_mix_buffer(this);
    controls::forget(this);
    drop_gate(this);
    functions::forget(this);
    if let Some(private) = PRIVATE.remove(this) {
        heap::free(private.extension, size_of::<formats::Extension>());
    }
    let lock: usize = this.get(STREAM_IO_LOCK);
    if lock != 0 {
        locks::free(lock);
        this.set(STREAM_IO_LOCK, 0usize);
    }
    service::release_field(this, WORK_LOOP);
    SUPER_FREE.call(&[this.word()]);
}

fn drop_gate(stream: Obj) {
    service::drop_event_source(stream.get_obj(WORK_LOOP), stream.get_obj(COMMAND_GATE));
    stream.set(COMMAND_GATE, Obj::NULL);
}

extern "C" fn stop(this: Obj, provider: Obj) {
    detach_engine(this);
    drop_gate(this);
    SUPER_STOP.call(&[this.word(), provider.word()]);
}

/// The stream's engine is going: buffers belong to the driver, clients are gone.
pub(crate) fn detach_engine(stream: Obj) {
    locked(stream.get(STREAM_IO_LOCK), || {
        PRIVATE.with_default(stream, |private| {
            private.clients.clear();
            private.order.clear();
        });
        stream.set(SAMPLE_BUFFER, 0usize);
        stream.set(SAMPLE_BUFFER_SIZE, 0u32);
        release_mix_buffer(stream);
    });
    stream.set(AUDIO_ENGINE, Obj::NULL);
}

/// The stream's engine; NULL once it is detached.
pub(crate) fn engine(stream: Obj) -> Obj {
    stream.get_obj(AUDIO_ENGINE)
}

/// Runs `f` under a recursive lock.
pub(crate) fn locked<R>(lock: usize, f: impl FnOnce() -> R) -> R {
    if lock == 0 {
        return f();
    }
    locks::lock_recursive(lock);
    let result = f();
    locks::unlock_recursive(lock);
    result
}

/// Takes the stream's IO lock.
pub(crate) extern "C" fn lock(this: Obj) {
    locks::lock_recursive(this.get(STREAM_IO_LOCK));
}

/// Gives the stream's IO lock back.
pub(crate) extern "C" fn unlock(this: Obj) {
    locks::unlock_recursive(this.get(STREAM_IO_LOCK));
}

extern "C" fn set_sample_buffer(this: Obj, buffer: usize, size: u32) {
    locked(this.get(STREAM_IO_LOCK), || {
        this.set(SAMPLE_BUFFER, buffer);
        this.set(SAMPLE_BUFFER_SIZE, if buffer == 0 { 0 } else { size });
        if buffer != 0 {
            mem::fill(buffer, 0, size as usize);
        }
    });
}

extern "C" fn set_mix_buffer(this: Obj, buffer: usize, size: u32) {
    locked(this.get(STREAM_IO_LOCK), || {
        release_mix_buffer(this);
        this.set(MIX_BUFFER, buffer);
        this.set(MIX_BUFFER_SIZE, if buffer == 0 { 0 } else { size });
        if buffer != 0 {
            mem::fill(buffer, 0, size as usize);
        }
    });
}

/// Frees the mix buffer if the family allocated it.
pub(crate) fn release_mix_buffer(stream: Obj) {
    if stream.get(STREAM_ALLOCATED_MIX_BUFFER) {
        heap::free(stream.get(MIX_BUFFER), stream.get::<u32>(MIX_BUFFER_SIZE) as usize);
        stream.set(STREAM_ALLOCATED_MIX_BUFFER, false);
    }
    stream.set(MIX_BUFFER, 0usize);
    stream.set(MIX_BUFFER_SIZE, 0u32);
}

/// Allocates the mix buffer, one Float32 ring.
pub(crate) fn allocate_mix_buffer(stream: Obj) {
    let frames = u64::from(crate::engine::ring(engine(stream)));
    let Ok(size) = u32::try_from(frames * u64::from(Format::of(stream).mix_frame_bytes())) else { return };
    let buffer = heap::allocate(size as usize, 32);
    if buffer != 0 {
        set_mix_buffer(stream, buffer, size);
        stream.set(STREAM_ALLOCATED_MIX_BUFFER, true);
    }
}

extern "C" fn ring_changed(this: Obj) {
    locked(this.get(STREAM_IO_LOCK), || {
        if this.get(STREAM_ALLOCATED_MIX_BUFFER) {
            release_mix_buffer(this);
        }
    });
}

extern "C" fn clear_sample_buffer(this: Obj) {
    locked(this.get(STREAM_IO_LOCK), || {
        for (buffer, size) in [(SAMPLE_BUFFER, SAMPLE_BUFFER_SIZE), (MIX_BUFFER, MIX_BUFFER_SIZE)] {
            let address: usize = this.get(buffer);
            if address != 0 {
                mem::fill(address, 0, this.get::<u32>(size) as usize);
            }
        }
    });
}

/// setDirection.
extern "C" fn set_direction(this: Obj, direction: u32) {
    this.set(DIRECTION, direction);
    publish_number(this, c"IOAudioStreamDirection", u64::from(direction), 8);
}

extern "C" fn set_available(this: Obj, available: bool) {
    if this.get::<bool>(STREAM_AVAILABLE) == available {
        return;
    }
    this.set(STREAM_AVAILABLE, available);
    publish_number(this, c"IOAudioStreamAvailable", u64::from(available), 8);
    let engine = engine(this);
    if !engine.is_null() {
        crate::engine::members::update_channel_numbers(engine);
    }
}

extern "C" fn set_terminal_type(this: Obj, terminal: u32) {
    if terminal != 0 {
        publish_u32(this, c"IOAudioStreamTerminalType", terminal);
    }
}

extern "C" fn set_latency(this: Obj, frames: u32) {
    publish_u32(this, c"IOAudioStreamSampleLatency", frames);
}

extern "C" fn set_starting_channel_number(this: Obj, number: u32) {
    publish_u32(this, c"IOAudioStreamStartingChannelNumber", number);
}

/// resetClipInfo: positions of an output stream are forgotten.
extern "C" fn reset_clip_info(this: Obj) {
    this.set(STARTING_POSITION, Position::default());
    this.set(CLIPPED_POSITION, Position::default());
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

extern "C" fn get_direction(this: Obj) -> u32 {
    this.get(DIRECTION)
}

extern "C" fn get_sample_buffer(this: Obj) -> usize {
    this.get(SAMPLE_BUFFER)
}

extern "C" fn get_sample_buffer_size(this: Obj) -> u32 {
    this.get(SAMPLE_BUFFER_SIZE)
}

extern "C" fn get_mix_buffer(this: Obj) -> usize {
    this.get(MIX_BUFFER)
}

extern "C" fn get_mix_buffer_size(this: Obj) -> u32 {
    this.get(MIX_BUFFER_SIZE)
}

extern "C" fn get_starting_channel(this: Obj) -> u32 {
    this.get(STARTING_CHANNEL_ID)
}

extern "C" fn get_max_channels(this: Obj) -> u32 {
    this.get(MAX_NUM_CHANNELS)
}

extern "C" fn get_available(this: Obj) -> bool {
    this.get(STREAM_AVAILABLE)
}

extern "C" fn get_clients(this: Obj) -> u32 {
    this.get(NUM_CLIENTS)
}

/// initKeys: symbols of property keys, which nothing here keeps.
extern "C" fn init_keys() {}

/// safeLogError: counts an error of the IO path instead of logging it; the counts are told to nobody but a debugger.
extern "C" fn safe_log_error(_this: Obj, _kind: i32) {}

/// The engine's work loop, for callers that hold only the stream.
pub(crate) fn engine_work_loop(stream: Obj) -> Obj {
    let engine = engine(stream);
    if engine.is_null() { Obj::NULL } else { engine.get_obj(ENGINE_WORK_LOOP) }
}

kpi::functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream19initWithAudioEngineEP13IOAudioEngine23_IOAudioStreamDirectionjPKcP12OSDictionary" => init,
    "__ZN13IOAudioStream4freeEv" => free,
    "__ZN13IOAudioStream4stopEP9IOService" => stop,
    "__ZNK13IOAudioStream11getWorkLoopEv" => get_work_loop,
    "__ZN13IOAudioStream12getDirectionEv" => get_direction,
    "__ZN13IOAudioStream12setDirectionE23_IOAudioStreamDirection" => set_direction,
    "__ZN13IOAudioStream8initKeysEv" => init_keys,
    "__ZN13IOAudioStream12safeLogErrorEimmmmPvS0_" => safe_log_error,
    "__ZN13IOAudioStream15lockStreamForIOEv" => lock,
    "__ZN13IOAudioStream17unlockStreamForIOEv" => unlock,
    "__ZN13IOAudioStream15setSampleBufferEPvj" => set_sample_buffer,
    "__ZN13IOAudioStream15getSampleBufferEv" => get_sample_buffer,
    "__ZN13IOAudioStream19getSampleBufferSizeEv" => get_sample_buffer_size,
    "__ZN13IOAudioStream12setMixBufferEPvj" => set_mix_buffer,
    "__ZN13IOAudioStream12getMixBufferEv" => get_mix_buffer,
    "__ZN13IOAudioStream16getMixBufferSizeEv" => get_mix_buffer_size,
    "__ZN13IOAudioStream31numSampleFramesPerBufferChangedEv" => ring_changed,
    "__ZN13IOAudioStream17clearSampleBufferEv" => clear_sample_buffer,
    "__ZN13IOAudioStream20getStartingChannelIDEv" => get_starting_channel,
    "__ZN13IOAudioStream17getMaxNumChannelsEv" => get_max_channels,
    "__ZN13IOAudioStream18setStreamAvailableEb" => set_available,
    "__ZN13IOAudioStream18getStreamAvailableEv" => get_available,
    "__ZN13IOAudioStream15setTerminalTypeEj" => set_terminal_type,
    "__ZN13IOAudioStream16setSampleLatencyEj" => set_latency,
    "__ZN13IOAudioStream13getNumClientsEv" => get_clients,
    "__ZN13IOAudioStream24setStartingChannelNumberEj" => set_starting_channel_number,
    "__ZN13IOAudioStream13resetClipInfoEv" => reset_clip_info,
}
