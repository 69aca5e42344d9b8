//! All properties of all objects, in one table: which class has which selector in which scopes, how it is read, and how it
//! is set if it can be. Whether there is a property, whether it can be set, its size and its data all come from here.

mod read;
mod set;

use core::ffi::c_void;

use engine::level::Side;
use hal_sys::AudioObjectID;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};
#[allow(clippy::wildcard_imports, reason = "the table has nearly all of them")]
use hal_sys::code::selector::*;
use hal_sys::code::status::{kAudioHardwareBadObjectError, kAudioHardwareUnknownPropertyError};
use hal_sys::interface::AudioObjectPropertyAddress;

use crate::objects::{Class, Object};
use crate::plugin::Plugin;
use crate::requests::REQUEST;
use crate::sink::{Outcome, Sink};

/// What is asked for.
pub(crate) struct Question {
    plugin: &'static Plugin,
    id: AudioObjectID,
    object: Object,
    scope: u32,
    /// The qualifier and its length; null if there is none.
    qualifier: (*const c_void, u32),
}

impl Question {
    /// The side that the scope is; nothing for the global one.
    fn side(&self) -> Option<Side> {
        match self.scope {
            kAudioObjectPropertyScopeInput => Some(Side::Read),
            kAudioObjectPropertyScopeOutput => Some(Side::Write),
            _ => None,
        }
    }
}

/// Scopes that a property has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scopes {
    /// The same in each.
    Any,
    /// Input and output.
    Sides,
}

type Read = fn(&Question, &mut Sink) -> Outcome;
/// Takes a value of at least as many bytes as the value has that is read.
type Set = fn(&Question, &[u8]) -> Outcome;

/// A row of the table.
pub(crate) struct Row {
    classes: &'static [Class],
    selector: u32,
    scopes: Scopes,
    read: Read,
    set: Option<Set>,
}

/// A property that can only be read.
const fn fixed(classes: &'static [Class], selector: u32, scopes: Scopes, read: Read) -> Row {
    Row { classes, selector, scopes, read, set: None }
}

/// A property that can be set.
const fn settable(classes: &'static [Class], selector: u32, read: Read, set: Set) -> Row {
    Row { classes, selector, scopes: Any, read, set: Some(set) }
}

const ALL: &[Class] = &[PlugIn, Box, Device, Stream, Level, Mute, ClockSource, Slider];
const OWNERS: &[Class] = &[PlugIn, Box, Device];
const CONTROLS: &[Class] = &[Level, Mute, ClockSource, Slider];
use Class::{Box, ClockSource, Device, Level, Mute, PlugIn, Slider, Stream};
use Scopes::{Any, Sides};

