//! The kernel's side of the calls, for the tests that run on the host.
extern crate std;
use core::ffi::{CStr, c_char, c_int, c_void};
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::string::String;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec::Vec;

/// The most bytes that can be had at once.
pub const MEMORY: usize = 1 << 20;

static BLOCKS: Mutex<BTreeMap<usize, Layout>> = Mutex::new(BTreeMap::new());
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static NOW: AtomicU64 = AtomicU64::new(1);

/// Whether the block at `address` was given out and not given back.
pub fn is_allocated(address: usize) -> bool {
    BLOCKS.lock().unwrap().contains_key(&address)
}

/// Whether the line was logged.
pub fn logged(line: &str) -> bool {
    LINES.lock().unwrap().iter().any(|l| l == line)
}

#[unsafe(no_mangle)]
extern "C" fn IOMallocAligned(size: usize, align: usize) -> *mut c_void {
    let Ok(layout) = Layout::from_size_align(size, align) else { return core::ptr::null_mut() };
    if layout.size() > MEMORY {
        return core::ptr::null_mut();
    }
    // SAFETY: the layout has a size: the callers refuse zero.
    let block = unsafe { std::alloc::alloc(layout) };
    // The kernel's memory is not zeroed.
    // SAFETY: the block was just taken with this size.
    unsafe { block.write_bytes(0xa5, layout.size()) };
    BLOCKS.lock().unwrap().insert(block.addr(), layout);
    block.cast()
}

#[unsafe(no_mangle)]
extern "C" fn IOFreeAligned(block: *mut c_void, size: usize) {
    let layout = BLOCKS.lock().unwrap().remove(&block.addr()).expect("a block that was given out");
    assert_eq!(layout.size(), size, "freed with another size than it was taken with");
    // SAFETY: it was taken with this layout and not freed since.
    unsafe { std::alloc::dealloc(block.cast(), layout) }
}

// Declared variadic; with two pointers the fixed form takes them from the same registers.
#[unsafe(no_mangle)]
extern "C" fn IOLog(format: *const c_char, text: *const c_char) {
    // SAFETY: the caller passes a string that ends in a zero byte.
    let format = unsafe { CStr::from_ptr(format) };
    assert_eq!(format, c"%s\n");
    // SAFETY: as above.
    let text = unsafe { CStr::from_ptr(text) };
    LINES.lock().unwrap().push(text.to_str().unwrap().into());
}

#[unsafe(no_mangle)]
extern "C" fn clock_get_uptime(now: &mut u64) {
    *now = NOW.fetch_add(1, Ordering::Relaxed);
}

#[unsafe(no_mangle)]
extern "C" fn clock_timebase_info(info: &mut core_io_sys::mach_timebase_info) {
    info.numer = 125;
    info.denom = 3;
}

#[unsafe(no_mangle)]
extern "C" fn nanoseconds_to_absolutetime(nanoseconds: u64, span: &mut u64) {
    *span = nanoseconds * 3 / 125;
}

#[unsafe(no_mangle)]
extern "C" fn PE_parse_boot_argn(name: *const c_char, value: *mut c_void, size: c_int) -> c_int {
    assert_eq!(size, 4);
    // SAFETY: the caller passes a string that ends in a zero byte.
    if unsafe { CStr::from_ptr(name) } != c"loopflower" {
        return 0;
    }
    // SAFETY: the caller passes room for `size` bytes.
    unsafe { value.cast::<u32>().write(3) };
    1
}
