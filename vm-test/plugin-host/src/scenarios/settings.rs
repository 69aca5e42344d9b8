//! What is set: who is told of it, and whether it comes back: notify, storage.

use hal_sys::AudioObjectID;
use hal_sys::code::selector::{
    kAudioBooleanControlPropertyValue, kAudioBoxPropertyAcquired, kAudioDevicePropertyNominalSampleRate,
    kAudioLevelControlPropertyDecibelValue, kAudioLevelControlPropertyScalarValue,
    kAudioSelectorControlPropertyAvailableItems, kAudioSelectorControlPropertyCurrentItem,
    kAudioSliderControlPropertyRange, kAudioSliderControlPropertyValue,
};
use hal_sys::code::{Shown, selector};

use super::changes::other_rate;
use super::{Stage, check, check_all, not_applicable};
use crate::hal::notices::Snapshot;
use crate::hal::properties::global;
use crate::hal::{self, Device, Driver, spoil_storage};
use crate::libraries;

/// A property that can be set, and to what.
struct Setting {
    object: AudioObjectID,
    selector: u32,
    value: Vec<u8>,
}

/// Another value than the property has, of those that it can have.
pub(crate) fn another(driver: Driver, object: AudioObjectID, selector: u32) -> Option<Vec<u8>> {
    let value = driver.value(object, &global(selector)).ok()?;
    let word = || value.as_slice().try_into().ok().map(u32::from_ne_bytes);
    let other = match selector {
        kAudioBooleanControlPropertyValue | kAudioBoxPropertyAcquired => u32::from(word()? == 0).to_ne_bytes(),
        kAudioLevelControlPropertyScalarValue => {
            let level = f32::from_bits(word()?);
            (if level > 0.5 { level - 0.25 } else { level + 0.25 }).to_ne_bytes()
        }
        kAudioLevelControlPropertyDecibelValue => (f32::from_bits(word()?) - 3.0).to_ne_bytes(),
        kAudioSelectorControlPropertyCurrentItem => {
            let items = driver.list(object, &global(kAudioSelectorControlPropertyAvailableItems)).ok()?;
            let now = word()?;
            items.into_iter().find(|item| *item != now)?.to_ne_bytes()
        }
        kAudioSliderControlPropertyValue => {
            let range = driver.list(object, &global(kAudioSliderControlPropertyRange)).ok()?;
            let [low, high] = range.as_slice() else { return None };
            (if word()? == *low { *high } else { *low }).to_ne_bytes()
        }
        _ => return None,
    };
    Some(other.to_vec())
}

/// All settings of controls and of boxes, each to another value than it has; those of channels only as many as are enough.
fn settings(driver: Driver, snapshot: &Snapshot) -> Vec<Setting> {
    /// Settings that are tried of a driver that has one for each channel: those of a box, and the first device's for all channels.
    const MOST: usize = 12;
    let selectors = selector::ALL.iter().map(|(_, code)| *code);
    let of = |object: AudioObjectID| {
        selectors.clone().filter_map(move |selector| {
            let at = global(selector);
            let can = driver.has(object, &at) && driver.is_settable(object, &at) == Ok(true);
            let value = can.then(|| another(driver, object, selector)).flatten()?;
            Some(Setting { object, selector, value })
        })
    };
    snapshot.objects().iter().flat_map(|object| of(*object)).take(MOST).collect()
}

/// Sets it; in words, why not.
fn set(driver: Driver, setting: &Setting) -> Result<(), String> {
    let done = driver.set(setting.object, &global(setting.selector), &setting.value);
    libraries::run_dispatched();
    done.map_err(|status| {
        let Setting { object, selector, .. } = setting;
        format!("object {object} refuses a value of {} that it can have: {}", Shown(*selector), Shown(status))
    })
}

