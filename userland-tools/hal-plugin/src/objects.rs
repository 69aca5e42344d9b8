//! The numbers of objects. They follow from the places of devices and controls alone, so nothing keeps a list.

use engine::controls::{Control, Kind};
use engine::level::Side;
use hal_sys::AudioObjectID;

use crate::device::Device;
use crate::plugin::{PLACES, Plugin};

/// The driver; the HAL names it so.
pub(crate) const PLUG_IN: AudioObjectID = 1;
/// The box that all devices are in.
pub(crate) const BOX: AudioObjectID = 2;
/// What is below a device's number.
const BITS: u32 = 12;
const INPUT: u32 = 1;
const OUTPUT: u32 = 2;
const CONTROLS: u32 = 16;

/// An object.
#[derive(Clone, Copy)]
pub(crate) enum Object {
    PlugIn,
    Box,
    Device(&'static Device),
    Stream(&'static Device, Side),
    /// A device's control, by its place.
    Control(&'static Device, usize, Control),
}

/// What rows of the table of properties are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    PlugIn,
    Box,
    Device,
    Stream,
    Level,
    Mute,
    /// What the clock follows.
    ClockSource,
    /// The pitch of the clock.
    Slider,
}

impl Object {
    /// The object of a number.
    pub(crate) fn find(plugin: &'static Plugin, id: AudioObjectID) -> Option<Self> {
        match id {
            PLUG_IN => return Some(Self::PlugIn),
            BOX => return Some(Self::Box),
            _ => {}
        }
        let device = device_at(plugin, id).and_then(|(device, is_there)| is_there.then_some(device))?;
        match id & ((1 << BITS) - 1) {
            0 => Some(Self::Device(device)),
            INPUT => Some(Self::Stream(device, Side::Read)),
            OUTPUT => Some(Self::Stream(device, Side::Write)),
            below => {
                let index = below.checked_sub(CONTROLS)? as usize;
                Some(Self::Control(device, index, device.controls.get(index)?))
            }
        }
    }

    pub(crate) fn class(self) -> Class {
        match self {
            Self::PlugIn => Class::PlugIn,
            Self::Box => Class::Box,
            Self::Device(_) => Class::Device,
            Self::Stream(..) => Class::Stream,
            Self::Control(_, _, Control { kind: Kind::Mute(_), .. }) => Class::Mute,
            Self::Control(_, _, Control { kind: Kind::ClockSource, .. }) => Class::ClockSource,
            Self::Control(_, _, Control { kind: Kind::Pitch, .. }) => Class::Slider,
            Self::Control(_, _, Control { kind: Kind::Level(_), .. }) => Class::Level,
        }
    }
}

const _: () = assert!(PLACES < 1 << (32 - BITS));

/// The device that an object is or belongs to, and whether it is there still.
pub(crate) fn device_at(plugin: &'static Plugin, id: AudioObjectID) -> Option<(&'static Device, bool)> {
    plugin.device_at(((id >> BITS) as usize).checked_sub(1)?)
}

/// The number of the device at a place.
pub(crate) fn device_id(index: usize) -> AudioObjectID {
    (index as u32 + 1) << BITS
}

/// The device that an object belongs to.
pub(crate) fn device_of(id: AudioObjectID) -> AudioObjectID {
    id >> BITS << BITS
}

pub(crate) fn stream_id(device: AudioObjectID, side: Side) -> AudioObjectID {
    device
        | match side {
            Side::Read => INPUT,
            Side::Write => OUTPUT,
        }
}

pub(crate) fn control_ids(id: AudioObjectID, device: &Device) -> impl Iterator<Item = AudioObjectID> + use<> {
    (0..device.controls.len() as u32).map(move |index| id | (CONTROLS + index))
}
