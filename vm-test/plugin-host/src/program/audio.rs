//! AudioObject…: properties as programs see them. Objects of the driver have other numbers here, since 1 is the system's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_void;

use hal_sys::code::class::{kAudioMuteControlClassID, kAudioVolumeControlClassID};
use hal_sys::code::client::{
    kAudioDevicePropertyBufferFrameSize, kAudioDevicePropertyBufferFrameSizeRange, kAudioDevicePropertyMute,
    kAudioDevicePropertyVolumeDecibels, kAudioDevicePropertyVolumeScalar, kAudioHardwarePropertyDefaultInputDevice,
    kAudioHardwarePropertyDefaultOutputDevice, kAudioHardwarePropertyDevices, kAudioHardwarePropertyRunLoop,
};
use hal_sys::code::selector::{
    kAudioBooleanControlPropertyValue, kAudioControlPropertyElement, kAudioControlPropertyScope,
    kAudioDevicePropertyRelatedDevices, kAudioDevicePropertyStreams, kAudioLevelControlPropertyDecibelValue,
    kAudioLevelControlPropertyScalarValue, kAudioObjectPropertyClass, kAudioObjectPropertyControlList,
    kAudioObjectPropertyOwnedObjects, kAudioObjectPropertyOwner,
};
use hal_sys::code::status::{
    kAudioHardwareBadObjectError, kAudioHardwareBadPropertySizeError, kAudioHardwareIllegalOperationError,
    kAudioHardwareUnknownPropertyError,
};
use hal_sys::interface::AudioObjectPropertyAddress;
use hal_sys::{AudioObjectID, OSStatus, kAudioObjectSystemObject};

use super::cycles;
use crate::hal::{Driver, address_of};
use crate::libraries::symbols;
use crate::memory;

/// What is added to an object's number.
pub(super) const OFFSET: AudioObjectID = 100;
/// Frames of an IO cycle that a program can have.
const LEAST: u32 = 14;
const MOST: u32 = 4096;
/// Properties that are numbers of objects.
const OBJECTS: [u32; 5] = [
    kAudioObjectPropertyOwner,
    kAudioObjectPropertyOwnedObjects,
    kAudioObjectPropertyControlList,
    kAudioDevicePropertyStreams,
    kAudioDevicePropertyRelatedDevices,
];

thread_local! {
    /// Who asked to be told of which property: listener and what it is handed.
    static LISTENERS: RefCell<BTreeMap<(AudioObjectID, u32), (usize, usize)>> = const { RefCell::new(BTreeMap::new()) };
}

/// The object of the driver's.
pub(super) fn inner(object: AudioObjectID) -> Option<AudioObjectID> {
    object.checked_sub(OFFSET).filter(|object| *object > 0)
}

fn outer(object: AudioObjectID) -> AudioObjectID {
    object + OFFSET
}

/// Where a property is: of the HAL itself, or of an object of the driver's.
enum Place {
    Hal,
    Driver(AudioObjectID, AudioObjectPropertyAddress),
}

type Found<T> = Result<T, u32>;

