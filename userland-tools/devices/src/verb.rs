//! What the command can do.

use plist::{Dictionary, Value};

use crate::control::Control;
use crate::device::Device;
use crate::driver::{Driver, Request};
use crate::error::Error;
use crate::plan::plan;
use crate::report::{Refused, Report};
use crate::settings::{Saved, Settings};

/// A verb of the command.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Lists the devices.
    List,
    /// Shows all about the device with this UID.
    Show(String),
    /// Adds a device: its definition.
    Add(Dictionary),
    /// Removes the device with this UID.
    Remove(String),
    /// Changes the definition or the controls of a device: its UID, keys and values.
    Set(String, Vec<(String, String)>),
    /// Saves what there is.
    Save,
    /// Makes of what there is what was saved.
    Restore,
    /// Forgets what was saved.
    Reset,
    /// Restarts the system and makes of what there is then what was saved.
    Restart,
}

/// What the driver was made to do so far, and what it said.
struct Session<'a> {
    driver: &'a mut dyn Driver,
    devices: Vec<Device>,
    refused: Vec<Refused>,
}

impl Verb {
    /// Does it.
    ///
    /// # Errors
    /// Wrong usage, something missing, or a step that failed; what the driver refuses is a report.
    pub fn run(&self, driver: &mut dyn Driver, settings: &Settings) -> Result<Report, Error> {
        // Before anything is asked of the driver: what is saved must be sound.
        let saved = if matches!(self, Verb::Restore | Verb::Restart) { settings.read()? } else { None };
        if *self == Verb::Reset {
            return Ok(Report::new(Some(reset(settings)?), Vec::new(), Vec::new()));
        }
        if *self == Verb::Restart {
            driver.restart()?;
        }
        let mut session = Session { driver, devices: Vec::new(), refused: Vec::new() };
        session.carry_out(&[])?;
        let (done, about) = match self {
            Verb::List | Verb::Reset => (None, None),
            Verb::Show(uid) => {
                session.device(uid)?;
                (None, Some(uid.as_str()))
            }
            Verb::Add(definition) => {
                session.carry_out(&[Request::Add(definition.clone())])?;
                let uid = definition.get("UID").and_then(Value::as_string).unwrap_or_default();
                (Some(format!("added {uid}")), Some(uid))
            }
            Verb::Remove(uid) => {
                session.carry_out(&[Request::Remove(uid.clone())])?;
                (Some(format!("removed {uid}")), None)
            }
            Verb::Set(uid, changes) => (Some(session.set(uid, changes)?), Some(uid.as_str())),
            Verb::Save => (Some(session.save(settings)?), None),
            Verb::Restore | Verb::Restart => (Some(session.restore(saved.as_deref(), settings)?), None),
        };
        let Session { mut devices, refused, .. } = session;
        if let Some(uid) = about {
            devices.retain(|device| device.uid == uid);
        }
        let done = done.filter(|_| refused.is_empty());
        Ok(Report { in_detail: matches!(self, Verb::Show(_)), ..Report::new(done, refused, devices) })
    }
}

