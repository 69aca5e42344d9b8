//! What the driver says has changed, against what has changed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use hal_sys::AudioObjectID;
use hal_sys::code::Shown;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
    kAudioObjectPropertyScopeWildcard,
};
#[allow(clippy::wildcard_imports, reason = "many of them")]
use hal_sys::code::selector::*;
use hal_sys::interface::AudioObjectPropertyAddress;
use measure::Seen;

use super::driver::Driver;
use super::properties::{address, global};
use crate::cf::{self, Reference};

const SCOPES: [u32; 3] =
    [kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput];
/// Properties whose value is a string: two of the same text are the same value.
const TEXTS: [u32; 9] = [
    kAudioObjectPropertyName,
    kAudioObjectPropertyModelName,
    kAudioObjectPropertyManufacturer,
    kAudioObjectPropertySerialNumber,
    kAudioObjectPropertyFirmwareVersion,
    kAudioDevicePropertyDeviceUID,
    kAudioDevicePropertyModelUID,
    kAudioBoxPropertyBoxUID,
    kAudioPlugInPropertyResourceBundle,
];
/// Properties that need a qualifier or a number to begin with, an object that is made anew for whoever asks, and what the host
/// itself makes so.
const LEFT_OUT: [u32; 9] = [
    kAudioPlugInPropertyTranslateUIDToBox,
    kAudioPlugInPropertyTranslateUIDToDevice,
    kAudioSelectorControlPropertyItemName,
    kAudioSelectorControlPropertyItemKind,
    kAudioLevelControlPropertyConvertScalarToDecibels,
    kAudioLevelControlPropertyConvertDecibelsToScalar,
    kAudioDevicePropertyIcon,
    kAudioObjectPropertyCustomPropertyInfoList,
    kAudioDevicePropertyDeviceIsRunning,
];
/// Lists of objects: who is told of one knows that what the object owns is another.
const LISTS: [u32; 6] = [
    kAudioPlugInPropertyBoxList,
    kAudioPlugInPropertyDeviceList,
    kAudioBoxPropertyDeviceList,
    kAudioDevicePropertyStreams,
    kAudioObjectPropertyControlList,
    kAudioObjectPropertyOwnedObjects,
];

/// A property that the driver says has changed: object, selector, scope.
type Told = (AudioObjectID, u32, u32);

thread_local! {
    static TOLD: RefCell<Vec<Told>> = const { RefCell::new(Vec::new()) };
}

/// Notes what the driver says.
pub(super) fn note(object: AudioObjectID, address: &AudioObjectPropertyAddress) {
    TOLD.with_borrow_mut(|told| told.push((object, address.mSelector, address.mScope)));
}

/// Forgets what was said so far.
pub(crate) fn forget() {
    TOLD.take();
}

/// The values of all properties of all objects.
pub(crate) struct Snapshot {
    objects: BTreeSet<AudioObjectID>,
    values: BTreeMap<Told, Vec<u8>>,
}

impl Snapshot {
    /// Those of a moment, from which on counts what is said.
    pub(crate) fn take(driver: Driver) -> Snapshot {
        let objects = objects(driver);
        let values = values(driver, &objects);
        forget();
        Snapshot { objects, values }
    }

    /// What is wrong with what was said since, in words: what changed and was not told, and what was told and did not change.
    /// `restarted`: the host has just carried out a change of this device, after which it looks at all of it by itself.
    pub(crate) fn judge(&self, driver: Driver, restarted: Option<AudioObjectID>) -> Vec<String> {
        let told = TOLD.take();
        let now = Snapshot::take(driver);
        let keys: BTreeSet<&Told> = self.values.keys().chain(now.values.keys()).collect();
        let changed: BTreeSet<Told> =
            keys.into_iter().filter(|key| self.values.get(key) != now.values.get(key)).copied().collect();
        let parts = restarted.map_or_else(Vec::new, |device| {
            driver.list(device, &global(kAudioObjectPropertyOwnedObjects)).unwrap_or_default()
        });
        let looked_at = |object: AudioObjectID| restarted == Some(object) || parts.contains(&object);
        let mut problems = BTreeSet::new();
        for (object, selector, scope) in &changed {
            let there = self.objects.contains(object) && now.objects.contains(object);
            if there && !is_told(&told, &(*object, *selector, *scope)) && !looked_at(*object) {
                problems.insert(format!("{} of object {object} has changed, and nobody was told", Shown(*selector)));
            }
        }
        for (object, selector, _) in &told {
            let has_changed = changed.iter().any(|(of, what, _)| of == object && what == selector);
            let compared = !LEFT_OUT.contains(selector) && ALL.iter().any(|(_, code)| code == selector);
            if compared && !has_changed {
                let what = if now.objects.contains(object) { "has not changed" } else { "is of no object" };
                problems.insert(format!("{} of object {object} was told of and {what}", Shown(*selector)));
            }
        }
        problems.into_iter().collect()
    }

