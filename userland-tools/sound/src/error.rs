//! Why something was not done, in words that say what would help.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use hal_sys::code::Shown;

use crate::hal::Status;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no such device.
    NoDevice {
        /// What was asked for: a UID, or a name where that will do.
        wanted: String,
        /// What there is.
        there: Vec<String>,
    },
    /// There are several of that name.
    Ambiguous {
        /// The name.
        name: String,
        /// Their UIDs.
        uids: Vec<String>,
    },
    /// The device is not what is asked of it.
    Unsuitable {
        /// The device's name.
        device: String,
        /// What it is or has, and what would help.
        why: String,
    },
    /// A call of the HAL did not succeed.
    Refused {
        /// Of whom.
        device: String,
        /// What was asked for.
        what: String,
        /// What it returned.
        status: Status,
    },
    /// Nothing happens.
    Stalled {
        /// Of whom.
        device: String,
        /// What was waited for, and how long.
        what: String,
    },
}

impl Error {
    /// The exit code of a tool that ends with it: 2 for what was asked for, 1 for what the Mac does.
    pub fn code(&self) -> u8 {
        match self {
            Error::NoDevice { .. } | Error::Ambiguous { .. } | Error::Unsuitable { .. } => 2,
            Error::Refused { .. } | Error::Stalled { .. } => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoDevice { wanted, there } if there.is_empty() => {
                write!(f, "there is no device \"{wanted}\", and no other either; see that the driver is loaded")
            }
            Error::NoDevice { wanted, there } => {
                write!(f, "there is no device \"{wanted}\"; there are: {}", there.join(", "))
            }
            Error::Ambiguous { name, uids } => {
                write!(f, "several devices are named \"{name}\"; take a UID: {}", uids.join(", "))
            }
            Error::Unsuitable { device, why } => write!(f, "{device}: {why}"),
            Error::Refused { device, what, status } => {
                write!(f, "{device}: {what}: the HAL returns {}", Shown(*status))?;
                f.write_str(hint(*status))
            }
            Error::Stalled { device, what } => {
                write!(f, "{device}: {what}; see in the system's log what coreaudiod or the kernel says of it")
            }
        }
    }
}

impl core::error::Error for Error {}

/// What may help against a status.
fn hint(status: Status) -> &'static str {
    use hal_sys::code::status::{
        kAudioDevicePermissionsError, kAudioDeviceUnsupportedFormatError, kAudioHardwareBadDeviceError,
        kAudioHardwareBadObjectError, kAudioHardwareUnknownPropertyError,
    };
    match status {
        kAudioDevicePermissionsError => "; another program has the device for itself, or this one may not use it",
        kAudioHardwareBadDeviceError | kAudioHardwareBadObjectError => "; the device has gone meanwhile",
        kAudioHardwareUnknownPropertyError => "; the device does not have that",
        kAudioDeviceUnsupportedFormatError => "; `devices` lists what it can be",
        _ => "",
    }
}
