//! Personalities with something wrong in them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use host::bench::Personalities;
use protocol::value::Value;

/// Entries that the kernel reads to match a personality; the driver's own are all others.
const KERNEL: [&str; 11] = [
    "CFBundleIdentifier",
    "IOClass",
    "IOKitDebug",
    "IOMatchCategory",
    "IONameMatch",
    "IOProbeScore",
    "IOPropertyMatch",
    "IOProviderClass",
    "IOResourceMatch",
    "IOUserClientClass",
    "OSBundleRequired",
];
/// Numbers that loopback drivers read from a device's definition; where one is absent, it is put in.
const NUMBERS: [&str; 6] = ["BlockSize", "Channels", "Latency", "NumBlocks", "RingFrames", "SafetyOffset"];

/// A way from a personality to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    personality: usize,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Place {
    /// In words: "Devices/0/Channels".
    pub fn name(&self) -> String {
        let step = |step: &Step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        };
        self.steps.iter().map(step).collect::<Vec<_>>().join("/")
    }

    /// Whether it is within one of several definitions: a mistake there concerns that one only.
    pub fn is_in_list(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Index(_)))
    }

    /// The personalities with another value there; without any for `None`.
    pub fn changed(&self, personalities: &Personalities, to: Option<&Value>) -> Personalities {
        let mut changed = personalities.clone();
        if let Some((_, personality)) = changed.get_mut(self.personality) {
            change(personality, &self.steps, to);
        }
        changed
    }
}

fn change(value: &mut Value, steps: &[Step], to: Option<&Value>) {
    match (value, steps) {
        (Value::Dictionary(entries), [Step::Key(key)]) => {
            entries.retain(|(name, _)| name != key || to.is_some());
            match (entries.iter_mut().find(|(name, _)| name == key), to) {
                (Some((_, old)), Some(new)) => *old = new.clone(),
                (None, Some(new)) => entries.push((key.clone(), new.clone())),
                (_, None) => {}
            }
        }
        (Value::Array(values), &[Step::Index(index)]) if index < values.len() => match to {
            Some(new) => values[index] = new.clone(),
            None => drop(values.remove(index)),
        },
        (Value::Dictionary(entries), [Step::Key(key), rest @ ..]) => {
            entries.iter_mut().filter(|(name, _)| name == key).for_each(|(_, inner)| change(inner, rest, to));
        }
        (Value::Array(values), [Step::Index(index), rest @ ..]) => {
            values.get_mut(*index).into_iter().for_each(|inner| change(inner, rest, to));
        }
        _ => {}
    }
}

/// All places of the driver's own in personalities, with what is there.
pub fn places(personalities: &Personalities) -> Vec<(Place, Value)> {
    let mut found = Vec::new();
    for (index, (_, personality)) in personalities.iter().enumerate() {
        let Value::Dictionary(entries) = personality else { continue };
        for (key, value) in entries.iter().filter(|(key, _)| !KERNEL.contains(&key.as_str())) {
            walk(value, Place { personality: index, steps: [Step::Key(key.clone())].into() }, &mut found);
        }
    }
    found
}

fn walk(value: &Value, place: Place, found: &mut Vec<(Place, Value)>) {
    let below = |step| Place { steps: [place.steps.clone(), [step].into()].concat(), ..place };
    match value {
        Value::Dictionary(entries) => {
            for (key, inner) in entries {
                walk(inner, below(Step::Key(key.clone())), found);
            }
        }
        Value::Array(values) => {
            for (index, inner) in values.iter().enumerate() {
                walk(inner, below(Step::Index(index)), found);
            }
        }
        _ => {}
    }
    found.push((place, value.clone()));
}

/// The places of numbers: those that are there, and those that a definition in a list could have.
pub fn numbers(personalities: &Personalities) -> Vec<(Place, Option<u64>)> {
    let places = places(personalities);
    let mut found: Vec<(Place, Option<u64>)> = Vec::new();
    for (place, value) in &places {
        match value {
            Value::Number(number, _) => found.push((place.clone(), Some(*number))),
            Value::Dictionary(entries) if matches!(place.steps.last(), Some(Step::Index(_))) => {
                for key in NUMBERS.iter().filter(|key| entries.iter().all(|(name, _)| name != *key)) {
                    let steps = [place.steps.clone(), [Step::Key(key.to_string())].into()].concat();
                    found.push((Place { steps, ..place.clone() }, None));
                }
            }
            _ => {}
        }
    }
    found
}

/// The personalities with this many of each list of definitions only.
pub fn first_of(personalities: &Personalities, count: usize) -> Personalities {
    with_lists(personalities, |list| list.truncate(count))
}

/// The personalities with each list of definitions in the opposite order.
pub fn reversed(personalities: &Personalities) -> Personalities {
    with_lists(personalities, |list| list.reverse())
}

fn with_lists(personalities: &Personalities, change: impl Fn(&mut Vec<Value>)) -> Personalities {
    let mut changed = personalities.clone();
    for (_, personality) in &mut changed {
        let Value::Dictionary(entries) = personality else { continue };
        for (_, value) in entries.iter_mut() {
            if let Value::Array(list) = value
                && list.iter().all(|one| matches!(one, Value::Dictionary(_)))
            {
                change(list);
            }
        }
    }
    changed
}

/// A number for messages: 4294967297 as "2^32+1".
pub fn number_name(number: u64) -> String {
    for power in (16..64).rev() {
        match number.checked_sub(1 << power) {
            Some(0) => return format!("2^{power}"),
            Some(rest @ 1..=0xff_ffff) => return format!("2^{power}+{rest}"),
            _ => {}
        }
    }
    match number.checked_add(1) {
        None => "2^64-1".to_string(),
        Some(next) if next == 1 << 32 => "2^32-1".to_string(),
        Some(_) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Personalities {
        let device = Value::dictionary([("Channels", Value::number(2)), ("Name", Value::string("a"))]);
        let own = [("IOClass", Value::string("x")), ("Devices", Value::Array([device.clone(), device].into()))];
        [("One".to_string(), Value::dictionary(own))].into()
    }

    #[test]
    fn every_value_of_the_drivers_own_has_a_place() {
        let names: Vec<String> = places(&sample()).iter().map(|(place, _)| place.name()).collect();
        let of = |index: usize| {
            [format!("Devices/{index}/Channels"), format!("Devices/{index}/Name"), format!("Devices/{index}")]
        };
        assert_eq!(names, [&of(0)[..], &of(1)[..], &["Devices".to_string()]].concat());
    }

    #[test]
    fn a_change_changes_one_place() {
        let (place, _) = places(&sample()).remove(0);
        let changed = place.changed(&sample(), Some(&Value::number(7)));
        let values: Vec<Value> = places(&changed).into_iter().map(|(_, value)| value).collect();
        assert_eq!((&values[0], &values[3]), (&Value::number(7), &Value::number(2)));
        assert_eq!(places(&place.changed(&sample(), None)).len(), places(&sample()).len() - 1);
    }

    #[test]
    fn absent_numbers_are_put_in() {
        let all = numbers(&sample());
        assert_eq!(all.len(), 2 * NUMBERS.len());
        let (place, _) =
            all.iter().find(|(place, was)| was.is_none() && place.name() == "Devices/1/RingFrames").unwrap();
        assert_eq!(places(&place.changed(&sample(), Some(&Value::number(1)))).len(), places(&sample()).len() + 1);
    }
}