    /// The properties whose values are others than in a later snapshot, in words.
    pub(crate) fn differences(&self, later: &Snapshot) -> Vec<String> {
        let keys: BTreeSet<&Told> = self.values.keys().chain(later.values.keys()).collect();
        let differ = keys.into_iter().filter(|key| self.values.get(key) != later.values.get(key));
        differ.map(|(object, selector, _)| format!("{} of object {object}", Shown(*selector))).collect()
    }

    /// All objects.
    pub(crate) fn objects(&self) -> &BTreeSet<AudioObjectID> {
        &self.objects
    }
}

/// The properties of a device and of its parts, and whether the driver has said since the last time that they are others.
pub(crate) fn look(driver: Driver, device: AudioObjectID) -> Vec<Seen> {
    let told = TOLD.take();
    let seen = |(key, value): (Told, Vec<u8>)| {
        let (object, selector, scope) = key;
        let name = format!("{} in {} of object {object}", Shown(selector), Shown(scope));
        Seen { name, value, is_told: is_told(&told, &key) }
    };
    let found = values(driver, &with_parts(driver, device)).into_iter().map(seen).collect();
    forget();
    found
}

/// Notes that the host itself looks at all of a device: what it has just changed the configuration of.
pub(crate) fn look_at_all(driver: Driver, device: AudioObjectID) {
    let (any, anywhere) = (kAudioObjectPropertyScopeWildcard, kAudioObjectPropertyScopeWildcard);
    let all = with_parts(driver, device).into_iter().map(|object| (object, any, anywhere));
    TOLD.with_borrow_mut(|told| told.extend(all));
}

/// A device and what it owns.
pub(crate) fn with_parts(driver: Driver, device: AudioObjectID) -> BTreeSet<AudioObjectID> {
    let parts = driver.list(device, &global(kAudioObjectPropertyOwnedObjects)).unwrap_or_default();
    parts.into_iter().chain([device]).collect()
}

/// Whether what was said covers a property.
fn is_told(told: &[Told], (object, selector, scope): &Told) -> bool {
    told.iter().any(|(of, what, place)| {
        let same = what == selector || *selector == kAudioObjectPropertyOwnedObjects && LISTS.contains(what);
        of == object
            && (same || *what == kAudioObjectPropertyScopeWildcard)
            && [*scope, kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeWildcard].contains(place)
    })
}

/// The values of all properties of some objects.
fn values(driver: Driver, objects: &BTreeSet<AudioObjectID>) -> BTreeMap<Told, Vec<u8>> {
    let selectors: Vec<u32> = ALL.iter().map(|(_, code)| *code).filter(|code| !LEFT_OUT.contains(code)).collect();
    let mut values = BTreeMap::new();
    for (&object, &selector) in objects.iter().flat_map(|object| selectors.iter().map(move |it| (object, it))) {
        for scope in SCOPES {
            let at = address(selector, scope);
            if let Some(value) = driver.has(object, &at).then(|| value(driver, object, &at)).flatten() {
                values.insert((object, selector, scope), value);
            }
        }
    }
    values
}

/// A value, a string's as its text; nothing if it is refused.
fn value(driver: Driver, object: AudioObjectID, at: &AudioObjectPropertyAddress) -> Option<Vec<u8>> {
    let size = driver.size(object, at, &[]).ok()?;
    let mut room = vec![0; size as usize];
    let used = driver.get(object, at, &[], &mut room).ok()?;
    room.truncate(used as usize);
    if !TEXTS.contains(&at.mSelector) {
        return Some(room);
    }
    let reference = Reference::from_ne_bytes(room.as_slice().try_into().ok()?);
    let text = cf::text_of(reference);
    cf::release_unless_none(reference);
    text.map(String::into_bytes)
}

/// All objects, from the driver down.
pub(crate) fn objects(driver: Driver) -> BTreeSet<AudioObjectID> {
    /// More than any driver owns, in bytes.
    const ROOM: usize = 1 << 16;
    let owned = |object: AudioObjectID| {
        let mut room = vec![0; ROOM];
        let used = driver.get(object, &global(kAudioObjectPropertyOwnedObjects), &[], &mut room).unwrap_or(0) as usize;
        let ids = room[..used.min(ROOM)].as_chunks::<4>().0.iter().map(|id| u32::from_ne_bytes(*id));
        ids.collect::<Vec<_>>()
    };
    let (mut found, mut next) = (BTreeSet::from([1]), vec![1]);
    while let Some(object) = next.pop() {
        next.extend(owned(object).into_iter().filter(|id| found.insert(*id)));
    }
    found
}
