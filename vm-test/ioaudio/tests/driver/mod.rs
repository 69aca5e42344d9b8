#![allow(dead_code, reason = "each test file uses its part of this")]
//! A driver of one device with one engine, an output and an input stream of two channels, whose position the test sets, and
//! the HAL's side of it. What the family asks of the driver becomes a step.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use kpi::class;
use kpi::functions;
use kpi::heap;
use kpi::iokit::connection::{self, Call, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{matching, resources, service};
use kpi::mach::port;
use kpi::mem;
use kpi::object::{Direct, Method, Obj};
use kpi::registry::Part;
use kpi::sched;

use super::common::{self, define, settle, step};

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
/// Whether clip and convert are noted as steps.
pub static NOTES_IO: AtomicBool = AtomicBool::new(true);
/// What the driver does inside `clipOutputSamples`: a function of the test's.
pub static IN_CLIP: AtomicUsize = AtomicUsize::new(0);
/// What the driver does inside `performFormatChange`: a function of the test's, given the stream and the format.
pub static IN_FORMAT_CHANGE: AtomicUsize = AtomicUsize::new(0);
/// The sample buffer, shared by both streams.
static SAMPLES: AtomicU64 = AtomicU64::new(0);
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
    SET_RING.call(this, &[u64::from(RING)]);
    SET_RATE.call(this, &[[RATE, 0].as_ptr() as u64]);
    let bytes = RING as usize * FRAME;
    let samples = heap::allocate(bytes, 16);
    SAMPLES.store(samples as u64, Ordering::Relaxed);
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
    heap::free(SAMPLES.swap(0, Ordering::Relaxed) as usize, 0);
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
    _format: usize,
    _stream: Obj,
) -> u32 {
    if NOTES_IO.load(Ordering::Relaxed) {
        step(format!("clip {first}+{frames}"));
    }
    let function = IN_CLIP.load(Ordering::Relaxed);
    if function != 0 {
        kpi::symbols::invoke(function, &[]);
    }
    let at = first as usize * FRAME;
    mem::copy(mix + at, samples + at, frames as usize * FRAME);
    ANSWER.load(Ordering::Relaxed)
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

/// A process with an IO context on the engine: one output and one input buffer in a set.
pub struct Client {
    /// The user client.
    pub connection: Connection,
    /// Where its notifications go.
    pub port: u64,
    frames: u32,
    buffers: [usize; 2],
}

impl Client {
    /// Opens the engine and registers buffers of so many frames.
    pub fn new(engine: Obj, frames: u32) -> Client {
        let client = Client::open(engine, frames);
        for stream in [0, 1] {
            assert_eq!(client.register(stream), Ok(()));
        }
        client
    }

    /// Opens the engine.
    pub fn open(engine: Obj, frames: u32) -> Client {
        let connection = connection::open(engine, 0).expect("the engine opens");
        let port = port::new();
        connection::set_notification_port(connection, port, 0, 0).expect("a port");
        let size = 16 + frames as usize * FRAME;
        let buffers = [0, 1].map(|_| heap::allocate(size, 16));
        Client { connection, port, frames, buffers }
    }

    fn size(&self) -> usize {
        16 + self.frames as usize * FRAME
    }

    /// Registers the buffer of a stream.
    pub fn register(&self, stream: usize) -> Result<(), IOReturn> {
        let (buffer, bytes) = (self.buffers[stream], self.frames * FRAME as u32);
        mem::write(buffer, [bytes, self.frames, self.size() as u32, bytes]);
        self.call(0, &[stream as u64, buffer as u64, self.size() as u64, 1])
    }

    /// Unregisters the buffer of a stream.
    pub fn unregister(&self, stream: usize) -> Result<(), IOReturn> {
        self.call(1, &[self.buffers[stream] as u64, 1])
    }

    /// Calls a method.
    pub fn call(&self, selector: u32, scalars: &[u64]) -> Result<(), IOReturn> {
        connection::call(self.connection, selector, &Call { scalars, ..Call::default() }).map(|_| ())
    }

    /// Start.
    pub fn start(&self) -> Result<(), IOReturn> {
        self.call(3, &[])
    }

    /// Stop.
    pub fn stop(&self) {
        self.call(4, &[]).expect("Stop succeeds");
    }

    /// The descriptor of a buffer, as words.
    pub fn descriptor(&self, stream: usize) -> [u32; 4] {
        mem::read(self.buffers[stream])
    }

    /// Overwrites a word of a buffer's descriptor.
    pub fn describe(&self, stream: usize, word: usize, value: u32) {
        mem::write(self.buffers[stream] + word * 4, value);
    }

    /// Writes a full buffer of one value at a position.
    pub fn write(&self, lap: u32, first: u32, value: f32) -> IOReturn {
        for sample in 0..self.frames as usize * 2 {
            mem::write(self.buffers[0] + 16 + sample * 4, value);
        }
        self.trap(lap, first, false)
    }

    /// Reads a full buffer at a position and returns the left channel's samples.
    pub fn read(&self, lap: u32, first: u32) -> Result<Vec<f32>, IOReturn> {
        self.trap(lap, first, true).ok()?;
        Ok((0..self.frames as usize).map(|frame| mem::read(self.buffers[1] + 16 + frame * FRAME)).collect())
    }

    fn trap(&self, lap: u32, first: u32, input: bool) -> IOReturn {
        let interval = 1_000_000_000 / u64::from(RATE);
        connection::trap(self.connection, 0, [u64::from(first), u64::from(lap), u64::from(input), 1, 0, interval])
    }

    /// The kinds of the notifications since the last call.
    pub fn notifications(&self) -> Vec<u32> {
        std::iter::from_fn(|| port::receive(self.port))
            .map(|body| u32::from_le_bytes(body[..4].try_into().unwrap()))
            .collect()
    }

    /// Closes the connection.
    pub fn close(self) {
        connection::close(self.connection).expect("it was open");
        self.forget();
    }

    /// Frees what the process has once its connection is gone.
    pub fn forget(self) {
        port::destroy(self.port);
        for buffer in self.buffers {
            heap::free(buffer, self.size());
        }
        sched::yield_now();
    }
}
