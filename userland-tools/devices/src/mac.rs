//! The driver on this Mac, through IOKit. Not yet run on a Mac.

use std::ffi::c_char;
use std::process::Command;
use std::ptr;

use objc2_core_foundation::{
    CFData, CFDictionary, CFMutableDictionary, CFPropertyList, CFPropertyListCreateData, CFPropertyListCreateWithData,
    CFPropertyListFormat, CFRetained,
};
use objc2_io_kit::{
    IOIteratorNext, IOObjectRelease, IORegistryEntryCreateCFProperties, IORegistryEntryGetChildIterator,
    IORegistryEntrySetCFProperties, IOServiceGetMatchingService, IOServiceMatching, io_object_t, kIOServicePlane,
};
use plist::{Dictionary, Value};

use crate::driver::{Answer, Driver, Request};
use crate::entry::{Entry, word};
use crate::error::Error;

/// The main port, for which this stands on every release (`kIOMasterPortDefault`, `kIOMainPortDefault`).
const MAIN_PORT: u32 = 0;
/// kIOReturnSuccess.
const SUCCESS: i32 = 0;
/// kIOReturnError, for what cannot be asked at all.
const ERROR: u32 = 0xe000_02bc;
/// kIOReturnNotFound.
const NOT_FOUND: u32 = 0xe000_02f0;

/// The driver that runs on this Mac.
#[derive(Debug)]
pub struct Mac {
    root: Object,
}

impl Mac {
    /// Finds the driver.
    ///
    /// # Errors
    /// [`Error::Missing`] if it does not run.
    pub fn find() -> Result<Mac, Error> {
        // SAFETY: the name is a C string.
        let class = unsafe { IOServiceMatching(c"org_loopflower_driver_Root".as_ptr()) };
        // SAFETY: a mutable dictionary is a dictionary.
        let class = class.map(|class| unsafe { CFRetained::cast_unchecked::<CFDictionary>(class) });
        // SAFETY: the matching dictionary is one; the call consumes it.
        let root = Object(unsafe { IOServiceGetMatchingService(MAIN_PORT, class) });
        if root.0 == 0 {
            return Err(Error::Missing(
                "the driver does not run; type: sudo kextload /Library/Extensions/Loopflower.kext".to_owned(),
            ));
        }
        Ok(Mac { root })
    }

    /// Makes a request.
    fn make(&self, request: &Request) -> u32 {
        match request {
            Request::Add(_) | Request::Change(_) | Request::Remove(_) => self.root.set(request.properties()),
            Request::Control { uid, id, .. } => {
                let found = control(&self.root, uid, id);
                found.map_or(NOT_FOUND, |control| control.set(request.properties()))
            }
        }
    }
}

impl Driver for Mac {
    fn carry_out(&mut self, requests: &[Request]) -> Result<(Vec<Answer>, Entry), Error> {
        let answer = |request| {
            let before = kernel_log();
            let code = self.make(request);
            let after = if code == 0 { String::new() } else { kernel_log() };
            // The log may have lost its first lines meanwhile, but the driver's own are still in order.
            let known = before.lines().filter(|line| line.contains("Loopflower: ")).count();
            Answer::new(code, after.lines().filter(|line| line.contains("Loopflower: ")).skip(known))
        };
        Ok((requests.iter().map(answer).collect(), tree(&self.root)))
    }

    fn restart(&mut self) -> Result<(), Error> {
        Err(Error::Usage(
            "restart is for machines of the bench; on a Mac, `restore` brings back what was saved".to_owned(),
        ))
    }
}

/// What the kernel has logged, as far as it keeps it; administrators may read it.
fn kernel_log() -> String {
    let read = Command::new("/sbin/dmesg").output();
    read.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A reference to an object of the kernel, released when it is dropped.
#[derive(Debug)]
struct Object(io_object_t);

impl Drop for Object {
    fn drop(&mut self) {
        // That it is gone already is no matter.
        let _ = IOObjectRelease(self.0);
    }
}

impl Object {
    /// Its properties.
    fn properties(&self) -> Dictionary {
        let mut properties: *mut CFMutableDictionary = ptr::null_mut();
        // SAFETY: the reference is our own, and the result is a local.
        let result = unsafe { IORegistryEntryCreateCFProperties(self.0, &raw mut properties, None, 0) };
        let Some(properties) = ptr::NonNull::new(properties).filter(|_| result == SUCCESS) else {
            return Dictionary::new();
        };
        // SAFETY: the call made it for us.
        let properties = unsafe { CFRetained::from_raw(properties) };
        let list: &CFPropertyList = properties.as_ref();
        // SAFETY: the registry holds nothing that property lists do not; no error is asked for.
        let data = unsafe {
            CFPropertyListCreateData(None, Some(list), CFPropertyListFormat::BinaryFormat_v1_0, 0, ptr::null_mut())
        };
        let value = data.and_then(|data| plist::from_bytes::<Value>(&data.to_vec()).ok());
        value.and_then(Value::into_dictionary).unwrap_or_default()
    }

    /// Sets properties; what it answers.
    fn set(&self, properties: Dictionary) -> u32 {
        let mut bytes = Vec::new();
        if plist::to_writer_binary(&mut bytes, &Value::Dictionary(properties)).is_err() {
            return ERROR;
        }
        let data = CFData::from_bytes(&bytes);
        // SAFETY: neither format nor error is asked for.
        let list = unsafe { CFPropertyListCreateWithData(None, Some(&data), 0, ptr::null_mut(), ptr::null_mut()) };
        let Some(list) = list else { return ERROR };
        // SAFETY: the reference is our own, and the list is what IOKit knows to pass on.
        let result = unsafe { IORegistryEntrySetCFProperties(self.0, Some(&list)) };
        result.cast_unsigned()
    }

    /// What is below it in the service plane.
    fn children(&self) -> Vec<Object> {
        let mut plane: [c_char; 128] = [0; 128];
        for (to, from) in plane.iter_mut().zip(kIOServicePlane.to_bytes()) {
            *to = (*from).cast_signed();
        }
        let mut iterator = 0;
        // SAFETY: the reference is our own, the plane's name a C string, the iterator a local.
        let result = unsafe { IORegistryEntryGetChildIterator(self.0, &raw mut plane, &raw mut iterator) };
        if result != SUCCESS {
            return Vec::new();
        }
        let iterator = Object(iterator);
        let next = || Some(Object(IOIteratorNext(iterator.0))).filter(|child| child.0 != 0);
        std::iter::from_fn(next).collect()
    }
}

fn tree(object: &Object) -> Entry {
    Entry { properties: object.properties(), children: object.children().iter().map(tree).collect() }
}

/// A control of the device with this UID, by its type, subtype, usage and channel.
fn control(root: &Object, uid: &str, id: &[u32; 4]) -> Option<Object> {
    let is_device = |device: &Object| {
        let definition = device.properties().remove("Definition").and_then(Value::into_dictionary);
        definition.and_then(|definition| Some(definition.get("UID")?.as_string()? == uid)).unwrap_or(false)
    };
    let is_control = |control: &Object| {
        let properties = control.properties();
        let keys = ["IOAudioControlType", "IOAudioControlSubType", "IOAudioControlUsage", "IOAudioControlChannelID"];
        properties.contains_key(keys[0]) && keys.map(|key| word(&properties, key)) == *id
    };
    let device = root.children().into_iter().find(is_device)?;
    device.children().iter().flat_map(Object::children).find(is_control)
}
