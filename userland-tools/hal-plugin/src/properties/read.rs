//! How properties are read.

use core::ffi::CStr;

use engine::Source;
use engine::format::SampleFormat;
use engine::level::Side;
#[allow(clippy::wildcard_imports, reason = "nearly all of them")]
use hal_sys::code::class::*;
use hal_sys::code::clock::kAudioDeviceClockAlgorithmRaw;
use hal_sys::code::custom::{
    kAudioServerPlugInCustomPropertyDataTypeCFPropertyList, kAudioServerPlugInCustomPropertyDataTypeNone,
};
use hal_sys::code::format::{kAudioFormatFlagIsFloat, kAudioFormatFlagIsPacked, kAudioFormatLinearPCM};
use hal_sys::code::item::kAudioClockSourceItemKindInternal;
use hal_sys::code::status::{
    kAudioHardwareBadPropertySizeError, kAudioHardwareIllegalOperationError, kAudioHardwareUnspecifiedError,
};
use hal_sys::code::transport::kAudioDeviceTransportTypeVirtual;
use hal_sys::interface::{
    AudioServerPlugInCustomPropertyInfo, AudioStreamBasicDescription, AudioStreamRangedDescription, AudioValueRange,
    CFTypeRef,
};

use super::Question;
use crate::cf;
use crate::controls::{self, side};
use crate::device::Device;
use crate::objects::{BOX, Class, Object, PLUG_IN, control_ids, device_of, stream_id};
use crate::requests::REQUEST;
use crate::sink::{Outcome, Sink};

const BOX_UID: &CStr = c"org.loopflower.plugin:box";
/// kAudioChannelLabel_Left, and the first of the labels that mean nothing but a number.
const LEFT: u32 = 1;
const DISCRETE: u32 = 1 << 16;

impl Question {
    /// The device that the object is or belongs to.
    fn device(&self) -> Result<&'static Device, u32> {
        match self.object {
            Object::Device(device) | Object::Stream(device, _) | Object::Control(device, ..) => Ok(device),
            Object::PlugIn | Object::Box => Err(kAudioHardwareUnspecifiedError),
        }
    }

    /// The side of a control, and its value.
    fn level(&self) -> Result<(Side, u32), u32> {
        match self.object {
            Object::Control(device, index, control) => {
                Ok((side(control).ok_or(kAudioHardwareUnspecifiedError)?, device.controls.value(index)))
            }
            _ => Err(kAudioHardwareUnspecifiedError),
        }
    }
}

pub(super) fn zero(_: &Question, sink: &mut Sink) -> Outcome {
    sink.one(0_u32)
}

pub(super) fn one(_: &Question, sink: &mut Sink) -> Outcome {
    sink.one(1_u32)
}

pub(super) fn base_class(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(match question.object.class() {
        Class::PlugIn | Class::Box | Class::Device | Class::Stream => kAudioObjectClassID,
        Class::Level => kAudioLevelControlClassID,
        Class::Mute => kAudioBooleanControlClassID,
        Class::ClockSource => kAudioSelectorControlClassID,
        Class::Slider => kAudioControlClassID,
    })
}

pub(super) fn class(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(match question.object.class() {
        Class::PlugIn => kAudioPlugInClassID,
        Class::Box => kAudioBoxClassID,
        Class::Device => kAudioDeviceClassID,
        Class::Stream => kAudioStreamClassID,
        Class::Level => kAudioVolumeControlClassID,
        Class::Mute => kAudioMuteControlClassID,
        Class::ClockSource => kAudioClockSourceControlClassID,
        Class::Slider => kAudioSliderControlClassID,
    })
}

pub(super) fn owner(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(match question.object {
        Object::PlugIn => 0,
        Object::Box | Object::Device(_) => PLUG_IN,
        Object::Stream(..) | Object::Control(..) => device_of(question.id),
    })
}

pub(super) fn owned(question: &Question, sink: &mut Sink) -> Outcome {
    match question.object {
        Object::PlugIn => sink.each([BOX].into_iter().chain(question.plugin.device_ids())),
        Object::Device(device) => {
            streams(question, sink)?;
            let of_side = |index: usize| {
                let control = device.controls.get(index).and_then(side);
                question.side().is_none_or(|side| control == Some(side))
            };
            let ids = control_ids(question.id, device).enumerate().filter(|(index, _)| of_side(*index));
            sink.each(ids.map(|(_, id)| id))
        }
        Object::Box | Object::Stream(..) | Object::Control(..) => Ok(()),
    }
}

pub(super) fn manufacturer(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(c"Loopflower")
}

pub(super) fn boxes(_: &Question, sink: &mut Sink) -> Outcome {
    sink.each([BOX])
}

/// The string that is the qualifier.
fn qualifier(question: &Question) -> Result<alloc::ffi::CString, u32> {
    let (place, length) = question.qualifier;
    if length as usize != size_of::<CFTypeRef>() || place.is_null() {
        return Err(kAudioHardwareBadPropertySizeError);
    }
    // SAFETY: the caller of the interface promises so many bytes.
    let string = unsafe { place.cast::<CFTypeRef>().read_unaligned() };
    if string.is_null() {
        return Err(kAudioHardwareBadPropertySizeError);
    }
    // SAFETY: the qualifier of these properties is a CFString.
    unsafe { cf::text(string) }.ok_or(kAudioHardwareUnspecifiedError)
}

