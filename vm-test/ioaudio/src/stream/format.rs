//! Formats of a stream: what it offers, which it has, how it changes.

use alloc::vec::Vec;
use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::{array, dictionary, number};
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{Format, OUTPUT, PRIVATE, allocate_mix_buffer, engine, locked, release_mix_buffer};
use crate::client;
use crate::engine::publish::{Rate, rate_dictionary, rate_from};
use crate::engine::{clients, members, notify, state};
use crate::layout::engine::SAMPLE_RATE;
use crate::layout::stream::{
    DIRECTION, FORMAT, MAX_NUM_CHANNELS, NUM_AVAILABLE_FORMATS, STREAM_ALLOCATED_MIX_BUFFER, STREAM_IO_LOCK,
};
use crate::returns::{BAD_ARGUMENT, NOT_READY, SUCCESS, UNSUPPORTED};
use crate::service;

/// A format that a stream offers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    format: Format,
    extension: Extension,
    minimum: Rate,
    maximum: Rate,
}

/// IOAudioStreamFormatExtension: version, flags, frames a packet, bytes a packet.
type Extension = [u32; 4];

static PERFORM_CHANGE_EXTENDED: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRate",
);
static PERFORM_CHANGE: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK18_IOAudioSampleRate",
);

/// Numbers of a format's dictionary: key, byte offset, size in bytes.
const KEYS: [(&str, usize, usize); 9] = [
    ("IOAudioStreamNumChannels", 0, 4),
    ("IOAudioStreamSampleFormat", 4, 4),
    ("IOAudioStreamNumericRepresentation", 8, 4),
    ("IOAudioStreamBitDepth", 12, 1),
    ("IOAudioStreamBitWidth", 13, 1),
    ("IOAudioStreamAlignment", 14, 1),
    ("IOAudioStreamByteOrder", 15, 1),
    ("IOAudioStreamIsMixable", 16, 1),
    ("IOAudioStreamDriverTag", 20, 4),
];
const EXTENSION_KEYS: [&str; 3] =
    ["IOAudioStreamFormatFlags", "IOAudioStreamFramesPerPacket", "IOAudioStreamBytesPerPacket"];

fn default_extension(format: &Format) -> Extension {
    [1, 0, 1, format.frame_bytes()]
}

fn to_dictionary(format: &Format, extension: &Extension) -> Obj {
    let object = dictionary::new();
    let bytes = (&raw const *format) as usize;
    for (key, offset, size) in KEYS {
        let value = match size {
            1 => u64::from(mem::read::<u8>(bytes + offset)),
            _ => u64::from(mem::read::<u32>(bytes + offset)),
        };
        dictionary::put(object, key, number::new(value, size as u32 * 8));
    }
    for (key, value) in EXTENSION_KEYS.iter().zip(&extension[1..]) {
        dictionary::put(object, key, number::new(u64::from(*value), 32));
    }
    object
}

/// Missing keys are 0: so is IsMixable, which then matches no mixable format.
fn from_dictionary(object: Obj) -> Format {
    let value = |key| number::value(dictionary::get(object, key));
    Format {
        channels: value(KEYS[0].0) as u32,
        sample_format: value(KEYS[1].0) as u32,
        numeric: value(KEYS[2].0) as u32,
        bit_depth: value(KEYS[3].0) as u8,
        bit_width: value(KEYS[4].0) as u8,
        alignment: value(KEYS[5].0) as u8,
        byte_order: value(KEYS[6].0) as u8,
        is_mixable: value(KEYS[7].0) as u8,
        pad: [0; 3],
        driver_tag: value(KEYS[8].0) as u32,
    }
}

fn extension_from(object: Obj) -> Extension {
    let value = |key| number::value(dictionary::get(object, key)) as u32;
    [1, value(EXTENSION_KEYS[0]), value(EXTENSION_KEYS[1]), value(EXTENSION_KEYS[2])]
}

/// The property with a dictionary for each offered format, and its rates.
pub(super) const AVAILABLE: &CStr = c"IOAudioStreamAvailableFormats";