impl Session<'_> {
    /// Makes requests; whether all were granted.
    fn carry_out(&mut self, requests: &[Request]) -> Result<bool, Error> {
        let (answers, root) = self.driver.carry_out(requests)?;
        let refused = Refused::among(requests, &answers);
        let granted = refused.is_empty();
        self.refused.extend(refused);
        self.devices = Device::all(&root);
        Ok(granted)
    }

    fn device(&self, uid: &str) -> Result<&Device, Error> {
        let device = self.devices.iter().find(|device| device.uid == uid);
        device.ok_or_else(|| {
            Error::Failed(format!("no device has the UID {uid}; `loopflower devices list` shows those there are"))
        })
    }

    fn set(&mut self, uid: &str, changes: &[(String, String)]) -> Result<String, Error> {
        let before = Saved::of(self.device(uid)?);
        let (controls, keys): (Vec<_>, Vec<_>) = changes.iter().partition(|(key, _)| Control::id(key).is_some());
        let mut definition = before.definition.clone();
        for (key, text) in keys {
            match entry(key, text) {
                Some(value) => definition.insert(key.clone(), value),
                None => definition.remove(key),
            };
        }
        let is_changed = definition != before.definition;
        if is_changed && !self.carry_out(&[Request::Change(definition)])? {
            return Ok(String::new());
        }
        let granted = self.set_controls(uid, &before, &controls);
        if is_changed && !matches!(granted, Ok(true)) {
            // All or nothing.
            let wanted: Vec<Saved> = self
                .devices
                .iter()
                .map(|device| if device.uid == uid { before.clone() } else { Saved::of(device) })
                .collect();
            self.carry_out(&plan(&self.devices, &wanted))?;
        }
        granted.map(|_| format!("changed {uid}"))
    }

    /// Sets controls of a device that was changed; those not named keep what they had before.
    fn set_controls(&mut self, uid: &str, before: &Saved, changes: &[&(String, String)]) -> Result<bool, Error> {
        let device = self.device(uid)?;
        let mut requests = Vec::new();
        for control in &device.controls {
            let kept = before.controls.get(&control.key).copied().unwrap_or(control.neutral);
            // The last word counts.
            let value = match changes.iter().rev().find(|(key, _)| *key == control.key) {
                Some((_, text)) => control.parse(text).map_err(Error::Usage)?,
                None => kept,
            };
            if value != control.value {
                let (uid, key, id) = (uid.to_owned(), control.key.clone(), control.own_id());
                requests.push(Request::Control { uid, key, id, value });
            }
        }
        if let Some((key, _)) =
            changes.iter().find(|(key, _)| device.controls.iter().all(|control| control.key != *key))
        {
            return Err(Error::Failed(format!(
                "{uid} has no control {key}; `loopflower devices show` shows those it has"
            )));
        }
        if requests.is_empty() { Ok(true) } else { self.carry_out(&requests) }
    }

    fn save(&mut self, settings: &Settings) -> Result<String, Error> {
        let saved: Vec<Saved> = self.devices.iter().map(Saved::of).collect();
        settings.write(&saved)?;
        Ok(format!("saved {} devices in {}", saved.len(), settings.path().display()))
    }

    fn restore(&mut self, saved: Option<&[Saved]>, settings: &Settings) -> Result<String, Error> {
        let Some(saved) = saved else {
            return Ok(format!("nothing is saved in {}", settings.path().display()));
        };
        let requests = plan(&self.devices, saved);
        if !requests.is_empty() {
            self.carry_out(&requests)?;
        }
        Ok(format!("restored {} devices with {} requests", saved.len(), requests.len()))
    }
}

fn reset(settings: &Settings) -> Result<String, Error> {
    let path = settings.path().display();
    Ok(if settings.forget()? {
        format!("forgot what was saved in {path}")
    } else {
        format!("nothing is saved in {path}")
    })
}

/// What a text means under a key of a definition; `None` for none. A text that the key cannot have is for the driver to refuse.
fn entry(key: &str, text: &str) -> Option<Value> {
    let number = |text: &str| text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    match key {
        _ if text.is_empty() => None,
        "Name" | "UID" => Some(Value::from(text)),
        "Rates" => Some(Value::Array(text.split(',').map(|rate| number(rate.trim())).collect())),
        "Formats" => Some(Value::Array(text.split(',').map(|format| Value::from(format.trim())).collect())),
        _ => Some(match text {
            "yes" | "true" => Value::from(true),
            "no" | "false" => Value::from(false),
            text => number(text),
        }),
    }
}

/// The definition of keys and values as `set` takes them.
pub fn definition<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> Dictionary {
    entries.into_iter().filter_map(|(key, text)| Some((key.to_owned(), entry(key, &text)?))).collect()
}

/// The UID of a device of this name, if nobody names one: short enough for the driver, and the same every time.
pub fn uid_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut uid = format!("org.loopflower.driver:{}", words.collect::<Vec<_>>().join("-"));
    uid.truncate(uid.floor_char_boundary(engine::config::MAX_NAME));
    uid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_what_their_keys_hold() {
        assert_eq!(entry("Name", "48"), Some(Value::from("48")));
        assert_eq!(entry("Channels", "48"), Some(Value::from(48_u64)));
        assert_eq!(entry("Channels", "many"), Some(Value::from("many")));
        assert_eq!(entry("Hidden", "yes"), Some(Value::from(true)));
        assert_eq!(entry("Rates", "44100, 48000"), Some(Value::Array(vec![44_100_u64.into(), 48_000_u64.into()])));
        assert_eq!(entry("Formats", "Int16"), Some(Value::Array(vec!["Int16".into()])));
        assert_eq!(entry("Latency", ""), None);
    }

    #[test]
    fn uids_come_from_names() {
        assert_eq!(uid_of("Studio  A/B (2)"), "org.loopflower.driver:studio-a-b-2");
        assert_eq!(uid_of("Ünï"), "org.loopflower.driver:ünï");
        let long = uid_of(&"ü".repeat(60));
        assert!(long.len() <= 63 && long.len() >= 62, "{long}");
    }
}
