//! The events: what a machine says, one JSON object a line.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::fail::{Case, Sites};
use crate::measure::Reading;
use crate::proof::{Soaked, Swept};
use crate::value::Value;

/// One line from a machine. No event holds an absolute address or a wall-clock time, so that one seed gives one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The machine runs; the first line.
    Booted {
        /// "hosted", "vm" or "macos".
        machine: String,
    },
    /// The Mac that the machine is.
    Mac {
        /// ProductVersion: "10.11.6".
        release: String,
        /// BuildVersion.
        build: String,
        /// Kernel and its release.
        kernel: String,
        /// hw.model.
        model: String,
    },
    /// A file that the machine was asked for, or left after a panic.
    Fetched {
        /// Its path here.
        file: String,
    },
    /// A line of the kernel log (IOLog, the linker, the family).
    Log {
        /// Virtual time in nanoseconds.
        at: u64,
        /// The line.
        text: String,
    },
    /// The kext is linked.
    Linked {
        /// Vtable slots that were redirected.
        patched_slots: u32,
        /// Imports that were bound.
        imports: u32,
    },
    /// The linker or the loader refuses the kext; the run ends with exit code 1.
    Refused {
        /// The release's message.
        message: String,
    },
    /// A kext is about to start, and the machine waits for a debugger to attach. The one event with an absolute address.
    Stopped {
        /// CFBundleIdentifier.
        identifier: String,
        /// Where the kext lies.
        address: u64,
        /// The machine's process, where a debugger attaches to that.
        process: Option<u32>,
    },
    /// The image of a user-space driver is in memory and bound.
    Bound {
        /// Symbols of libraries that were bound.
        imports: u32,
        /// Symbols that the host has not, by name: a use of one stops the run.
        missing: Vec<String>,
    },
    /// A user-space driver published a device.
    Device(Device),
    /// The kext's start function has returned success; a user-space driver's Initialize has.
    Started,
    /// A service was started by matching.
    Matched {
        /// Class of the service.
        class: String,
        /// The personality it matched by.
        personality: String,
    },
    /// An audio engine was published.
    Engine {
        /// Class of the engine.
        class: String,
        /// IOAudioEngineDescription, or the device's name.
        name: String,
        /// IOAudioEngineGlobalUniqueID.
        uid: String,
        /// Channels of its first output stream; `null` where that was not asked for, or there is none.
        channels: Option<u32>,
        /// Ring length in frames.
        ring_frames: u32,
    },
    /// How far a loop or a soak is. All that a loop has recorded until then is in the output region.
    Progress {
        /// Frames recorded.
        done: u64,
        /// Frames to record.
        of: u64,
    },
    /// The next of several scenarios begins: what follows is of it.
    Begun {
        /// Its place among those of the job, from 0.
        index: u32,
    },
    /// That scenario is over.
    Over {
        /// Whether all its steps were taken and no check failed.
        held: bool,
    },
    /// A scenario has checked something.
    Check {
        /// What it is about; the same for every kext.
        name: String,
        /// Whether the kext is as it must be.
        held: bool,
        /// What was found, in words.
        text: String,
    },
    /// A scenario is about something that this kext lacks, and may.
    NotApplicable {
        /// What it lacks, in words.
        text: String,
    },
    /// A request of the job was answered; what it had to say stands in the log before this.
    Answered {
        /// The IOReturn; 0 is success.
        code: u32,
    },
    /// The requests of the job are done: an entry of the registry, from the kext's root service down, parents first.
    Entry {
        /// How far below the root service it is.
        depth: u32,
        /// Its class.
        class: String,
        /// All its properties.
        properties: Value,
    },
    /// The loop is over; the output region holds what was recorded.
    Looped(Looped),
    /// How long the loop's IO cycles took. No report has that.
    #[cfg_attr(feature = "schema", schemars(skip))]
    Timed(Timed),
    /// A soak is over.
    Soaked(Soaked),
    /// A dimension of the driver was measured.
    Reading(Reading),
    /// A point of a sweep is done.
    Swept(Swept),
    /// How many calls of the kext are to fail.
    Sites(Sites),
    /// A call is going to fail; what is said up to the next such event comes of it.
    Case(Case),
    /// The case was done.
    CaseDone {
        /// Whether the call was made that was to fail.
        failed: bool,
    },
    /// What is left of the kext after unload, compared with before the load. All empty: nothing.
    Left(Left),
    /// A check of the machine failed (a KPI rule broken, a step that did not succeed).
    Finding {
        /// What failed, in words.
        text: String,
    },
    /// A kext broke a rule of the kernel; the run goes on.
    Broken(Broken),
    /// How deep the kernel stacks were used on which code of a kext ran.
    Stacks {
        /// Bytes of a kernel stack.
        size: u64,
        /// The deepest use by name of thread.
        threads: Vec<StackUse>,
    },
    /// The kernel panicked; the last line but `end`.
    Panic(Panic),
    /// The machine was asked why it hangs; the last line but `end`.
    Hang {
        /// All threads.
        threads: Vec<Thread>,
    },
    /// The last line.
    End {
        /// Whether all steps were taken and no check failed.
        held: bool,
    },
}

