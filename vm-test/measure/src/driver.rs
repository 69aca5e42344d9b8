//! A driver as a HAL sees it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::cost::{Injected, Steps};

use crate::Stop;

/// Fills a block in: the absolute frame of its first sample, and interleaved samples.
pub type Source = Box<dyn FnMut(u64, &mut [f32])>;
/// Takes a block: the absolute frame of its first sample, and interleaved samples.
pub type Sink = Box<dyn FnMut(u64, &[f32])>;

/// A device that loops: what is played into its first output stream comes back from its first input stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its place among those that loop.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Frames per second.
    pub rate: f64,
    /// Frames from one zero timestamp to the next, as it declares them; also those of its ring.
    pub period: u64,
    /// Channels of both streams.
    pub channels: usize,
    /// Frames of latency that device and stream declare together, of input and output.
    pub latency: [u32; 2],
    /// Frames of safety offset, of input and output.
    pub safety: [u32; 2],
}

impl Device {
    /// ns that so many frames take.
    pub fn ns(&self, frames: u64) -> u64 {
        libm::round(frames as f64 * 1e9 / self.rate) as u64
    }

    /// ns from one zero timestamp to the next.
    pub fn period_ns(&self) -> u64 {
        self.ns(self.period)
    }
}

/// What a device offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Physical formats of all its streams, whatever the rate and whether or not clients are mixed.
    pub formats: usize,
    /// Nominal rates; a range counts once.
    pub rates: usize,
}

/// What a client is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Frames of an IO cycle.
    pub io_frames: u32,
    /// Whether it plays.
    pub plays: bool,
    /// Whether it records.
    pub records: bool,
    /// Frames from the device's position at a cycle to the first one that is written; negative: it is late. `None`: as the HAL
    /// does.
    pub lead: Option<i64>,
    /// Frames from the last one that is read to the device's position. `None`: as the HAL does.
    pub lag: Option<i64>,
}

impl Spec {
    /// A client that plays and records, as the HAL does.
    pub fn duplex(io_frames: u32) -> Spec {
        Spec { io_frames, plays: true, records: true, lead: None, lag: None }
    }

    /// A client that plays.
    pub fn player(io_frames: u32) -> Spec {
        Spec { records: false, ..Spec::duplex(io_frames) }
    }

    /// A client that records.
    pub fn recorder(io_frames: u32) -> Spec {
        Spec { plays: false, ..Spec::duplex(io_frames) }
    }
}

/// A zero timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The frame.
    pub frame: u64,
    /// Its time, ns.
    pub ns: u64,
    /// When a client's IO thread saw it first, ns.
    pub seen: u64,
}

/// What a client has done since its last start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The first frame that was written.
    pub written_from: u64,
    /// The first one behind the last written.
    pub written_to: u64,
    /// The first one behind the last read.
    pub read_to: u64,
    /// IO calls that failed.
    pub failed: u64,
    /// The block that was handed over late, if one was.
    pub late: Option<Late>,
    /// Why it gave up, in words.
    pub gave_up: Option<String>,
}

/// A block that was handed over late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Its first frame.
    pub from: u64,
    /// Whether the call returned an error.
    pub failed: bool,
}

/// A physical format that clients see as floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// Its place among those that the device offers.
    pub index: usize,
    /// Its name, in words.
    pub name: String,
    /// One step of it, of full scale; 0 for floats.
    pub step: f64,
}

/// Memory that is there because of the driver, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Whether it cannot be paged out: the kernel's.
    pub is_wired: bool,
    /// The driver's own code and data, as they lie in memory.
    pub code: u64,
    /// All else: blocks, rings, stacks of threads.
    pub blocks: u64,
}

impl Memory {
    /// Bytes that cannot be paged out.
    pub fn wired(&self) -> u64 {
        if self.is_wired { self.code + self.blocks } else { 0 }
    }

    /// Bytes that can.
    pub fn pageable(&self) -> u64 {
        if self.is_wired { 0 } else { self.code + self.blocks }
    }
}

