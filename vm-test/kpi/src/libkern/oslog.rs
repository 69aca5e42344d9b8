//! os_log, as the kernel's log shows it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::functions;
use crate::libkern::format::{Arguments, format};
use crate::libkern::log;
use crate::mem;
use crate::registry::Variable;
use crate::symbols;

/// `_os_log_default`, which kexts only pass on.
pub static DEFAULT: Variable = Variable { name: "__os_log_default", size: 64, value: 0 };

/// A pattern without os_log's own words: "%{public}s" is "%s".
fn plain(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, after)) = rest.split_first() {
        out.push(byte);
        rest = after;
        if byte == b'%' && rest.first() == Some(&b'{') {
            let end = rest.iter().position(|byte| *byte == b'}');
            rest = end.map_or(&[], |end| &rest[end + 1..]);
        } else if byte == b'%' && rest.first() == Some(&b'%') {
            out.push(b'%');
            rest = &rest[1..];
        }
    }
    out
}

/// The line is logged whatever the type.
extern "C" fn write(_image: usize, _log: usize, _kind: u8, pattern: usize) {
    let mut arguments = Arguments::after(4);
    let text: String = format(&plain(&mem::c_bytes(pattern)), || arguments.take());
    log::line(&text);
}

/// os_log_create: all logs are one.
extern "C" fn create(_subsystem: usize, _category: usize) -> usize {
    symbols::variable("__os_log_default")
}

extern "C" fn is_enabled(_log: usize) -> bool {
    true
}

extern "C" fn is_debug_enabled(_log: usize) -> bool {
    false
}

functions! { pub FUNCTIONS:
    "__os_log_internal" => write,
    "_os_log_create" => create,
    "_os_log_info_enabled" => is_enabled,
    "_os_log_debug_enabled" => is_debug_enabled,
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns_lose_their_annotations() {
        assert_eq!(super::plain(b"%{public}s and %{private}5d of 5%%"), b"%s and %5d of 5%%");
        assert_eq!(super::plain(b"%{open"), b"%");
    }
}
