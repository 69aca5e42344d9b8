//! The kernel's boot arguments.
use core::ffi::CStr;

/// The number that the boot argument `name=` has, or `None` when it was not given. What the kernel reads as a number is
/// its own: decimal, octal and hexadecimal; a `-name` flag reads as 1.
pub fn number(name: &CStr) -> Option<u32> {
    let mut value = 0u32;
    // SAFETY: the name ends in a zero byte, and the kernel writes at most the four bytes of `value`.
    let found = unsafe { core_io_sys::PE_parse_boot_argn(name.as_ptr(), (&raw mut value).cast(), 4) };
    (found != 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn an_argument_is_there_or_not() {
        assert_eq!(number(c"loopflower"), Some(3));
        assert_eq!(number(c"other"), None);
    }
}
