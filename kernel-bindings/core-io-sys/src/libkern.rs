//! Methods of libkern's collections, under their Mach-O names. The classes are the kernel's own and kexts do not derive
//! from them, so a method is called by its symbol as well as through the vtable. Signatures: kernel-bindings/abi.

use core::ffi::{c_char, c_uint, c_ulonglong, c_void};

/// An object of a class that derives from OSObject.
#[repr(C)]
pub struct OSObject {
    opaque: [u8; 0],
}

unsafe extern "C" {
    /// OSMetaClassBase::metaCast: the object, if it is of the class with this name or of one that derives from it.
    #[link_name = "_ZNK15OSMetaClassBase8metaCastEPKc"]
    pub fn metaCast(object: *const OSObject, class: *const c_char) -> *const OSObject;
    /// OSObject::retain.
    #[link_name = "_ZNK8OSObject6retainEv"]
    pub fn retain(object: *const OSObject);
    /// OSObject::release.
    #[link_name = "_ZNK8OSObject7releaseEv"]
    pub fn release(object: *const OSObject);
    /// OSString::getCStringNoCopy.
    #[link_name = "_ZNK8OSString16getCStringNoCopyEv"]
    pub fn OSString_getCStringNoCopy(string: *const OSObject) -> *const c_char;
    /// OSNumber::unsigned64BitValue.
    #[link_name = "_ZNK8OSNumber18unsigned64BitValueEv"]
    pub fn OSNumber_unsigned64BitValue(number: *const OSObject) -> c_ulonglong;
    /// OSNumber::withNumber.
    #[link_name = "_ZN8OSNumber10withNumberEyj"]
    pub fn OSNumber_withNumber(value: c_ulonglong, bits: c_uint) -> *const OSObject;
    /// OSBoolean::isTrue.
    #[link_name = "_ZNK9OSBoolean6isTrueEv"]
    pub fn OSBoolean_isTrue(boolean: *const OSObject) -> bool;
    /// OSArray::getCount.
    #[link_name = "_ZNK7OSArray8getCountEv"]
    pub fn OSArray_getCount(array: *const OSObject) -> c_uint;
    /// OSArray::getObject.
    #[link_name = "_ZNK7OSArray9getObjectEj"]
    pub fn OSArray_getObject(array: *const OSObject, index: c_uint) -> *const OSObject;
    /// OSDictionary::withCapacity.
    #[link_name = "_ZN12OSDictionary12withCapacityEj"]
    pub fn OSDictionary_withCapacity(capacity: c_uint) -> *const OSObject;
    /// OSDictionary::getCount.
    #[link_name = "_ZNK12OSDictionary8getCountEv"]
    pub fn OSDictionary_getCount(dictionary: *const OSObject) -> c_uint;
    /// OSDictionary::getObject by a C string.
    #[link_name = "_ZNK12OSDictionary9getObjectEPKc"]
    pub fn OSDictionary_getObject(dictionary: *const OSObject, key: *const c_char) -> *const OSObject;
    /// OSDictionary::setObject by a C string.
    #[link_name = "_ZN12OSDictionary9setObjectEPKcPK15OSMetaClassBase"]
    pub fn OSDictionary_setObject(dictionary: *const OSObject, key: *const c_char, value: *const c_void) -> bool;
}
