//! The controls of a device: which there are, what their values mean.

use core::fmt;

use crate::clock::Pitch;
use crate::clockwork::Source;
use crate::config::Device;
use crate::level::Side;

/// What a control changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The level of what is written or read: volume or gain.
    Level(Side),
    /// Whether what is written or read is silence.
    Mute(Side),
    /// What the clock follows.
    ClockSource,
    /// The pitch of an adjustable clock.
    Pitch,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Level(Side::Write),
        Self::Mute(Side::Write),
        Self::Level(Side::Read),
        Self::Mute(Side::Read),
        Self::ClockSource,
        Self::Pitch,
    ];

    /// Whether each channel can have one.
    fn is_per_channel(self) -> bool {
        matches!(self, Self::Level(_) | Self::Mute(_))
    }
}

/// One control of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// What it changes.
    pub kind: Kind,
    /// The channel that it is for, from 1 on; 0 for all.
    pub channel: u32,
}

impl Control {
    const CHANNEL_BITS: u32 = 16;

    /// All controls that a device has: first those for all channels.
    pub fn of(device: &Device) -> impl Iterator<Item = Self> + use<> {
        let channels = device.controlled_channels();
        let master = Kind::ALL.into_iter().map(|kind| Self { kind, channel: 0 });
        let single = (1..=channels).flat_map(|channel| {
            Kind::ALL.into_iter().filter(|kind| kind.is_per_channel()).map(move |kind| Self { kind, channel })
        });
        master.chain(single)
    }

    /// A number that tells it from all others of its device.
    pub fn id(self) -> u32 {
        let kind = Kind::ALL.iter().position(|kind| *kind == self.kind).unwrap_or(0) as u32;
        kind << Self::CHANNEL_BITS | self.channel
    }

    /// The control with this number.
    pub fn with_id(id: u32) -> Option<Self> {
        let kind = *Kind::ALL.get((id >> Self::CHANNEL_BITS) as usize)?;
        let channel = id & ((1 << Self::CHANNEL_BITS) - 1);
        (channel == 0 || kind.is_per_channel()).then_some(Self { kind, channel })
    }

    /// The values that it can have, from 0 to this one.
    pub fn most(self) -> u32 {
        match self.kind {
            Kind::Level(side) => side.law().most(),
            Kind::Mute(_) | Kind::ClockSource => 1,
            Kind::Pitch => 2 * Pitch::MOST.unsigned_abs(),
        }
    }

    /// The value that it begins with: nothing is changed.
    pub fn neutral(self) -> u32 {
        match self.kind {
            Kind::Level(side) => side.law().unity(),
            Kind::Mute(_) | Kind::ClockSource => 0,
            Kind::Pitch => Pitch::MOST.unsigned_abs(),
        }
    }
}

/// What a value of a control says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The level of a channel, or of all if it is 0.
    Level(Side, u32, u32),
    /// The mute of a channel, or of all if it is 0.
    Mute(Side, u32, bool),
    /// What the clock follows.
    ClockSource(Source),
    /// The pitch of an adjustable clock.
    Pitch(Pitch),
}

impl Setting {
    /// What `value` says for a control.
    ///
    /// # Errors
    /// The value is none that the control can have.
    pub fn new(control: Control, value: u32) -> Result<Self, ValueError> {
        let Control { kind, channel } = control;
        let refused = ValueError { control, value };
        if value > control.most() {
            return Err(refused);
        }
        Ok(match kind {
            Kind::Level(side) => Self::Level(side, channel, value),
            Kind::Mute(side) => Self::Mute(side, channel, value != 0),
            Kind::ClockSource => Self::ClockSource(if value == 0 { Source::Host } else { Source::Adjustable }),
            Kind::Pitch => Self::Pitch(Pitch::new(value as i32 - Pitch::MOST).ok_or(refused)?),
        })
    }
}

/// A value that a control cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueError {
    control: Control,
    value: u32,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Control { kind, channel } = self.control;
        write!(f, "{kind:?} of channel {channel}: {}, 0 to {} are possible", self.value, self.control.most())
    }
}