#[rustfmt::skip]
static TABLE: &[Row] = &[
    fixed(ALL, kAudioObjectPropertyBaseClass, Any, read::base_class),
    fixed(ALL, kAudioObjectPropertyClass, Any, read::class),
    fixed(ALL, kAudioObjectPropertyOwner, Any, read::owner),
    fixed(ALL, kAudioObjectPropertyOwnedObjects, Any, read::owned),
    fixed(OWNERS, kAudioObjectPropertyManufacturer, Any, read::manufacturer),

    fixed(&[PlugIn], kAudioPlugInPropertyBoxList, Any, read::boxes),
    fixed(&[PlugIn], kAudioPlugInPropertyTranslateUIDToBox, Any, read::box_of_uid),
    fixed(&[PlugIn], kAudioPlugInPropertyDeviceList, Any, read::devices),
    fixed(&[PlugIn], kAudioPlugInPropertyTranslateUIDToDevice, Any, read::device_of_uid),
    fixed(&[PlugIn], kAudioPlugInPropertyResourceBundle, Any, read::resources),
    fixed(&[PlugIn], kAudioObjectPropertyCustomPropertyInfoList, Any, read::custom),
    settable(&[PlugIn], REQUEST, read::request, set::request),

    fixed(&[Box, Device, Stream], kAudioObjectPropertyName, Any, read::name),
    fixed(&[Box], kAudioObjectPropertyModelName, Any, read::model),
    fixed(&[Box], kAudioBoxPropertyBoxUID, Any, read::box_uid),
    fixed(&[Box, Device], kAudioDevicePropertyTransportType, Any, read::transport),
    fixed(&[Box], kAudioBoxPropertyHasAudio, Any, read::one),
    fixed(&[Box], kAudioBoxPropertyHasVideo, Any, read::zero),
    fixed(&[Box], kAudioBoxPropertyHasMIDI, Any, read::zero),
    fixed(&[Box], kAudioBoxPropertyIsProtected, Any, read::zero),
    settable(&[Box], kAudioBoxPropertyAcquired, read::acquired, set::acquired),
    fixed(&[Box], kAudioBoxPropertyAcquisitionFailed, Any, read::zero),
    fixed(&[Box], kAudioBoxPropertyDeviceList, Any, read::devices),

    fixed(&[Device], kAudioDevicePropertyDeviceUID, Any, read::device_uid),
    fixed(&[Device], kAudioDevicePropertyModelUID, Any, read::model_uid),
    fixed(&[Device], kAudioDevicePropertyRelatedDevices, Any, read::itself),
    fixed(&[Device], kAudioDevicePropertyClockDomain, Any, read::clock_domain),
    fixed(&[Device], kAudioDevicePropertyDeviceIsAlive, Any, read::one),
    fixed(&[Device], kAudioDevicePropertyDeviceIsRunning, Any, read::running),
    fixed(&[Device], kAudioDevicePropertyDeviceCanBeDefaultDevice, Sides, read::can_be_default),
    fixed(&[Device], kAudioDevicePropertyDeviceCanBeDefaultSystemDevice, Sides, read::can_be_default),
    fixed(&[Device], kAudioDevicePropertyLatency, Sides, read::zero),
    fixed(&[Stream], kAudioDevicePropertyLatency, Any, read::latency),
    fixed(&[Device], kAudioDevicePropertyStreams, Any, read::streams),
    fixed(&[Device], kAudioObjectPropertyControlList, Any, read::controls),
    fixed(&[Device], kAudioDevicePropertySafetyOffset, Sides, read::safety_offset),
    settable(&[Device], kAudioDevicePropertyNominalSampleRate, read::rate, set::rate),
    fixed(&[Device], kAudioDevicePropertyAvailableNominalSampleRates, Any, read::rates),
    fixed(&[Device], kAudioDevicePropertyIsHidden, Any, read::hidden),
    fixed(&[Device], kAudioDevicePropertyPreferredChannelsForStereo, Sides, read::stereo),
    fixed(&[Device], kAudioDevicePropertyPreferredChannelLayout, Sides, read::layout),
    fixed(&[Device], kAudioDevicePropertyZeroTimeStampPeriod, Any, read::period),
    fixed(&[Device], kAudioDevicePropertyClockAlgorithm, Any, read::clock_algorithm),
    fixed(&[Device], kAudioDevicePropertyClockIsStable, Any, read::clock_is_stable),

    fixed(&[Stream], kAudioStreamPropertyIsActive, Any, read::one),
    fixed(&[Stream], kAudioStreamPropertyDirection, Any, read::direction),
    fixed(&[Stream], kAudioStreamPropertyTerminalType, Any, read::zero),
    fixed(&[Stream], kAudioStreamPropertyStartingChannel, Any, read::one),
    settable(&[Stream], kAudioStreamPropertyVirtualFormat, read::format, set::format),
    fixed(&[Stream], kAudioStreamPropertyAvailableVirtualFormats, Any, read::formats),
    settable(&[Stream], kAudioStreamPropertyPhysicalFormat, read::format, set::format),
    fixed(&[Stream], kAudioStreamPropertyAvailablePhysicalFormats, Any, read::formats),

    fixed(CONTROLS, kAudioControlPropertyScope, Any, read::control_scope),
    fixed(CONTROLS, kAudioControlPropertyElement, Any, read::control_element),
    settable(&[Level], kAudioLevelControlPropertyScalarValue, read::scalar, set::scalar),
    settable(&[Level], kAudioLevelControlPropertyDecibelValue, read::decibels, set::decibels),
    fixed(&[Level], kAudioLevelControlPropertyDecibelRange, Any, read::decibel_range),
    fixed(&[Level], kAudioLevelControlPropertyConvertScalarToDecibels, Any, read::scalar_to_decibels),
    fixed(&[Level], kAudioLevelControlPropertyConvertDecibelsToScalar, Any, read::decibels_to_scalar),
    settable(&[Mute], kAudioBooleanControlPropertyValue, read::muted, set::muted),
    settable(&[ClockSource], kAudioSelectorControlPropertyCurrentItem, read::selected, set::selected),
    fixed(&[ClockSource], kAudioSelectorControlPropertyAvailableItems, Any, read::items),
    fixed(&[ClockSource], kAudioSelectorControlPropertyItemName, Any, read::item_name),
    fixed(&[ClockSource], kAudioSelectorControlPropertyItemKind, Any, read::item_kind),
    settable(&[Slider], kAudioSliderControlPropertyValue, read::pitch, set::pitch),
    fixed(&[Slider], kAudioSliderControlPropertyRange, Any, read::pitch_range),
];

/// The row of an address, with what is asked of it.
///
/// # Errors
/// There is no such object, or it has no such property.
pub(crate) fn find(
    id: AudioObjectID,
    address: &AudioObjectPropertyAddress,
    qualifier: (*const c_void, u32),
) -> Result<(&'static Row, Question), u32> {
    let plugin = Plugin::get().ok_or(kAudioHardwareBadObjectError)?;
    let object = Object::find(plugin, id).ok_or(kAudioHardwareBadObjectError)?;
    let class = object.class();
    let row = TABLE.iter().find(|row| {
        row.selector == address.mSelector && row.classes.contains(&class) && row.has(address.mScope, address.mElement)
    });
    let row = row.ok_or(kAudioHardwareUnknownPropertyError)?;
    Ok((row, Question { plugin, id, object, scope: address.mScope, qualifier }))
}

impl Row {
    /// Whether the property is there for a scope and an element: the main one only.
    fn has(&self, scope: u32, element: u32) -> bool {
        let is_side = [kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput].contains(&scope);
        element == 0 && (is_side || self.scopes == Any && scope == kAudioObjectPropertyScopeGlobal)
    }

    pub(crate) fn is_settable(&self) -> bool {
        self.set.is_some()
    }

    /// Bytes of the value.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn size(&self, question: &Question) -> Result<u32, u32> {
        let mut sink = Sink::measure();
        (self.read)(question, &mut sink)?;
        Ok(sink.used())
    }

    /// Writes the value.
    ///
    /// # Errors
    /// There is none, or no room for it.
    pub(crate) fn read(&self, question: &Question, sink: &mut Sink) -> Outcome {
        (self.read)(question, sink)
    }

    /// Sets the value.
    ///
    /// # Errors
    /// It cannot be set, or not to that.
    pub(crate) fn set(&self, question: &Question, value: &[u8]) -> Outcome {
        let set = self.set.ok_or(hal_sys::code::status::kAudioHardwareUnsupportedOperationError)?;
        if value.len() as u64 != u64::from(self.size(question)?) {
            return Err(hal_sys::code::status::kAudioHardwareBadPropertySizeError);
        }
        set(question, value)
    }
}
