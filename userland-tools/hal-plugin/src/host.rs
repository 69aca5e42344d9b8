//! What the host offers: notifications, storage, and changes that IO must be stopped for.

use core::ffi::CStr;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering};

use hal_sys::AudioObjectID;
use hal_sys::code::scope::kAudioObjectPropertyScopeGlobal;
use hal_sys::interface::{AudioObjectPropertyAddress, AudioServerPlugInHostInterface};

use crate::cf::{self, Dictionary, Text, Tree};

/// The host's table; null before Initialize.
static HOST: AtomicPtr<AudioServerPlugInHostInterface> = AtomicPtr::new(null_mut());

/// Keeps the host's table.
///
/// # Safety
/// It stays as long as the process, as Initialize is promised.
pub(crate) unsafe fn keep(host: *const AudioServerPlugInHostInterface) {
    HOST.store(host.cast_mut(), Ordering::Release);
}

fn host() -> Option<&'static AudioServerPlugInHostInterface> {
    let host = HOST.load(Ordering::Acquire);
    // SAFETY: null, or a table that `keep` was promised to stay.
    unsafe { host.as_ref() }
}

/// Tells that properties of an object have changed, all of its global scope.
pub(crate) fn changed<const N: usize>(object: AudioObjectID, selectors: [u32; N]) {
    let Some(host) = host() else { return };
    let address = |selector| AudioObjectPropertyAddress {
        mSelector: selector,
        mScope: kAudioObjectPropertyScopeGlobal,
        mElement: 0,
    };
    let addresses = selectors.map(address);
    // SAFETY: the host's own function with the host's own table, and as many addresses as are said.
    unsafe { (host.PropertiesChanged)(host, object, N as u32, addresses.as_ptr()) };
}

/// What is stored under a key; nothing if that is nothing.
pub(crate) fn stored(key: &CStr) -> Option<Tree> {
    let (host, key) = (host()?, Text::new(key)?);
    let mut value = null();
    // SAFETY: the host's own function with the host's own table, a string, and a place for an object.
    let status = unsafe { (host.CopyFromStorage)(host, key.get(), &raw mut value) };
    if status != 0 || value.is_null() {
        return None;
    }
    // SAFETY: an object of a property list, which is ours until it is given up.
    let tree = unsafe { Tree::of(value) };
    // SAFETY: as above.
    unsafe { cf::release(value) };
    Some(tree)
}

/// Stores a dictionary under a key.
pub(crate) fn store(key: &CStr, value: &Dictionary) {
    let (Some(host), Some(key)) = (host(), Text::new(key)) else { return };
    // SAFETY: the host's own function with the host's own table and two objects that live until the call returns.
    unsafe { (host.WriteToStorage)(host, key.get(), value.get()) };
}

/// Asks for a change of a device. The host may carry it out before this returns, hence no lock is held.
pub(crate) fn request_change(device: AudioObjectID, action: u64) {
    let Some(host) = host() else { return };
    // SAFETY: the host's own function with the host's own table.
    unsafe { (host.RequestDeviceConfigurationChange)(host, device, action, null_mut()) };
}