/// A property of a device or of something of it, as programs see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name: object, selector, scope, element.
    pub name: String,
    /// What has it, in words.
    pub kind: &'static str,
    /// Whether it says that it can be set.
    pub is_settable: bool,
    /// What is wrong about its size or kind, in words.
    pub wrong: Option<String>,
}

/// A request that has to be refused, or to change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What was asked for.
    pub name: String,
    /// Whether it was.
    pub is_sound: bool,
}

/// What programs can see, set and reach of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// Its properties.
    pub properties: Vec<Property>,
    /// Wrong requests, and how they were taken.
    pub requests: Vec<Request>,
    /// What a process of any user can set.
    pub settable: Vec<String>,
    /// What a process of any user can have called with arguments of its choice.
    pub callable: Vec<String>,
}

/// A property as a program sees it that listens to all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its name: object, selector, scope.
    pub name: String,
    /// Its value, as the driver's interface has it or in words.
    pub value: Vec<u8>,
    /// Whether the program was told since it last looked that the value may be another.
    pub is_told: bool,
}

/// A setting beside rate and format: a control's value, say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Where it is: what the driver's host knows it by.
    pub place: [u32; 2],
    /// What it is set to, as the driver's interface has it.
    pub now: Vec<u8>,
    /// Another value that it can have.
    pub other: Vec<u8>,
}

/// What there is when all is gone that was not there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Blocks of memory, objects, timers and threads.
    pub blocks: u64,
    /// Bytes of the blocks.
    pub bytes: u64,
    /// What it is, in words.
    pub words: String,
}

/// What a driver was seen to execute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What was counted.
    pub steps: Steps,
    /// The names of the functions that were called, in the order of `steps`.
    pub names: Vec<String>,
}

/// A driver that is loaded. Times are virtual.
pub trait Driver {
    /// A client of one of its devices.
    type Client: Client;

    /// Its devices that loop, in its order.
    ///
    /// # Errors
    /// What is wrong with one, in words.
    fn devices(&self) -> Result<Vec<Device>, String>;

    /// What a device offers.
    ///
    /// # Errors
    /// What it says is no list of formats or rates, in words.
    fn offers(&self, device: &Device) -> Result<Offers, String>;

    /// Opens a client of a device.
    ///
    /// # Errors
    /// What was refused, in words.
    fn open(&mut self, device: &Device, spec: &Spec) -> Result<Self::Client, String>;

    /// Lets time pass.
    ///
    /// # Errors
    /// What no driver may do was done, in words.
    fn pass(&mut self, ns: u64) -> Result<(), String>;

    /// Waits until a device has stopped for lack of clients.
    ///
    /// # Errors
    /// It runs still, in words.
    fn wait_stopped(&mut self, device: &Device) -> Result<(), String>;

    /// Virtual time, ns.
    fn now(&self) -> u64;

    /// From here on timers of the system are late by up to `ns`.
    fn set_lateness(&mut self, ns: u64);

    /// No timer of the system goes off for `ns`; those that are due then go off one after the other.
    fn hold_timers(&mut self, ns: u64);

    /// From here on what IO threads have the driver execute is counted; whether this machine can.
    fn begin_count(&mut self) -> bool;

    /// What was counted since then.
    fn end_count(&mut self) -> Counted;

    /// The nominal rates that a device takes, Hz: of a range its ends.
    ///
    /// # Errors
    /// What it says is no list of rates, in words.
    fn rates(&self, device: &Device) -> Result<Vec<f64>, String>;

    /// Asks for a rate, as any program may, whether IO runs or not. Clients at IO go on as the HAL has them.
    ///
    /// # Errors
    /// The refusal, in words.
    fn ask_rate(&mut self, device: &Device, rate: f64) -> Result<(), String>;

    /// The physical formats of a device that clients see as floats.
    ///
    /// # Errors
    /// What it says is no list of formats, in words.
    fn formats(&self, device: &Device) -> Result<Vec<Format>, String>;

