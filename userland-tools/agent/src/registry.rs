//! The registry of IOKit: a driver's service, and what is below it.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::ptr::null;

use hal_sys::interface::CFTypeRef;
use serde::Serialize;
use serde_json::Value;

use crate::{Failure, cf};

/// The main port, for which this stands on every release.
const MAIN_PORT: u32 = 0;
/// kIOReturnSuccess.
const SUCCESS: i32 = 0;
/// kIOServicePlane.
const PLANE: &CStr = c"IOService";
/// Bytes of an io_name_t.
const NAME: usize = 128;

unsafe extern "C" {
    fn IOServiceMatching(class: *const c_char) -> CFTypeRef;
    fn IOServiceGetMatchingService(port: u32, matching: CFTypeRef) -> u32;
    fn IOObjectGetClass(object: u32, name: *mut c_char) -> i32;
    safe fn IOObjectRelease(object: u32) -> i32;
    fn IORegistryEntryCreateCFProperties(
        entry: u32,
        properties: *mut CFTypeRef,
        allocator: CFTypeRef,
        options: u32,
    ) -> i32;
    fn IORegistryEntryGetChildIterator(entry: u32, plane: *const c_char, iterator: *mut u32) -> i32;
    safe fn IOIteratorNext(iterator: u32) -> u32;
    fn CFRelease(object: CFTypeRef);
}

/// An entry, with all that is below it in the service plane.
#[derive(Serialize)]
pub(crate) struct Entry {
    class: String,
    properties: Value,
    below: Vec<Entry>,
}

/// A reference to an object of the kernel.
struct Object(u32);

impl Drop for Object {
    fn drop(&mut self) {
        // That it is gone already is no matter.
        let _ = IOObjectRelease(self.0);
    }
}

impl Entry {
    /// The service of a class, if the registry has one.
    pub(crate) fn of_class(class: &str) -> Result<Entry, Failure> {
        let name = CString::new(class).map_err(|_| Failure::usage("a class has no NUL in its name"))?;
        // SAFETY: a C string.
        let matching = unsafe { IOServiceMatching(name.as_ptr()) };
        if matching.is_null() {
            return Err(Failure { code: 1, words: format!("{class}: IOKit makes no dictionary to match it by") });
        }
        // SAFETY: the dictionary is ours to give away, which this does.
        let service = Object(unsafe { IOServiceGetMatchingService(MAIN_PORT, matching) });
        if service.0 == 0 {
            return Err(Failure::usage(format!(
                "there is no service of the class {class}; see by kextstat that its kext is loaded"
            )));
        }
        Entry::of(&service)
    }

    fn of(object: &Object) -> Result<Entry, Failure> {
        let mut name: [c_char; NAME] = [0; NAME];
        // SAFETY: the reference is our own, and there is room for a name.
        let status = unsafe { IOObjectGetClass(object.0, name.as_mut_ptr()) };
        let name = name.map(c_char::cast_unsigned);
        let class =
            CStr::from_bytes_until_nul(&name).map_or_else(|_| String::new(), |it| it.to_string_lossy().into_owned());
        told("its class", status)?;
        let mut properties = null();
        // SAFETY: the reference is our own, and the place for the result is ours.
        told(&class, unsafe { IORegistryEntryCreateCFProperties(object.0, &raw mut properties, null(), 0) })?;
        // SAFETY: the call made it for us.
        let value = unsafe { cf::value(properties) };
        if !properties.is_null() {
            // SAFETY: it was ours to give back, once.
            unsafe { CFRelease(properties) };
        }
        let mut iterator = 0;
        // SAFETY: the reference is our own, the plane a C string, the iterator a local.
        told(&class, unsafe { IORegistryEntryGetChildIterator(object.0, PLANE.as_ptr(), &raw mut iterator) })?;
        let iterator = Object(iterator);
        let next = || Some(Object(IOIteratorNext(iterator.0))).filter(|child| child.0 != 0);
        let below = core::iter::from_fn(next).map(|child| Entry::of(&child)).collect::<Result<_, _>>()?;
        Ok(Entry { class, properties: value, below })
    }
}

fn told(what: &str, status: i32) -> Result<(), Failure> {
    let words =
        || format!("{what}: IOKit returns {:#010x}; the driver may have gone meanwhile", status.cast_unsigned());
    if status == SUCCESS { Ok(()) } else { Err(Failure { code: 1, words: words() }) }
}