pub(super) fn box_of_uid(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(if qualifier(question)?.as_c_str() == BOX_UID { BOX } else { 0 })
}

pub(super) fn devices(question: &Question, sink: &mut Sink) -> Outcome {
    sink.each(question.plugin.device_ids())
}

pub(super) fn device_of_uid(question: &Question, sink: &mut Sink) -> Outcome {
    let uid = qualifier(question)?;
    let mut all = question.plugin.devices().filter(|_| question.plugin.is_acquired());
    sink.one(all.find(|(_, device)| device.definition().uid() == uid.as_c_str()).map_or(0, |(id, _)| id))
}

pub(super) fn resources(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(c"")
}

pub(super) fn name(question: &Question, sink: &mut Sink) -> Outcome {
    match question.object {
        Object::Device(device) => sink.text(device.definition().name()),
        Object::Stream(_, Side::Read) => sink.text(c"Input"),
        Object::Stream(_, Side::Write) => sink.text(c"Output"),
        _ => sink.text(c"Loopflower"),
    }
}

pub(super) fn model(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(c"Loopflower")
}

pub(super) fn box_uid(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(BOX_UID)
}

pub(super) fn transport(_: &Question, sink: &mut Sink) -> Outcome {
    sink.one(kAudioDeviceTransportTypeVirtual)
}

pub(super) fn acquired(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(question.plugin.is_acquired()))
}

pub(super) fn device_uid(question: &Question, sink: &mut Sink) -> Outcome {
    sink.text(question.device()?.definition().uid())
}

pub(super) fn model_uid(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(c"org.loopflower.plugin:model")
}

pub(super) fn itself(question: &Question, sink: &mut Sink) -> Outcome {
    sink.each([question.id])
}

pub(super) fn clock_domain(question: &Question, sink: &mut Sink) -> Outcome {
    let device = question.device()?;
    sink.one(device.definition().clock_domain(device.engine.clock_source()))
}

/// An adjustable clock may be far from its nominal rate.
pub(super) fn clock_is_stable(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(question.device()?.engine.clock_source() == Source::Host))
}

pub(super) fn running(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(question.device()?.is_running()))
}

pub(super) fn can_be_default(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(question.device()?.definition().can_be_default()))
}

pub(super) fn latency(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(question.device()?.definition().latency())
}

pub(super) fn streams(question: &Question, sink: &mut Sink) -> Outcome {
    let sides = [Side::Read, Side::Write].into_iter().filter(|side| question.side().is_none_or(|asked| asked == *side));
    sink.each(sides.map(|side| stream_id(question.id, side)))
}

pub(super) fn controls(question: &Question, sink: &mut Sink) -> Outcome {
    sink.each(control_ids(question.id, question.device()?))
}

pub(super) fn safety_offset(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(question.device()?.definition().safety_offset())
}

pub(super) fn rate(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(f64::from(question.device()?.engine.rate()))
}

fn range(rate: u32) -> AudioValueRange {
    AudioValueRange { mMinimum: rate.into(), mMaximum: rate.into() }
}

pub(super) fn rates(question: &Question, sink: &mut Sink) -> Outcome {
    sink.each(question.device()?.definition().rates().iter().map(|rate| range(*rate)))
}

pub(super) fn hidden(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(question.device()?.definition().is_hidden()))
}

pub(super) fn stereo(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one([1, question.device()?.definition().channels().min(2)])
}

/// Left and right where there are two channels, numbers elsewhere.
pub(super) fn layout(question: &Question, sink: &mut Sink) -> Outcome {
    /// Label, flags, three coordinates.
    type Description = [u32; 5];
    let channels = question.device()?.definition().channels();
    let first = if channels == 2 { LEFT } else { DISCRETE };
    // Descriptions count, no tag, no bitmap.
    sink.one([0, 0, channels])?;
    (0..channels).try_for_each(|channel| sink.one::<Description>([first + channel, 0, 0, 0, 0]))
}

pub(super) fn period(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(question.device()?.definition().ring_frames())
}

pub(super) fn clock_algorithm(_: &Question, sink: &mut Sink) -> Outcome {
    sink.one(kAudioDeviceClockAlgorithmRaw)
}

pub(super) fn direction(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(u32::from(matches!(question.object, Object::Stream(_, Side::Read))))
}

fn described(device: &Device, rate: u32) -> AudioStreamBasicDescription {
    AudioStreamBasicDescription {
        mSampleRate: rate.into(),
        mFormatID: kAudioFormatLinearPCM,
        mFormatFlags: kAudioFormatFlagIsFloat | kAudioFormatFlagIsPacked,
        mBytesPerPacket: device.frame_bytes(),
        mFramesPerPacket: 1,
        mBytesPerFrame: device.frame_bytes(),
        mChannelsPerFrame: device.definition().channels(),
        mBitsPerChannel: SampleFormat::Float32.bits(),
        mReserved: 0,
    }
}

