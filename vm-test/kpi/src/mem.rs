//! Raw memory of the kernel. Addresses come from kexts: a bad one faults, and the fault is reported like a panic of the
//! code that passed it.

use alloc::string::String;
use alloc::vec::Vec;
#[cfg(target_arch = "x86_64")]
use core::arch::asm;
use core::ffi::{CStr, c_char};

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

/// Compares the 16 bytes at `address`, a multiple of 16, with `old` and replaces them by `new` where they are equal, in one step
/// for every processor. Returns what was there. Written in assembly, since the compiler takes a processor for one without the
/// instruction; 64-bit Macs have had it from the first.
#[cfg(target_arch = "x86_64")]
pub fn compare_exchange_16(address: usize, old: u128, new: u128) -> u128 {
    let (mut low, mut high) = (old as u64, (old >> 64) as u64);
    // SAFETY: plain data of the kernel's one address space, as for `write`; rbx is the compiler's own and is given back.
    unsafe {
        asm!(
            "xchg {new_low}, rbx",
            "lock cmpxchg16b [{pointer}]",
            "mov rbx, {new_low}",
            new_low = inout(reg) new as u64 => _,
            pointer = in(reg) address,
            inout("rax") low,
            inout("rdx") high,
            in("rcx") (new >> 64) as u64,
            options(nostack),
        );
    }
    (u128::from(high) << 64) | u128::from(low)
}

/// Other processors run no kext; they only ask what there is.
#[cfg(not(target_arch = "x86_64"))]
pub fn compare_exchange_16(_address: usize, _old: u128, _new: u128) -> u128 {
    unreachable!("kexts are for x86_64")
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

/// Whether these bytes lie at an address.
pub fn holds(at: usize, bytes: &[u8]) -> bool {
    // SAFETY: as for `read`; nothing writes there while the bytes are compared.
    unsafe { core::slice::from_raw_parts(at as *const u8, bytes.len()) == bytes }
}

/// The bytes of a C string, without its end.
pub fn c_bytes(from: usize) -> Vec<u8> {
    with_c_bytes(from, <[u8]>::to_vec)
}

/// Runs `f` on the bytes of a C string, without its end; `f` writes none of them.
pub fn with_c_bytes<R>(from: usize, f: impl FnOnce(&[u8]) -> R) -> R {
    // SAFETY: as for `read`: a string without an end faults.
    f(unsafe { CStr::from_ptr(from as *const c_char) }.to_bytes())
}

/// A C string as text; "" for NULL.
pub fn c_string(from: usize) -> String {
    if from == 0 { String::new() } else { lossy(c_bytes(from)) }
}

/// Bytes as text; what is no UTF-8 is replaced.
pub fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn sixteen_bytes_are_exchanged_at_once() {
        #[repr(align(16))]
        struct Place(u128);
        let mut place = Place(5 << 100 | 7);
        let address = (&raw mut place.0) as usize;
        assert_eq!(super::compare_exchange_16(address, 7, 1), 5 << 100 | 7, "another value stays");
        assert_eq!(super::compare_exchange_16(address, 5 << 100 | 7, u128::MAX - 3), 5 << 100 | 7);
        assert_eq!(super::read::<u128>(address), u128::MAX - 3);
    }
}
