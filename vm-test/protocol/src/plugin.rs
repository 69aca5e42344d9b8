//! The job of the host of user-space drivers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::job::Loop;
use crate::measure::Measurement;
use crate::script::Script;

/// All that a host needs beside Info.plist, the executable and the sound, which are regions of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlugInJob {
    /// The bundle's file name without `.driver`, for messages.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// The factory's function, as CFPlugInFactories names it.
    pub factory: String,
    /// Seed of every choice.
    pub seed: u64,
    /// What a tick of the mach absolute clock is: `numer / denom` nanoseconds.
    pub timebase: (u32, u32),
    /// What to do.
    pub scenario: PlugInScenario,
}

/// What a host does with a driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlugInScenario {
    /// Initializes it and looks at its devices.
    Load,
    /// Checks what the scenario of this name checks of kexts; the host must have one.
    Named(String),
    /// Plays the input region into a device's output and records its input into the output region.
    Loop {
        /// How.
        parameters: Loop,
        /// The device's UID; the first device without one.
        device: Option<String>,
    },
    /// Carries out the steps of a file, all of which make sense for such a driver.
    Script(Script),
    /// Takes a measurement; what comes of it are readings.
    Measure(Measurement),
}

impl PlugInJob {
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
    pub fn from_bytes(bytes: &[u8]) -> Result<PlugInJob, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}
