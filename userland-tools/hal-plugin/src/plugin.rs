//! The driver's state: one, made by Initialize, there for good.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use hal_sys::AudioObjectID;

use crate::device::Device;
use crate::objects::device_id;
use crate::{bundle, say};

static PLUGIN: AtomicPtr<Plugin> = AtomicPtr::new(null_mut());

/// All devices, and whether the box that they are in is acquired.
pub(crate) struct Plugin {
    pub(crate) devices: Vec<Device>,
    acquired: AtomicBool,
}

impl Plugin {
    /// The state; nothing before Initialize.
    pub(crate) fn get() -> Option<&'static Self> {
        // SAFETY: null, or what `make` leaked.
        unsafe { PLUGIN.load(Ordering::Acquire).as_ref() }
    }

    /// Makes the state of the bundle's definitions, once.
    pub(crate) fn make() {
        if Self::get().is_some() {
            return;
        }
        let made = bundle::devices().into_iter().filter_map(|definition| {
            let device = Device::new(definition);
            device.inspect_err(|error| say!("a device has no engine: {error}")).ok()
        });
        let plugin = Box::leak(Box::new(Self { devices: made.collect(), acquired: AtomicBool::new(true) }));
        PLUGIN.store(plugin, Ordering::Release);
    }

    /// The devices that are there, by number.
    pub(crate) fn device_ids(&self) -> impl Iterator<Item = AudioObjectID> + use<> {
        let count = if self.is_acquired() { self.devices.len() } else { 0 };
        (0..count).map(device_id)
    }

    pub(crate) fn is_acquired(&self) -> bool {
        self.acquired.load(Ordering::Relaxed)
    }

    /// Has the devices come or go; whether that changed anything.
    pub(crate) fn acquire(&self, acquired: bool) -> bool {
        self.acquired.swap(acquired, Ordering::Relaxed) != acquired
    }
}
