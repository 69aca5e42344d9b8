//! What is used of libSystem: memory, the clock, locks, the log.

use alloc::ffi::CString;
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::ops::{Deref, DerefMut};

use engine::clock::Timebase;

/// A line for people, priority LOG_NOTICE.
const NOTICE: c_int = 5;
/// The signature of a mutex that nobody has used yet (`_PTHREAD_MUTEX_SIG_init`).
const FRESH: i64 = 0x32AA_ABA7;

#[repr(C)]
struct MachTimebase {
    numer: u32,
    denom: u32,
}

#[repr(C)]
struct PthreadMutex {
    signature: i64,
    opaque: [u8; 56],
}

unsafe extern "C" {
    safe fn mach_absolute_time() -> u64;
    safe fn mach_timebase_info(info: &mut MachTimebase) -> c_int;
    fn pthread_mutex_lock(mutex: *mut PthreadMutex) -> c_int;
    fn pthread_mutex_unlock(mutex: *mut PthreadMutex) -> c_int;
    fn syslog(priority: c_int, format: *const c_char, ...);
}

/// The time, in ticks of the mach absolute clock.
pub(crate) fn now() -> u64 {
    mach_absolute_time()
}

/// What a tick is.
pub(crate) fn timebase() -> Timebase {
    let mut info = MachTimebase { numer: 0, denom: 0 };
    // With zeros the engine refuses it.
    mach_timebase_info(&mut info);
    Timebase { numer: info.numer, denom: info.denom }
}

/// Writes a line to the system's log.
pub(crate) fn log(line: &str) {
    let Ok(line) = CString::new(line) else { return };
    // SAFETY: the format takes one string, which lives until the call returns.
    unsafe { syslog(NOTICE, c"Loopflower: %s".as_ptr(), line.as_ptr()) }
}

/// A value behind the system's lock. Never taken on the IO path.
pub(crate) struct Mutex<T> {
    lock: UnsafeCell<PthreadMutex>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through the lock.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        let lock = PthreadMutex { signature: FRESH, opaque: [0; 56] };
        Self { lock: UnsafeCell::new(lock), value: UnsafeCell::new(value) }
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        // SAFETY: the lock lives as long as `self`, which does not move while it is borrowed; all of ours are in statics and leaked
        // memory.
        unsafe { pthread_mutex_lock(self.lock.get()) };
        Guard(self)
    }
}

/// The value, until it is dropped.
pub(crate) struct Guard<'a, T>(&'a Mutex<T>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock, and the guard is borrowed alone.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread took the lock when the guard was made.
        unsafe { pthread_mutex_unlock(self.0.lock.get()) };
    }
}

/// What a program of its own needs: an allocator and an end for panics.
#[cfg(feature = "bundle")]
mod program {
    use core::alloc::{GlobalAlloc, Layout};
    use core::ffi::{c_int, c_void};
    use core::panic::PanicInfo;
    use core::ptr::null_mut;

    /// What malloc aligns blocks to.
    const USUAL: usize = 16;

    unsafe extern "C" {
        safe fn abort() -> !;
        safe fn malloc(bytes: usize) -> *mut c_void;
        safe fn calloc(count: usize, bytes: usize) -> *mut c_void;
        fn posix_memalign(block: *mut *mut c_void, alignment: usize, bytes: usize) -> c_int;
        fn free(block: *mut c_void);
    }

    struct Malloc;

    #[global_allocator]
    static MALLOC: Malloc = Malloc;

    // SAFETY: blocks are the system's, aligned as asked for.
    unsafe impl GlobalAlloc for Malloc {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= USUAL {
                return malloc(layout.size()).cast();
            }
            let mut block = null_mut();
            // SAFETY: the place for the pointer is ours; alignments beyond the usual are powers of two and multiples of a pointer.
            let failed = unsafe { posix_memalign(&raw mut block, layout.align(), layout.size()) };
            if failed == 0 { block.cast() } else { null_mut() }
        }

        unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
            // SAFETY: the caller hands in a block of this allocator, which is the system's.
            unsafe { free(block.cast()) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            if layout.align() <= USUAL {
                return calloc(1, layout.size()).cast();
            }
            // SAFETY: the caller's promise about the layout is passed on.
            let block = unsafe { self.alloc(layout) };
            if !block.is_null() {
                // SAFETY: the block is that long.
                unsafe { block.write_bytes(0, layout.size()) };
            }
            block
        }
    }

    #[panic_handler]
    fn panic(_: &PanicInfo<'_>) -> ! {
        abort()
    }
}
