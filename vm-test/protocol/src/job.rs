//! The job: all that a machine is told to do, written by the runner into shared memory (postcard).

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::fail::FailEach;
use crate::measure::Measurement;
use crate::proof::{Soak, Sweep};
use crate::script::Script;
use crate::value::Value;

/// One run of one kext on one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The release, as `--os` names it ("10.6" … "11").
    pub os: String,
    /// Seed of every choice the machine makes (preemption, timer lateness).
    pub seed: u64,
    /// What to do once the kext is loaded.
    pub scenario: Scenario,
    /// The kernel's boot arguments ("" for none).
    pub boot_args: String,
    /// The kext; its executable is the region [`crate::share::Kind::Executable`].
    pub kext: Kext,
    /// Kexts that it may use; their executables are the regions [`crate::share::Kind::Library`], in the same order. One whose
    /// identifier is a component's takes the component's place, and the pack is without it.
    pub libraries: Vec<Kext>,
}

/// A kext's property list, as kextd hands it to the kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kext {
    /// The bundle's file name without `.kext`, for messages.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// CFBundleVersion.
    pub version: String,
    /// OSBundleCompatibleVersion: what makes a kext a library for others.
    pub compatible: Option<String>,
    /// OSBundleLibraries: identifier and the version asked for.
    pub libraries: Vec<(String, String)>,
    /// IOKitPersonalities: name and dictionary.
    pub personalities: Vec<(String, Value)>,
}

/// What a machine does between loading and unloading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scenario {
    /// Starts what matches, waits until it is quiet, unloads, counts.
    Load,
    /// Has several clients play and record for a long time, and checks every frame.
    Soak(Soak),
    /// Loops sound through one device at many rates and IO buffer sizes.
    Sweep(Sweep),
    /// Has every call fail that may, one after the other.
    FailEach(FailEach),
    /// Takes a measurement; what comes of it are readings.
    Measure(Measurement),
    /// Runs the program of this name of the crate `scenarios`.
    Named(String),
    /// Runs scenarios that were read from files, one after the other, each between the events that say so. One that the kernel
    /// is not as good as new after is the last.
    Scripts(Vec<Script>),
    /// Plays the input region into an engine's output and records its input into the output region.
    Loop {
        /// How.
        parameters: Loop,
        /// The engine's UID; the first engine without one.
        device: Option<String>,
    },
    /// Makes requests of the kext's root service and of what is below it, in order, and says what the registry holds then.
    Requests(Vec<Request>),
}

/// A property-list value that is set as an entry's properties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whose properties.
    pub target: Target,
    /// What is set.
    pub properties: Value,
    /// Whether a plain user asks, not an administrator.
    pub as_user: bool,
}

/// What a request is addressed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The kext's root service.
    Root,
    /// A control of the device with this UID.
    Control {
        /// The device's UID.
        uid: String,
        /// IOAudioControlType.
        kind: u32,
        /// IOAudioControlSubType.
        sub_type: u32,
        /// IOAudioControlUsage.
        usage: u32,
        /// IOAudioControlChannelID.
        channel: u32,
    },
}

/// The parameters of a loop. Both regions are interleaved Float32.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loop {
    /// Sample rate in Hz; the device is set to it through its stream's properties.
    pub rate: u32,
    /// Channels of both regions; the device's streams must have as many.
    pub channels: u32,
    /// Frames in the input region.
    pub frames: u64,
    /// Frames of one IO cycle.
    pub io_frames: u32,
    /// Whether IO calls are timed, if the machine has a clock.
    pub timed: bool,
}

impl Loop {
    /// Frames that the output region has room for: the input, the way it is ahead of the recording when both start (some
    /// IO cycles and the driver's safety offsets), and silence after it. The machine records until the region is full.
    pub fn recorded_frames(&self) -> u64 {
        self.frames + 8 * u64::from(self.io_frames) + 4096
    }

    /// Whether a machine that has recorded `done` of `of` frames says so: after each tenth of a second of sound, and at the end.
    pub fn tells(&self, done: u64, of: u64) -> bool {
        /// Times a second.
        const TELLS: u64 = 10;
        let tenths = |frames: u64| frames * TELLS / u64::from(self.rate.max(1));
        done == of || tenths(done) != tenths(done.saturating_sub(self.io_frames.into()))
    }
}

impl Job {
    /// The job as bytes for shared memory.
    ///
    /// # Panics
    /// Never: a job holds nothing that postcard cannot write.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads a job back.
    ///
    /// # Errors
    /// The bytes are not a job of this build.
    pub fn from_bytes(bytes: &[u8]) -> Result<Job, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}
