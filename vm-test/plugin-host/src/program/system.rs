//! What a program has of the system and a driver has not: files, waiting, an end of its own.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::CString;

use super::cycles;
use crate::libraries::symbols;
use crate::{libraries, memory, world};

/// Flags of open(2) on a Mac, and here.
const FLAGS: [(i32, i32); 6] = [
    (0x0001, libc::O_WRONLY),
    (0x0002, libc::O_RDWR),
    (0x0008, libc::O_APPEND),
    (0x0200, libc::O_CREAT),
    (0x0400, libc::O_TRUNC),
    (0x0800, libc::O_EXCL),
];
/// Up to here the numbers of errors are those of a Mac, but for EAGAIN, which no file has.
const SAME_ERRORS: i32 = 34;
/// EIO, for all others.
const EIO: i32 = 5;

thread_local! {
    static ERROR: Cell<i32> = const { Cell::new(0) };
    /// Texts of errors, which stay.
    static TEXTS: RefCell<BTreeMap<i32, CString>> = const { RefCell::new(BTreeMap::new()) };
}

/// What a call returned, with its error noted as a Mac counts them.
fn noted<T: PartialOrd + From<i8>>(returned: T) -> T {
    if returned < T::from(0) {
        let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(EIO);
        ERROR.set(if error <= SAME_ERRORS { error } else { EIO });
    }
    returned
}

extern "C" fn error_place() -> usize {
    ERROR.with(Cell::as_ptr) as usize
}

extern "C" fn text_of_error(number: i32) -> usize {
    let text = || {
        let shown = std::io::Error::from_raw_os_error(number).to_string();
        let words = shown.split(" (os error").next().unwrap_or_default();
        CString::new(words).unwrap_or_default()
    };
    TEXTS.with_borrow_mut(|texts| texts.entry(number).or_insert_with(text).as_ptr() as usize)
}

extern "C" fn open(path: usize, flags: i32, mode: u32) -> i32 {
    let known = FLAGS.iter().fold(0, |known, (mac, _)| known | mac);
    if flags & !known != 0 {
        world::stop(format!(
            "the program opens a file with flags {:#x}, which this host does not know",
            flags & !known
        ));
    }
    let own = FLAGS.iter().filter(|(mac, _)| flags & mac != 0).fold(0, |own, (_, here)| own | here);
    let path = CString::new(memory::c_bytes(path)).unwrap_or_default();
    // SAFETY: a path that ends with a NUL, and the mode that goes with the flags.
    noted(unsafe { libc::open(path.as_ptr(), own | libc::O_CLOEXEC, mode) })
}

extern "C" fn close(file: i32) -> i32 {
    // SAFETY: the program's own file; ours are closed to it only by their numbers, which it was not given.
    noted(unsafe { libc::close(file) })
}

extern "C" fn read(file: i32, to: usize, bytes: usize) -> isize {
    // SAFETY: the program promises so much room; where there is less, the system refuses.
    noted(unsafe { libc::read(file, to as *mut _, bytes) })
}

extern "C" fn write(file: i32, from: usize, bytes: usize) -> isize {
    // SAFETY: the program promises so many bytes; where there are fewer, the system refuses.
    noted(unsafe { libc::write(file, from as *const _, bytes) })
}

extern "C" fn usleep(microseconds: u32) -> i32 {
    cycles::pass_until(world::now() + u64::from(microseconds) * 1000);
    0
}

/// The program's end: the driver must be as it has to be then.
extern "C" fn exit(code: i32) -> ! {
    if let Some(function) = libraries::held_locks().first() {
        world::stop(format!("a mutex is still held at the end; {function} took it"));
    }
    if let Some(driver) = cycles::any_driver() {
        driver.release();
    }
    std::process::exit(code)
}

symbols! {
    "___error" => error_place,
    "_strerror" => text_of_error,
    "_open" => open,
    "_close" => close,
    "_read" => read,
    "_write" => write,
    "_usleep" => usleep,
    "_exit" => exit,
}