/// Finds a property: controls of a device are also properties of the device, by scope and channel.
fn place(object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Found<Place> {
    let unknown = Err(kAudioHardwareUnknownPropertyError);
    if object == kAudioObjectSystemObject {
        return match address.mSelector {
            kAudioHardwarePropertyDevices
            | kAudioHardwarePropertyDefaultInputDevice
            | kAudioHardwarePropertyDefaultOutputDevice
            | kAudioHardwarePropertyRunLoop => Ok(Place::Hal),
            _ => unknown,
        };
    }
    // Without a driver there is no object but the system's.
    let driver = cycles::any_driver().ok_or(kAudioHardwareBadObjectError)?;
    let id = inner(object).ok_or(kAudioHardwareBadObjectError)?;
    let control = |class, selector| {
        let found = control(driver, id, class, address).map(|control| Place::Driver(control, address_of(selector)));
        found.ok_or(kAudioHardwareUnknownPropertyError)
    };
    match address.mSelector {
        kAudioDevicePropertyBufferFrameSize | kAudioDevicePropertyBufferFrameSizeRange => {
            if cycles::is_device(id) {
                Ok(Place::Hal)
            } else {
                unknown
            }
        }
        kAudioDevicePropertyVolumeScalar => control(kAudioVolumeControlClassID, kAudioLevelControlPropertyScalarValue),
        kAudioDevicePropertyVolumeDecibels => {
            control(kAudioVolumeControlClassID, kAudioLevelControlPropertyDecibelValue)
        }
        kAudioDevicePropertyMute => control(kAudioMuteControlClassID, kAudioBooleanControlPropertyValue),
        _ if driver.has(id, address) => Ok(Place::Driver(id, *address)),
        _ => unknown,
    }
}

/// The control of a device of this class, scope and channel.
fn control(
    driver: Driver,
    device: AudioObjectID,
    class: u32,
    address: &AudioObjectPropertyAddress,
) -> Option<AudioObjectID> {
    let list = address_of(kAudioObjectPropertyControlList);
    if !driver.has(device, &list) {
        return None;
    }
    let is = |control, selector, wanted| driver.u32(control, &address_of(selector)) == Ok(wanted);
    driver.list(device, &list).ok()?.into_iter().find(|control| {
        is(*control, kAudioObjectPropertyClass, class)
            && is(*control, kAudioControlPropertyScope, address.mScope)
            && is(*control, kAudioControlPropertyElement, address.mElement)
    })
}

/// The bytes of a property. What a driver does wrong with it ends the run.
fn value(object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Found<Vec<u8>> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    Ok(match place(object, address)? {
        Place::Hal => match address.mSelector {
            kAudioHardwarePropertyDevices => {
                words(&cycles::devices().iter().map(|device| outer(device.id)).collect::<Vec<_>>())
            }
            kAudioHardwarePropertyDefaultInputDevice | kAudioHardwarePropertyDefaultOutputDevice => {
                words(&[cycles::devices().first().map_or(0, |device| outer(device.id))])
            }
            kAudioDevicePropertyBufferFrameSize => words(&[cycles::frames(object)]),
            kAudioDevicePropertyBufferFrameSizeRange => {
                [LEAST, MOST].iter().flat_map(|end| f64::from(*end).to_ne_bytes()).collect()
            }
            // The run loop: none.
            _ => vec![0; 8],
        },
        Place::Driver(id, own) => {
            let bytes = cycles::driver().value(id, &own).unwrap_or_else(|why| crate::world::stop(why));
            if OBJECTS.contains(&own.mSelector) {
                let all = bytes.as_chunks().0.iter().map(|word| u32::from_ne_bytes(*word));
                words(&all.map(|id| if id == 0 { 0 } else { outer(id) }).collect::<Vec<_>>())
            } else {
                bytes
            }
        }
    })
}

fn status(done: Found<()>) -> OSStatus {
    done.map_or_else(u32::cast_signed, |()| 0)
}

fn address_at(at: usize) -> AudioObjectPropertyAddress {
    let word = |offset| u32::from_ne_bytes(memory::word(at + offset));
    AudioObjectPropertyAddress { mSelector: word(0), mScope: word(4), mElement: word(8) }
}

extern "C" fn has(object: AudioObjectID, address: usize) -> u8 {
    place(object, &address_at(address)).is_ok().into()
}

extern "C" fn is_settable(object: AudioObjectID, address: usize, answer: usize) -> OSStatus {
    let settable = place(object, &address_at(address)).and_then(|place| match place {
        Place::Hal => Ok([kAudioDevicePropertyBufferFrameSize, kAudioHardwarePropertyRunLoop]
            .contains(&address_at(address).mSelector)),
        Place::Driver(id, own) => cycles::driver().is_settable(id, &own),
    });
    status(settable.map(|settable| memory::put(answer, &[settable.into()])))
}

extern "C" fn size(object: AudioObjectID, address: usize, qualified: u32, _: usize, answer: usize) -> OSStatus {
    no_qualifier(qualified);
    status(value(object, &address_at(address)).map(|bytes| memory::put(answer, &(bytes.len() as u32).to_ne_bytes())))
}

extern "C" fn get(object: AudioObjectID, address: usize, qualified: u32, _: usize, size: usize, to: usize) -> OSStatus {
    no_qualifier(qualified);
    let room = u32::from_ne_bytes(memory::word(size)) as usize;
    let got = value(object, &address_at(address)).and_then(|bytes| {
        if bytes.len() > room {
            return Err(kAudioHardwareBadPropertySizeError);
        }
        memory::put(to, &bytes);
        memory::put(size, &(bytes.len() as u32).to_ne_bytes());
        Ok(())
    });
    status(got)
}

extern "C" fn set(
    object: AudioObjectID,
    address: usize,
    qualified: u32,
    _: usize,
    bytes: u32,
    from: usize,
) -> OSStatus {
    no_qualifier(qualified);
    let (address, value) = (address_at(address), memory::bytes(from, bytes as usize));
    let done = place(object, &address).and_then(|place| match place {
        Place::Driver(id, own) => cycles::driver().set(id, &own, &value),
        Place::Hal if address.mSelector == kAudioHardwarePropertyRunLoop => Ok(()),
        Place::Hal if address.mSelector == kAudioDevicePropertyBufferFrameSize => {
            let frames = value.as_slice().try_into().map(u32::from_ne_bytes);
            let frames = frames.map_err(|_| kAudioHardwareBadPropertySizeError)?;
            if !(LEAST..=MOST).contains(&frames) {
                return Err(kAudioHardwareIllegalOperationError);
            }
            cycles::set_frames(object, frames);
            Ok(())
        }
        Place::Hal => Err(kAudioHardwareIllegalOperationError),
    });
    status(done)
}

/// None of the properties that programs of ours ask for has one.
fn no_qualifier(bytes: u32) {
    if bytes != 0 {
        crate::world::stop("the program asks for a property with a qualifier, which this host does not pass on");
    }
}

extern "C" fn add_listener(object: AudioObjectID, address: usize, listener: usize, client: usize) -> OSStatus {
    let selector = address_at(address).mSelector;
    LISTENERS.with_borrow_mut(|all| all.insert((object, selector), (listener, client)));
    0
}

/// Tells the program what has changed of what it wants to be told.
pub(super) fn tell(changed: Vec<(AudioObjectID, u32)>) {
    for (object, selector) in changed {
        let object = outer(object);
        let Some((listener, client)) = LISTENERS.with_borrow(|all| all.get(&(object, selector)).copied()) else {
            continue;
        };
        let address = address_of(selector);
        // SAFETY: the program has handed it in as a listener.
        let told: extern "C" fn(AudioObjectID, u32, *const AudioObjectPropertyAddress, *mut c_void) -> OSStatus =
            unsafe { std::mem::transmute(listener) };
        told(object, 1, &raw const address, client as *mut c_void);
    }
}

symbols! {
    "_AudioObjectHasProperty" => has,
    "_AudioObjectIsPropertySettable" => is_settable,
    "_AudioObjectGetPropertyDataSize" => size,
    "_AudioObjectGetPropertyData" => get,
    "_AudioObjectSetPropertyData" => set,
    "_AudioObjectAddPropertyListener" => add_listener,
}
