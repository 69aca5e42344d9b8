//! The formats that a stream offers, and which of them a request means.

use alloc::rc::Rc;
use core::cmp::Ordering;
use core::ffi::CStr;

use kpi::functions;
use kpi::libkern::string::Key;
use kpi::libkern::{array, dictionary};
use kpi::mem;
use kpi::object::{Method, Obj};

use super::{Format, PRIVATE, dictionaries, engine};
use crate::engine::rate::{self, Rate};
use crate::layout::stream::{MAX_NUM_CHANNELS, NUM_AVAILABLE_FORMATS};
use crate::service;

/// A format that a stream offers.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub format: Format,
    extension: Extension,
    minimum: Rate,
    maximum: Rate,
    /// The driver's functions that clip or convert it; none: its engine does.
    pub functions: Rc<[usize]>,
}

/// IOAudioStreamFormatExtension: version, flags, frames a packet, bytes a packet.
pub(crate) type Extension = [u32; 4];

static GET_SAMPLE_RATE: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine13getSampleRateEv");

/// The property with a dictionary for each offered format, and its rates.
pub(super) const AVAILABLE: &CStr = c"IOAudioStreamAvailableFormats";

static MINIMUM: Key = Key::new("IOAudioStreamMinimumSampleRate");
static MAXIMUM: Key = Key::new("IOAudioStreamMaximumSampleRate");

fn default_extension(format: &Format) -> Extension {
    [1, 0, 1, format.frame_bytes()]
}

/// The extension that belongs to a format, for callers that give none.
pub(super) fn extension_of(stream: Obj, format: &Format) -> Extension {
    find(stream, format, [0, 0]).map_or_else(|| default_extension(format), |entry| entry.extension)
}

fn add(stream: Obj, format: usize, extension: usize, rates: [usize; 2], functions: Rc<[usize]>) {
    if format == 0 || rates.contains(&0) {
        return;
    }
    let format: Format = mem::read(format);
    let extension = if extension == 0 { default_extension(&format) } else { mem::read(extension) };
    let [minimum, maximum] = rates.map(mem::read::<Rate>);
    let all = service::property(stream, AVAILABLE);
    let last = array::last(all);
    let object = dictionaries::of_format(&format, &extension, last);
    let lowest = rate::dictionary_like(minimum, dictionary::get_key(last, &MINIMUM));
    let highest = rate::dictionary_like(maximum, lowest);
    dictionary::put_key(object, &MINIMUM, lowest);
    dictionary::put_key(object, &MAXIMUM, highest);
    array::push(all, object);
    object.release();
    let entry = Entry { format, extension, minimum, maximum, functions };
    let count = PRIVATE.with_default(stream, |private| {
        private.formats.push(entry);
        private.formats.len()
    });
    stream.set(NUM_AVAILABLE_FORMATS, count as u32);
    stream.set(MAX_NUM_CHANNELS, stream.get::<u32>(MAX_NUM_CHANNELS).max(format.channels));
}

fn list(functions: usize, count: u32) -> Rc<[usize]> {
    let count = if functions == 0 { 0 } else { count as usize };
    (0..count).map(|place| mem::read(functions + place * 8)).collect()
}

extern "C" fn add_plain(this: Obj, format: usize, minimum: usize, maximum: usize, functions: usize, count: u32) {
    add(this, format, 0, [minimum, maximum], list(functions, count));
}

extern "C" fn add_plain_one(this: Obj, format: usize, minimum: usize, maximum: usize, function: usize) {
    add(this, format, 0, [minimum, maximum], one(function));
}

extern "C" fn add_extended(
    this: Obj,
    format: usize,
    extension: usize,
    minimum: usize,
    maximum: usize,
    functions: usize,
    count: u32,
) {
    add(this, format, extension, [minimum, maximum], list(functions, count));
}

extern "C" fn add_extended_one(
    this: Obj,
    format: usize,
    extension: usize,
    minimum: usize,
    maximum: usize,
    function: usize,
) {
    add(this, format, extension, [minimum, maximum], one(function));
}

/// A list of one, which may be NULL: such a list clips nothing.
fn one(function: usize) -> Rc<[usize]> {
    Rc::new([function])
}

extern "C" fn clear(this: Obj) {
    PRIVATE.with_default(this, |private| private.formats.clear());
    this.set(NUM_AVAILABLE_FORMATS, 0u32);
    service::publish(this, AVAILABLE, array::new());
}

