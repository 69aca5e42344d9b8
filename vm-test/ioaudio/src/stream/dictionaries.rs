//! Formats as properties.

use core::sync::atomic::AtomicU32;

use kpi::functions;
use kpi::libkern::string::Key;
use kpi::libkern::{dictionary, number};
use kpi::mem;
use kpi::object::Obj;

use super::Format;
use super::formats::Extension;

/// Numbers of a format's dictionary: key, byte offset, size in bytes.
static KEYS: [(Key, usize, usize); 9] = [
    (Key::new("IOAudioStreamNumChannels"), 0, 4),
    (Key::new("IOAudioStreamSampleFormat"), 4, 4),
    (Key::new("IOAudioStreamNumericRepresentation"), 8, 4),
    (Key::new("IOAudioStreamBitDepth"), 12, 1),
    (Key::new("IOAudioStreamBitWidth"), 13, 1),
    (Key::new("IOAudioStreamAlignment"), 14, 1),
    (Key::new("IOAudioStreamByteOrder"), 15, 1),
    (Key::new("IOAudioStreamIsMixable"), 16, 1),
    (Key::new("IOAudioStreamDriverTag"), 20, 4),
];
static EXTENSION_KEYS: [Key; 3] = [
    Key::new("IOAudioStreamFormatFlags"),
    Key::new("IOAudioStreamFramesPerPacket"),
    Key::new("IOAudioStreamBytesPerPacket"),
];
/// The version that an extension says; with an older one its numbers are left out.
const EXTENSION_VERSION: u32 = 1;

/// A format as its dictionary, with one reference. Numbers that are as in `like`, the dictionary of another one or NULL, are
/// the same objects: a stream offers hundreds of formats that differ in one or two.
pub(super) fn of_format(format: &Format, extension: &Extension, like: Obj) -> Obj {
    let object = dictionary::new();
    fill(object, format, like);
    fill_extension(object, extension, like);
    object
}

fn fill(object: Obj, format: &Format, like: Obj) {
    let bytes = (&raw const *format) as usize;
    for (key, offset, size) in &KEYS {
        let value = match size {
            1 => u64::from(mem::read::<u8>(bytes + offset)),
            _ => u64::from(mem::read::<u32>(bytes + offset)),
        };
        dictionary::put_key(object, key, number::same_or_new(dictionary::get_key(like, key), value, *size as u32 * 8));
    }
}

fn fill_extension(object: Obj, extension: &Extension, like: Obj) {
    for (key, value) in EXTENSION_KEYS.iter().zip(&extension[1..]) {
        dictionary::put_key(object, key, number::same_or_new(dictionary::get_key(like, key), u64::from(*value), 32));
    }
}

fn value(object: Obj, key: &Key) -> Option<u64> {
    let value = dictionary::get_key(object, key);
    value.is("OSNumber").then(|| number::value(value))
}

/// The format in a dictionary. Missing keys are 0: so is IsMixable, which then matches no mixable format.
pub(super) fn format_from(object: Obj) -> Format {
    let mut format = Format::default();
    let bytes = (&raw mut format) as usize;
    for (key, offset, size) in &KEYS {
        let value = value(object, key).unwrap_or(0);
        match size {
            1 => mem::write(bytes + offset, value as u8),
            _ => mem::write(bytes + offset, value as u32),
        }
    }
    mem::read(bytes)
}

/// The extension in a dictionary; missing keys are 0.
pub(super) fn extension_from(object: Obj) -> Extension {
    let value = |index: usize| value(object, &EXTENSION_KEYS[index]).unwrap_or(0) as u32;
    [EXTENSION_VERSION, value(0), value(1), value(2)]
}

/// createDictionaryFromFormat: into `object`, or into a new one.
extern "C" fn create_dictionary(format: usize, extension: usize, object: Obj) -> Obj {
    if format == 0 {
        return Obj::NULL;
    }
    let into = if object.is_null() { dictionary::new() } else { object };
    fill(into, &mem::read(format), Obj::NULL);
    if extension != 0 && mem::read::<u32>(extension) >= EXTENSION_VERSION {
        fill_extension(into, &mem::read(extension), Obj::NULL);
    }
    into
}

/// Where a format goes for which the caller has no place: one place for all.
static SHARED: [AtomicU32; 6] = [const { AtomicU32::new(0) }; 6];

/// createFormatFromDictionary: to `format`, or to the place that all share, and to `extension`, where what the dictionary does not
/// say is left alone.
extern "C" fn create_format(object: Obj, format: usize, extension: usize) -> usize {
    if object.is_null() {
        return 0;
    }
    let format = if format == 0 { SHARED.as_ptr() as usize } else { format };
    mem::write(format, format_from(object));
    if extension != 0 {
        mem::write(extension, EXTENSION_VERSION);
        for (place, key) in EXTENSION_KEYS.iter().enumerate() {
            if let Some(value) = value(object, key) {
                mem::write(extension + 4 + place * 4, value as u32);
            }
        }
    }
    format
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream26createDictionaryFromFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionP12OSDictionary" => create_dictionary,
    "__ZN13IOAudioStream26createFormatFromDictionaryEPK12OSDictionaryP20_IOAudioStreamFormatP29_IOAudioStreamFormatExtension" => create_format,
}
