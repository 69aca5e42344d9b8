#![allow(dead_code, reason = "each test file uses its part of this")]
//! A driver of one device with one engine, an output and an input stream of two channels, whose position the test sets, and
//! the HAL's side of it. What the family asks of the driver becomes a step.

mod client;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use kpi::class;
use kpi::functions;
use kpi::heap;
use kpi::iokit::{matching, resources, service};
use kpi::mem;
use kpi::object::{Direct, Method, Obj, Side};
use kpi::registry::Part;

use super::common::{self, define, settle, step};
#[allow(unused_imports, reason = "as above")]
pub use client::Client;

/// Frames of the ring.
pub const RING: u32 = 1000;
/// Frames a second: the ring is one millisecond short of 21.
pub const RATE: u32 = 48_000;
/// Bytes of a frame of Float32 samples in two channels.
pub const FRAME: usize = 8;

/// What the engine says its position is.
pub static POSITION: AtomicU32 = AtomicU32::new(0);
/// What `performFormatChange`, `performAudioEngineStart` and `clipOutputSamples` return.
pub static ANSWER: AtomicU32 = AtomicU32::new(0);
/// Microseconds that `performPowerStateChange` asks for.
pub static POWER_TIME: AtomicU32 = AtomicU32::new(0);
/// Frames of the ring; a test that wants another sets it before it starts the driver.
pub static FRAMES: AtomicU32 = AtomicU32::new(RING);
/// What `mixOutputSamples` returns instead of mixing; 0: it mixes.
pub static MIX_ANSWER: AtomicU32 = AtomicU32::new(0);
/// Whether erasing is noted as steps.
pub static NOTES_ERASE: AtomicBool = AtomicBool::new(false);
/// Whether clip and convert are noted as steps.
pub static NOTES_IO: AtomicBool = AtomicBool::new(true);
/// What the driver does inside `clipOutputSamples`: a function of the test's.
pub static IN_CLIP: AtomicUsize = AtomicUsize::new(0);
/// What the driver does inside `performFormatChange`: a function of the test's, given the stream and the format.
pub static IN_FORMAT_CHANGE: AtomicUsize = AtomicUsize::new(0);
/// The sample buffer of the engine that was started last, shared by both streams.
static SAMPLES: AtomicU64 = AtomicU64::new(0);
/// Each engine's.
static OWN_SAMPLES: Side<usize> = Side::new();
static MIXABLE: AtomicBool = AtomicBool::new(true);

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static ACTIVATE: Method = Method::new("IOAudioDevice", "__ZN13IOAudioDevice19activateAudioEngineEP13IOAudioEngine");
static SET_RING: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine27setNumSampleFramesPerBufferEj");
static SET_RATE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine13setSampleRateEPK18_IOAudioSampleRate");
static TAKE_TIME_STAMP: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine13takeTimeStampEbPy");
static ADD_STREAM: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine14addAudioStreamEP13IOAudioStream");
static INIT_STREAM: Method = Method::new(
    "IOAudioStream",
    "__ZN13IOAudioStream19initWithAudioEngineEP13IOAudioEngine23_IOAudioStreamDirectionjPKcP12OSDictionary",
);
static ADD_FORMAT: Method = Method::new(
    "IOAudioStream",
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PKPFiPKvPvjjS2_PS_Ej",
);
static SET_FORMAT: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatb");
static SET_SAMPLES: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream15setSampleBufferEPvj");
static SUPER_STOP: Direct = Direct::new("__ZN13IOAudioEngine4stopEP9IOService");

/// The format of both streams.
pub fn format(mixable: bool) -> ioaudio::stream::Format {
    ioaudio::stream::Format {
        channels: 2,
        sample_format: u32::from_be_bytes(*b"lpcm"),
        numeric: u32::from_be_bytes(*b"flot"),
        bit_depth: 32,
        bit_width: 32,
        alignment: 1,
        byte_order: 1,
        is_mixable: u8::from(mixable),
        ..ioaudio::stream::Format::default()
    }
}

extern "C" fn device_init_hardware(this: Obj, _provider: Obj) -> bool {
    let engine = class::allocate("TestEngine");
    assert!(INIT.call_bool(engine, &[0]));
    assert_eq!(ACTIVATE.call_u32(this, &[engine.word()]), 0);
    engine.release();
    true
}

extern "C" fn power_change(_this: Obj, from: u32, to: u32, microseconds: usize) -> u32 {
    step(format!("power {from} to {to}"));
    mem::write(microseconds, POWER_TIME.load(Ordering::Relaxed));
    0
}

