//! The devices that the bundle's Info.plist defines, read by the same rules as the kext's.

use alloc::vec::Vec;

use engine::config::Device;

use crate::{cf, say};

/// CFBundleIdentifier of the bundle.
const IDENTIFIER: &core::ffi::CStr = c"org.loopflower.plugin";
/// The entry that lists the devices.
const DEVICES: &core::ffi::CStr = c"Devices";

/// The devices, without those that cannot be or share a UID with an earlier one; what is wrong with them is in the log.
pub(crate) fn devices() -> Vec<Device> {
    let Some(list) = cf::info(IDENTIFIER, DEVICES) else {
        say!("Info.plist of {} has no {}", IDENTIFIER.to_string_lossy(), DEVICES.to_string_lossy());
        return Vec::new();
    };
    let mut devices: Vec<Device> = Vec::new();
    for (index, definition) in list.list().iter().enumerate() {
        match Device::new(definition) {
            Ok(device) if devices.iter().any(|other| other.uid() == device.uid()) => {
                say!("device {index} of Info.plist: another one has its UID {}", device.uid().to_string_lossy());
            }
            Ok(device) => devices.push(device),
            Err(error) => say!("device {index} of Info.plist: {error}"),
        }
    }
    devices
}
