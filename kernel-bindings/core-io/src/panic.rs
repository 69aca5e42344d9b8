//! A Rust panic in a kext is a kernel panic with its message and place.
use crate::log::Line;
use core::fmt::Write;
use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let mut line = Line::new();
    // A cut line is marked in the line itself.
    let _ = write!(line, "{info}");
    // SAFETY: both strings end in a zero byte, and the kernel does not come back.
    unsafe { core_io_sys::panic(c"%s".as_ptr(), line.as_ptr()) }
}
