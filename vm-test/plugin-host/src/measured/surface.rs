//! The properties of a user-space driver's device, asked for one by one.

use hal_sys::AudioObjectID;
use hal_sys::code::Shown;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};
use hal_sys::code::selector::{
    self, NEED_MORE, kAudioDevicePropertyNominalSampleRate, kAudioObjectPropertyOwnedObjects,
};
use hal_sys::interface::AudioObjectPropertyAddress;
use measure::{Property, Request, Surface};

use crate::hal::{Device, Driver, address_of};
use crate::scenarios::asked::{NOBODY, NOTHING, ask};

const SCOPES: [u32; 3] =
    [kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput];
/// A scope that there is not, and an element.
const NO_SCOPE: u32 = u32::from_be_bytes(*b"none");
const NO_ELEMENT: u32 = 0x00FF_FFFE;
/// The functions of a driver that the server calls with what a program hands it; all others get the server's own arguments.
const CALLABLE: [&str; 5] =
    ["HasProperty", "IsPropertySettable", "GetPropertyDataSize", "GetPropertyData", "SetPropertyData"];

/// Asks for all of it.
pub(super) fn of(device: &Device) -> Result<Surface, String> {
    let driver = device.driver;
    let owned = address_of(kAudioObjectPropertyOwnedObjects);
    let mut objects = vec![(device.id, "of the device")];
    let streams: Vec<u32> = device.inputs.iter().chain(&device.outputs).map(|stream| stream.id).collect();
    objects.extend(streams.iter().map(|id| (*id, "of streams")));
    if driver.has(device.id, &owned) {
        let others = driver.list(device.id, &owned)?.into_iter().filter(|id| !streams.contains(id));
        objects.extend(others.map(|id| (id, "of controls")));
    }
    let channels = device.outputs.first().map_or(0, |stream| stream.channels);
    let selectors: Vec<u32> =
        selector::ALL.iter().map(|(_, code)| *code).filter(|it| !NEED_MORE.contains(it)).collect();
    let (mut properties, mut requests) = (Vec::new(), Vec::new());
    for (object, kind) in objects {
        for address in addresses(&selectors, channels) {
            let answer = ask(driver, object, &address);
            if answer == Ok(false) {
                continue;
            }
            let name = named(object, &address);
            let is_settable = driver.settable(object, &address) == Ok(true);
            properties.push(Property {
                wrong: answer.err().map(|why| format!("{name}: {why}")),
                name,
                kind,
                is_settable,
            });
        }
        requests.extend(wrong_requests(driver, object));
    }
    requests.extend(wrong_requests(driver, NOBODY));
    let settable = properties.iter().filter(|property| property.is_settable).map(|property| property.name.clone());
    let settable = settable.collect();
    Ok(Surface { properties, requests, settable, callable: CALLABLE.map(str::to_owned).into() })
}

fn addresses(selectors: &[u32], channels: u32) -> impl Iterator<Item = AudioObjectPropertyAddress> {
    let places = SCOPES.into_iter().flat_map(move |scope| (0..=channels).map(move |element| (scope, element)));
    selectors.iter().flat_map(move |&selector| {
        places.clone().map(move |(scope, element)| AudioObjectPropertyAddress {
            mSelector: selector,
            mScope: scope,
            mElement: element,
        })
    })
}

fn named(object: AudioObjectID, address: &AudioObjectPropertyAddress) -> String {
    let AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element } = *address;
    format!("object {object}, {} in {}, element {element}", Shown(selector), Shown(scope))
}

/// Requests that have to be refused.
fn wrong_requests(driver: Driver, object: AudioObjectID) -> Vec<Request> {
    let rate = kAudioDevicePropertyNominalSampleRate;
    let mut requests = Vec::new();
    let global = kAudioObjectPropertyScopeGlobal;
    for (selector, scope, element) in [(NOTHING, global, 0), (rate, NO_SCOPE, 0), (rate, global, NO_ELEMENT)] {
        let address = AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element };
        let name = named(object, &address);
        let has = driver.has(object, &address);
        // An element that there is not may be taken for the main one, as Apple's own drivers do.
        let is_odd = element == 0 || object == NOBODY;
        requests.push(Request { name: format!("{name}: there"), is_sound: !(has && is_odd) });
        let mut room = [0_u8; 64];
        let got = driver.get(object, &address, &[], &mut room).is_ok();
        requests.push(Request { name: format!("{name}: read"), is_sound: !got || (has && !is_odd) });
    }
    // Values too short, and of no bytes.
    for bytes in [&[][..], &[0; 3]] {
        let set = driver.set(object, &address_of(rate), bytes);
        requests.push(Request {
            name: format!("object {object}: a rate of {} bytes", bytes.len()),
            is_sound: set.is_err(),
        });
    }
    requests
}