/// Wall-clock times of IO cycles in ns, each the median of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    /// A client's calls, one for its output and one for its input.
    pub calls: u64,
    /// What the driver took of that.
    pub driver: u64,
    /// The difference.
    pub above: u64,
}

/// Result of a loop in absolute sample frames (loop count × ring frames + frame).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Looped {
    /// Absolute frame at which the input's first frame was written.
    pub written_from: u64,
    /// Absolute frame at which the recording's first frame was read.
    pub read_from: u64,
    /// Frames recorded.
    pub recorded: u64,
    /// IO cycles run.
    pub cycles: u64,
    /// IO calls that returned an error, by their IOReturn.
    pub failed: Vec<(u32, u64)>,
    /// Virtual time from start to stop, ns.
    pub virtual_ns: u64,
    /// Loop timestamps seen on the status page.
    pub timestamps: u64,
    /// Largest distance of a timestamp from the ideal schedule, ns.
    pub timestamp_error_ns: u64,
    /// Frames from a program to the wire and back that the device declares: latency and safety offset of output and input.
    pub latency: u32,
}

/// A device of a user-space driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Channels of its input streams.
    pub inputs: Vec<u32>,
    /// Channels of its output streams.
    pub outputs: Vec<u32>,
    /// Frames from one zero timestamp to the next.
    pub period: u32,
    /// Its controls.
    pub controls: u32,
}

/// What is left after unload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Left {
    /// Live instances by class.
    pub objects: Vec<(String, u32)>,
    /// Kernel memory blocks: count.
    pub blocks: u64,
    /// Kernel memory: bytes.
    pub bytes: u64,
    /// Armed timers and thread calls.
    pub timers: u32,
    /// Threads.
    pub threads: u32,
}

impl Left {
    /// What is left, in words; `None` for nothing.
    pub fn in_words(&self) -> Option<String> {
        let mut parts: Vec<String> = self.objects.iter().map(|(class, count)| format!("{count} {class}")).collect();
        if self.blocks > 0 || self.bytes > 0 {
            parts.push(format!("{} bytes in {} blocks", self.bytes, self.blocks));
        }
        for (count, what) in [(self.timers, "timers"), (self.threads, "threads")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        (!parts.is_empty()).then(|| format!("left after unload: {}", parts.join(", ")))
    }
}

/// A rule that a kext broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Broken {
    /// Name of the rule: "lock-order".
    pub rule: String,
    /// What happened, in words.
    pub text: String,
    /// The thread it happened on.
    pub thread: String,
    /// The kext's function: "Loopflower`_lf_clip".
    pub function: Option<String>,
    /// The KPI function the thread was inside, if any.
    pub inside: Option<String>,
    /// Frames in kexts, innermost first.
    pub backtrace: Vec<String>,
}

impl Broken {
    /// In a sentence.
    pub fn in_words(&self) -> String {
        let function = self.function.as_ref().map(|function| format!(" in {function}")).unwrap_or_default();
        format!("{}: {} (thread {}{function})", self.rule, self.text, self.thread)
    }
}

/// How deep the kernel stack of a thread was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackUse {
    /// The thread, or several of one name.
    pub thread: String,
    /// Bytes.
    pub bytes: u64,
    /// The kext's function that was the deepest; empty where it is not known.
    pub function: String,
}

/// A panic report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Panic {
    /// What happened, in words ("page fault: write to 0x10, which is not mapped").
    pub reason: String,
    /// The thread it happened on.
    pub thread: String,
    /// The KPI function the thread was inside, if any.
    pub inside: Option<String>,
    /// Frames, innermost first: "Loopflower`_lf_clip + 0x12" or "0x7f…" where nothing is known.
    pub backtrace: Vec<String>,
}

/// State of one thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Thread {
    /// Its name.
    pub name: String,
    /// "running", "ready", "waiting for …".
    pub state: String,
    /// The KPI function it is inside, if any.
    pub inside: Option<String>,
    /// Frames in the kext, innermost first.
    pub backtrace: Vec<String>,
}

impl Event {
    /// The event as one line of JSON, without the newline.
    ///
    /// # Panics
    /// Never: an event holds nothing that JSON cannot hold.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a line.
    ///
    /// # Errors
    /// The line is not an event.
    pub fn from_line(line: &str) -> Result<Event, serde_json::Error> {
        serde_json::from_str(line)
    }
}
