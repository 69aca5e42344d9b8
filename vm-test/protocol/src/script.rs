//! Scenarios that are written as files: their steps as a machine takes them. The text format is the crate `script`'s.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::proof::SampleFormat;
use crate::value::Value;

/// A scenario that was read from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What reports call it: the file's path as it was given, or a built-in file's name.
    pub name: String,
    /// What it shows, in a line; "" where the file does not say.
    pub shows: String,
    /// The steps, in their order.
    pub lines: Vec<Line>,
}

impl Script {
    /// Whether it checks anything itself, beside that its steps succeed.
    pub fn expects(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.step, Step::Expect(_) | Step::Await(_)))
    }
}

/// A step and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number of the line in the file, from 1.
    pub number: u32,
    /// The line without comments.
    pub text: String,
    /// What to do.
    pub step: Step,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Load the kext and match it.
    Load(Load),
    /// Terminate what it runs and unload it.
    Unload,
    /// Pull the device out that it was loaded on.
    Unplug,
    /// Open a client of a device.
    Open(String, Hal),
    /// Have clients do something, one after the other.
    Clients(Verb, Vec<String>),
    /// Have a client play a signal from its next cycle on; with a time: wait that long, then play silence.
    Play(String, Signal, Option<Time>),
    /// Give a client another IO buffer size: its buffers are registered anew.
    Resize(String, u32),
    /// Hold a client's IO thread up, or all timers of the kernel where no client is named.
    Stall(Option<String>, Time),
    /// Have timers come late by up to so much from here on; `None`: as they usually do.
    Late(Option<Time>),
    /// Let time pass; laps and frames are those of the device.
    Wait(Time, Option<Device>),
    /// Put the system to sleep.
    Sleep,
    /// Wake it.
    Wake,
    /// Change something of a device as the HAL does.
    Set(Setting, Option<Device>),
    /// Have a client ask for what no HAL asks for.
    Misbehave(String, Misdeed),
    /// Check something now.
    Expect(Expectation),
    /// Check something that may take some time to become so.
    Await(Expectation),
}

/// How the kext is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// What messages call this load; "" for nothing.
    pub label: String,
    /// Whether it matches a device of its own, which can be pulled out, instead of IOResources.
    pub on_device: bool,
    /// Values put into its personalities: the way there, as in `Devices/0/Channels`, and the value; `None`: taken out.
    pub with: Vec<(String, Option<Value>)>,
}

/// What several clients can be told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Start IO.
    Start,
    /// Stop IO.
    Stop,
    /// Stop, unregister buffers, disconnect.
    Close,
    /// End as a process does that crashes.
    Kill,
    /// Keep what is read from here on, and forget what was kept before.
    Record,
}

/// A device: by its number among those that loop, from 1, or by its UID or name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// Its number.
    Number(u32),
    /// Its UID or name.
    Named(String),
}

/// A time, or a distance in frames, in thousandths of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// Thousandths of the unit.
    pub thousandths: u64,
    /// The unit.
    pub unit: Unit,
}

/// What a time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Frames of a device at its rate.
    Frames,
    /// Laps of a device's ring at its rate.
    Laps,
}

/// What a client plays, by absolute frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Nothing.
    Silence,
    /// Noise of a seed; `None`: of the client's number, so that each client has its own.
    Noise(Option<u32>),
    /// A sawtooth between ±¼ that rises by 2⁻¹⁶ a frame.
    Ramp,
    /// One sample of ½ every 1000 frames.
    Impulse,
    /// A sine of so many Hz, of amplitude ½.
    Tone(u32),
}

/// What a client is like: the choices that a HAL makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hal {
    /// The device; the first that loops.
    pub device: Option<Device>,
    /// Which of the device's streams it uses; both.
    pub sides: Sides,
    /// Frames of an IO cycle; 512.
    pub io_frames: u32,
    /// Frames of safety offset that the host adds to the engine's own, at both sides; 0.
    pub safety_offset: u32,
    /// Frames between position and output beside the safety offsets; `None`: those of a cycle.
    pub margin: Option<u32>,
    /// Frames from position to output in all, whatever the offsets; may be negative.
    pub lead: Option<i32>,
    /// Frames from the end of the input to the position in all; may be negative.
    pub lag: Option<i32>,
    /// How late the IO thread wakes at most; `None`: 40 µs.
    pub wakes_late: Option<Time>,
    /// What it does when the engine takes it offline; it returns.
    pub when_offline: Offline,
    /// What it does when a cycle was too late; it goes on.
    pub when_late: Late,
    /// How often Start is tried again, 100 ms apart, when it is refused on the way back; 0.
    pub retries: u32,
    /// Whether input and output are one buffer set; they are.
    pub shared_set: bool,
    /// Whether its process has the entitlement of Core Audio's driver host; it has.
    pub entitled: bool,
}

impl Default for Hal {
    fn default() -> Hal {
        Hal {
            device: None,
            sides: Sides::Both,
            io_frames: 512,
            safety_offset: 0,
            margin: None,
            lead: None,
            lag: None,
            wakes_late: None,
            when_offline: Offline::Return,
            when_late: Late::GoOn,
            retries: 0,
            shared_set: true,
            entitled: true,
        }
    }
}