extern "C" fn engine_init_hardware(this: Obj, _provider: Obj) -> bool {
    let ring = FRAMES.load(Ordering::Relaxed);
    SET_RING.call(this, &[u64::from(ring)]);
    SET_RATE.call(this, &[[RATE, 0].as_ptr() as u64]);
    let bytes = ring as usize * FRAME;
    let samples = heap::allocate(bytes, 16);
    SAMPLES.store(samples as u64, Ordering::Relaxed);
    OWN_SAMPLES.insert(this, samples);
    for direction in [0, 1] {
        let stream = class::instantiate("IOAudioStream");
        assert!(INIT_STREAM.call_bool(stream, &[this.word(), direction, 1, 0, 0]));
        let format = format(MIXABLE.load(Ordering::Relaxed));
        let at = (&raw const format) as u64;
        let (low, high) = ([8000u32, 0], [192_000u32, 0]);
        ADD_FORMAT.call(stream, &[at, low.as_ptr() as u64, high.as_ptr() as u64, 0, 0]);
        SET_SAMPLES.call(stream, &[samples as u64, bytes as u64]);
        assert_eq!(SET_FORMAT.call_u32(stream, &[at, 0]), 0);
        assert_eq!(ADD_STREAM.call_u32(this, &[stream.word()]), 0);
        stream.release();
    }
    true
}

extern "C" fn engine_stop(this: Obj, provider: Obj) {
    SUPER_STOP.call(&[this.word(), provider.word()]);
    let samples = OWN_SAMPLES.remove(this).expect("it was started");
    heap::free(samples, 0);
}

extern "C" fn perform_start(this: Obj) -> u32 {
    step("start");
    POSITION.store(0, Ordering::Relaxed);
    TAKE_TIME_STAMP.call(this, &[0, 0]);
    ANSWER.load(Ordering::Relaxed)
}

extern "C" fn perform_stop(_this: Obj) -> u32 {
    step("stop");
    0
}

extern "C" fn perform_format_change(_this: Obj, stream: Obj, format: usize, rate: usize) -> u32 {
    let function = IN_FORMAT_CHANGE.load(Ordering::Relaxed);
    if function != 0 {
        kpi::symbols::invoke(function, &[stream.word(), format as u64]);
    }
    let rate = if rate == 0 { String::new() } else { format!(" at {} Hz", mem::read::<u32>(rate)) };
    step(format!("format change{rate}"));
    ANSWER.load(Ordering::Relaxed)
}

extern "C" fn current_frame(_this: Obj) -> u32 {
    POSITION.load(Ordering::Relaxed)
}

extern "C" fn clip(
    _this: Obj,
    mix: usize,
    samples: usize,
    first: u32,
    frames: u32,
    format: usize,
    _stream: Obj,
) -> u32 {
    if NOTES_IO.load(Ordering::Relaxed) {
        step(format!("clip {first}+{frames}"));
    }
    let function = IN_CLIP.load(Ordering::Relaxed);
    if function != 0 {
        kpi::symbols::invoke(function, &[]);
    }
    // A ring of Float32, or what the client of a stream that does not mix wrote.
    let from = if mixable(format) { mix + first as usize * FRAME } else { mix };
    mem::copy(from, samples + first as usize * FRAME, frames as usize * FRAME);
    ANSWER.load(Ordering::Relaxed)
}

fn mixable(format: usize) -> bool {
    mem::read::<ioaudio::stream::Format>(format).is_mixable != 0
}

extern "C" fn mix(this: Obj, from: usize, mix: usize, first: u32, frames: u32, format: usize, stream: Obj) -> u32 {
    static SUPER: Direct =
        Direct::new("__ZN13IOAudioEngine16mixOutputSamplesEPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream");
    match MIX_ANSWER.load(Ordering::Relaxed) {
        0 => {
            let arguments = [from as u64, mix as u64, first.into(), frames.into(), format as u64, stream.word()];
            SUPER.call(&[&[this.word()], &arguments[..]].concat()) as u32
        }
        answer => answer,
    }
}

extern "C" fn convert(
    _this: Obj,
    samples: usize,
    to: usize,
    first: u32,
    frames: u32,
    _format: usize,
    _stream: Obj,
) -> u32 {
    if NOTES_IO.load(Ordering::Relaxed) {
        step(format!("convert {first}+{frames}"));
    }
    mem::copy(samples + first as usize * FRAME, to, frames as usize * FRAME);
    0
}

/// The driver's own erase: the mix buffer alone, since readers read the sample buffer.
extern "C" fn erase(_this: Obj, mix: usize, _samples: usize, first: u32, frames: u32) -> u32 {
    if NOTES_ERASE.load(Ordering::Relaxed) {
        step(format!("erase {first}+{frames}"));
    }
    if mix != 0 {
        mem::fill(mix + first as usize * FRAME, 0, frames as usize * FRAME);
    }
    0
}

extern "C" fn reset_clip(_this: Obj, _stream: Obj, frame: u32) {
    step(format!("reset clip to {frame}"));
}

