//! What programs can set of a kext's controls, and what they are told of as they listen to the device.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use host::client::Notice;
use host::control::{LEVEL, SELECTOR, TOGGLE};
use host::listener::{Heard, Listener};
use host::{Control, Engine};
use measure::{Seen, Setting};
use protocol::value::Value;

use super::surface::{self, Owner};

/// Another value that a control can have.
fn another(control: Control) -> Option<i32> {
    let now = control.value();
    match control.kind {
        LEVEL => [control.maximum(), control.minimum()].into_iter().find(|value| *value != now),
        TOGGLE => Some(i32::from(now == 0)),
        SELECTOR => {
            let Value::Array(items) = control.property("IOAudioSelectorControlAvailableSelections")? else {
                return None;
            };
            let value = |item: &Value| item.get("IOAudioSelectorControlSelectionValue")?.as_number();
            items.iter().filter_map(value).map(|value| value as i32).find(|value| *value != now)
        }
        _ => None,
    }
}

/// The values of all controls, by the control's place among them.
pub fn settings(engine: Engine) -> Vec<Setting> {
    let setting = |(index, control): (usize, Control)| {
        let [now, other] = [control.value(), another(control)?].map(|value| value.to_ne_bytes().into());
        Some(Setting { name: control.name(), place: [index as u32, 0], now, other })
    };
    engine.controls().into_iter().enumerate().filter_map(setting).collect()
}

/// Sets one of them.
pub fn set(engine: Engine, setting: &Setting, value: &[u8]) -> Result<(), String> {
    let gone = || format!("{} is gone", setting.name);
    let control = engine.controls().get(setting.place[0] as usize).copied().ok_or_else(gone)?;
    control.set(value.first_chunk().copied().map_or(0, i32::from_ne_bytes))
}

/// All properties, and whether a program that listens was told of each since the last time.
///
/// The HAL has no notification for each key of the registry: it reads the device anew when the engine says that something has
/// changed, or that a format has, which comes with a new rate.
pub fn look(engine: Engine, listener: &Listener) -> Result<Vec<Seen>, String> {
    let heard = listener.heard();
    let is = |wanted: &dyn Fn(&Heard) -> bool| heard.iter().any(wanted);
    let states = [Notice::Started, Notice::Stopped, Notice::Paused, Notice::Resumed];
    let changed = is(&|heard| *heard == Heard::Engine(Notice::Change));
    let seen = |found: surface::Found| {
        let is_told = match found.owner {
            Owner::Device if found.selector == "goin" => {
                is(&|heard| matches!(heard, Heard::Engine(notice) if states.contains(notice)))
            }
            Owner::Device => changed || is(&|heard| matches!(heard, Heard::Format(_))),
            Owner::Stream(stream) => {
                changed || is(&|heard| matches!(heard, Heard::Format(of) if of.is_none_or(|of| of == stream)))
            }
            Owner::Control(control) => is(&|heard| *heard == Heard::Control(control)),
        };
        Seen { name: found.name, value: format!("{:?}", found.value).into_bytes(), is_told }
    };
    Ok(surface::all(engine)?.into_iter().map(seen).collect())
}
