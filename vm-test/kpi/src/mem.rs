//! Raw memory of the kernel. Addresses come from kexts: a bad one faults, and the fault is reported like a panic of the
//! code that passed it.

use alloc::string::String;
use alloc::vec::Vec;

/// Reads a value of plain data at `address`.
pub fn read<T: Copy>(address: usize) -> T {
    let pointer = address as *const T;
    // SAFETY: plain data of the kernel's one address space; a bad address faults and is reported by the machine.
    unsafe { pointer.read_unaligned() }
}

/// Writes a value of plain data at `address`.
pub fn write<T: Copy>(address: usize, value: T) {
    let pointer = address as *mut T;
    // SAFETY: plain data of the kernel's one address space; a bad address faults and is reported by the machine.
    unsafe { pointer.write_unaligned(value) }
}

/// Copies `length` bytes; the ranges may overlap.
pub fn copy(from: usize, to: usize, length: usize) {
    let (from, to) = (from as *const u8, to as *mut u8);
    // SAFETY: as for `read` and `write`; overlapping ranges are allowed.
    unsafe { core::ptr::copy(from, to, length) }
}

/// Fills `length` bytes.
pub fn fill(to: usize, byte: u8, length: usize) {
    let to = to as *mut u8;
    // SAFETY: as for `write`.
    unsafe { core::ptr::write_bytes(to, byte, length) }
}

/// Copies bytes out.
pub fn bytes(from: usize, length: usize) -> Vec<u8> {
    let mut out = alloc::vec![0; length];
    copy(from, out.as_mut_ptr() as usize, length);
    out
}

/// Copies bytes in.
pub fn put(to: usize, bytes: &[u8]) {
    copy(bytes.as_ptr() as usize, to, bytes.len());
}

/// The bytes of a C string, without its end.
pub fn c_bytes(from: usize) -> Vec<u8> {
    let mut length = 0;
    while read::<u8>(from + length) != 0 {
        length += 1;
    }
    bytes(from, length)
}

/// A C string as text; "" for NULL.
pub fn c_string(from: usize) -> String {
    if from == 0 { String::new() } else { String::from_utf8_lossy(&c_bytes(from)).into_owned() }
}
