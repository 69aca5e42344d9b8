//! An engine's control, by its properties.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpi::iokit::properties;
use kpi::libkern::value::from_object;
use kpi::object::Obj;
use protocol::value::Value;

use crate::format::{code, code_text};
use crate::stream::set_properties;

/// A control that is published. It is not retained: it must not be used once its engine may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    pub(crate) service: Obj,
    /// IOAudioControlType: [`LEVEL`], [`TOGGLE`], [`SELECTOR`].
    pub kind: u32,
    /// IOAudioControlSubType: [`VOLUME`], [`MUTE`], [`CLOCK`].
    pub sub_type: u32,
    /// IOAudioControlUsage: [`OUTPUT`], [`INPUT`], `pass`.
    pub usage: u32,
    /// IOAudioControlChannelID: 0 is the master.
    pub channel: u32,
}

/// Type of level controls.
pub const LEVEL: u32 = code(*b"levl");
/// Type of toggle controls.
pub const TOGGLE: u32 = code(*b"togl");
/// Type of selector controls.
pub const SELECTOR: u32 = code(*b"slct");
/// Subtype of volumes and gains.
pub const VOLUME: u32 = code(*b"vlme");
/// Subtype of mutes.
pub const MUTE: u32 = code(*b"mute");
/// Subtype of the choice of a clock.
pub const CLOCK: u32 = code(*b"clck");
/// Usage of what is played.
pub const OUTPUT: u32 = code(*b"outp");
/// Usage of what is recorded.
pub const INPUT: u32 = code(*b"inpt");

/// IOAudioLevelControlRanges: a part of a level control's values, from `minimum` to `maximum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First value.
    pub minimum: i32,
    /// Last value.
    pub maximum: i32,
    /// dB of the first, 16.16; `None` for silence.
    pub minimum_db: Option<i32>,
    /// dB of the last, 16.16; `None` for silence.
    pub maximum_db: Option<i32>,
}

/// dB that stand for silence.
const MINUS_INFINITY: u32 = u32::MAX;

impl Control {
    pub(crate) fn of(service: Obj) -> Control {
        let number = |key| properties::get_number(service, key).unwrap_or(0) as u32;
        Control {
            service,
            kind: number("IOAudioControlType"),
            sub_type: number("IOAudioControlSubType"),
            usage: number("IOAudioControlUsage"),
            channel: number("IOAudioControlChannelID"),
        }
    }

    /// A property; `None` if it has none of that name.
    pub fn property(self, key: &str) -> Option<Value> {
        from_object(properties::get(self.service, key))
    }

    fn number(self, key: &str) -> i32 {
        self.property(key).as_ref().and_then(Value::as_number).unwrap_or(0) as i32
    }

    /// IOAudioControlValue.
    pub fn value(self) -> i32 {
        self.number("IOAudioControlValue")
    }

    /// Lowest value of a level control.
    pub fn minimum(self) -> i32 {
        self.number("IOAudioLevelControlMinValue")
    }

    /// Highest value of a level control.
    pub fn maximum(self) -> i32 {
        self.number("IOAudioLevelControlMaxValue")
    }

    /// The parts of a level control's values; the range from minimum to maximum is the last.
    pub fn ranges(self) -> Vec<Range> {
        let part = |number: Option<&Value>| number.and_then(Value::as_number).unwrap_or(0) as u32;
        let level = |db: u32| (db != MINUS_INFINITY).then_some(db as i32);
        let range = |from: &Value| Range {
            minimum: part(from.get("IOAudioLevelControlMinValue")) as i32,
            maximum: part(from.get("IOAudioLevelControlMaxValue")) as i32,
            minimum_db: level(part(from.get("IOAudioLevelControlMinDB"))),
            maximum_db: level(part(from.get("IOAudioLevelControlMaxDB"))),
        };
        let mut ranges: Vec<Range> = match self.property("IOAudioLevelControlRanges") {
            Some(Value::Array(ranges)) => ranges.iter().map(range).collect(),
            _ => Vec::new(),
        };
        ranges.push(Range {
            minimum: self.minimum(),
            maximum: self.maximum(),
            minimum_db: level(self.number("IOAudioLevelControlMinDB") as u32),
            maximum_db: level(self.number("IOAudioLevelControlMaxDB") as u32),
        });
        ranges
    }

    /// The label of a level control's value in dB; `None` for silence.
    pub fn decibels(self, value: i32) -> Option<f64> {
        let ranges = self.ranges();
        let range = ranges.iter().find(|range| (range.minimum..=range.maximum).contains(&value))?;
        let (low, high) = (f64::from(range.minimum_db?) / 65536.0, f64::from(range.maximum_db?) / 65536.0);
        let steps = f64::from(range.maximum - range.minimum);
        Some(if steps == 0.0 { low } else { low + (high - low) * f64::from(value - range.minimum) / steps })
    }

    /// Sets the value, as the HAL does.
    ///
    /// # Errors
    /// The driver's refusal, in words.
    pub fn set(self, value: i32) -> Result<(), String> {
        let wanted = Value::dictionary([("IOAudioControlValue", Value::number(value as u32))]);
        self.set_properties(&wanted).map_err(|error| format!("{} refused the value {value}: {error}", self.name()))
    }

    /// Sets whatever properties.
    ///
    /// # Errors
    /// The refusal, by its name.
    pub fn set_properties(self, wanted: &Value) -> Result<(), String> {
        set_properties(self.service, wanted)
    }

    /// The control in words: "the control levl vlme outp of channel 1".
    pub fn name(self) -> String {
        let [kind, sub_type, usage] = [self.kind, self.sub_type, self.usage].map(code_text);
        format!("the control {kind} {sub_type} {usage} of channel {}", self.channel)
    }
}
