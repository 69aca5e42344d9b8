//! OSSerialize: the kernel's property-list text. Each object that is written has an ID, by which it is referred to when it is
//! met again.

use alloc::format;
use alloc::vec::Vec;

use crate::class;
use crate::fault;
use crate::functions;
use crate::heap;
use crate::libkern::{boolean, collection, data, dictionary, number, osobject, string};
use crate::mem;
use crate::object::{Method, Obj, Side};
use crate::platform::PAGE;
use crate::symbols;

/// `OSSerialize::data`: the text, which ends with a zero.
const DATA: usize = 16;
/// `OSSerialize::length`, the final zero included.
const LENGTH: usize = 24;
/// `OSSerialize::capacity`.
const CAPACITY: usize = 28;
/// `OSSerialize::capacityIncrement`.
const INCREMENT: usize = 32;
/// What the increment is if none was asked for.
const DEFAULT_INCREMENT: u32 = 256;
/// `OSSerializer`'s fields.
const TARGET: usize = 16;
const REFERENCE: usize = 24;
const CALLBACK: usize = 32;

/// Objects written so far, by ID; they are retained.
static WRITTEN: Side<Vec<Obj>> = Side::new();

static INIT: Method = Method::new("OSSerialize", "__ZN11OSSerialize16initWithCapacityEj");
static SERIALIZE: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9serializeEP11OSSerialize");

/// The text of an object, as `serialize` writes it; `None` when some object refuses.
pub fn text_of(object: Obj) -> Option<Vec<u8>> {
    let writer = with_capacity(PAGE as u32);
    let written = SERIALIZE.call_bool(object, &[writer.word()]);
    let text = written.then(|| mem::c_bytes(text(writer)));
    writer.release();
    text
}

