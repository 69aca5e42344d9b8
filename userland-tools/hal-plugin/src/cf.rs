//! What is used of CoreFoundation.

use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_void};
use core::ptr::null;

use engine::property::{Node, Value};
use hal_sys::interface::CFTypeRef;
use hal_sys::uuid::CFUUIDBytes;

/// kCFStringEncodingUTF8.
const UTF8: u32 = 0x0800_0100;
/// kCFNumberSInt64Type.
const I64: isize = 4;

unsafe extern "C" {
    fn CFBooleanGetTypeID() -> usize;
    fn CFBooleanGetValue(object: CFTypeRef) -> u8;
    fn CFNumberGetTypeID() -> usize;
    fn CFNumberGetValue(object: CFTypeRef, kind: isize, value: *mut i64) -> u8;
    fn CFStringGetTypeID() -> usize;
    fn CFStringGetLength(object: CFTypeRef) -> isize;
    fn CFStringGetCString(object: CFTypeRef, buffer: *mut c_char, size: isize, encoding: u32) -> u8;
    fn CFStringCreateWithCString(allocator: CFTypeRef, text: *const c_char, encoding: u32) -> CFTypeRef;
    fn CFArrayGetTypeID() -> usize;
    fn CFArrayGetCount(object: CFTypeRef) -> isize;
    fn CFArrayGetValueAtIndex(object: CFTypeRef, index: isize) -> CFTypeRef;
    fn CFDictionaryGetTypeID() -> usize;
    fn CFDictionaryGetCount(object: CFTypeRef) -> isize;
    fn CFDictionaryGetKeysAndValues(object: CFTypeRef, keys: *mut CFTypeRef, values: *mut CFTypeRef);
    fn CFGetTypeID(object: CFTypeRef) -> usize;
    fn CFNumberCreate(allocator: CFTypeRef, kind: isize, value: *const i64) -> CFTypeRef;
    fn CFDictionaryCreateMutable(
        allocator: CFTypeRef,
        capacity: isize,
        keys: *const c_void,
        values: *const c_void,
    ) -> CFTypeRef;
    fn CFDictionarySetValue(dictionary: CFTypeRef, key: CFTypeRef, value: CFTypeRef);
    fn CFRelease(object: CFTypeRef);
    fn CFUUIDGetUUIDBytes(object: CFTypeRef) -> CFUUIDBytes;
    fn CFBundleGetBundleWithIdentifier(identifier: CFTypeRef) -> CFTypeRef;
    fn CFBundleGetValueForInfoDictionaryKey(bundle: CFTypeRef, key: CFTypeRef) -> CFTypeRef;
    /// Callbacks of dictionaries of objects; only their addresses are taken.
    static kCFTypeDictionaryKeyCallBacks: c_void;
    static kCFTypeDictionaryValueCallBacks: c_void;
}

/// A string of our own, given back when it is dropped.
pub(crate) struct Text(CFTypeRef);

impl Text {
    /// A string; nothing if memory is short or the text is not UTF-8.
    pub(crate) fn new(text: &CStr) -> Option<Self> {
        // SAFETY: the text ends with a NUL, and null is the usual allocator.
        let made = unsafe { CFStringCreateWithCString(null(), text.as_ptr(), UTF8) };
        (!made.is_null()).then_some(Self(made))
    }

    /// The object, for functions that only look at it.
    pub(crate) fn get(&self) -> CFTypeRef {
        self.0
    }

    /// The object, for somebody else to release.
    pub(crate) fn give_away(self) -> CFTypeRef {
        let object = self.0;
        core::mem::forget(self);
        object
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: it was made by us and not given away.
        unsafe { CFRelease(self.0) }
    }
}

/// A dictionary of our own that others only read, given back when it is dropped.
pub(crate) struct Dictionary(CFTypeRef);

