//! Changes that IO must be stopped for: the rate. What is wanted is all in the action's number, so that nothing is left
//! behind by a change that the host gives up.

use engine::format::{SampleFormat, StreamFormat};
use hal_sys::AudioObjectID;
use hal_sys::code::status::{kAudioDeviceUnsupportedFormatError, kAudioHardwareIllegalOperationError};

use crate::device::Device;
use crate::sink::Outcome;
use crate::{host, say, storage};

/// Asks the host for another rate, if the device has it and does not run at it already.
///
/// # Errors
/// The device has no such rate.
pub(crate) fn request_rate(id: AudioObjectID, device: &Device, wanted: f64) -> Outcome {
    let rate = device.definition().rates().iter().find(|rate| f64::from(**rate).to_bits() == wanted.to_bits());
    let rate = *rate.ok_or(kAudioDeviceUnsupportedFormatError)?;
    if rate != device.engine.rate() {
        host::request_change(id, u64::from(rate));
    }
    Ok(())
}

/// Carries out the change; IO is stopped.
///
/// # Errors
/// The action is none of ours.
pub(crate) fn perform(device: &Device, action: u64) -> Outcome {
    let refused = kAudioHardwareIllegalOperationError;
    to_rate(device, u32::try_from(action).map_err(|_| refused)?)?;
    storage::keep(device);
    Ok(())
}

/// Gives a device another rate, from the next start on.
///
/// # Errors
/// The device has no such rate.
pub(crate) fn to_rate(device: &Device, rate: u32) -> Outcome {
    let format = StreamFormat::of(device.definition().channels(), SampleFormat::Float32);
    device.change(&format, rate).map_err(|error| {
        say!("device \"{}\": change refused: {error}", device.definition().title());
        kAudioHardwareIllegalOperationError
    })
}