fn add(stream: Obj, format: usize, extension: usize, minimum: usize, maximum: usize) {
    if format == 0 || minimum == 0 || maximum == 0 {
        return;
    }
    let format: Format = mem::read(format);
    let extension = if extension == 0 { default_extension(&format) } else { mem::read(extension) };
    let entry = Entry { format, extension, minimum: mem::read(minimum), maximum: mem::read(maximum) };
    let count = PRIVATE.with_default(stream, |private| {
        private.formats.push(entry);
        private.formats.len()
    });
    stream.set(NUM_AVAILABLE_FORMATS, count as u32);
    stream.set(MAX_NUM_CHANNELS, stream.get::<u32>(MAX_NUM_CHANNELS).max(format.channels));
    let object = to_dictionary(&entry.format, &entry.extension);
    dictionary::put(object, "IOAudioStreamMinimumSampleRate", rate_dictionary(entry.minimum));
    dictionary::put(object, "IOAudioStreamMaximumSampleRate", rate_dictionary(entry.maximum));
    array::push(service::property(stream, AVAILABLE), object);
    object.release();
}

extern "C" fn add_plain(this: Obj, format: usize, minimum: usize, maximum: usize) {
    add(this, format, 0, minimum, maximum);
}

extern "C" fn add_extended(this: Obj, format: usize, extension: usize, minimum: usize, maximum: usize) {
    add(this, format, extension, minimum, maximum);
}

extern "C" fn clear(this: Obj) {
    PRIVATE.with_default(this, |private| private.formats.clear());
    this.set(NUM_AVAILABLE_FORMATS, 0u32);
    service::publish(this, AVAILABLE, array::new());
}

/// The offered format that a request means: all fields but the driver's tag are equal and, where the requested rate has a
/// whole part, the rate is in range. A rate without one passes: drivers must refuse it themselves.
fn find(stream: Obj, wanted: &Format, rate: Rate) -> Option<Entry> {
    let formats: Vec<Entry> = PRIVATE.with_default(stream, |private| private.formats.clone());
    formats.into_iter().find(|entry| {
        let same =
            Format { driver_tag: 0, pad: [0; 3], ..entry.format } == Format { driver_tag: 0, pad: [0; 3], ..*wanted };
        same && (rate[0] == 0 || (at_most(entry.minimum, rate) && at_most(rate, entry.maximum)))
    })
}

/// Rates with the same whole part count as equal where the left fraction is greater, as in the real family.
fn at_most(a: Rate, b: Rate) -> bool {
    a[0] <= b[0]
}

extern "C" fn set_struct(this: Obj, format: usize, call_driver: bool) -> u32 {
    set_all(this, format, 0, Obj::NULL, call_driver)
}

extern "C" fn set_struct_extended(this: Obj, format: usize, extension: usize, call_driver: bool) -> u32 {
    set_all(this, format, extension, Obj::NULL, call_driver)
}

extern "C" fn set_struct_dictionary(this: Obj, format: usize, object: Obj, call_driver: bool) -> u32 {
    set_all(this, format, 0, object, call_driver)
}

extern "C" fn set_all(this: Obj, format: usize, extension: usize, object: Obj, call_driver: bool) -> u32 {
    if format == 0 {
        return BAD_ARGUMENT;
    }
    let format: Format = mem::read(format);
    let extension = if extension == 0 { default_extension(&format) } else { mem::read(extension) };
    service::gated(super::engine_work_loop(this), || set(this, format, extension, object, call_driver))
}

extern "C" fn set_dictionary(this: Obj, object: Obj) -> u32 {
    if object.is_null() {
        return BAD_ARGUMENT;
    }
    let (format, extension) = (from_dictionary(object), extension_from(object));
    service::gated(super::engine_work_loop(this), || set(this, format, extension, object, true))
}

extern "C" fn hardware_changed(this: Obj, format: usize) -> u32 {
    set_struct(this, format, false)
}

/// setProperties from user space: only a format dictionary is looked at.
extern "C" fn set_properties(this: Obj, properties: Obj) -> u32 {
    if !properties.is("OSDictionary") {
        return BAD_ARGUMENT;
    }
    let format = dictionary::get(properties, "IOAudioStreamFormat");
    if format.is("OSDictionary") { set_dictionary(this, format) } else { SUCCESS }
}