impl Dictionary {
    /// An empty one; nothing if memory is short.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: null is the usual allocator, and both addresses are of callbacks that the library has for objects.
        let made = unsafe {
            CFDictionaryCreateMutable(
                null(),
                0,
                &raw const kCFTypeDictionaryKeyCallBacks,
                &raw const kCFTypeDictionaryValueCallBacks,
            )
        };
        (!made.is_null()).then_some(Self(made))
    }

    /// The object, for functions that only look at it.
    pub(crate) fn get(&self) -> CFTypeRef {
        self.0
    }

    /// Sets an entry to a number; nothing changes if memory is short.
    pub(crate) fn set_number(&self, key: &CStr, number: u64) {
        let number = number.cast_signed();
        // SAFETY: null is the usual allocator, and the number lives until the call returns.
        let made = unsafe { CFNumberCreate(null(), I64, &raw const number) };
        if made.is_null() {
            return;
        }
        self.put(key, made);
        // SAFETY: it was made here, and the dictionary holds it by itself.
        unsafe { CFRelease(made) }
    }

    /// Sets an entry to another dictionary.
    pub(crate) fn set(&self, key: &CStr, value: &Self) {
        self.put(key, value.0);
    }

    fn put(&self, key: &CStr, value: CFTypeRef) {
        if let Some(key) = Text::new(key) {
            // SAFETY: a dictionary of ours, and two objects that live until the call returns.
            unsafe { CFDictionarySetValue(self.0, key.get(), value) }
        }
    }
}

impl Drop for Dictionary {
    fn drop(&mut self) {
        // SAFETY: it was made by us.
        unsafe { CFRelease(self.0) }
    }
}

/// Gives an object up that somebody else made for us.
///
/// # Safety
/// It is an object that is ours to give up.
pub(crate) unsafe fn release(object: CFTypeRef) {
    // SAFETY: the caller vouched for it.
    unsafe { CFRelease(object) }
}

/// The bytes of a UUID.
///
/// # Safety
/// `uuid` is a CFUUID.
pub(crate) unsafe fn uuid_bytes(uuid: CFTypeRef) -> CFUUIDBytes {
    // SAFETY: the caller vouched for it.
    unsafe { CFUUIDGetUUIDBytes(uuid) }
}

/// Looks up an entry of the property list of the bundle with this identifier.
pub(crate) fn info(identifier: &CStr, key: &CStr) -> Option<Tree> {
    let (identifier, key) = (Text::new(identifier)?, Text::new(key)?);
    // SAFETY: the string lives until the call returns.
    let bundle = unsafe { CFBundleGetBundleWithIdentifier(identifier.get()) };
    if bundle.is_null() {
        return None;
    }
    // SAFETY: the bundle is the system's and stays as long as its code, which is ours.
    let value = unsafe { CFBundleGetValueForInfoDictionaryKey(bundle, key.get()) };
    // SAFETY: the value is the bundle's, and an object if there is one.
    (!value.is_null()).then(|| unsafe { Tree::of(value) })
}

/// How deep a property list is read.
const DEEPEST: u32 = 8;

/// A property list in memory of our own.
#[derive(Debug)]
pub(crate) enum Tree {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<Tree>),
    Dictionary(Vec<(CString, Tree)>),
    Other,
}

impl Tree {
    /// Reads an object, whatever it is.
    ///
    /// # Safety
    /// It is an object of CoreFoundation that lives until the call returns.
    pub(crate) unsafe fn of(object: CFTypeRef) -> Self {
        // SAFETY: the caller vouched for it.
        unsafe { Self::of_depth(object, DEEPEST) }
    }