/// `notify`: whatever can be set is set to something else; what has changed then was told, and nothing else was. To the value
/// that it has, it is set again, and nobody is told.
pub(super) fn told(stage: &mut Stage<'_>) -> Result<(), String> {
    let driver = stage.driver;
    let mut snapshot = Snapshot::take(driver);
    let settings = settings(driver, &snapshot);
    let (mut problems, mut refused, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for setting in &settings {
        let Setting { object, selector, value } = setting;
        // What came with another setting may have what is wanted already, or be gone with it.
        if !driver.has(*object, &global(*selector)) {
            continue;
        }
        refused.extend(set(driver, setting).err());
        problems.extend(snapshot.judge(driver, None));
        if driver.value(*object, &global(*selector)).as_deref().unwrap_or_default() == value {
            snapshot = Snapshot::take(driver);
            refused.extend(set(driver, setting).err());
            idle.extend(snapshot.judge(driver, None));
        }
        if *selector == kAudioBoxPropertyAcquired {
            let back = Setting {
                object: *object,
                selector: *selector,
                value: u32::from(value == &[0; 4]).to_ne_bytes().to_vec(),
            };
            snapshot = Snapshot::take(driver);
            refused.extend(set(driver, &back).err());
            problems.extend(snapshot.judge(driver, None));
        }
        snapshot = Snapshot::take(driver);
    }
    if settings.is_empty() {
        not_applicable("the driver has nothing that can be set but the rate");
    }
    let count = format!("{} settings", settings.len());
    check_all("what can be set is set", &refused, &count);
    check_all("what changes is told, and nothing else", &problems, &count);
    check_all("what does not change is not told", &idle, &count);
    rate(stage, &snapshot)
}

/// A change of rate while nothing runs.
fn rate(stage: &Stage<'_>, before: &Snapshot) -> Result<(), String> {
    let device = stage.device()?;
    let Some(rate) = other_rate(device)? else { return Ok(()) };
    device.set_rate(rate as u32)?;
    check_all("a change of rate", &before.judge(stage.driver, Some(device.id)), "nothing else has changed");
    Ok(())
}

/// The values that settings have.
fn values(driver: Driver, settings: &[Setting]) -> Vec<Option<Vec<u8>>> {
    settings.iter().map(|setting| driver.value(setting.object, &global(setting.selector)).ok()).collect()
}

/// `storage`: settings are changed, the host starts anew, and those that the driver has stored are in force again; then what is
/// stored is replaced by what no driver writes, and the driver starts as if nothing were there. What a driver leaves to the host
/// to remember it does not have to store.
pub(super) fn stored(stage: &mut Stage<'_>) -> Result<(), String> {
    let (mut all, first) = (settings(stage.driver, &Snapshot::take(stage.driver)), names(&stage.devices));
    if let Some(rate) = other_rate(stage.device()?)? {
        let (object, value) = (stage.device()?.id, rate.to_ne_bytes().to_vec());
        all.push(Setting { object, selector: kAudioDevicePropertyNominalSampleRate, value });
    }
    all.retain(|setting| setting.selector != kAudioBoxPropertyAcquired);
    let mut kept = Vec::new();
    for setting in all {
        let before = hal::stored();
        set(stage.driver, &setting)?;
        let changed = stage.driver.perform_changes();
        changed.map_err(|status| format!("the driver does not change: {}", Shown(status)))?;
        if hal::stored() != before {
            kept.push(setting);
        }
    }
    if kept.is_empty() {
        not_applicable("the driver stores nothing of what can be set");
        return Ok(());
    }
    let wanted = values(stage.driver, &kept);
    stage.restart()?;
    let found = values(stage.driver, &kept);
    let differ = kept.iter().zip(wanted.iter().zip(&found)).filter(|(_, (wanted, found))| wanted != found);
    let problems: Vec<String> = differ
        .map(|(setting, _)| format!("{} of object {} did not come back", Shown(setting.selector), setting.object))
        .collect();
    check_all("settings come back", &problems, &format!("{} settings", kept.len()));
    for foreign in foreign() {
        let shown = kind(&foreign);
        spoil_storage(&foreign);
        stage.restart()?;
        let now = names(&stage.devices);
        check(
            &format!("{shown} where settings were"),
            now == first,
            format!("{} devices, {} before", now.len(), first.len()),
        );
        set_again(stage, &kept)?;
    }
    Ok(())
}

/// What was stored is of no use, but what is set now is stored again.
fn set_again(stage: &Stage<'_>, kept: &[Setting]) -> Result<(), String> {
    let control = |setting: &&Setting| setting.selector != kAudioDevicePropertyNominalSampleRate;
    kept.iter().find(control).map_or(Ok(()), |setting| {
        let before = stage.driver.value(setting.object, &global(setting.selector))?;
        set(stage.driver, setting)?;
        let now = stage.driver.value(setting.object, &global(setting.selector))?;
        let text = format!("{} of object {}", Shown(setting.selector), setting.object);
        check("and what is set then is in force", now != before, text);
        Ok(())
    })
}

fn names(devices: &[Device]) -> Vec<(String, String)> {
    devices.iter().map(|device| (device.name.clone(), device.uid.clone())).collect()
}

/// What nobody stores for good.
fn foreign() -> [plist::Value; 5] {
    use plist::Value;
    let numbers = |number: i64| -> plist::Dictionary {
        ["Rate", "rate", "Controls", "Acquired", "volume"]
            .map(|key| (key.to_owned(), Value::Integer(number.into())))
            .into_iter()
            .collect()
    };
    [
        Value::String("\u{1f33b}".repeat(300)),
        Value::Integer((-1).into()),
        Value::Data(vec![0xff; 3]),
        Value::Array(vec![Value::Boolean(true), Value::Real(f64::NAN)]),
        Value::Dictionary(numbers(i64::MIN)),
    ]
}

fn kind(value: &plist::Value) -> &'static str {
    match value {
        plist::Value::String(_) => "a text",
        plist::Value::Integer(_) => "a number",
        plist::Value::Data(_) => "data",
        plist::Value::Array(_) => "an array",
        _ => "a dictionary of absurd numbers",
    }
}