extern "C" fn with_capacity(capacity: u32) -> Obj {
    let this = class::instantiate("OSSerialize");
    if INIT.call_bool(this, &[u64::from(capacity)]) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn init(this: Obj, capacity: u32) -> bool {
    this.set(INCREMENT, if capacity == 0 { DEFAULT_INCREMENT } else { capacity });
    ensure_capacity(this, capacity.max(1));
    clear(this);
    this.get::<usize>(DATA) != 0
}

extern "C" fn free(this: Obj) {
    clear_written(this);
    WRITTEN.remove(this);
    let block: usize = this.get(DATA);
    if block != 0 {
        heap::free(block, 0);
    }
    osobject::free(this);
}

fn clear_written(this: Obj) {
    let written = WRITTEN.with(this, core::mem::take).unwrap_or_default();
    written.into_iter().for_each(Obj::release);
}

extern "C" fn clear(this: Obj) {
    mem::fill(this.get(DATA), 0, this.get::<u32>(CAPACITY) as usize);
    this.set(LENGTH, 1u32);
    clear_written(this);
}

extern "C" fn text(this: Obj) -> usize {
    this.get(DATA)
}

extern "C" fn length(this: Obj) -> u32 {
    this.get(LENGTH)
}

extern "C" fn capacity(this: Obj) -> u32 {
    this.get(CAPACITY)
}

extern "C" fn increment(this: Obj) -> u32 {
    this.get(INCREMENT)
}

extern "C" fn set_increment(this: Obj, increment: u32) -> u32 {
    let increment = if increment == 0 { DEFAULT_INCREMENT } else { increment };
    this.set(INCREMENT, increment);
    increment
}

/// ensureCapacity: in whole pages.
extern "C" fn ensure_capacity(this: Obj, wanted: u32) -> u32 {
    let before = capacity(this);
    if wanted > before {
        let size = (wanted as usize).next_multiple_of(PAGE);
        let (old, block): (usize, usize) = (this.get(DATA), heap::allocate(size, 1));
        if block == 0 {
            return before;
        }
        if old != 0 {
            mem::copy(old, block, length(this) as usize);
            heap::free(old, 0);
        }
        this.set(DATA, block);
        this.set(CAPACITY, size as u32);
    }
    capacity(this)
}

/// Adds to the text; false when there is no memory.
fn add(this: Obj, more: &[u8]) -> bool {
    let used = length(this);
    let wanted = used + more.len() as u32;
    if wanted > capacity(this) && ensure_capacity(this, wanted.max(capacity(this) + increment(this))) < wanted {
        return false;
    }
    let end = text(this) + used as usize - 1;
    mem::put(end, more);
    mem::write(end + more.len(), 0u8);
    this.set(LENGTH, wanted);
    true
}

extern "C" fn add_char(this: Obj, character: u8) -> bool {
    add(this, &[character])
}

extern "C" fn add_string(this: Obj, text: usize) -> bool {
    add(this, &mem::c_bytes(text))
}

fn id(this: Obj, object: Obj) -> Option<usize> {
    WRITTEN.with(this, |written| written.iter().position(|&other| other == object)).flatten()
}

/// previouslySerialized: writes a reference to an object that was written before; else the object gets an ID.
extern "C" fn was_written(this: Obj, object: Obj) -> bool {
    if let Some(id) = id(this, object) {
        return add(this, format!("<reference IDREF=\"{id}\"/>").as_bytes());
    }
    object.retain();
    WRITTEN.with_default(this, |written| written.push(object));
    false
}

fn start_tag(this: Obj, object: Obj, tag: &str) -> bool {
    let id = id(this, object).unwrap_or(usize::MAX) as u32;
    add(this, format!("<{tag} ID=\"{id}\">").as_bytes())
}

fn end_tag(this: Obj, tag: &str) -> bool {
    add(this, format!("</{tag}>").as_bytes())
}

extern "C" fn start_tag_c(this: Obj, object: Obj, tag: usize) -> bool {
    start_tag(this, object, &mem::c_string(tag))
}

extern "C" fn end_tag_c(this: Obj, tag: usize) -> bool {
    end_tag(this, &mem::c_string(tag))
}

/// Writes an object with a tag around what `body` writes, or a reference.
fn tagged(object: Obj, to: Obj, tag: &str, attributes: &str, body: impl FnOnce() -> bool) -> bool {
    was_written(to, object) || (start_tag(to, object, &format!("{tag}{attributes}")) && body() && end_tag(to, tag))
}

fn add_escaped(to: Obj, text: &[u8]) -> bool {
    text.iter().all(|byte| match byte {
        b'<' => add(to, b"&lt;"),
        b'>' => add(to, b"&gt;"),
        b'&' => add(to, b"&amp;"),
        byte => add(to, &[*byte]),
    })
}

fn serialize(object: Obj, to: Obj) -> bool {
    SERIALIZE.call_bool(object, &[to.word()])
}

/// OSObject::serialize: says that the class cannot be written.
extern "C" fn serialize_object(this: Obj, to: Obj) -> bool {
    tagged(this, to, "string", "", || add(to, format!("{} is not serializable", this.class_name()).as_bytes()))
}

extern "C" fn serialize_metaclass(_this: Obj, _to: Obj) -> bool {
    fault::kernel_panic("OSMetaClass::serialize was called, which is obsolete")
}

extern "C" fn serialize_string(this: Obj, to: Obj) -> bool {
    tagged(this, to, "string", "", || add_escaped(to, &string::bytes(this)))
}

extern "C" fn serialize_number(this: Obj, to: Obj) -> bool {
    let size = format!(" size=\"{}\"", number::bits(this));
    tagged(this, to, "integer", &size, || add(to, format!("{:#x}", number::value(this)).as_bytes()))
}

extern "C" fn serialize_boolean(this: Obj, to: Obj) -> bool {
    add(to, if boolean::value(this) { b"<true/>" } else { b"<false/>" })
}

extern "C" fn serialize_data(this: Obj, to: Obj) -> bool {
    tagged(this, to, "data", "", || add(to, &base64(&data::bytes(this))))
}

extern "C" fn serialize_array(this: Obj, to: Obj) -> bool {
    tagged(this, to, "array", "", || collection::members(this).into_iter().all(|member| serialize(member, to)))
}

extern "C" fn serialize_set(this: Obj, to: Obj) -> bool {
    tagged(this, to, "set", "", || collection::members(this).into_iter().all(|member| serialize(member, to)))
}

extern "C" fn serialize_dictionary(this: Obj, to: Obj) -> bool {
    let entry = |(key, value): (Obj, Obj)| {
        add(to, b"<key>") && add_escaped(to, &string::bytes(key)) && end_tag(to, "key") && serialize(value, to)
    };
    tagged(this, to, "dict", "", || dictionary::entries(this).into_iter().all(entry))
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let word = (0..3).fold(0, |word, place| word << 8 | u32::from(bytes.get(place).copied().unwrap_or(0)));
        let digit = |place: usize| {
            let six = (word >> (18 - 6 * place)) & 63;
            if place <= bytes.len() { DIGITS[six as usize] } else { b'=' }
        };
        [digit(0), digit(1), digit(2), digit(3)]
    };
    bytes.chunks(3).flat_map(group).collect()
}