/// Whether a description without its rate, which comes first, is that of the device's only format.
pub(super) fn describes(device: &Device, description: &[u8]) -> bool {
    let own = described(device, 0);
    let words = [
        own.mFormatID,
        own.mFormatFlags,
        own.mBytesPerPacket,
        own.mFramesPerPacket,
        own.mBytesPerFrame,
        own.mChannelsPerFrame,
        own.mBitsPerChannel,
        own.mReserved,
    ];
    description.iter().copied().eq(words.into_iter().flat_map(u32::to_ne_bytes))
}

pub(super) fn format(question: &Question, sink: &mut Sink) -> Outcome {
    let device = question.device()?;
    sink.one(described(device, device.engine.rate()))
}

pub(super) fn formats(question: &Question, sink: &mut Sink) -> Outcome {
    let device = question.device()?;
    let ranged =
        |rate: &u32| AudioStreamRangedDescription { mFormat: described(device, *rate), mSampleRateRange: range(*rate) };
    sink.each(device.definition().rates().iter().map(ranged))
}

pub(super) fn control_scope(question: &Question, sink: &mut Sink) -> Outcome {
    match question.object {
        Object::Control(_, _, control) => sink.one(controls::scope(control)),
        _ => Err(kAudioHardwareUnspecifiedError),
    }
}

pub(super) fn control_element(question: &Question, sink: &mut Sink) -> Outcome {
    match question.object {
        Object::Control(_, _, control) => sink.one(control.channel),
        _ => Err(kAudioHardwareUnspecifiedError),
    }
}

pub(super) fn scalar(question: &Question, sink: &mut Sink) -> Outcome {
    let (side, value) = question.level()?;
    sink.one(controls::scalar(side, value))
}

pub(super) fn decibels(question: &Question, sink: &mut Sink) -> Outcome {
    let (side, value) = question.level()?;
    sink.one(controls::decibels(side, value))
}

pub(super) fn decibel_range(question: &Question, sink: &mut Sink) -> Outcome {
    let (side, _) = question.level()?;
    let end = |value| f64::from(controls::decibels(side, value));
    sink.one(AudioValueRange { mMinimum: end(0), mMaximum: end(side.law().most()) })
}

pub(super) fn scalar_to_decibels(question: &Question, sink: &mut Sink) -> Outcome {
    let (side, _) = question.level()?;
    sink.change(|scalar| controls::decibels(side, controls::of_scalar(side, scalar)))
}

pub(super) fn decibels_to_scalar(question: &Question, sink: &mut Sink) -> Outcome {
    let (side, _) = question.level()?;
    sink.change(|decibels| controls::scalar(side, controls::of_decibels(side, decibels)))
}

/// The value of a control that is no level.
fn value(question: &Question) -> Result<u32, u32> {
    match question.object {
        Object::Control(device, index, _) => Ok(device.controls.value(index)),
        _ => Err(kAudioHardwareUnspecifiedError),
    }
}

/// The names of what the clock follows, by the number of the item.
const SOURCES: [&CStr; 2] = [c"Host clock", c"Adjustable"];

pub(super) fn selected(question: &Question, sink: &mut Sink) -> Outcome {
    sink.each([value(question)?])
}

pub(super) fn items(_: &Question, sink: &mut Sink) -> Outcome {
    sink.each(0..SOURCES.len() as u32)
}

/// The name of the item that is the qualifier.
fn item(question: &Question) -> Result<&'static CStr, u32> {
    let (place, length) = question.qualifier;
    if length as usize != size_of::<u32>() || place.is_null() {
        return Err(kAudioHardwareBadPropertySizeError);
    }
    // SAFETY: the caller of the interface promises so many bytes.
    let item = unsafe { place.cast::<u32>().read_unaligned() };
    SOURCES.get(item as usize).copied().ok_or(kAudioHardwareIllegalOperationError)
}

pub(super) fn item_name(question: &Question, sink: &mut Sink) -> Outcome {
    sink.text(item(question)?)
}

pub(super) fn item_kind(question: &Question, sink: &mut Sink) -> Outcome {
    item(question)?;
    sink.one(kAudioClockSourceItemKindInternal)
}

pub(super) fn pitch(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(value(question)?)
}

pub(super) fn pitch_range(question: &Question, sink: &mut Sink) -> Outcome {
    match question.object {
        Object::Control(_, _, control) => sink.one([0, control.most()]),
        _ => Err(kAudioHardwareUnspecifiedError),
    }
}

pub(super) fn custom(_: &Question, sink: &mut Sink) -> Outcome {
    sink.each([AudioServerPlugInCustomPropertyInfo {
        mSelector: REQUEST,
        mPropertyDataType: kAudioServerPlugInCustomPropertyDataTypeCFPropertyList,
        mQualifierDataType: kAudioServerPlugInCustomPropertyDataTypeNone,
    }])
}

/// Requests are carried out at once, so none is left to be read.
pub(super) fn request(_: &Question, sink: &mut Sink) -> Outcome {
    sink.text(c"")
}

pub(super) fn muted(question: &Question, sink: &mut Sink) -> Outcome {
    sink.one(question.level()?.1)
}
