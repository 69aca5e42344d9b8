//! What is measured by asking: what the device offers, has and refuses.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use hal_sys::AudioObjectID;
use hal_sys::code::Shown;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};
use hal_sys::code::selector::{
    self, NEED_MORE, STATE, kAudioDevicePropertyNominalSampleRate, kAudioObjectPropertyOwnedObjects,
    kAudioStreamPropertyAvailablePhysicalFormats, kAudioStreamPropertyPhysicalFormat,
};
use hal_sys::interface::{AudioObjectPropertyAddress, RANGED_FORMAT, WITHOUT_RATE};
use measure::Stop;
use protocol::measure::Reading;

use super::Taken;
use crate::device::{Device, Direction, global, words};
use crate::error::Error;
use crate::hal::Hal;

/// Rates that no device offers, Hz.
const ABSURD: [f64; 4] = [0.0, 1.0, 12_345.0, 4_000_000_000.0];
/// Where a format has what 3 channels of 20 bits in 3 bytes each have there: flags (signed, packed), bytes of a packet, frames of
/// it, bytes of a frame, channels, bits.
const ODD: [(usize, u32); 6] = [(12, 4 | 8), (16, 9), (20, 1), (24, 9), (28, 3), (32, 20)];
/// How long a device is given to do what it has refused, ns.
const SETTLED: u64 = 500_000_000;

const SCOPES: [u32; 3] =
    [kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput];
/// A selector, a scope, an element and an object that there are not.
const NOTHING: u32 = u32::from_be_bytes(*b"noth");
const NO_SCOPE: u32 = u32::from_be_bytes(*b"none");
const NO_ELEMENT: u32 = 0x00FF_FFFE;
const NOBODY: AudioObjectID = 0x00FF_FFFE;
/// Wrong answers that are named at most; the rest is counted.
const NAMED: usize = 8;

/// The first streams both ways, the output's first.
fn streams<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<Vec<AudioObjectID>, Error> {
    let mut all = Vec::new();
    for direction in [Direction::Output, Direction::Input] {
        all.extend(device.stream_ids(direction)?.first());
    }
    Ok(all)
}

/// The device, its streams and its controls, each with what its properties are counted as.
fn objects<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<Vec<(AudioObjectID, &'static str)>, Error> {
    let mut all = vec![(device.id, "of the device")];
    let mut streams = device.stream_ids(Direction::Input)?;
    streams.extend(device.stream_ids(Direction::Output)?);
    all.extend(streams.iter().map(|id| (*id, "of streams")));
    let owned = global(kAudioObjectPropertyOwnedObjects);
    if device.hal.has(device.id, &owned) {
        let owned = words(&device.bytes("what it owns", device.id, &owned)?);
        all.extend(owned.into_iter().filter(|id| !streams.contains(id)).map(|id| (id, "of controls")));
    }
    Ok(all)
}

/// Physical formats and nominal rates.
pub(super) fn offers<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let mut count = 0;
    for stream in streams(device)? {
        let list =
            device.bytes("its physical formats", stream, &global(kAudioStreamPropertyAvailablePhysicalFormats))?;
        let (formats, rest) = list.as_chunks::<RANGED_FORMAT>();
        if !rest.is_empty() {
            return Err(format!("a list of formats has {} bytes", list.len()).into());
        }
        count += formats.iter().map(|format| &format[WITHOUT_RATE]).collect::<BTreeSet<_>>().len();
    }
    let rates: BTreeSet<[u64; 2]> =
        device.rates()?.into_iter().map(|(least, most)| [least.to_bits(), most.to_bits()]).collect();
    Ok(vec![Reading::new("formats-advertised", count as f64), Reading::new("rates-advertised", rates.len() as f64)])
}

/// Properties, and what becomes of wrong requests.
pub(super) fn surface<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let selectors = || selector::ALL.iter().map(|(_, code)| *code).filter(|code| !NEED_MORE.contains(code));
    let channels = device.channels(Direction::Output).map_or(0, |channels| channels as u32);
    let (mut present, mut settable, mut requests) =
        (Reading::new("properties-present", 0.0), 0_u32, Requests::default());
    let (mut sum, mut wrong) = (0_u32, Vec::new());
    let objects = objects(device)?;
    for kind in ["of the device", "of streams", "of controls"] {
        let mut count = 0_u32;
        for (object, _) in objects.iter().filter(|(_, of)| *of == kind) {
            let places = SCOPES.into_iter().flat_map(|scope| (0..=channels).map(move |element| (scope, element)));
            for (selector, (scope, element)) in selectors().flat_map(|code| places.clone().map(move |at| (code, at))) {
                let place = AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element };
                if device.hal.has(*object, &place) {
                    count += 1;
                    wrong.extend(wrong_size(device, *object, &place));
                    settable += u32::from(device.hal.is_settable(*object, &place));
                }
            }
        }
        sum += count;
        present = present.with_detail(kind, count.into(), "");
    }
    for object in objects.iter().map(|(object, _)| *object).chain([NOBODY]) {
        requests.make(device, object);
    }
    let named = |dimension, wrong: &[String]| {
        let reading = Reading::new(dimension, wrong.len() as f64);
        wrong.iter().take(NAMED).fold(reading, |reading, name| reading.with_detail(name, 1.0, ""))
    };
    Ok(vec![
        Reading { value: Some(sum.into()), ..present },
        Reading::new("properties-settable", settable.into()),
        named("property-wrong-sizes", &wrong),
        named("property-wrong-errors", &requests.wrong).with_detail("requests made", requests.made.into(), "requests"),
    ])
}

