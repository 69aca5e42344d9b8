//! What the HAL offers a driver: notifications, storage, and changes that IO must be stopped for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_void;

use hal_sys::interface::{AudioObjectPropertyAddress, AudioServerPlugInHostInterface, CFTypeRef};
use hal_sys::{AudioObjectID, OSStatus};

use super::notices;
use crate::cf::{self, Reference};
use protocol::trace::Value;

use crate::trace::{self, Shown};
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
    static STORAGE: RefCell<BTreeMap<String, plist::Value>> = const { RefCell::new(BTreeMap::new()) };
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

/// Forgets what a driver asked for that is no more. What is stored stays.
pub(crate) fn forget() {
    REQUESTS.take();
}

/// What is stored, by key.
pub(crate) fn stored() -> BTreeMap<String, plist::Value> {
    STORAGE.with_borrow(Clone::clone)
}

/// Puts something else under each key: what another release may have left there, or nobody.
pub(crate) fn spoil_storage(with: &plist::Value) {
    STORAGE.with_borrow_mut(|storage| storage.values_mut().for_each(|value| *value = with.clone()));
}

unsafe extern "C" fn properties_changed(
    _: *const AudioServerPlugInHostInterface,
    object: AudioObjectID,
    count: u32,
    addresses: *const AudioObjectPropertyAddress,
) -> OSStatus {
    let call = trace::out("PropertiesChanged", || vec![object.shown(), count.shown()]);
    for index in 0..count as usize {
        let at = addresses as usize + index * size_of::<AudioObjectPropertyAddress>();
        let word = |offset| u32::from_ne_bytes(memory::word(at + offset));
        let address = AudioObjectPropertyAddress { mSelector: word(0), mScope: word(4), mElement: word(8) };
        notices::note(object, &address);
        tell(object, address.mSelector);
        trace::ended(trace::out("changed", || vec![(&address).shown()]), || Value::Nothing);
    }
    trace::ended(call, || 0_i32.shown());
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
    let call = trace::out("CopyFromStorage", || vec![trace::object(name as Reference)]);
    let stored = STORAGE.with_borrow(|storage| storage.get(&key(name)).map_or(0, cf::of_plist));
    memory::put(place as usize, &stored.to_ne_bytes());
    trace::ended(call, || 0_i32.shown());
    0
}

unsafe extern "C" fn write_to_storage(
    _: *const AudioServerPlugInHostInterface,
    name: CFTypeRef,
    value: CFTypeRef,
) -> OSStatus {
    let call =
        trace::out("WriteToStorage", || vec![trace::object(name as Reference), trace::object(value as Reference)]);
    let Some(value) = cf::to_plist(value as Reference) else {
        world::stop(format!("{} stores what is no property list", world::called()))
    };
    STORAGE.with_borrow_mut(|storage| storage.insert(key(name), value));
    trace::ended(call, || 0_i32.shown());
    0
}

unsafe extern "C" fn delete_from_storage(_: *const AudioServerPlugInHostInterface, name: CFTypeRef) -> OSStatus {
    let call = trace::out("DeleteFromStorage", || vec![trace::object(name as Reference)]);
    STORAGE.with_borrow_mut(|storage| storage.remove(&key(name)));
    trace::ended(call, || 0_i32.shown());
    0
}

unsafe extern "C" fn request_change(
    _: *const AudioServerPlugInHostInterface,
    device: AudioObjectID,
    action: u64,
    info: *mut c_void,
) -> OSStatus {
    let call = trace::out("RequestDeviceConfigurationChange", || vec![device.shown(), action.shown(), info.shown()]);
    // Carried out by the host's own thread later, as on a Mac.
    REQUESTS.with_borrow_mut(|requests| requests.push(Request { device, action, info: info as usize }));
    trace::ended(call, || 0_i32.shown());
    0
}
