//! A driver as a HAL sees it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

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
    /// Why it gave up, in words.
    pub gave_up: Option<String>,
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

    /// Closes it.
    ///
    /// # Errors
    /// What the driver refused, in words.
    fn close(self) -> Result<(), String>;
}
