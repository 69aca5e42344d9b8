//! The two devices that the guest talks to: the debug console takes event lines, the debug-exit port ends QEMU.

use core::arch::asm;

use x86_64::instructions::port::PortWriteOnly;

/// Port of QEMU's isa-debugcon.
const CONSOLE: u16 = 0xe9;
/// Port of QEMU's isa-debug-exit.
const EXIT: u16 = 0xf4;

/// Writes bytes to the debug console, in one instruction.
pub fn write(bytes: &[u8]) {
    // SAFETY: the instruction reads the slice only, and the port has no effect on the guest.
    unsafe {
        asm!("rep outsb", in("dx") CONSOLE, inout("rsi") bytes.as_ptr() => _, inout("rcx") bytes.len() => _,
            options(nostack, preserves_flags, readonly));
    }
}

/// Ends QEMU; its exit status is `2 × code + 1`.
pub fn exit(code: u8) -> ! {
    let mut port = PortWriteOnly::<u8>::new(EXIT);
    loop {
        // SAFETY: the port ends the machine; nothing is left to break.
        unsafe { port.write(code) };
    }
}
