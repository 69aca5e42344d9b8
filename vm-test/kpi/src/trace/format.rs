//! What a format of printf says about the arguments behind it.

use alloc::vec::Vec;

use protocol::trace::Type;

/// The arguments that a format takes, up to the first that is not understood.
pub fn conversions(format: &[u8]) -> Vec<Type> {
    let mut found = Vec::new();
    let mut rest = format.iter().copied();
    while rest.by_ref().any(|byte| byte == b'%') {
        let mut bytes = 4;
        for byte in rest.by_ref() {
            match byte {
                b'l' | b'q' | b'j' | b'z' | b't' => bytes = 8,
                b'h' | b'0'..=b'9' | b'-' | b'+' | b' ' | b'#' | b'.' => continue,
                b'*' => {
                    found.push(Type::Signed(4));
                    continue;
                }
                b'd' | b'i' => found.push(Type::Signed(bytes)),
                b'u' | b'x' | b'X' | b'o' | b'c' => found.push(Type::Unsigned(bytes)),
                b's' => found.push(Type::Text),
                b'p' => found.push(Type::Pointer),
                b'%' => {}
                _ => return found,
            }
            if !matches!(byte, b'l' | b'q' | b'j' | b'z' | b't') {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_name_their_arguments() {
        for (format, found) in [
            (&b"plain"[..], &[][..]),
            (b"%s: %d%%, %llu", &[Type::Text, Type::Signed(4), Type::Unsigned(8)]),
            (b"%-*.8lx %p", &[Type::Signed(4), Type::Unsigned(8), Type::Pointer]),
            (b"%b %s", &[]),
            (b"%", &[]),
        ] {
            assert_eq!(conversions(format), found, "{format:?}");
        }
    }
}
