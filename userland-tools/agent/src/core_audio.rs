//! A Mac's HAL: properties by CoreAudio's calls. What is told of changes is noted on a thread of the HAL's.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use hal_sys::code::client::kAudioHardwarePropertyRunLoop;
use hal_sys::code::scope::kAudioObjectPropertyScopeGlobal;
use hal_sys::code::status::{kAudioHardwareBadPropertySizeError, kAudioHardwareUnspecifiedError};
use hal_sys::interface::{AudioObjectPropertyAddress, CFTypeRef};
use hal_sys::{AudioObjectID, OSStatus, kAudioObjectSystemObject};
use sound::{Flow, Hal, Notice, Part, Ran, Status};

use crate::cf;
use crate::io;
use crate::system::{self, Timebase};

/// Notices that are kept until they are taken; further ones are forgotten.
const NOTICES: usize = 64;

type Listener = extern "C" fn(AudioObjectID, u32, *const AudioObjectPropertyAddress, *mut c_void) -> OSStatus;

unsafe extern "C" {
    fn AudioObjectHasProperty(object: AudioObjectID, address: *const AudioObjectPropertyAddress) -> u8;
    fn AudioObjectIsPropertySettable(
        object: AudioObjectID,
        address: *const AudioObjectPropertyAddress,
        settable: *mut u8,
    ) -> OSStatus;
    fn AudioObjectGetPropertyDataSize(
        object: AudioObjectID,
        address: *const AudioObjectPropertyAddress,
        qualifier_size: u32,
        qualifier: *const c_void,
        size: *mut u32,
    ) -> OSStatus;
    fn AudioObjectGetPropertyData(
        object: AudioObjectID,
        address: *const AudioObjectPropertyAddress,
        qualifier_size: u32,
        qualifier: *const c_void,
        size: *mut u32,
        data: *mut c_void,
    ) -> OSStatus;
    fn AudioObjectSetPropertyData(
        object: AudioObjectID,
        address: *const AudioObjectPropertyAddress,
        qualifier_size: u32,
        qualifier: *const c_void,
        size: u32,
        data: *const c_void,
    ) -> OSStatus;
    fn AudioObjectAddPropertyListener(
        object: AudioObjectID,
        address: *const AudioObjectPropertyAddress,
        listener: Listener,
        client: *mut c_void,
    ) -> OSStatus;
    fn CFRelease(object: CFTypeRef);
}

/// What was told of and not yet taken: object and selector of each, behind a count.
static NOTED: [AtomicU64; NOTICES] = [const { AtomicU64::new(0) }; NOTICES];
static COUNT: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(
    object: AudioObjectID,
    count: u32,
    addresses: *const AudioObjectPropertyAddress,
    _: *mut c_void,
) -> OSStatus {
    for index in 0..count as usize {
        // SAFETY: the HAL hands in as many addresses as it counts.
        let place = unsafe { addresses.add(index) };
        // SAFETY: as above.
        let address = unsafe { place.read() };
        let noted = u64::from(object) << 32 | u64::from(address.mSelector);
        if let Some(place) = NOTED.get(COUNT.fetch_add(1, Ordering::AcqRel)) {
            place.store(noted, Ordering::Release);
        }
    }
    0
}

/// The HAL.
pub(crate) struct CoreAudio {
    timebase: Timebase,
}

pub(crate) fn done(status: OSStatus) -> Result<(), Status> {
    if status == 0 { Ok(()) } else { Err(status.cast_unsigned()) }
}

impl CoreAudio {
    /// Has the HAL tell of changes on a thread of its own: from 10.6 on it does on the main thread's run loop, which a program
    /// like this does not have.
    pub(crate) fn open() -> CoreAudio {
        let hal = CoreAudio { timebase: Timebase::ask() };
        let address = AudioObjectPropertyAddress {
            mSelector: kAudioHardwarePropertyRunLoop,
            mScope: kAudioObjectPropertyScopeGlobal,
            mElement: 0,
        };
        // A HAL that does not know it does so anyway.
        let _ = hal.write(kAudioObjectSystemObject, &address, &[0; 8]);
        hal
    }
}

impl Hal for CoreAudio {
    fn has(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        // SAFETY: any object and address may be asked about.
        (unsafe { AudioObjectHasProperty(object, address) }) != 0
    }

    fn is_settable(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        let mut settable = 0;
        // SAFETY: any object and address may be asked about, and the place for the answer is ours.
        let status = unsafe { AudioObjectIsPropertySettable(object, address, &raw mut settable) };
        status == 0 && settable != 0
    }

    fn size(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<usize, Status> {
        let mut size = 0;
        // SAFETY: no qualifier, and the place for the size is ours.
        done(unsafe { AudioObjectGetPropertyDataSize(object, address, 0, null(), &raw mut size) })?;
        Ok(size as usize)
    }

    fn read(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u8>, Status> {
        let mut bytes = vec![0; self.size(object, address)?];
        let mut size = bytes.len() as u32;
        let to = bytes.as_mut_ptr().cast();
        // SAFETY: no qualifier, and there is as much room as is said.
        done(unsafe { AudioObjectGetPropertyData(object, address, 0, null(), &raw mut size, to) })?;
        bytes.truncate(size as usize);
        Ok(bytes)
    }

    fn text(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<String, Status> {
        let bytes = self.read(object, address)?;
        let word: [u8; 8] = bytes.as_slice().try_into().map_err(|_| kAudioHardwareBadPropertySizeError)?;
        let string = usize::from_ne_bytes(word) as CFTypeRef;
        if string.is_null() {
            return Err(kAudioHardwareUnspecifiedError);
        }
        // SAFETY: a string that the HAL has given us to keep.
        let text = unsafe { cf::text(string) };
        // SAFETY: it was ours to give back, once.
        unsafe { CFRelease(string) };
        text.ok_or(kAudioHardwareUnspecifiedError)
    }

    fn write(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress, value: &[u8]) -> Result<(), Status> {
        let (size, data) = (value.len() as u32, value.as_ptr().cast());
        // SAFETY: no qualifier, and as many bytes as are said.
        done(unsafe { AudioObjectSetPropertyData(object, address, 0, null(), size, data) })
    }

    fn listen(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<(), Status> {
        // SAFETY: the listener needs nothing of ours and stays as long as the process.
        done(unsafe { AudioObjectAddPropertyListener(object, address, note, null_mut()) })
    }

    fn take_notices(&self) -> Vec<Notice> {
        let count = COUNT.swap(0, Ordering::AcqRel).min(NOTICES);
        let notice = |place: &AtomicU64| {
            let noted = place.load(Ordering::Acquire);
            Notice { object: (noted >> 32) as u32, selector: noted as u32 }
        };
        NOTED[..count].iter().map(notice).collect()
    }

    fn now(&self) -> u64 {
        self.timebase.ns(system::ticks())
    }

    fn pause(&self, ns: u64) {
        system::pause(ns);
    }

    fn run(&self, parts: &mut [Part<'_>], watch: &mut dyn FnMut() -> Flow) -> Result<Ran, Status> {
        io::run(self.timebase, parts, watch)
    }
}
