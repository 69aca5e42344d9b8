//! The driver's memory: all reading and writing of what it hands in goes through here. A pointer that is not what it must be
//! is a fault of the driver's, which `signals` reports.

use std::ffi::{CStr, c_char};

/// The text at an address, without its NUL.
pub(crate) fn c_bytes(at: usize) -> Vec<u8> {
    // SAFETY: the driver promises a text that ends with a NUL; where there is none, its fault is reported.
    unsafe { CStr::from_ptr(at as *const c_char) }.to_bytes().to_vec()
}

/// Bytes at an address.
pub(crate) fn bytes(at: usize, count: usize) -> Vec<u8> {
    if count == 0 {
        return Vec::new();
    }
    // SAFETY: the driver promises so many bytes; where there are fewer, its fault is reported.
    unsafe { std::slice::from_raw_parts(at as *const u8, count) }.to_vec()
}

/// Writes bytes.
pub(crate) fn put(at: usize, bytes: &[u8]) {
    // SAFETY: the driver promises so much room; where there is less, its fault is reported.
    unsafe { std::ptr::copy(bytes.as_ptr(), at as *mut u8, bytes.len()) };
}

/// A word of N bytes.
pub(crate) fn word<const N: usize>(at: usize) -> [u8; N] {
    // SAFETY: the driver promises so many bytes, of any alignment; where there are fewer, its fault is reported.
    unsafe { (at as *const [u8; N]).read() }
}

/// A word of eight bytes.
pub(crate) fn u64_at(at: usize) -> u64 {
    u64::from_ne_bytes(word(at))
}
