//! What the host offers: notifications and changes that IO must be stopped for.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use hal_sys::AudioObjectID;
use hal_sys::code::scope::kAudioObjectPropertyScopeGlobal;
use hal_sys::interface::{AudioObjectPropertyAddress, AudioServerPlugInHostInterface};

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

/// Asks for a change of a device. The host may carry it out before this returns, hence no lock is held.
pub(crate) fn request_change(device: AudioObjectID, action: u64) {
    let Some(host) = host() else { return };
    // SAFETY: the host's own function with the host's own table.
    unsafe { (host.RequestDeviceConfigurationChange)(host, device, action, null_mut()) };
}
