//! How properties are set. A value has as many bytes as the one that is read.

use hal_sys::code::selector::{
    kAudioBooleanControlPropertyValue, kAudioBoxPropertyAcquired, kAudioDevicePropertyClockDomain,
    kAudioDevicePropertyClockIsStable, kAudioLevelControlPropertyDecibelValue, kAudioLevelControlPropertyScalarValue,
    kAudioSelectorControlPropertyCurrentItem, kAudioSliderControlPropertyValue,
};
use hal_sys::code::status::{
    kAudioDeviceUnsupportedFormatError, kAudioHardwareBadPropertySizeError, kAudioHardwareIllegalOperationError,
    kAudioHardwareUnspecifiedError,
};
use hal_sys::interface::CFTypeRef;

use super::{Question, read};
use crate::controls::{self, side};
use crate::objects::{BOX, Object, device_of};
use crate::sink::Outcome;
use crate::{cf, change, host, requests, storage};

/// The first bytes of a value.
fn bytes<const N: usize>(value: &[u8]) -> Result<[u8; N], u32> {
    value.first_chunk().copied().ok_or(kAudioHardwareBadPropertySizeError)
}

pub(super) fn acquired(question: &Question, value: &[u8]) -> Outcome {
    let acquired = u32::from_ne_bytes(bytes(value)?) != 0;
    if question.plugin.acquire(acquired) {
        storage::keep_acquired(acquired);
        host::changed(BOX, [kAudioBoxPropertyAcquired]);
        requests::devices_changed();
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
    let Object::Control(_, _, control) = question.object else { return Err(kAudioHardwareUnspecifiedError) };
    let side = side(control).ok_or(kAudioHardwareUnspecifiedError)?;
    to(question, value(side), told).map(drop)
}

/// Sets a control, tells of it and keeps it; whether it was another one before.
fn to<const N: usize>(question: &Question, value: u32, told: [u32; N]) -> Result<bool, u32> {
    let Object::Control(device, index, _) = question.object else { return Err(kAudioHardwareUnspecifiedError) };
    let is_new = device.set(index, value)?;
    if is_new {
        host::changed(question.id, told);
        storage::keep(device);
    }
    Ok(is_new)
}

/// What the clock follows: one item, with the clock domain that comes with it.
pub(super) fn selected(question: &Question, value: &[u8]) -> Outcome {
    let item = u32::from_ne_bytes(bytes(value)?);
    if to(question, item, [kAudioSelectorControlPropertyCurrentItem])? {
        let told = [kAudioDevicePropertyClockDomain, kAudioDevicePropertyClockIsStable];
        host::changed(device_of(question.id), told);
    }
    Ok(())
}

pub(super) fn pitch(question: &Question, value: &[u8]) -> Outcome {
    to(question, u32::from_ne_bytes(bytes(value)?), [kAudioSliderControlPropertyValue]).map(drop)
}

/// A request of a property list, which the caller keeps.
pub(super) fn request(question: &Question, value: &[u8]) -> Outcome {
    let object = usize::from_ne_bytes(bytes(value)?) as CFTypeRef;
    if object.is_null() {
        return Err(kAudioHardwareIllegalOperationError);
    }
    // SAFETY: the host hands in an object of a property list, as the property was described to it.
    requests::request(question.plugin, &unsafe { cf::Tree::of(object) })
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