/// The rate that a request asks for, if it is another than the engine's.
fn requested_rate(engine: Obj, object: Obj) -> Option<Rate> {
    let rate = if object.is_null() { Obj::NULL } else { dictionary::get(object, "IOAudioSampleRate") };
    if !rate.is("OSDictionary") {
        return None;
    }
    Some(rate_from(rate)).filter(|&rate| rate != engine.get::<Rate>(SAMPLE_RATE))
}

fn set(stream: Obj, wanted: Format, extension: Extension, object: Obj, call_driver: bool) -> u32 {
    let engine = engine(stream);
    if engine.is_null() {
        return NOT_READY;
    }
    let new_rate = requested_rate(engine, object);
    let rate = new_rate.unwrap_or(engine.get(SAMPLE_RATE));
    let Some(entry) = find(stream, &wanted, rate) else {
        crate::device::complain(stream, "a format was asked for that the stream does not offer");
        return BAD_ARGUMENT;
    };
    let format = Format { driver_tag: entry.format.driver_tag, ..wanted };
    let affected: Vec<Obj> = clients::list(engine).into_iter().filter(|&c| client::uses(c, stream)).collect();
    for &user_client in &affected {
        client::lock_buffers(user_client);
    }
    state::PAUSE_AUDIO_ENGINE.call(engine, &[]);
    let result = if call_driver { ask_driver(engine, stream, &format, &extension, new_rate) } else { SUCCESS };
    if result == SUCCESS {
        adopt(engine, stream, format, &extension, new_rate);
        notify::send_format_change(engine, stream);
    } else if result != NOT_READY {
        crate::device::complain(stream, &alloc::format!("the driver refused a format change ({result:#x})"));
    }
    state::RESUME_AUDIO_ENGINE.call(engine, &[]);
    for &user_client in &affected {
        client::unlock_buffers(user_client);
    }
    result
}

fn ask_driver(engine: Obj, stream: Obj, format: &Format, extension: &Extension, rate: Option<Rate>) -> u32 {
    let format = (&raw const *format) as u64;
    let extension = extension.as_ptr() as u64;
    let rate = rate.as_ref().map_or(0, |rate| rate.as_ptr() as u64);
    match PERFORM_CHANGE_EXTENDED.call_u32(engine, &[stream.word(), format, extension, rate]) {
        UNSUPPORTED => PERFORM_CHANGE.call_u32(engine, &[stream.word(), format, rate]),
        result => result,
    }
}

fn adopt(engine: Obj, stream: Obj, format: Format, extension: &Extension, rate: Option<Rate>) {
    let old = Format::of(stream);
    locked(stream.get(STREAM_IO_LOCK), || {
        stream.set(FORMAT, format);
        let ours: bool = stream.get(STREAM_ALLOCATED_MIX_BUFFER);
        if format.is_mixable == 0 {
            release_mix_buffer(stream);
        } else if ours && old.channels != format.channels && stream.get::<u32>(DIRECTION) == OUTPUT {
            allocate_mix_buffer(stream);
        }
    });
    service::publish(stream, c"IOAudioStreamFormat", to_dictionary(&format, extension));
    if old.channels != format.channels {
        members::update_channel_numbers(engine);
    }
    if let Some(rate) = rate {
        notify::set_rate(engine, rate.as_ptr() as usize);
    }
}

extern "C" fn get(this: Obj) -> usize {
    this.0 + FORMAT
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PKPFiPKvPvjjS2_PS_Ej" => add_plain,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PFiPKvPvjjS2_PS_E" => add_plain,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRateS8_PKPFiPKvPvjjS2_PS_Ej" => add_extended,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRateS8_PFiPKvPvjjS2_PS_E" => add_extended,
    "__ZN13IOAudioStream21clearAvailableFormatsEv" => clear,
    "__ZN13IOAudioStream9getFormatEv" => get,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatb" => set_struct,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionb" => set_struct_extended,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatP12OSDictionaryb" => set_struct_dictionary,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionP12OSDictionaryb" => set_all,
    "__ZN13IOAudioStream9setFormatEP12OSDictionary" => set_dictionary,
    "__ZN13IOAudioStream21hardwareFormatChangedEPK20_IOAudioStreamFormat" => hardware_changed,
    "__ZN13IOAudioStream13setPropertiesEP8OSObject" => set_properties,
}
