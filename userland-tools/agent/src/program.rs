//! What a program of its own needs: a start, an allocator, an end for panics.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{CStr, c_char};
use core::panic::PanicInfo;
use core::ptr::null_mut;

use crate::system;

/// Exit code of a program that broke, as in sysexits(3).
const BROKEN: u8 = 70;
/// What malloc aligns blocks to.
const USUAL: usize = 16;

/// Where the kernel or dyld begins, by LC_UNIXTHREAD: the stack has the count of arguments, and then they.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn loopflower_agent_start() -> ! {
    core::arch::naked_asm!(
        "xor ebp, ebp",
        "mov rdi, [rsp]",
        "lea rsi, [rsp + 8]",
        "and rsp, -16",
        "call {begin}",
        "ud2",
        begin = sym begin,
    )
}

extern "C" fn begin(count: usize, arguments: *const *const c_char) -> ! {
    let mut all = Vec::new();
    for index in 1..count {
        // SAFETY: the kernel puts as many pointers there as it counts.
        let place = unsafe { arguments.add(index) };
        // SAFETY: as above.
        let argument = unsafe { place.read() };
        // SAFETY: each is a text that ends with a NUL and stays as long as the process.
        let argument: &'static CStr = unsafe { CStr::from_ptr(argument) };
        all.push(String::from_utf8_lossy(argument.to_bytes()));
    }
    let arguments: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
    system::exit(crate::run(&arguments))
}

struct Malloc;

#[global_allocator]
static MALLOC: Malloc = Malloc;

// SAFETY: blocks are the system's, aligned as asked for; what malloc does not align so is refused.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > USUAL { null_mut() } else { system::allocate(layout.size()) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller hands in a block of this allocator, which is the system's.
        unsafe { system::give_back(block) }
    }

    unsafe fn realloc(&self, block: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; blocks keep their alignment, which is the usual one.
        unsafe { system::reallocate(block, size) }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    system::say_error(&format!("loopflower-agent: broke: {info}; this is a defect of ours, please report it\n"));
    system::exit(BROKEN)
}
