//! What the HAL offers a driver: notifications, storage, and changes that IO must be stopped for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_void;

use hal_sys::interface::{AudioObjectPropertyAddress, AudioServerPlugInHostInterface, CFTypeRef};
use hal_sys::{AudioObjectID, OSStatus};

use crate::cf::{self, Reference};
use crate::{memory, world};

/// A change that the driver has asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) device: AudioObjectID,
    pub(super) action: u64,
    pub(super) info: usize,
}

thread_local! {
    static REQUESTS: RefCell<Vec<Request>> = const { RefCell::new(Vec::new()) };
    /// Objects and selectors that programs were told of.
    static NOTICES: RefCell<Vec<(AudioObjectID, u32)>> = const { RefCell::new(Vec::new()) };
    static STORAGE: RefCell<BTreeMap<String, Reference>> = const { RefCell::new(BTreeMap::new()) };
}

static INTERFACE: AudioServerPlugInHostInterface = AudioServerPlugInHostInterface {
    PropertiesChanged: properties_changed,
    CopyFromStorage: copy_from_storage,
    WriteToStorage: write_to_storage,
    DeleteFromStorage: delete_from_storage,
    RequestDeviceConfigurationChange: request_change,
};

/// The table that a driver gets.
pub(super) fn interface() -> *const AudioServerPlugInHostInterface {
    &raw const INTERFACE
}

/// The oldest change that was asked for and not yet carried out.
pub(super) fn next_request() -> Option<Request> {
    REQUESTS.with_borrow_mut(|requests| if requests.is_empty() { None } else { Some(requests.remove(0)) })
}

/// Whether a change was asked for and not yet carried out.
pub(crate) fn has_requests() -> bool {
    REQUESTS.with_borrow(|requests| !requests.is_empty())
}

/// Tells programs that a property has changed.
pub(crate) fn tell(object: AudioObjectID, selector: u32) {
    NOTICES.with_borrow_mut(|notices| notices.push((object, selector)));
}

/// The objects and selectors that programs were told of since the last time.
pub(crate) fn take_notices() -> Vec<(AudioObjectID, u32)> {
    NOTICES.take()
}

unsafe extern "C" fn properties_changed(
    _: *const AudioServerPlugInHostInterface,
    object: AudioObjectID,
    count: u32,
    addresses: *const AudioObjectPropertyAddress,
) -> OSStatus {
    // An address begins with its selector.
    let all = memory::bytes(addresses as usize, count as usize * size_of::<AudioObjectPropertyAddress>());
    let (words, _) = all.as_chunks::<4>();
    let selectors = words.iter().step_by(size_of::<AudioObjectPropertyAddress>() / 4);
    NOTICES.with_borrow_mut(|notices| notices.extend(selectors.map(|word| (object, u32::from_ne_bytes(*word)))));
    0
}

fn key(key: CFTypeRef) -> String {
    cf::text_of(key as Reference).unwrap_or_else(|| world::stop("the driver hands in a storage key that is no string"))
}

unsafe extern "C" fn copy_from_storage(
    _: *const AudioServerPlugInHostInterface,
    name: CFTypeRef,
    place: *mut CFTypeRef,
) -> OSStatus {
    let stored = STORAGE.with_borrow(|storage| storage.get(&key(name)).copied()).unwrap_or(0);
    memory::put(place as usize, &cf::retain(stored).to_ne_bytes());
    0
}

unsafe extern "C" fn write_to_storage(
    _: *const AudioServerPlugInHostInterface,
    name: CFTypeRef,
    value: CFTypeRef,
) -> OSStatus {
    let before = STORAGE.with_borrow_mut(|storage| storage.insert(key(name), cf::retain(value as Reference)));
    before.into_iter().for_each(cf::release);
    0
}

unsafe extern "C" fn delete_from_storage(_: *const AudioServerPlugInHostInterface, name: CFTypeRef) -> OSStatus {
    let before = STORAGE.with_borrow_mut(|storage| storage.remove(&key(name)));
    before.into_iter().for_each(cf::release);
    0
}

unsafe extern "C" fn request_change(
    _: *const AudioServerPlugInHostInterface,
    device: AudioObjectID,
    action: u64,
    info: *mut c_void,
) -> OSStatus {
    // Carried out by the host's own thread later, as on a Mac.
    REQUESTS.with_borrow_mut(|requests| requests.push(Request { device, action, info: info as usize }));
    0
}
