//! From the devices there are to those that are wanted.

use crate::control::Control;
use crate::device::Device;
use crate::driver::Request;
use crate::settings::Saved;

/// The requests that make the devices `wanted` of those there are: first removals, then what is changed or added, each with
/// its controls. A device that is as wanted is left alone.
pub fn plan(now: &[Device], wanted: &[Saved]) -> Vec<Request> {
    let is_wanted = |device: &&Device| wanted.iter().any(|wanted| wanted.uid() == device.uid);
    let unwanted = now.iter().filter(|device| !is_wanted(device));
    let mut requests: Vec<Request> = unwanted.map(|device| Request::Remove(device.uid.clone())).collect();
    for wanted in wanted {
        let device = now.iter().find(|device| device.uid == wanted.uid());
        match device {
            Some(device) if device.definition == wanted.definition => {}
            Some(_) => requests.push(Request::Change(wanted.definition.clone())),
            None => requests.push(Request::Add(wanted.definition.clone())),
        }
        let kept = device.filter(|device| device.definition == wanted.definition);
        requests.extend(kept.into_iter().flat_map(|device| neutral(device, wanted)));
        requests.extend(set(kept, wanted));
    }
    requests
}

/// Puts the controls to neutral that are not, and of which nothing is wanted.
fn neutral(device: &Device, wanted: &Saved) -> Vec<Request> {
    let differs = |control: &&Control| control.value != control.neutral && !wanted.controls.contains_key(&control.key);
    device
        .controls
        .iter()
        .filter(differs)
        .filter_map(|control| request(wanted, &control.key, control.neutral))
        .collect()
}

/// Sets the controls that are wanted and not so; all of them on a device that is new.
fn set(kept: Option<&Device>, wanted: &Saved) -> Vec<Request> {
    let is_set = |key: &str, value: u32| {
        kept.is_some_and(|kept| kept.controls.iter().any(|control| control.key == key && control.value == value))
    };
    let missing = wanted.controls.iter().filter(|(key, value)| !is_set(key, **value));
    missing.filter_map(|(key, value)| request(wanted, key, *value)).collect()
}

fn request(wanted: &Saved, key: &str, value: u32) -> Option<Request> {
    Some(Request::Control { uid: wanted.uid().to_owned(), key: key.to_owned(), id: Control::id(key)?, value })
}

#[cfg(test)]
mod tests {
    use plist::{Dictionary, Value};

    use super::*;
    use crate::entry::Entry;

    fn definition(uid: &str, channels: u32) -> Dictionary {
        let entries = [("UID", Value::from(uid)), ("Channels", Value::from(channels))];
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn device(uid: &str, channels: u32, mute: u32) -> Device {
        let control = [
            ("IOAudioControlType", u32::from_be_bytes(*b"togl")),
            ("IOAudioControlSubType", u32::from_be_bytes(*b"mute")),
            ("IOAudioControlUsage", u32::from_be_bytes(*b"outp")),
            ("IOAudioControlValue", mute),
        ];
        let properties = |entries: &[(&str, u32)]| {
            entries.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect::<Dictionary>()
        };
        let control = Entry { properties: properties(&control), children: vec![] };
        let engine = Entry { properties: properties(&[("IOAudioEngineState", 0)]), children: vec![control] };
        let definition = Dictionary::from_iter([("Definition".to_owned(), Value::from(definition(uid, channels)))]);
        let root = Entry {
            properties: Dictionary::new(),
            children: vec![Entry { properties: definition, children: vec![engine] }],
        };
        Device::all(&root).remove(0)
    }

    fn saved(uid: &str, channels: u32, controls: &[(&str, u32)]) -> Saved {
        let controls = controls.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
        Saved { definition: definition(uid, channels), controls }
    }

    fn words(now: &[Device], wanted: &[Saved]) -> Vec<String> {
        plan(now, wanted).iter().map(Request::in_words).collect()
    }

    #[test]
    fn what_is_as_wanted_is_left_alone() {
        assert_eq!(words(&[device("a", 2, 1)], &[saved("a", 2, &[("mute", 1)])]), [""; 0]);
        assert_eq!(words(&[device("a", 2, 1)], &[saved("a", 2, &[])]), ["set mute of a"]);
        assert_eq!(words(&[device("a", 2, 0)], &[saved("a", 2, &[("mute", 1)])]), ["set mute of a"]);
    }

    #[test]
    fn devices_are_removed_changed_and_added_with_their_controls() {
        let now = [device("a", 2, 1), device("b", 2, 1), device("c", 2, 0)];
        let wanted = [saved("b", 4, &[("mute", 1)]), saved("c", 2, &[]), saved("d", 2, &[("volume.1", 7)])];
        let expected = ["remove a", "change b", "set mute of b", "add d", "set volume.1 of d"];
        assert_eq!(words(&now, &wanted), expected);
    }
}
