//! The controls of a device, and the values they have.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use engine::config::Device;
use engine::controls::{Control, Kind};
use engine::level::Side;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};

/// All controls of a device.
pub(crate) struct Controls {
    all: Vec<(Control, AtomicU32)>,
}

impl Controls {
    /// A device's, with what they begin with.
    pub(crate) fn of(device: &Device) -> Self {
        Self { all: Control::of(device).map(|control| (control, AtomicU32::new(control.neutral()))).collect() }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<Control> {
        self.all.get(index).map(|(control, _)| *control)
    }

    /// All of them with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Control, u32)> {
        self.all.iter().map(|(control, value)| (*control, value.load(Ordering::Relaxed)))
    }

    /// The value of a control; 0 if there is none.
    pub(crate) fn value(&self, index: usize) -> u32 {
        self.all.get(index).map_or(0, |(_, value)| value.load(Ordering::Relaxed))
    }

    /// Sets it and says what it was.
    pub(crate) fn exchange(&self, index: usize, value: u32) -> u32 {
        self.all.get(index).map_or(0, |(_, place)| place.swap(value, Ordering::Relaxed))
    }
}

/// The name that a control has in what is stored, as the kext's settings have it.
pub(crate) fn name(control: Control) -> String {
    let name = match control.kind {
        Kind::Level(Side::Write) => "volume",
        Kind::Mute(Side::Write) => "mute",
        Kind::Level(Side::Read) => "gain",
        Kind::Mute(Side::Read) => "input-mute",
        Kind::ClockSource => "clock-source",
        Kind::Pitch => "pitch",
    };
    if control.channel == 0 { name.into() } else { format!("{name}.{}", control.channel) }
}

/// The side that a control is for; nothing for those of the clock.
pub(crate) fn side(control: Control) -> Option<Side> {
    match control.kind {
        Kind::Level(side) | Kind::Mute(side) => Some(side),
        Kind::ClockSource | Kind::Pitch => None,
    }
}

/// The scope of a control.
pub(crate) fn scope(control: Control) -> u32 {
    match side(control) {
        Some(Side::Write) => kAudioObjectPropertyScopeOutput,
        Some(Side::Read) => kAudioObjectPropertyScopeInput,
        None => kAudioObjectPropertyScopeGlobal,
    }
}

/// Half decibels as the HAL has them.
pub(crate) fn decibels(side: Side, value: u32) -> f32 {
    side.law().half_decibels(value) as f32 / 2.0
}

/// The value for so many decibels; the nearest that there is.
pub(crate) fn of_decibels(side: Side, decibels: f32) -> u32 {
    of_steps(side, decibels * 2.0 + side.law().unity() as f32)
}

/// A value between 0 and 1.
pub(crate) fn scalar(side: Side, value: u32) -> f32 {
    value as f32 / side.law().most() as f32
}

/// The value for that; the nearest that there is.
pub(crate) fn of_scalar(side: Side, scalar: f32) -> u32 {
    of_steps(side, scalar * side.law().most() as f32)
}

fn of_steps(side: Side, steps: f32) -> u32 {
    // What is no number becomes the least.
    (steps + 0.5).clamp(0.0, side.law().most() as f32) as u32
}
