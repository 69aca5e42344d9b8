//! The unified log: its lines go where all lines of the system's log go.

use super::format::format;
use super::symbols;
use super::variadic::Arguments;
use crate::{memory, world};

/// Where a line's arguments begin in what the compiler has put together: behind flags and a count.
const ARGUMENTS: usize = 2;
/// The kind of an argument, in the high half of its first byte: the precision of the one behind it.
const PRECISION: u8 = 1;

/// Logs that are told apart by nobody.
static LOG: [u64; 4] = [0; 4];

extern "C" fn create(_subsystem: usize, _category: usize) -> usize {
    &raw const LOG as usize
}

extern "C" fn is_enabled(_log: usize, _kind: u8) -> u8 {
    1
}

/// A line: the compiler has put its arguments into a buffer of bytes.
extern "C" fn line(_image: usize, _log: usize, _kind: u8, pattern: usize, buffer: usize, size: u32) {
    let bytes = memory::bytes(buffer, size as usize);
    let (mut words, mut rest) = (Vec::new(), bytes.get(ARGUMENTS..).unwrap_or_default());
    while let [kind, length, behind @ ..] = rest {
        let (value, behind) = behind.split_at_checked(usize::from(*length)).unwrap_or((behind, &[]));
        let mut word = [0; 8];
        let count = value.len().min(8);
        word[..count].copy_from_slice(&value[..count]);
        // A precision that the format's text has itself is not looked for among the arguments.
        if kind >> 4 != PRECISION {
            words.push(u64::from_ne_bytes(word));
        }
        rest = behind;
    }
    // A format that asks for more than there is finds nothing.
    words.extend([0; 16]);
    let arguments = Arguments::in_memory(&words);
    world::log(&format(&plain(&memory::c_bytes(pattern)), &mut arguments.all()));
}

/// A format without what only the unified log knows: `%{public}s` is `%s`, `%.*s` has its text, `%m` no number.
fn plain(pattern: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pattern);
    let mut plain = String::new();
    let mut rest = text.as_ref();
    while let Some((before, behind)) = rest.split_once("%{") {
        let behind = behind.split_once('}').map_or("", |(_, behind)| behind);
        plain = plain + before + "%";
        rest = behind;
    }
    (plain + rest).replace("%.*", "%").into_bytes()
}

extern "C" fn nothing(_object: usize) {}

symbols! {
    "_os_log_create" => create,
    "_os_log_type_enabled" => is_enabled,
    "_os_release" => nothing,
    "_os_retain" => nothing,
    "__os_log_default" => &raw const LOG,
    "__os_log_impl" => line,
    "__os_log_error_impl" => line,
    "__os_log_debug_impl" => line,
    "__os_log_fault_impl" => line,
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn formats_of_the_unified_log_become_those_of_c() {
        assert_eq!(plain(b"%{public}s is %d, %{private, mask.hash}@ %.*s %%"), b"%s is %d, %@ %s %%");
        assert_eq!(plain(b"ends %{within"), b"ends %");
    }
}