    /// Has both streams of a device, which is at rest, take one of these.
    ///
    /// # Errors
    /// The refusal, in words.
    fn ask_format(&mut self, device: &Device, format: &Format) -> Result<(), String>;

    /// Asks for 3 channels of 20 bits, which nobody offers.
    ///
    /// # Errors
    /// The refusal, in words.
    fn ask_odd_format(&mut self, device: &Device) -> Result<(), String>;

    /// What a refused request must leave as it is: names and values.
    ///
    /// # Errors
    /// One cannot be read, in words.
    fn state(&self, device: &Device) -> Result<Vec<(String, String)>, String>;

    /// Puts the system to sleep and wakes it. No time passes; clients at IO go on as the HAL has them.
    ///
    /// # Errors
    /// What the driver refused, in words.
    fn sleep_and_wake(&mut self) -> Result<(), String>;

    /// Takes a device away, whatever clients do.
    ///
    /// # Errors
    /// Nothing of this driver can be taken away, or it does not go.
    fn unplug(&mut self, device: &Device) -> Result<(), Stop>;

    /// Has the driver go as far as it can.
    ///
    /// # Errors
    /// It does not, in words.
    fn unload(&mut self) -> Result<Remains, String>;

    /// Has the driver make a mistake at its next instruction on an IO thread; whether this machine can.
    fn inject(&mut self, mistake: Injected) -> bool;

    /// Instructions of the driver's own that starting it took, from its first function until its devices were known; `None` where
    /// nobody counted them: they are for [`protocol::measure::Measurement::Anew`] only, in a process.
    fn begun(&self) -> Option<u64>;

    /// What programs can see, set and reach of a device.
    ///
    /// # Errors
    /// What cannot be asked for, in words.
    fn surface(&mut self, device: &Device) -> Result<Surface, String>;

    /// What of a device and of its parts can be set, beside rate and format.
    ///
    /// # Errors
    /// What cannot be asked for, in words.
    fn settings(&mut self, device: &Device) -> Result<Vec<Setting>, String>;

    /// Sets one of these.
    ///
    /// # Errors
    /// The refusal, in words.
    fn set(&mut self, device: &Device, setting: &Setting, value: &[u8]) -> Result<(), String>;

    /// Listens to all properties of a device, from the first call on, and says what they are.
    ///
    /// # Errors
    /// What cannot be listened to or read, in words.
    fn look(&mut self, device: &Device) -> Result<Vec<Seen>, String>;

    /// The memory that there is because of the driver.
    fn memory(&self) -> Memory;
}

/// A client: what a process has of a device. It is closed when it is dropped.
pub trait Client {
    /// Has it play what `source` fills in, instead of silence.
    fn play(&mut self, source: Source);

    /// Has what it records go to `sink`.
    fn record(&mut self, sink: Sink);

    /// Has each new zero timestamp that its IO thread sees go to `sink`.
    fn follow(&mut self, sink: Box<dyn FnMut(Stamp)>);

    /// Has its IO thread do nothing for `ns`.
    fn hold(&mut self, ns: u64);

    /// Has it hand over the block that holds `frame`, or the next one, only `ns` after the device's position is at the block's
    /// first frame. Its IO thread does nothing until then, and goes on as after any delay.
    fn delay(&mut self, frame: u64, ns: u64);

    /// Starts IO.
    ///
    /// # Errors
    /// The driver refused, in words.
    fn start(&mut self) -> Result<(), String>;

    /// Stops IO.
    ///
    /// # Errors
    /// The driver refused, in words.
    fn stop(&mut self) -> Result<(), String>;

    /// What it has done.
    fn done(&self) -> Done;

    /// The notifications that have come since the last time, oldest first, by their names.
    fn notices(&mut self) -> Vec<String>;

    /// Closes it.
    ///
    /// # Errors
    /// What the driver refused, in words.
    fn close(self) -> Result<(), String>;
}
