//! How properties are set. A value has as many bytes as the one that is read.

use hal_sys::code::selector::{
    kAudioBooleanControlPropertyValue, kAudioBoxPropertyAcquired, kAudioBoxPropertyDeviceList,
    kAudioLevelControlPropertyDecibelValue, kAudioLevelControlPropertyScalarValue, kAudioPlugInPropertyDeviceList,
};
use hal_sys::code::status::{
    kAudioDeviceUnsupportedFormatError, kAudioHardwareBadPropertySizeError, kAudioHardwareUnspecifiedError,
};

use super::{Question, read};
use crate::controls::{self, side};
use crate::objects::{BOX, Object, PLUG_IN, device_of};
use crate::sink::Outcome;
use crate::{change, host};

/// The first bytes of a value.
fn bytes<const N: usize>(value: &[u8]) -> Result<[u8; N], u32> {
    value.first_chunk().copied().ok_or(kAudioHardwareBadPropertySizeError)
}

pub(super) fn acquired(question: &Question, value: &[u8]) -> Outcome {
    let acquired = u32::from_ne_bytes(bytes(value)?) != 0;
    if question.plugin.acquire(acquired) {
        host::changed(BOX, [kAudioBoxPropertyAcquired, kAudioBoxPropertyDeviceList]);
        host::changed(PLUG_IN, [kAudioPlugInPropertyDeviceList]);
    }
    Ok(())
}

pub(super) fn rate(question: &Question, value: &[u8]) -> Outcome {
    let Object::Device(device) = question.object else { return Err(kAudioHardwareUnspecifiedError) };
    change::request_rate(question.id, device, f64::from_ne_bytes(bytes(value)?))
}

/// A format that the device has already but for the rate.
pub(super) fn format(question: &Question, value: &[u8]) -> Outcome {
    /// Behind the rate, all of the description.
    const RATE: usize = 8;
    let Object::Stream(device, _) = question.object else { return Err(kAudioHardwareUnspecifiedError) };
    if !read::describes(device, value.get(RATE..).unwrap_or_default()) {
        return Err(kAudioDeviceUnsupportedFormatError);
    }
    change::request_rate(device_of(question.id), device, f64::from_ne_bytes(bytes(value)?))
}

/// Sets a control by a function of its side, and tells of it.
fn control<const N: usize>(
    question: &Question,
    value: impl FnOnce(engine::level::Side) -> u32,
    told: [u32; N],
) -> Outcome {
    let Object::Control(device, index, control) = question.object else { return Err(kAudioHardwareUnspecifiedError) };
    let side = side(control).ok_or(kAudioHardwareUnspecifiedError)?;
    if device.set(index, value(side))? {
        host::changed(question.id, told);
    }
    Ok(())
}

/// A level is told of in both its forms.
const LEVEL: [u32; 2] = [kAudioLevelControlPropertyScalarValue, kAudioLevelControlPropertyDecibelValue];

pub(super) fn scalar(question: &Question, value: &[u8]) -> Outcome {
    let scalar = f32::from_ne_bytes(bytes(value)?);
    control(question, |side| controls::of_scalar(side, scalar), LEVEL)
}

pub(super) fn decibels(question: &Question, value: &[u8]) -> Outcome {
    let decibels = f32::from_ne_bytes(bytes(value)?);
    control(question, |side| controls::of_decibels(side, decibels), LEVEL)
}

pub(super) fn muted(question: &Question, value: &[u8]) -> Outcome {
    let muted = u32::from_ne_bytes(bytes(value)?) != 0;
    control(question, |_| u32::from(muted), [kAudioBooleanControlPropertyValue])
}