/// OSSerializer::forTarget: an object that a function writes.
extern "C" fn for_target(target: u64, callback: usize, reference: u64) -> Obj {
    let this = class::instantiate("OSSerializer");
    this.set(TARGET, target);
    this.set(REFERENCE, reference);
    this.set(CALLBACK, callback);
    this
}

extern "C" fn serialize_for_target(this: Obj, to: Obj) -> bool {
    symbols::invoke(this.get(CALLBACK), &[this.get(TARGET), this.get(REFERENCE), to.word()]) as u8 != 0
}

functions! { pub FUNCTIONS:
    "__ZN11OSSerialize12withCapacityEj" => with_capacity,
    "__ZN11OSSerialize16initWithCapacityEj" => init,
    "__ZN11OSSerialize4freeEv" => free,
    "__ZNK11OSSerialize4textEv" => text,
    "__ZN11OSSerialize9clearTextEv" => clear,
    "__ZN11OSSerialize20previouslySerializedEPK15OSMetaClassBase" => was_written,
    "__ZN11OSSerialize14addXMLStartTagEPK15OSMetaClassBasePKc" => start_tag_c,
    "__ZN11OSSerialize12addXMLEndTagEPKc" => end_tag_c,
    "__ZN11OSSerialize7addCharEc" => add_char,
    "__ZN11OSSerialize9addStringEPKc" => add_string,
    "__ZNK11OSSerialize9getLengthEv" => length,
    "__ZNK11OSSerialize11getCapacityEv" => capacity,
    "__ZNK11OSSerialize20getCapacityIncrementEv" => increment,
    "__ZN11OSSerialize20setCapacityIncrementEj" => set_increment,
    "__ZN11OSSerialize14ensureCapacityEj" => ensure_capacity,
    "__ZNK11OSMetaClass9serializeEP11OSSerialize" => serialize_metaclass,
    "__ZNK8OSObject9serializeEP11OSSerialize" => serialize_object,
    "__ZNK8OSString9serializeEP11OSSerialize" => serialize_string,
    "__ZNK8OSNumber9serializeEP11OSSerialize" => serialize_number,
    "__ZNK9OSBoolean9serializeEP11OSSerialize" => serialize_boolean,
    "__ZNK6OSData9serializeEP11OSSerialize" => serialize_data,
    "__ZNK7OSArray9serializeEP11OSSerialize" => serialize_array,
    "__ZNK5OSSet9serializeEP11OSSerialize" => serialize_set,
    "__ZNK12OSDictionary9serializeEP11OSSerialize" => serialize_dictionary,
    "__ZN12OSSerializer9forTargetEPvPFbS0_S0_P11OSSerializeES0_" => for_target,
    "__ZNK12OSSerializer9serializeEP11OSSerialize" => serialize_for_target,
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_padded() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, coded) in cases {
            assert_eq!(super::base64(plain.as_bytes()), coded.as_bytes());
        }
    }
}
