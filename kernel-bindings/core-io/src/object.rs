//! libkern's collections: property lists as the kernel holds them.

use core::ffi::{CStr, c_uint};
use core::marker::PhantomData;
use core::ptr::NonNull;

use core_io_sys::libkern::{self, OSObject};

use crate::ret::{IOReturn, Result};

/// An object that somebody else keeps alive, and leaves as it is, for `'a`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Object<'a>(NonNull<OSObject>, PhantomData<&'a OSObject>);

impl<'a> Object<'a> {
    /// Whether it is of the class with this name, or of one that derives from it.
    fn is(self, class: &CStr) -> bool {
        // SAFETY: the object lives, and the name ends in a zero byte.
        !unsafe { libkern::metaCast(self.as_ptr(), class.as_ptr()) }.is_null()
    }

    /// An object that another one holds, which does not change either.
    fn held(object: *const OSObject) -> Option<Self> {
        NonNull::new(object.cast_mut()).map(|object| Self(object, PhantomData))
    }

    /// Where it is.
    pub fn as_ptr(self) -> *const OSObject {
        self.0.as_ptr()
    }

    /// Its text, if it is a string.
    pub fn text(self) -> Option<&'a CStr> {
        if !self.is(c"OSString") {
            return None;
        }
        // SAFETY: it is a string that lives.
        let text = unsafe { libkern::OSString_getCStringNoCopy(self.as_ptr()) };
        // SAFETY: a string's text ends in a zero byte and stays as long as the string, which does not change.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
    }

    /// Its value, if it is a number; a negative one as its two's complement.
    pub fn number(self) -> Option<u64> {
        // SAFETY: it is a number that lives.
        self.is(c"OSNumber").then(|| unsafe { libkern::OSNumber_unsigned64BitValue(self.as_ptr()) })
    }

    /// Its value, if it is a boolean.
    pub fn flag(self) -> Option<bool> {
        // SAFETY: it is a boolean that lives.
        self.is(c"OSBoolean").then(|| unsafe { libkern::OSBoolean_isTrue(self.as_ptr()) })
    }

    /// As an array.
    pub fn array(self) -> Option<Array<'a>> {
        self.is(c"OSArray").then_some(Array(self))
    }

    /// As a dictionary.
    pub fn dictionary(self) -> Option<Dictionary<'a>> {
        self.is(c"OSDictionary").then_some(Dictionary(self))
    }

    /// Keeps it alive beyond `'a`.
    pub fn retain(self) -> Retained {
        // SAFETY: the object lives.
        unsafe { libkern::retain(self.as_ptr()) };
        Retained(self.0)
    }
}

/// An array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a>(Object<'a>);

impl<'a> Array<'a> {
    /// How many objects it has.
    pub fn count(self) -> u32 {
        // SAFETY: it is an array that lives.
        unsafe { libkern::OSArray_getCount(self.0.as_ptr()) }
    }

    /// The object at `index`, or nothing beyond its end.
    pub fn get(self, index: u32) -> Option<Object<'a>> {
        // SAFETY: it is an array that lives, and knows its end.
        Object::held(unsafe { libkern::OSArray_getObject(self.0.as_ptr(), index) })
    }
}

/// A dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Dictionary<'a>(Object<'a>);

impl<'a> Dictionary<'a> {
    /// How many objects it has.
    pub fn count(self) -> u32 {
        // SAFETY: it is a dictionary that lives.
        unsafe { libkern::OSDictionary_getCount(self.0.as_ptr()) }
    }

    /// The object under a key.
    pub fn get(self, key: &CStr) -> Option<Object<'a>> {
        // SAFETY: it is a dictionary that lives, and the key ends in a zero byte.
        Object::held(unsafe { libkern::OSDictionary_getObject(self.0.as_ptr(), key.as_ptr()) })
    }
}

/// An object that this value keeps alive.
#[derive(Debug)]
#[repr(transparent)]
pub struct Retained(NonNull<OSObject>);

// SAFETY: retain and release count atomically; everything else goes through `Object`.
unsafe impl Send for Retained {}

impl Retained {
    /// A dictionary of numbers, each of 64 bits. May block: not for the audio path.
    ///
    /// # Errors
    /// [`IOReturn::NO_MEMORY`].
    pub fn numbers(entries: &[(&CStr, u64)]) -> Result<Self> {
        // SAFETY: any capacity may be asked for; failure is a null pointer.
        let made = unsafe { libkern::OSDictionary_withCapacity(entries.len() as c_uint) };
        let dictionary = Self(NonNull::new(made.cast_mut()).ok_or(IOReturn::NO_MEMORY)?);
        for (key, value) in entries {
            // SAFETY: any number may be asked for; failure is a null pointer.
            let made = unsafe { libkern::OSNumber_withNumber(*value, u64::BITS) };
            let number = Self(NonNull::new(made.cast_mut()).ok_or(IOReturn::NO_MEMORY)?);
            let value = number.0.as_ptr().cast_const().cast();
            // SAFETY: both objects live, and the key ends in a zero byte.
            let set = unsafe { libkern::OSDictionary_setObject(dictionary.0.as_ptr(), key.as_ptr(), value) };
            if !set {
                return Err(IOReturn::NO_MEMORY);
            }
        }
        Ok(dictionary)
    }

    /// The object.
    pub fn object(&self) -> Object<'_> {
        Object(self.0, PhantomData)
    }
}

impl Drop for Retained {
    fn drop(&mut self) {
        // SAFETY: this value held one reference.
        unsafe { libkern::release(self.0.as_ptr()) }
    }
}
