//! The UUIDs of the factory's protocol, in the order of their text.

/// A UUID as it is passed by value: sixteen bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct CFUUIDBytes(pub [u8; 16]);

/// The type that a driver's factory is listed under in Info.plist, and is asked for.
pub const kAudioServerPlugInTypeUUID: CFUUIDBytes = parse("443ABAB8-E7B3-491A-B985-BEB9187030DB");
/// The interface that QueryInterface is asked for.
pub const kAudioServerPlugInDriverInterfaceUUID: CFUUIDBytes = parse("EEA5773D-CC43-49F1-8E00-8F96E7D23B17");
/// The interface that every COM object has.
pub const IUnknownUUID: CFUUIDBytes = parse("00000000-0000-0000-C000-000000000046");

/// Reads a UUID's text, 36 characters of it.
///
/// # Panics
/// At compile time: it is no UUID.
const fn parse(text: &str) -> CFUUIDBytes {
    let (text, mut bytes) = (text.as_bytes(), [0; 16]);
    let (mut at, mut index) = (0, 0);
    while index < 16 {
        if text[at] == b'-' {
            at += 1;
        }
        bytes[index] = digit(text[at]) << 4 | digit(text[at + 1]);
        at += 2;
        index += 1;
    }
    assert!(at == text.len(), "a UUID has 36 characters");
    CFUUIDBytes(bytes)
}

const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        b'A'..=b'F' => character - b'A' + 10,
        _ => panic!("a UUID has hexadecimal digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stand_in_the_order_of_the_text() {
        assert_eq!(kAudioServerPlugInTypeUUID.0[..4], [0x44, 0x3A, 0xBA, 0xB8]);
        assert_eq!(IUnknownUUID.0[8], 0xC0);
        assert_eq!(IUnknownUUID.0[15], 0x46);
    }
}