/// Streams that a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sides {
    /// It plays and records.
    Both,
    /// It plays.
    Output,
    /// It records.
    Input,
}

/// What a client does when it is taken offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offline {
    /// It waits until the engine can be started, and starts it.
    Return,
    /// It stops its IO and waits to be told.
    Rest,
    /// It goes on calling, as if nothing were.
    GoOn,
}

/// What a client does when a call returns kIOReturnIsoTooOld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Late {
    /// It goes on with the next cycle in turn.
    GoOn,
    /// It chooses its position anew.
    Resync,
}

/// What can be set of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// The rate; `None`: another that it offers.
    Rate(Option<u32>),
    /// The format of both streams; `None`: another that it offers.
    Format(Option<(SampleFormat, Option<u32>)>),
    /// A control's value.
    Control(Control, i32),
}

/// A control by type, subtype and usage, each a four-character code, and channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// IOAudioControlType, IOAudioControlSubType, IOAudioControlUsage.
    pub codes: [[u8; 4]; 3],
    /// IOAudioControlChannelID.
    pub channel: u32,
}

/// What no HAL does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misdeed {
    /// An output buffer that says it holds twice what it has room for.
    Descriptor,
    /// IO for a buffer set that nobody registered.
    Set,
    /// IO at a frame beyond the ring.
    Position,
    /// IO a thousand laps ahead.
    Lap,
    /// A buffer registered for a stream that there is not.
    Stream,
    /// A buffer registered that is smaller than its descriptor.
    Buffer,
    /// A buffer unregistered that was never registered.
    Unregister,
    /// A method that there is not.
    Method,
    /// A trap that there is not.
    Trap,
    /// So many IO calls at once.
    Flood(u32),
}

/// What can be expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expectation {
    /// The step before was refused, with these words among the reason's.
    Refused(String),
    /// The step before returned this IOReturn, by its name.
    Returned(String),
    /// How many devices loop.
    Devices(Comparison),
    /// Nothing is left of what was loaded.
    NothingLeft,
    /// Something of a client.
    Client(String, ClientFact),
    /// Something of a device's engine.
    Engine(Option<Device>, EngineFact),
    /// A control's value.
    Control(Control, Option<Device>, Comparison),
}

/// What can be expected of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientFact {
    /// Its IO thread cycles.
    Running,
    /// Its IO thread rests.
    Idle,
    /// It gave up, with these words among the reason's.
    GaveUp(String),
    /// A number of what it did.
    Count(Count, Comparison),
    /// Timestamps are at most this far from the ideal schedule, and no lap is lost; `None`: 10 µs.
    OnSchedule(Option<Time>),
    /// What it has read since `record`.
    Hears(Sound),
    /// What it was told since it was opened, or since this was last asked.
    Told(Vec<News>, Told),
}

/// What a client counts since it was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Count {
    /// IO cycles.
    Cycles,
    /// Starts, by the scenario or by itself after a pause.
    Starts,
    /// Times that it came more than a cycle late, or was told that its output was too late.
    Late,
    /// IO calls that failed, of this name or of any.
    Failed(Option<String>),
    /// Timestamps since the last start.
    Timestamps,
    /// Frames read.
    FramesRead,
    /// Frames written.
    FramesWritten,
}

/// What can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sound {
    /// The sum of what clients of the device play at each frame, and silence where nobody does.
    Played {
        /// Frames by which it is heard later.
        lag: u32,
        /// Whether a frame may be silent instead.
        or_silence: bool,
        /// Level in dB that it is heard at, to a tenth of a dB; `None`: to the bit.
        level: Option<i32>,
    },
    /// Silence.
    Silence,
    /// Anything but silence, somewhere.
    Something,
}

/// A notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// A stream's format changed.
    Format,
    /// Properties changed.
    Change,
    /// The engine started.
    Started,
    /// It stopped.
    Stopped,
    /// It paused.
    Paused,
    /// It can be started again.
    Resumed,
}

/// How notifications are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// These came in this order; others may have come between.
    Among,
    /// These came and no others.
    Only,
}

/// What can be expected of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngineFact {
    /// IOAudioEngineState.
    State(State),
    /// Its rate in Hz.
    Rate(Comparison),
    /// The format of both streams.
    Format(SampleFormat),
    /// A number among its properties.
    Number(String, Comparison),
    /// A text among its properties.
    Text(String, String),
}

/// States of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// kIOAudioEngineStopped.
    Stopped,
    /// kIOAudioEngineRunning.
    Running,
    /// kIOAudioEnginePaused.
    Paused,
    /// kIOAudioEngineResumed.
    Resumed,
}

/// A number compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// How.
    pub how: Compared,
    /// With what.
    pub with: i64,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compared {
    /// Equal.
    Is,
    /// Equal or greater.
    AtLeast,
    /// Equal or smaller.
    AtMost,
}

impl Comparison {
    /// Whether a number is as it must be.
    pub fn holds(self, number: i64) -> bool {
        match self.how {
            Compared::Is => number == self.with,
            Compared::AtLeast => number >= self.with,
            Compared::AtMost => number <= self.with,
        }
    }
}
