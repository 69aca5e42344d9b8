//! An engine's stream, by its properties.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpi::iokit::properties;
use kpi::libkern::value::from_object;
use kpi::object::Obj;
use protocol::value::Value;

use crate::format::{Format, Offer, Rate};

/// A stream that is published. It is not retained: it must not be used once its engine may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    pub(crate) service: Obj,
    /// "output" or "input".
    pub direction: &'static str,
}

impl Stream {
    /// IOAudioStreamID.
    pub fn id(self) -> u32 {
        properties::get_number(self.service, "IOAudioStreamID").unwrap_or(0) as u32
    }

    /// The format now.
    pub fn format(self) -> Format {
        Format::of(&self.property("IOAudioStreamFormat").unwrap_or(Value::Boolean(false)))
    }

    /// The formats it offers, in its order.
    pub fn offers(self) -> Vec<Offer> {
        let Some(Value::Array(offers)) = self.property("IOAudioStreamAvailableFormats") else { return Vec::new() };
        let read = |offer: &Value| Offer {
            format: Format::of(offer),
            minimum: Rate::of(offer.get("IOAudioStreamMinimumSampleRate")),
            maximum: Rate::of(offer.get("IOAudioStreamMaximumSampleRate")),
        };
        offers.iter().map(read).collect()
    }

    /// The rates that its offers begin and end at, each once, in its order.
    pub fn rates(self) -> Vec<Rate> {
        let mut rates = Vec::new();
        for rate in self.offers().into_iter().flat_map(|offer| [offer.minimum, offer.maximum]) {
            if !rates.contains(&rate) {
                rates.push(rate);
            }
        }
        rates
    }

    /// The formats it offers, each once, in its order.
    pub fn formats(self) -> Vec<Format> {
        let mut formats = Vec::new();
        for offer in self.offers() {
            if !formats.contains(&offer.format) {
                formats.push(offer.format);
            }
        }
        formats
    }

    /// A property; `None` if it has none of that name.
    pub fn property(self, key: &str) -> Option<Value> {
        from_object(properties::get(self.service, key))
    }

    /// Sets format and rate, as the HAL does.
    ///
    /// # Errors
    /// The driver's refusal, in words.
    pub fn set_format(self, format: &Format, rate: Option<Rate>) -> Result<(), String> {
        self.set_properties(&Value::dictionary([("IOAudioStreamFormat", format.value(rate))])).map_err(|error| {
            let rate = rate.map(|rate| format!(" at {rate}")).unwrap_or_default();
            format!("the {} stream refused {format}{rate}: {error}", self.direction)
        })
    }

    /// Sets whatever properties.
    ///
    /// # Errors
    /// The refusal, by its name.
    pub fn set_properties(self, wanted: &Value) -> Result<(), String> {
        set_properties(self.service, wanted)
    }
}

/// What IORegistryEntrySetCFProperties does.
pub(crate) fn set_properties(service: Obj, wanted: &Value) -> Result<(), String> {
    properties::set_values(service, wanted).map_err(|error| format!("{error}"))
}
