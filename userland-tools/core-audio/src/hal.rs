//! Properties, notices and time.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hal_sys::AudioObjectID;
use hal_sys::interface::AudioObjectPropertyAddress;
use objc2_core_audio::{
    AudioConvertHostTimeToNanos, AudioGetCurrentHostTime, AudioObjectAddPropertyListener, AudioObjectGetPropertyData,
    AudioObjectGetPropertyDataSize, AudioObjectHasProperty, AudioObjectIsPropertySettable,
    AudioObjectPropertyAddress as Address, AudioObjectRemovePropertyListener, AudioObjectSetPropertyData,
};
use objc2_core_foundation::{CFRetained, CFString};
use sound::{Flow, Hal, Notice, Part, Ran, Status};

use crate::io;

/// kAudioHardwareBadPropertySizeError, for a property that is not what its selector says.
const BAD_SIZE: Status = u32::from_be_bytes(*b"!siz");

/// How often the one who looks on is asked.
const LOOK: Duration = Duration::from_millis(50);

/// Changes, from the HAL's threads to ours.
type Notices = Mutex<Vec<Notice>>;

/// This Mac's HAL.
#[derive(Debug)]
pub struct CoreAudio {
    /// Never freed: a listener that was removed may still be running.
    notices: &'static Notices,
    heard: RefCell<Vec<(AudioObjectID, AudioObjectPropertyAddress)>>,
}

impl CoreAudio {
    /// The HAL.
    pub fn open() -> CoreAudio {
        CoreAudio { notices: Box::leak(Box::default()), heard: RefCell::default() }
    }

    /// What listeners are given.
    fn client(&self) -> *mut c_void {
        ptr::from_ref(self.notices).cast_mut().cast()
    }
}

impl Drop for CoreAudio {
    fn drop(&mut self) {
        for (object, address) in self.heard.take() {
            let mut address = native(&address);
            // SAFETY: the address is a local, and function and client are those that were added.
            let _ = unsafe {
                AudioObjectRemovePropertyListener(object, NonNull::from(&mut address), Some(note), self.client())
            };
        }
    }
}

/// An address as the bindings have it.
fn native(address: &AudioObjectPropertyAddress) -> Address {
    Address { mSelector: address.mSelector, mScope: address.mScope, mElement: address.mElement }
}

/// An OSStatus as a result.
pub(crate) fn done(status: i32) -> Result<(), Status> {
    if status == 0 { Ok(()) } else { Err(status.cast_unsigned()) }
}

/// The host's time in ns.
pub(crate) fn nanos(host_time: u64) -> u64 {
    // SAFETY: it only computes.
    unsafe { AudioConvertHostTimeToNanos(host_time) }
}

/// Notes a change.
unsafe extern "C-unwind" fn note(
    object: AudioObjectID,
    count: u32,
    addresses: NonNull<Address>,
    client: *mut c_void,
) -> i32 {
    // SAFETY: listeners are added with this client, which is never freed.
    let notices = unsafe { &*client.cast_const().cast::<Notices>() };
    // SAFETY: the HAL hands so many addresses over.
    let addresses = unsafe { std::slice::from_raw_parts(addresses.as_ptr().cast_const(), count as usize) };
    let mut notices = notices.lock().unwrap_or_else(PoisonError::into_inner);
    notices.extend(addresses.iter().map(|address| Notice { object, selector: address.mSelector }));
    0
}

impl Hal for CoreAudio {
    fn has(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        let mut address = native(address);
        // SAFETY: the address is a local.
        unsafe { AudioObjectHasProperty(object, NonNull::from(&mut address)) }
    }

    fn is_settable(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        let (mut address, mut settable) = (native(address), 0);
        // SAFETY: address and answer are locals.
        let status =
            unsafe { AudioObjectIsPropertySettable(object, NonNull::from(&mut address), NonNull::from(&mut settable)) };
        status == 0 && settable != 0
    }

    fn size(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<usize, Status> {
        let (mut address, mut size) = (native(address), 0_u32);
        let place = NonNull::from(&mut address);
        // SAFETY: address and answer are locals, and there is no qualifier.
        done(unsafe { AudioObjectGetPropertyDataSize(object, place, 0, ptr::null(), NonNull::from(&mut size)) })?;
        Ok(size as usize)
    }

    fn read(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u8>, Status> {
        let (mut address, mut size) = (native(address), 0_u32);
        let place = NonNull::from(&mut address);
        // SAFETY: address and answer are locals, and there is no qualifier.
        done(unsafe { AudioObjectGetPropertyDataSize(object, place, 0, ptr::null(), NonNull::from(&mut size)) })?;
        // Of eight bytes each, so that whatever it is lies where it may.
        let mut bytes = vec![0_u64; (size as usize).div_ceil(8).max(1)];
        let data = NonNull::from(bytes.as_mut_slice()).cast();
        // SAFETY: there is room for `size` bytes at `data`, and `size` is a local.
        done(unsafe { AudioObjectGetPropertyData(object, place, 0, ptr::null(), NonNull::from(&mut size), data) })?;
        let mut bytes: Vec<u8> = bytes.into_iter().flat_map(u64::to_ne_bytes).collect();
        bytes.truncate(size as usize);
        Ok(bytes)
    }

    fn text(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<String, Status> {
        let mut address = native(address);
        let mut text: *mut CFString = ptr::null_mut();
        let mut size = size_of_val(&text) as u32;
        let (place, data) = (NonNull::from(&mut address), NonNull::from(&mut text).cast());
        // SAFETY: a property that is a CFString is a pointer, for which there is room.
        done(unsafe { AudioObjectGetPropertyData(object, place, 0, ptr::null(), NonNull::from(&mut size), data) })?;
        let text = NonNull::new(text).ok_or(BAD_SIZE)?;
        // SAFETY: whoever asks for a CFString owns it.
        Ok(unsafe { CFRetained::from_raw(text) }.to_string())
    }

    fn write(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress, value: &[u8]) -> Result<(), Status> {
        let mut address = native(address);
        let mut words = vec![0_u64; value.len().div_ceil(8).max(1)];
        for (word, bytes) in words.iter_mut().zip(value.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_ne_bytes(whole);
        }
        let data = NonNull::from(words.as_mut_slice()).cast();
        let place = NonNull::from(&mut address);
        // SAFETY: `data` has as many bytes as the value.
        done(unsafe { AudioObjectSetPropertyData(object, place, 0, ptr::null(), value.len() as u32, data) })
    }

    fn listen(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<(), Status> {
        let mut there = native(address);
        let place = NonNull::from(&mut there);
        // SAFETY: the address is a local, and the client is never freed.
        done(unsafe { AudioObjectAddPropertyListener(object, place, Some(note), self.client()) })?;
        self.heard.borrow_mut().push((object, *address));
        Ok(())
    }

    fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> u64 {
        // SAFETY: it only reads the clock.
        nanos(unsafe { AudioGetCurrentHostTime() })
    }

    fn pause(&self, ns: u64) {
        thread::sleep(Duration::from_nanos(ns));
    }

    fn run(&self, parts: &mut [Part<'_>], watch: &mut dyn FnMut() -> Flow) -> Result<Ran, Status> {
        let begin = self.now();
        let running = parts.iter_mut().map(io::Running::start).collect::<Result<Vec<_>, Status>>()?;
        while watch() == Flow::On && !running.iter().all(io::Running::is_done) {
            thread::sleep(LOOK);
        }
        drop(running);
        Ok(Ran { ns: self.now().saturating_sub(begin) })
    }
}
