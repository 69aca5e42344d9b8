//! The two devices that the guest talks to: the debug console takes event lines, the debug-exit port ends QEMU.

use core::arch::asm;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use protocol::share::LINE;
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

/// The room that is left for lines: where, and how many bytes.
static ROOM: (AtomicPtr<u8>, AtomicUsize) = (AtomicPtr::new(core::ptr::null_mut()), AtomicUsize::new(0));

/// Puts lines into a region of the shared memory from here on: QEMU takes a system call for each byte of the console.
pub fn put_lines_into(region: &'static mut [u8]) {
    ROOM.1.store(region.len(), Ordering::Relaxed);
    ROOM.0.store(region.as_mut_ptr(), Ordering::Relaxed);
}

/// Writes a line of an event. One that is written while another one was, because that faulted, takes its place.
pub fn write_line(line: &[u8]) {
    let (at, room) = (ROOM.0.load(Ordering::Relaxed), ROOM.1.load(Ordering::Relaxed));
    let Some(left) = room.checked_sub(line.len() + 1) else {
        write(line);
        return write(b"\n");
    };
    // SAFETY: so many bytes of the region are left, which nobody else writes.
    unsafe { at.copy_from_nonoverlapping(line.as_ptr(), line.len()) };
    let end = at.wrapping_add(line.len());
    // SAFETY: as above.
    unsafe { end.write(b'\n') };
    ROOM.0.store(end.wrapping_add(1), Ordering::Relaxed);
    ROOM.1.store(left, Ordering::Relaxed);
    write(&[LINE]);
}

/// Ends QEMU; its exit status is `2 × code + 1`.
pub fn exit(code: u8) -> ! {
    let mut port = PortWriteOnly::<u8>::new(EXIT);
    loop {
        // SAFETY: the port ends the machine; nothing is left to break.
        unsafe { port.write(code) };
    }
}
