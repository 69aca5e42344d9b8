//! Copy and silence as machine instructions.
//!
//! Written as assembly because the memory may be written or read by another processor at the same time, which no Rust
//! access but an atomic one allows, and atomic ones move eight bytes at most. The loops move 64 or 128 bytes a turn, then
//! eight, then one: whole frames are rarely less than eight. Long runs are copied by the processor's string instruction, which
//! moves whole cache lines; of its forms the one of eight bytes is quick on all processors.

use core::arch::asm;

/// From how many bytes on the string instruction is quicker than a loop.
const LONG: usize = 1024;

/// Copies `bytes` bytes, upwards.
///
/// # Safety
/// `bytes` bytes can be read at `from` and written at `to`.
#[inline]
pub(crate) unsafe fn copy(mut from: *const u8, mut to: *mut u8, mut bytes: usize) {
    if bytes >= LONG {
        // SAFETY: it moves eight times as many bytes as the words it is given, which the caller vouched for at both ends.
        unsafe {
            asm!(
                "rep movsq",
                inout("rsi") from,
                inout("rdi") to,
                inout("rcx") bytes / 8 => _,
                options(nostack, preserves_flags),
            );
        }
        bytes %= 8;
    }
    // SAFETY: the loops end when `left` bytes are moved, which the caller vouched for at both ends.
    unsafe {
        asm!(
            "sub {left}, 128",
            "jb 3f",
            "2:",
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups {c}, [{from} + 32]",
            "movups {d}, [{from} + 48]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "movups [{to} + 32], {c}",
            "movups [{to} + 48], {d}",
            "movups {a}, [{from} + 64]",
            "movups {b}, [{from} + 80]",
            "movups {c}, [{from} + 96]",
            "movups {d}, [{from} + 112]",
            "movups [{to} + 64], {a}",
            "movups [{to} + 80], {b}",
            "movups [{to} + 96], {c}",
            "movups [{to} + 112], {d}",
            "sub {from}, -128",
            "sub {to}, -128",
            "sub {left}, 128",
            "jae 2b",
            "3:",
            "add {left}, 120",
            "js 5f",
            "4:",
            "mov {word}, [{from}]",
            "mov [{to}], {word}",
            "add {from}, 8",
            "add {to}, 8",
            "sub {left}, 8",
            "jns 4b",
            "5:",
            "add {left}, 8",
            "jz 7f",
            "6:",
            "mov {word:l}, byte ptr [{from}]",
            "mov byte ptr [{to}], {word:l}",
            "inc {from}",
            "inc {to}",
            "dec {left}",
            "jnz 6b",
            "7:",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            left = inout(reg) bytes => _,
            word = out(reg) _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack),
        );
    }
}

/// Zeroes `bytes` bytes.
///
/// # Safety
/// `bytes` bytes can be written at `to`.
#[inline]
pub(crate) unsafe fn zero(to: *mut u8, bytes: usize) {
    // SAFETY: the loops end when `left` bytes are written, which the caller vouched for.
    unsafe {
        asm!(
            "xorps {zero}, {zero}",
            "sub {left}, 64",
            "jb 3f",
            "2:",
            "movups [{to}], {zero}",
            "movups [{to} + 16], {zero}",
            "movups [{to} + 32], {zero}",
            "movups [{to} + 48], {zero}",
            "add {to}, 64",
            "sub {left}, 64",
            "jae 2b",
            "3:",
            "add {left}, 56",
            "js 5f",
            "4:",
            "movlps [{to}], {zero}",
            "add {to}, 8",
            "sub {left}, 8",
            "jns 4b",
            "5:",
            "add {left}, 8",
            "jz 7f",
            "6:",
            "mov byte ptr [{to}], 0",
            "inc {to}",
            "dec {left}",
            "jnz 6b",
            "7:",
            to = inout(reg) to => _,
            left = inout(reg) bytes => _,
            zero = out(xmm_reg) _,
            options(nostack),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const GUARD: usize = 16;

    /// A buffer with guards, and a pointer to what is `at` bytes behind the first guard.
    fn pointer(buffer: &mut [u8], at: usize) -> *mut u8 {
        &raw mut buffer[GUARD + at]
    }

    #[test]
    fn every_length_and_alignment_is_copied_and_nothing_else() {
        let pattern: Vec<u8> = (0..2 * LONG).map(|i| (i * 7 + 1) as u8).collect();
        for bytes in (0..300).chain(LONG - 2..LONG + 20) {
            for (from, to) in [(0, 0), (1, 0), (0, 3), (8, 4), (5, 7)] {
                let mut source = pattern.clone();
                let mut destination = std::vec![0xEE; 2 * LONG];
                let mut expected = destination.clone();
                expected[GUARD + to..GUARD + to + bytes].copy_from_slice(&pattern[GUARD + from..GUARD + from + bytes]);
                let (source, target) = (pointer(&mut source, from), pointer(&mut destination, to));
                // SAFETY: both vectors have more bytes than that.
                unsafe { copy(source, target, bytes) };
                assert_eq!(destination, expected, "{bytes} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn every_length_and_alignment_is_zeroed_and_nothing_else() {
        for bytes in 0..300 {
            for at in 0..9 {
                let mut buffer = std::vec![0xEE; 400];
                let mut expected = buffer.clone();
                expected[GUARD + at..GUARD + at + bytes].fill(0);
                let target = pointer(&mut buffer, at);
                // SAFETY: the vector has 400 bytes.
                unsafe { zero(target, bytes) };
                assert_eq!(buffer, expected, "{bytes} bytes at {at}");
            }
        }
    }
}