    /// Reads an object down to a depth.
    ///
    /// # Safety
    /// As for `of`.
    unsafe fn of_depth(object: CFTypeRef, depth: u32) -> Self {
        // SAFETY: the caller vouched for the object.
        let kind = unsafe { CFGetTypeID(object) };
        // SAFETY: it needs nothing.
        if kind == unsafe { CFStringGetTypeID() } {
            // SAFETY: it is a string.
            return unsafe { text(object) }.and_then(|text| text.into_string().ok()).map_or(Self::Other, Self::Text);
        }
        // SAFETY: it needs nothing.
        if kind == unsafe { CFNumberGetTypeID() } {
            let mut number = 0;
            // SAFETY: it is a number, and there is room for one.
            let exact = unsafe { CFNumberGetValue(object, I64, &raw mut number) };
            return if exact == 0 { Self::Other } else { Self::Number(number.cast_unsigned()) };
        }
        // SAFETY: it needs nothing.
        if kind == unsafe { CFBooleanGetTypeID() } {
            // SAFETY: it is a boolean.
            return Self::Flag(unsafe { CFBooleanGetValue(object) } != 0);
        }
        // SAFETY: it needs nothing.
        if depth > 0 && kind == unsafe { CFArrayGetTypeID() } {
            // SAFETY: it is an array.
            let count = unsafe { CFArrayGetCount(object) };
            // SAFETY: the indices are below the array's count.
            let elements = (0..count).map(|index| unsafe { CFArrayGetValueAtIndex(object, index) });
            // SAFETY: what is in a property list's array are objects that live as long as it does.
            return Self::List(elements.map(|element| unsafe { Self::of_depth(element, depth - 1) }).collect());
        }
        // SAFETY: it needs nothing.
        if depth > 0 && kind == unsafe { CFDictionaryGetTypeID() } {
            // SAFETY: it is a dictionary.
            return unsafe { Self::entries(object, depth - 1) };
        }
        Self::Other
    }

    /// Reads a dictionary.
    ///
    /// # Safety
    /// It is one, of strings and objects, and lives until the call returns.
    unsafe fn entries(object: CFTypeRef, depth: u32) -> Self {
        // SAFETY: the caller vouched for the dictionary.
        let count = unsafe { CFDictionaryGetCount(object) }.max(0).cast_unsigned();
        let (mut keys, mut values) = (vec![null(); count], vec![null(); count]);
        // SAFETY: both have room for as many as there are.
        unsafe { CFDictionaryGetKeysAndValues(object, keys.as_mut_ptr(), values.as_mut_ptr()) };
        let read = keys.into_iter().zip(values).filter_map(|(key, value)| {
            // SAFETY: keys of a property list are strings that live as long as it does.
            let key = unsafe { text(key) }?;
            // SAFETY: values of a property list are objects that live as long as it does.
            Some((key, unsafe { Self::of_depth(value, depth) }))
        });
        Self::Dictionary(read.collect())
    }

    /// A list's elements; none of anything else.
    pub(crate) fn list(&self) -> &[Self] {
        if let Self::List(list) = self { list } else { &[] }
    }
}

/// A string's text; nothing if it has a NUL in it.
///
/// # Safety
/// `string` is a CFString that lives until the call returns.
pub(crate) unsafe fn text(string: CFTypeRef) -> Option<CString> {
    // SAFETY: the caller vouched for the string.
    let units = unsafe { CFStringGetLength(string) }.max(0);
    // Three bytes of UTF-8 at most for each unit of UTF-16, and the NUL.
    let mut bytes = vec![0_u8; units.cast_unsigned().checked_mul(3)?.checked_add(1)?];
    // SAFETY: the caller vouched for the string, and the buffer is that long.
    let fits = unsafe { CFStringGetCString(string, bytes.as_mut_ptr().cast(), bytes.len().cast_signed(), UTF8) };
    if fits == 0 {
        return None;
    }
    bytes.truncate(bytes.iter().position(|byte| *byte == 0)?);
    CString::new(bytes).ok()
}

impl<'a> Node<'a> for &'a Tree {
    fn value(self) -> Value<'a> {
        match self {
            Tree::Text(text) => Value::Text(text),
            Tree::Number(number) => Value::Number(*number),
            Tree::Flag(flag) => Value::Flag(*flag),
            Tree::List(_) => Value::List,
            Tree::Dictionary(_) => Value::Dictionary,
            Tree::Other => Value::Other,
        }
    }

    fn count(self) -> u32 {
        match self {
            Tree::List(list) => list.len() as u32,
            Tree::Dictionary(entries) => entries.len() as u32,
            _ => 0,
        }
    }

    fn element(self, index: u32) -> Option<Self> {
        self.list().get(index as usize)
    }

    fn member(self, key: &CStr) -> Option<Self> {
        let Tree::Dictionary(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.as_c_str() == key).map(|(_, value)| value)
    }
}