functions! { FUNCTIONS:
    "test: device_init_hardware" => device_init_hardware,
    "test: power_change" => power_change,
    "test: engine_init_hardware" => engine_init_hardware,
    "test: engine_stop" => engine_stop,
    "test: perform_start" => perform_start,
    "test: perform_stop" => perform_stop,
    "test: perform_format_change" => perform_format_change,
    "test: current_frame" => current_frame,
    "test: clip" => clip,
    "test: convert" => convert,
    "test: erase" => erase,
    "test: mix" => mix,
    "test: reset_clip" => reset_clip,
}

static PART: Part = Part { functions: &[FUNCTIONS, common::FUNCTIONS], variables: &[], boot: || () };

/// The driver's device and engine.
pub struct Driver {
    /// The TestDevice.
    pub device: Obj,
    /// The TestEngine.
    pub engine: Obj,
}

/// Boots a release with the family and a test's part, defines the classes and settles.
pub fn boot(release: &str, part: Part) {
    common::boot_with(release, &[ioaudio::PART, PART, part]);
    let function = |name: &str| {
        let found = FUNCTIONS.iter().find(|function| function.name == name);
        found.unwrap_or_else(|| panic!("no {name}")).address() as *const ()
    };
    define(
        "TestDevice",
        "IOAudioDevice",
        &[
            ("__ZN13IOAudioDevice12initHardwareEP9IOService", function("test: device_init_hardware")),
            (
                "__ZN13IOAudioDevice23performPowerStateChangeE24_IOAudioDevicePowerStateS0_Pj",
                function("test: power_change"),
            ),
        ],
    );
    let io = |name: &str| -> &'static str {
        format!("__ZN13IOAudioEngine{}{name}EPKvPvjjPK20_IOAudioStreamFormatP13IOAudioStream", name.len()).leak()
    };
    define(
        "TestEngine",
        "IOAudioEngine",
        &[
            ("__ZN13IOAudioEngine12initHardwareEP9IOService", function("test: engine_init_hardware")),
            ("__ZN9IOService4stopEPS_", function("test: engine_stop")),
            ("__ZN13IOAudioEngine23performAudioEngineStartEv", function("test: perform_start")),
            ("__ZN13IOAudioEngine22performAudioEngineStopEv", function("test: perform_stop")),
            (
                "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK18_IOAudioSampleRate",
                function("test: perform_format_change"),
            ),
            ("__ZN13IOAudioEngine21getCurrentSampleFrameEv", function("test: current_frame")),
            (io("clipOutputSamples"), function("test: clip")),
            (io("convertInputSamples"), function("test: convert")),
            (io("eraseOutputSamples"), function("test: erase")),
            (io("mixOutputSamples"), function("test: mix")),
            ("__ZN13IOAudioEngine17resetClipPositionEP13IOAudioStreamj", function("test: reset_clip")),
        ],
    );
    settle();
}

impl Driver {
    /// Starts the driver on IOResources, as matching would.
    pub fn start(mixable: bool) -> Driver {
        Driver::start_on(resources::nub(), mixable)
    }

    /// Starts the driver on a nub.
    pub fn start_on(nub: Obj, mixable: bool) -> Driver {
        MIXABLE.store(mixable, Ordering::Relaxed);
        let device = class::allocate("TestDevice");
        assert!(INIT.call_bool(device, &[0]));
        assert!(service::attach(device, nub));
        assert!(service::start(device, nub));
        device.release();
        settle();
        Driver { device, engine: matching::registered("TestEngine")[0] }
    }

    /// The stream of a direction (0 output, 1 input).
    pub fn stream(&self, direction: u32) -> Obj {
        static GET: Method =
            Method::new("IOAudioEngine", "__ZN13IOAudioEngine14getAudioStreamE23_IOAudioStreamDirectionj");
        GET.call_obj(self.engine, &[u64::from(direction), 1])
    }

    /// Takes a timestamp: the next lap begins now.
    pub fn lap(&self) {
        TAKE_TIME_STAMP.call(self.engine, &[1, 0]);
    }

    /// The rate that the engine publishes, whole part.
    pub fn rate(&self) -> u64 {
        let rate = kpi::iokit::properties::get(self.engine, "IOAudioSampleRate");
        kpi::libkern::number::value(kpi::libkern::dictionary::get(rate, "IOAudioSampleRateWholeNumber"))
    }

    /// Lets laps pass until the engine has stopped for lack of clients.
    pub fn let_stop(&self) {
        for _ in 0..3 {
            self.lap();
        }
        POSITION.store(FRAMES.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        settle();
    }

    /// IOAudioEngineState.
    pub fn state(&self) -> u64 {
        kpi::iokit::properties::get_number(self.engine, "IOAudioEngineState").expect("a state")
    }

    /// Terminates the device for itself, as the driver would remove it, and waits for the end.
    pub fn remove(self) {
        kpi::iokit::terminate::terminate(self.device, 2);
        settle();
    }
}

/// The sample buffer's sample at a frame, left channel, which is a whole number here.
pub fn sample(frame: u32) -> i32 {
    mem::read::<f32>(SAMPLES.load(Ordering::Relaxed) as usize + frame as usize * FRAME) as i32
}
