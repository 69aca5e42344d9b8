//! A stream's format: how it is validated, and how it changes.

use alloc::vec::Vec;

use kpi::functions;
use kpi::libkern::dictionary;
use kpi::mem;
use kpi::object::{Method, Obj};

use super::formats::{self, Entry, Extension};
use super::{Format, OUTPUT, PRIVATE, allocate_mix_buffer, engine, locked, release_mix_buffer};
use super::{dictionaries, functions as io_functions};
use crate::client;
use crate::engine::rate::{self, Rate};
use crate::engine::{clients, members, notify, state};
use crate::layout::engine::SAMPLE_RATE;
use crate::layout::stream::{DIRECTION, FORMAT, STREAM_ALLOCATED_MIX_BUFFER, STREAM_IO_LOCK};
use crate::returns::{BAD_ARGUMENT, NOT_READY, SUCCESS, UNSUPPORTED};
use crate::service;

static SET_DICTIONARY: Method = Method::new("IOAudioStream", "__ZN13IOAudioStream9setFormatEP12OSDictionary");
static SEND_FORMAT_CHANGE: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine28sendFormatChangeNotificationEP13IOAudioStream");
static PERFORM_CHANGE_EXTENDED: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRate",
);
static PERFORM_CHANGE: Method = Method::new(
    "IOAudioEngine",
    "__ZN13IOAudioEngine19performFormatChangeEP13IOAudioStreamPK20_IOAudioStreamFormatPK18_IOAudioSampleRate",
);

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
    let extension = if extension == 0 { formats::extension_of(this, &format) } else { mem::read(extension) };
    service::gated(super::engine_work_loop(this), || set(this, format, extension, object, call_driver))
}

/// A format from user space, with the rate that may come along. Of the extension, what the dictionary does not say is 0; the
/// family leaves there what was on its stack.
extern "C" fn set_dictionary(this: Obj, object: Obj) -> u32 {
    if object.is_null() {
        return BAD_ARGUMENT;
    }
    let (format, extension) = (dictionaries::format_from(object), dictionaries::extension_from(object));
    set(this, format, extension, object, true)
}

/// `setFormatAction`, what the gate runs, and `_setFormatAction`, what the work loop runs.
extern "C" fn set_action(this: Obj, object: Obj) -> u32 {
    SET_DICTIONARY.call_u32(this, &[object.word()])
}

extern "C" fn gated_set_action(this: Obj, object: Obj) -> u32 {
    service::gated(super::engine_work_loop(this), || set_action(this, object))
}

/// hardwareFormatChanged: the driver is not asked.
extern "C" fn hardware_changed(this: Obj, format: usize) -> u32 {
    set_all(this, format, extension_place(this), Obj::NULL, false)
}

/// setProperties from user space: only a format dictionary is looked at.
extern "C" fn set_properties(this: Obj, properties: Obj) -> u32 {
    if !properties.is("OSDictionary") {
        return BAD_ARGUMENT;
    }
    let format = dictionary::get(properties, "IOAudioStreamFormat");
    if format.is("OSDictionary") { gated_set_action(this, format) } else { SUCCESS }
}

/// Where the rate that a request asks for stands, if it is another than the engine's.
fn requested_rate(engine: Obj, object: Obj) -> Option<usize> {
    let rate = if object.is_null() { Obj::NULL } else { dictionary::get(object, "IOAudioSampleRate") };
    if !rate.is("OSDictionary") {
        return None;
    }
    let place = rate::shared_from(rate);
    (mem::read::<Rate>(place) != engine.get::<Rate>(SAMPLE_RATE)).then_some(place)
}

fn set(stream: Obj, wanted: Format, extension: Extension, object: Obj, call_driver: bool) -> u32 {
    let engine = engine(stream);
    if engine.is_null() {
        return NOT_READY;
    }
    let new_rate = requested_rate(engine, object);
    let rate = new_rate.map_or_else(|| engine.get(SAMPLE_RATE), mem::read);
    let Some(entry) = formats::find(stream, &wanted, rate) else {
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
        adopt(engine, stream, format, &extension, new_rate, &entry);
        SEND_FORMAT_CHANGE.call(engine, &[stream.word()]);
    } else if result != NOT_READY {
        crate::device::complain(stream, &alloc::format!("the driver refused a format change ({result:#x})"));
    }
    state::RESUME_AUDIO_ENGINE.call(engine, &[]);
    for &user_client in &affected {
        client::unlock_buffers(user_client);
    }
    result
}

/// Asks the driver, whose method's older form is asked where it does not have the newer one. The rate is valid during the call
/// only: another engine's request may overwrite it.
fn ask_driver(engine: Obj, stream: Obj, format: &Format, extension: &Extension, rate: Option<usize>) -> u32 {
    let format = (&raw const *format) as u64;
    let extension = extension.as_ptr() as u64;
    let rate = rate.unwrap_or(0) as u64;
    match PERFORM_CHANGE_EXTENDED.call_u32(engine, &[stream.word(), format, extension, rate]) {
        UNSUPPORTED => PERFORM_CHANGE.call_u32(engine, &[stream.word(), format, rate]),
        result => result,
    }
}

fn adopt(engine: Obj, stream: Obj, format: Format, extension: &Extension, rate: Option<usize>, entry: &Entry) {
    let old = Format::of(stream);
    if !entry.functions.is_empty() {
        io_functions::set_list(stream, entry.functions.as_ptr() as usize, entry.functions.len() as u32);
    }
    locked(stream.get(STREAM_IO_LOCK), || {
        stream.set(FORMAT, format);
        let ours: bool = stream.get(STREAM_ALLOCATED_MIX_BUFFER);
        if format.is_mixable == 0 {
            release_mix_buffer(stream);
        } else if ours && old.channels != format.channels && stream.get::<u32>(DIRECTION) == OUTPUT {
            allocate_mix_buffer(stream);
        }
    });
    mem::write(extension_place(stream), *extension);
    service::publish(stream, c"IOAudioStreamFormat", dictionaries::of_format(&format, extension, Obj::NULL));
    if old.channels != format.channels {
        members::update_channel_numbers(engine);
    }
    if let Some(rate) = rate {
        notify::set_rate(engine, rate);
    }
}

/// Where the extension of the present format is.
fn extension_place(stream: Obj) -> usize {
    PRIVATE.with_default(stream, |private| private.extension)
}

extern "C" fn get_extension(this: Obj) -> usize {
    extension_place(this)
}

extern "C" fn get(this: Obj) -> usize {
    this.0 + FORMAT
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream9getFormatEv" => get,
    "__ZN13IOAudioStream18getFormatExtensionEv" => get_extension,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatb" => set_struct,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionb" => set_struct_extended,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatP12OSDictionaryb" => set_struct_dictionary,
    "__ZN13IOAudioStream9setFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionP12OSDictionaryb" => set_all,
    "__ZN13IOAudioStream9setFormatEP12OSDictionary" => set_dictionary,
    "__ZN13IOAudioStream15setFormatActionEP8OSObjectPvS2_S2_S2_" => set_action,
    "__ZN13IOAudioStream16_setFormatActionEP8OSObjectPvS2_S2_S2_" => gated_set_action,
    "__ZN13IOAudioStream21hardwareFormatChangedEPK20_IOAudioStreamFormat" => hardware_changed,
    "__ZN13IOAudioStream13setPropertiesEP8OSObject" => set_properties,
}
