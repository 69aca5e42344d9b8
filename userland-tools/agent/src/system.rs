//! What is used of libSystem: files, memory, time, the end.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

use crate::Failure;

const READ_ONLY: c_int = 0;
/// O_WRONLY, O_CREAT and O_TRUNC.
const WRITE_ANEW: c_int = 0x0001 | 0x0200 | 0x0400;
const MODE: c_int = 0o644;
const EINTR: c_int = 4;
/// What is read at once.
const BLOCK: usize = 1 << 20;
/// The longest that usleep takes, µs.
const LONGEST: u64 = 999_999;

#[repr(C)]
struct MachTimebase {
    numer: u32,
    denom: u32,
}

unsafe extern "C" {
    #[link_name = "exit"]
    safe fn exit_with(code: c_int) -> !;
    safe fn malloc(bytes: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
    fn free(block: *mut c_void);
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn read(file: c_int, to: *mut c_void, bytes: usize) -> isize;
    fn write(file: c_int, from: *const c_void, bytes: usize) -> isize;
    safe fn close(file: c_int) -> c_int;
    safe fn __error() -> *mut c_int;
    safe fn strerror(number: c_int) -> *const c_char;
    safe fn usleep(microseconds: c_uint) -> c_int;
    safe fn mach_absolute_time() -> u64;
    safe fn mach_timebase_info(info: &mut MachTimebase) -> c_int;
}

/// Ends the process.
#[cfg_attr(not(feature = "program"), allow(dead_code, reason = "what the program's own parts use"))]
pub(crate) fn exit(code: u8) -> ! {
    exit_with(code.into())
}

/// A block, aligned for all usual types; null if there is none.
#[cfg_attr(not(feature = "program"), allow(dead_code, reason = "what the program's own parts use"))]
pub(crate) fn allocate(bytes: usize) -> *mut u8 {
    malloc(bytes).cast()
}

/// Gives a block back.
///
/// # Safety
/// It is one of [`allocate`], or of [`reallocate`], and nobody has it any more.
#[cfg_attr(not(feature = "program"), allow(dead_code, reason = "what the program's own parts use"))]
pub(crate) unsafe fn give_back(block: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { free(block.cast()) }
}

/// Has a block be of another size; null if there is none, and the old one stays.
///
/// # Safety
/// As for [`give_back`].
#[cfg_attr(not(feature = "program"), allow(dead_code, reason = "what the program's own parts use"))]
pub(crate) unsafe fn reallocate(block: *mut u8, bytes: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { realloc(block.cast(), bytes) }.cast()
}

/// The number of the last call's failure.
fn error() -> c_int {
    // SAFETY: the place is this thread's, for as long as it lives.
    unsafe { __error().read() }
}

/// A failure in the system's words.
fn words() -> String {
    let text = strerror(error());
    // SAFETY: a text that stays until the next call; only one thread of ours calls.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A file that is open.
pub(crate) struct File {
    number: c_int,
    path: String,
}

impl File {
    /// Makes a file, or empties the one that is there.
    pub(crate) fn create(path: &str) -> Result<File, Failure> {
        Self::open(path, WRITE_ANEW, "cannot be made")
    }

    fn open(path: &str, flags: c_int, what: &str) -> Result<File, Failure> {
        let name = CString::new(path).map_err(|_| Failure::usage(format!("{path:?} is no path: it has a NUL")))?;
        // SAFETY: a path that ends with a NUL, and the mode that goes with the flags.
        let number = unsafe { open(name.as_ptr(), flags, MODE) };
        if number < 0 {
            return Err(Failure::usage(format!("{path} {what}: {}", words())));
        }
        Ok(File { number, path: path.into() })
    }

    /// Writes all of it.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let failed = |()| Failure { code: 1, words: format!("{} cannot be written: {}", self.path, words()) };
        put(self.number, bytes).map_err(failed)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        close(self.number);
    }
}

/// All of a file.
pub(crate) fn contents(path: &str) -> Result<Vec<u8>, Failure> {
    let file = File::open(path, READ_ONLY, "cannot be opened")?;
    let mut all = Vec::new();
    loop {
        let at = all.len();
        all.resize(at + BLOCK, 0);
        // SAFETY: there is room for so many bytes behind the first `at`.
        let count = unsafe { read(file.number, all[at..].as_mut_ptr().cast(), BLOCK) };
        let interrupted = count < 0 && error() == EINTR;
        match usize::try_from(count) {
            Ok(0) => {
                all.truncate(at);
                return Ok(all);
            }
            Ok(count) => all.truncate(at + count),
            Err(_) if interrupted => all.truncate(at),
            Err(_) => return Err(Failure::usage(format!("{path} cannot be read: {}", words()))),
        }
    }
}

fn put(file: c_int, mut bytes: &[u8]) -> Result<(), ()> {
    while !bytes.is_empty() {
        // SAFETY: so many bytes are there.
        let count = unsafe { write(file, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(count) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(_) if error() == EINTR => {}
            Err(_) => return Err(()),
        }
    }
    Ok(())
}

/// Writes to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    put(1, text.as_bytes())
        .map_err(|()| Failure { code: 1, words: format!("standard output cannot be written: {}", words()) })
}

/// Writes to standard error; where that does not take it, nobody can be told.
pub(crate) fn say_error(text: &str) {
    let _ = put(2, text.as_bytes());
}

/// What a tick of the host's clock is.
#[derive(Clone, Copy)]
pub(crate) struct Timebase {
    numer: u32,
    denom: u32,
}

impl Timebase {
    /// Asks the system.
    pub(crate) fn ask() -> Timebase {
        let mut info = MachTimebase { numer: 0, denom: 0 };
        mach_timebase_info(&mut info);
        Timebase { numer: info.numer.max(1), denom: info.denom.max(1) }
    }

    /// Ticks as nanoseconds.
    pub(crate) fn ns(self, ticks: u64) -> u64 {
        (u128::from(ticks) * u128::from(self.numer) / u128::from(self.denom)) as u64
    }
}

/// The host's time, in ticks.
pub(crate) fn ticks() -> u64 {
    mach_absolute_time()
}

/// Waits at least so long.
pub(crate) fn pause(ns: u64) {
    let mut rest = ns.div_ceil(1000);
    while rest > 0 {
        let now = rest.min(LONGEST);
        usleep(now as c_uint);
        rest -= now;
    }
}