/// The offered format that a request means: all fields but the driver's tag are equal and, where the requested rate has a
/// whole part, the rate is in range. A rate without one passes: drivers must refuse it themselves.
pub(super) fn find(stream: Obj, wanted: &Format, rate: Rate) -> Option<Entry> {
    let plain = |format: &Format| Format { driver_tag: 0, pad: [0; 3], ..*format };
    let in_range = |entry: &&Entry| {
        rate[0] == 0
            || (compare(entry.minimum, rate) != Ordering::Greater && compare(entry.maximum, rate) != Ordering::Less)
    };
    let matches = |entry: &&Entry| plain(&entry.format) == plain(wanted) && in_range(entry);
    PRIVATE.with_default(stream, |private| private.formats.iter().find(matches).cloned())
}

/// Rates with the same whole part count as equal where the left fraction is greater, as in the real family.
fn compare(left: Rate, right: Rate) -> Ordering {
    match left[0].cmp(&right[0]) {
        Ordering::Equal if left[1] < right[1] => Ordering::Less,
        whole => whole,
    }
}

/// validateFormat with a rate: the driver's tag is copied into the format, and the entry into `description` (the format, its
/// rates, its functions, its extension), unless that is NULL. The extension that is asked for is not looked at.
extern "C" fn validate(this: Obj, format: usize, _extension: usize, description: usize, rate: usize) -> bool {
    if format == 0 || rate == 0 {
        return false;
    }
    let wanted: Format = mem::read(format);
    let Some(entry) = find(this, &wanted, mem::read(rate)) else { return false };
    mem::write(format, Format { driver_tag: entry.format.driver_tag, ..wanted });
    if description != 0 {
        describe(description, &entry);
    }
    true
}

/// Byte offsets in IOAudioStreamFormatDesc.
mod description {
    pub const MINIMUM: usize = 24;
    pub const MAXIMUM: usize = 32;
    pub const FUNCTIONS: usize = 40;
    pub const NUM_FUNCTIONS: usize = 48;
    pub const EXTENSION: usize = 52;
}

fn describe(to: usize, entry: &Entry) {
    mem::write(to, entry.format);
    mem::write(to + description::MINIMUM, entry.minimum);
    mem::write(to + description::MAXIMUM, entry.maximum);
    let functions = if entry.functions.is_empty() { 0 } else { entry.functions.as_ptr() as usize };
    mem::write(to + description::FUNCTIONS, functions);
    mem::write(to + description::NUM_FUNCTIONS, entry.functions.len() as u32);
    mem::write(to + description::EXTENSION, entry.extension);
}

extern "C" fn validate_extended(this: Obj, format: usize, extension: usize, description: usize) -> bool {
    let rate = GET_SAMPLE_RATE.call(engine(this), &[]) as usize;
    validate(this, format, extension, description, rate)
}

extern "C" fn validate_plain(this: Obj, format: usize, description: usize) -> bool {
    validate_extended(this, format, 0, description)
}

functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PKPFiPKvPvjjS2_PS_Ej" => add_plain,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK18_IOAudioSampleRateS5_PFiPKvPvjjS2_PS_E" => add_plain_one,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRateS8_PKPFiPKvPvjjS2_PS_Ej" => add_extended,
    "__ZN13IOAudioStream18addAvailableFormatEPK20_IOAudioStreamFormatPK29_IOAudioStreamFormatExtensionPK18_IOAudioSampleRateS8_PFiPKvPvjjS2_PS_E" => add_extended_one,
    "__ZN13IOAudioStream21clearAvailableFormatsEv" => clear,
    "__ZN13IOAudioStream14validateFormatEP20_IOAudioStreamFormatP29_IOAudioStreamFormatExtensionP23IOAudioStreamFormatDescPK18_IOAudioSampleRate" => validate,
    "__ZN13IOAudioStream14validateFormatEP20_IOAudioStreamFormatP29_IOAudioStreamFormatExtensionP23IOAudioStreamFormatDesc" => validate_extended,
    "__ZN13IOAudioStream14validateFormatEP20_IOAudioStreamFormatP23IOAudioStreamFormatDesc" => validate_plain,
}

#[cfg(test)]
mod tests {
    use core::cmp::Ordering;

    use super::compare;

    #[test]
    fn a_greater_left_fraction_is_not_seen() {
        assert_eq!(compare([44_100, 5], [44_100, 0]), Ordering::Equal, "a rate below the least by a fraction passes");
        assert_eq!(compare([96_000, 0], [96_000, 5]), Ordering::Less, "one above the greatest does not");
        assert_eq!(compare([8000, 9], [48_000, 0]), Ordering::Less);
        assert_eq!(compare([48_000, 0], [8000, 9]), Ordering::Greater);
    }
}
