//! A Mac's HAL as a program sees it.

use alloc::string::String;
use alloc::vec::Vec;

use hal_sys::AudioObjectID;
use hal_sys::interface::AudioObjectPropertyAddress;

/// What a call returned where it did not succeed: an OSStatus, most often one of [`hal_sys::code::status`].
pub type Status = u32;

/// The most streams of a direction that a cycle has.
pub const MOST_STREAMS: usize = 16;

/// The HAL: objects with properties, and IO. Properties have the selectors, scopes and bytes of `hal_sys::code`.
pub trait Hal {
    /// Whether an object has a property.
    fn has(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool;

    /// Whether a property can be set; not if there is none.
    fn is_settable(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool;

    /// How many bytes a property is said to have.
    ///
    /// # Errors
    /// What the HAL returns.
    fn size(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<usize, Status>;

    /// The bytes of a property.
    ///
    /// # Errors
    /// What the HAL returns.
    fn read(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u8>, Status>;

    /// A property that is a CFString.
    ///
    /// # Errors
    /// What the HAL returns.
    fn text(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<String, Status>;

    /// Asks for another value of a property. The HAL may need a while for it.
    ///
    /// # Errors
    /// What the HAL returns.
    fn write(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress, value: &[u8]) -> Result<(), Status>;

    /// Has the changes of a property be noted from now on.
    ///
    /// # Errors
    /// What the HAL returns.
    fn listen(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<(), Status>;

    /// The changes that were noted since the last time, in their order.
    fn take_notices(&self) -> Vec<Notice>;

    /// The host's time, ns.
    fn now(&self) -> u64;

    /// Waits, ns.
    fn pause(&self, ns: u64);

    /// Does IO on all devices of `parts` until each part's procedure or `watch` says that it is done. `watch` is asked on the
    /// calling thread, several times a second. When this returns, no procedure is called any more.
    ///
    /// # Errors
    /// What the HAL returns where IO cannot be started; nothing runs then.
    fn run(&self, parts: &mut [Part<'_>], watch: &mut dyn FnMut() -> Flow) -> Result<Ran, Status>;
}

/// A property that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whose.
    pub object: AudioObjectID,
    /// Which.
    pub selector: u32,
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// There is.
    On,
    /// All is done.
    Done,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// From start to stop, ns.
    pub ns: u64,
}

/// IO of one device.
pub struct Part<'a> {
    /// The device.
    pub device: AudioObjectID,
    /// What is done in each cycle.
    pub procedure: &'a mut dyn Procedure,
}

/// What a program does in each IO cycle of a device. It runs on the HAL's thread: it must neither allocate nor wait.
pub trait Procedure: Send {
    /// Does a cycle. After [`Flow::Done`] it may be called some more, until IO has stopped; it plays silence then.
    fn cycle(&mut self, cycle: &mut Cycle<'_>) -> Flow;
}

/// A moment on a device's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The device's frame.
    pub frame: i64,
    /// The host's time, ns.
    pub ns: u64,
}

/// An IO cycle.
pub struct Cycle<'a> {
    /// When it begins.
    pub now: Moment,
    /// The first frame of input.
    pub read: Moment,
    /// The first frame of output.
    pub written: Moment,
    /// What was recorded, a stream each.
    pub inputs: &'a [Input<'a>],
    /// What is to be played, a stream each; silence where nothing is put.
    pub outputs: &'a mut [Output<'a>],
}

/// A block of an input stream.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Channels.
    pub channels: usize,
    /// Interleaved.
    pub samples: &'a [f32],
}

/// A block of an output stream.
#[derive(Debug)]
pub struct Output<'a> {
    /// Channels.
    pub channels: usize,
    /// Interleaved; silence at first.
    pub samples: &'a mut [f32],
}