/// What is wrong about the size of a property that is there, in words. A value that is an object of CoreFoundation is not given back:
/// which are, is not known of all.
fn wrong_size<H: Hal + ?Sized>(
    device: &Device<'_, H>,
    object: AudioObjectID,
    place: &AudioObjectPropertyAddress,
) -> Option<String> {
    let (size, value) = (device.hal.size(object, place), device.hal.read(object, place));
    let why = match (size, value) {
        (Ok(size), Ok(value)) if size == value.len() => return None,
        (Ok(size), Ok(value)) => format!("its size is said to be {size} bytes, and its value has {}", value.len()),
        (Err(status), _) | (_, Err(status)) => format!("it is there, and asked for the HAL returns {}", Shown(status)),
    };
    Some(format!("{}: {why}", named(object, place)))
}

fn named(object: AudioObjectID, place: &AudioObjectPropertyAddress) -> String {
    let AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element } = *place;
    format!("object {object}, {} in {}, element {element}", Shown(selector), Shown(scope))
}

/// Requests that have to be refused.
#[derive(Default)]
struct Requests {
    made: u32,
    /// Those that were not.
    wrong: Vec<String>,
}

impl Requests {
    fn make<H: Hal + ?Sized>(&mut self, device: &Device<'_, H>, object: AudioObjectID) {
        let (hal, rate) = (device.hal, kAudioDevicePropertyNominalSampleRate);
        let whole = kAudioObjectPropertyScopeGlobal;
        for (selector, scope, element) in [(NOTHING, whole, 0), (rate, NO_SCOPE, 0), (rate, whole, NO_ELEMENT)] {
            let place = AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element };
            let has = hal.has(object, &place);
            // An element that there is not may be taken for the main one, as Apple's own drivers do.
            let is_odd = element == 0 || object == NOBODY;
            let name = named(object, &place);
            self.note(!(has && is_odd), || format!("{name}: there"));
            let got = hal.read(object, &place).is_ok();
            self.note(!got || (has && !is_odd), || format!("{name}: read"));
        }
        // Values too short, and of no bytes.
        for bytes in [&[][..], &[0; 3]] {
            let set = hal.write(object, &global(rate), bytes);
            self.note(set.is_err(), || format!("object {object}: a rate of {} bytes", bytes.len()));
        }
    }

    fn note(&mut self, is_sound: bool, name: impl FnOnce() -> String) {
        self.made += 1;
        if !is_sound {
            self.wrong.push(name());
        }
    }
}

/// Rates and a format are asked for that the device does not offer.
pub(super) fn refused<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let (rates, before) = (device.rates()?, device.rate()?);
    let (mut wrong, mut reading) = (0, Reading::new("configuration-rollback", 0.0));
    let is_offered = |rate: f64| rates.iter().any(|(least, most)| (*least..=*most).contains(&rate));
    for rate in ABSURD.into_iter().filter(|rate| !is_offered(*rate)) {
        let ask = || device.hal.write(device.id, &global(kAudioDevicePropertyNominalSampleRate), &rate.to_ne_bytes());
        let left = left_behind(device, ask)?;
        wrong += left;
        reading = reading.with_detail(&format!("after a rate of {rate} Hz"), left as f64, "properties");
    }
    let stream = *streams(device)?.first().ok_or("it has no stream")?;
    let place = global(kAudioStreamPropertyPhysicalFormat);
    let format = device.bytes("its physical format", stream, &place)?;
    let mut odd = format.clone();
    for (at, value) in ODD {
        odd.get_mut(at..at + 4).ok_or("its physical format is too short")?.copy_from_slice(&value.to_ne_bytes());
    }
    let left = left_behind(device, || device.hal.write(stream, &place, &odd))?;
    wrong += left;
    if wrong > 0 {
        // What was not refused is undone, as far as it can be; the figure says that it was not.
        let _ = device.hal.write(stream, &place, &format);
        device.set_rate(before)?;
    }
    reading = reading.with_detail("after a format of 3 channels of 20 bits", left as f64, "properties");
    Ok(vec![Reading { value: Some(wrong as f64), ..reading }])
}

/// How many properties are not as before; one where nothing changed although it was not refused.
fn left_behind<H: Hal + ?Sized>(device: &Device<'_, H>, ask: impl FnOnce() -> Result<(), u32>) -> Result<usize, Stop> {
    let before = state(device)?;
    let answer = ask();
    device.hal.pause(SETTLED);
    let after = state(device)?;
    let changed = before.iter().filter(|property| !after.contains(property)).count();
    Ok(changed.max(usize::from(answer.is_ok())))
}

/// Objects, selectors and values.
fn state<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<Vec<(AudioObjectID, u32, Vec<u8>)>, Error> {
    let mut all = Vec::new();
    for (object, _) in objects(device)? {
        for selector in STATE.into_iter().filter(|selector| device.hal.has(object, &global(*selector))) {
            all.push((object, selector, device.bytes("its state", object, &global(selector))?));
        }
    }
    Ok(all)
}
