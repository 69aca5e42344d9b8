//! The driver's state: one, made by Initialize, there for good.

use alloc::boxed::Box;
use core::ffi::CStr;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use engine::config::Device as Definition;
use hal_sys::AudioObjectID;

use crate::device::Device;
use crate::objects::device_id;
use crate::system::Mutex;
use crate::{bundle, say, storage};

/// Devices that there can be in the life of a process; those that went have a place too, as they are never given back.
pub(crate) const PLACES: usize = 64;

static PLUGIN: AtomicPtr<Plugin> = AtomicPtr::new(null_mut());

/// All devices, and whether the box that they are in is acquired.
pub(crate) struct Plugin {
    places: [Place; PLACES],
    acquired: AtomicBool,
    /// Held by whoever changes which devices there are.
    pub(crate) changing: Mutex<()>,
}

/// A place for a device.
struct Place {
    /// Null, or a device that stays for good.
    device: AtomicPtr<Device>,
    /// Whether it is there for the HAL.
    is_there: AtomicBool,
}

impl Plugin {
    /// The state; nothing before Initialize.
    pub(crate) fn get() -> Option<&'static Self> {
        // SAFETY: null, or what `make` leaked.
        unsafe { PLUGIN.load(Ordering::Acquire).as_ref() }
    }

    /// Makes the state of the bundle's definitions and of what is stored, once.
    pub(crate) fn make() {
        if Self::get().is_some() {
            return;
        }
        let nothing = || Place { device: AtomicPtr::new(null_mut()), is_there: AtomicBool::new(false) };
        let plugin: &Self = Box::leak(Box::new(Self {
            places: core::array::from_fn(|_| nothing()),
            acquired: AtomicBool::new(storage::acquired()),
            changing: Mutex::new(()),
        }));
        for definition in bundle::devices() {
            if let Err(why) = plugin.add(definition) {
                say!("a device of Info.plist: {why}");
            }
        }
        PLUGIN.store(core::ptr::from_ref(plugin).cast_mut(), Ordering::Release);
    }

    /// Makes a device, or brings the one back that went and was just the same; in words, why there is none.
    pub(crate) fn add(&self, definition: Definition) -> Result<(), &'static str> {
        let known = self.places.iter().find(|place| place.device().is_some_and(|it| *it.definition() == definition));
        let empty = || self.places.iter().find(|place| place.device().is_none());
        let place = known.or_else(empty).ok_or("there is no place for another one until the host starts anew")?;
        if place.device().is_none() {
            let device = Device::new(definition).map_err(|_| "its clock cannot be had from this Mac's")?;
            storage::restore(&device);
            place.device.store(Box::leak(Box::new(device)), Ordering::Release);
        }
        place.is_there.store(true, Ordering::Release);
        Ok(())
    }

    /// Has a device go: it ends, and nobody finds it any more.
    pub(crate) fn remove(&self, uid: &CStr) {
        for (_, device, place) in self.there() {
            if device.definition().uid() == uid {
                place.is_there.store(false, Ordering::Release);
                device.end();
            }
        }
    }

    fn there(&self) -> impl Iterator<Item = (AudioObjectID, &'static Device, &Place)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| {
            Some((device_id(index), place.device()?, place)).filter(|_| place.is_there.load(Ordering::Acquire))
        })
    }

    /// The devices that there are, acquired or not, by number.
    pub(crate) fn devices(&self) -> impl Iterator<Item = (AudioObjectID, &'static Device)> {
        self.there().map(|(id, device, _)| (id, device))
    }

    /// The device at a place, and whether it is there still.
    pub(crate) fn device_at(&self, index: usize) -> Option<(&'static Device, bool)> {
        let place = self.places.get(index)?;
        Some((place.device()?, place.is_there.load(Ordering::Acquire)))
    }

    /// The devices that the HAL sees, by number.
    pub(crate) fn device_ids(&self) -> impl Iterator<Item = AudioObjectID> {
        self.devices().map(|(id, _)| id).filter(|_| self.is_acquired())
    }

    pub(crate) fn is_acquired(&self) -> bool {
        self.acquired.load(Ordering::Relaxed)
    }

    /// Has the devices come or go; whether that changed anything.
    pub(crate) fn acquire(&self, acquired: bool) -> bool {
        self.acquired.swap(acquired, Ordering::Relaxed) != acquired
    }
}

impl Place {
    fn device(&self) -> Option<&'static Device> {
        // SAFETY: null, or what `add` leaked.
        unsafe { self.device.load(Ordering::Acquire).as_ref() }
    }
}
