//! Lines in the kernel's log.
use core::ffi::c_char;
use core::fmt::{self, Write};

/// Logs one line, formatted as `format!` would, through the kernel's IOLog. A line break is added. A line of more than
/// [`log::LIMIT`](crate::log::LIMIT) bytes is cut and ends in `...`.
///
/// May block: not for the audio path or an interrupt.
#[macro_export]
macro_rules! log {
    ($($arg:tt)*) => { $crate::log::line(::core::format_args!($($arg)*)) };
}

/// The most bytes of text in one line; it is held on the caller's stack.
pub const LIMIT: usize = 240;

const MARK: &[u8; 3] = b"...";

/// One line of text in memory of its own, cut and marked where it is too long, and always ending in a zero byte.
pub(crate) struct Line {
    bytes: [u8; LIMIT + MARK.len() + 1],
    len: usize,
}

impl Line {
    pub(crate) const fn new() -> Line {
        Line { bytes: [0; LIMIT + MARK.len() + 1], len: 0 }
    }

    /// The text as C takes it.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.bytes.as_ptr().cast()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // A zero byte would end the line for C.
        let text = text.split('\0').next().unwrap_or_default();
        let room = LIMIT - self.len;
        let take = text.floor_char_boundary(room);
        self.bytes[self.len..self.len + take].copy_from_slice(&text.as_bytes()[..take]);
        self.len += take;
        if take == text.len() {
            return Ok(());
        }
        self.bytes[self.len..self.len + MARK.len()].copy_from_slice(MARK);
        Err(fmt::Error)
    }
}

/// Logs `text` as one line; what [`log!`](crate::log!) calls.
pub fn line(text: fmt::Arguments<'_>) {
    let mut line = Line::new();
    // An error says that the line was cut, which is marked in it, or that a value's own formatting failed.
    let _ = line.write_fmt(text);
    // SAFETY: both strings end in a zero byte, and IOLog keeps neither after it returns.
    unsafe { core_io_sys::IOLog(c"%s\n".as_ptr(), line.as_ptr()) }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{LIMIT, Line};
    use core::ffi::CStr;
    use core::fmt::Write;
    use std::string::String;

    fn text(line: &Line) -> String {
        CStr::from_bytes_until_nul(&line.bytes).unwrap().to_str().unwrap().into()
    }

    #[test]
    fn a_line_that_fits_is_whole() {
        let mut line = Line::new();
        write!(line, "{} and {:?}", 1, Some(2)).unwrap();
        assert_eq!(text(&line), "1 and Some(2)");
        let mut line = Line::new();
        line.write_str(&"x".repeat(LIMIT)).unwrap();
        assert_eq!(text(&line), "x".repeat(LIMIT));
    }

    #[test]
    fn a_longer_line_is_cut_between_characters_and_marked() {
        let mut line = Line::new();
        assert!(write!(line, "{}é!", "x".repeat(LIMIT - 1)).is_err());
        assert_eq!(text(&line), "x".repeat(LIMIT - 1) + "...");
    }

    #[test]
    fn a_zero_byte_ends_the_piece_it_is_in() {
        let mut line = Line::new();
        let name = "ab\0cd";
        write!(line, "{name}|").unwrap();
        assert_eq!(text(&line), "ab|");
    }

    #[test]
    fn the_macro_logs_one_line() {
        crate::log!("ring of {} frames", 16384);
        assert!(crate::fake::logged("ring of 16384 frames"));
    }
}
