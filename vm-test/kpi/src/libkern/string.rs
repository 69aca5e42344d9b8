//! OSString and OSSymbol. The text lies in a kernel block behind the object's `string` field; symbols are unique.

use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::heap;
use crate::libkern::{data, osobject};
use crate::mem;
use crate::object::{Direct, Obj};
use crate::symbols;

/// `OSString::length` on 10.6-10.11.
const LENGTH: usize = 16;
/// `OSString::string` on 10.6-10.11.
const STRING: usize = 24;
/// `OSString::string` on 10.12-11.
const LATE_STRING: usize = 16;
/// `OSString::length` on 10.12-11.
const LATE_LENGTH: usize = 28;
/// The Darwin of 10.12.
const LATE: u32 = 16;

static TAGGED_RELEASE: Direct = Direct::new("__ZNK8OSObject13taggedReleaseEPKv");
static TAGGED_RELEASE_WHEN: Direct = Direct::new("__ZNK8OSObject13taggedReleaseEPKvi");

static SYMBOLS: Global<HashMap<Vec<u8>, Obj, FxBuildHasher>> = Global::new(HashMap::with_hasher(FxBuildHasher));

/// A new OSString.
pub fn string(text: &str) -> Obj {
    let object = class::instantiate("OSString");
    fill(object, c_text(text.as_bytes()));
    object
}

/// A new OSString of bytes, which end at the first zero.
pub fn from_bytes(text: &[u8]) -> Obj {
    let object = class::instantiate("OSString");
    fill(object, c_text(text));
    object
}

/// The OSSymbol of a text, retained.
pub fn symbol(text: &str) -> Obj {
    symbol_of(text.as_bytes())
}

/// The OSSymbol of a text, not retained, if there is one.
pub fn known_symbol(text: &[u8]) -> Option<Obj> {
    pooled(c_text(text))
}

/// The same of a text without a zero.
fn pooled(text: &[u8]) -> Option<Obj> {
    SYMBOLS.borrow().get(text).copied()
}

/// A key that is used often: its symbol is looked up once, and again when symbols were freed.
pub struct Key {
    text: &'static str,
    symbol: AtomicUsize,
    seen: AtomicUsize,
}

/// How often a symbol was freed, counted from 1.
static FREED: AtomicUsize = AtomicUsize::new(1);

impl Key {
    /// Names a key.
    pub const fn new(text: &'static str) -> Key {
        Key { text, symbol: AtomicUsize::new(0), seen: AtomicUsize::new(0) }
    }

    /// Its text.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Its symbol, not retained, if there is one.
    pub fn known(&self) -> Option<Obj> {
        let freed = FREED.load(Ordering::Relaxed);
        if self.seen.load(Ordering::Relaxed) != freed {
            self.symbol.store(known_symbol(self.text.as_bytes())?.0, Ordering::Relaxed);
            self.seen.store(freed, Ordering::Relaxed);
        }
        Some(Obj(self.symbol.load(Ordering::Relaxed)))
    }
}

/// A text up to its first zero, where strings of the kernel end.
fn c_text(text: &[u8]) -> &[u8] {
    memchr::memchr(0, text).map_or(text, |end| &text[..end])
}

/// The OSSymbol of bytes, which end at the first zero; retained.
pub fn symbol_of(text: &[u8]) -> Obj {
    let text = c_text(text);
    if let Some(symbol) = pooled(text) {
        return symbol.retain();
    }
    let object = class::instantiate("OSSymbol");
    fill(object, text);
    SYMBOLS.borrow().insert(text.to_vec(), object);
    object
}

/// Where this release keeps the address of the text, and its length with the final zero.
fn fields() -> (usize, usize) {
    static FIELDS: Global<Option<(usize, usize)>> = Global::new(None);
    *FIELDS
        .borrow()
        .get_or_insert_with(|| if symbols::darwin() >= LATE { (LATE_STRING, LATE_LENGTH) } else { (STRING, LENGTH) })
}

fn fill(object: Obj, text: &[u8]) {
    let block = heap::allocate(text.len() + 1, 1);
    mem::put(block, text);
    let (string, length) = fields();
    object.set(string, block);
    object.set(length, text.len() as u32 + 1);
}

/// Bytes of an OSString or OSSymbol, without the final zero.
pub fn bytes(object: Obj) -> Vec<u8> {
    if object.is_null() { Vec::new() } else { mem::c_bytes(c_pointer(object)) }
}

/// Text of an OSString or OSSymbol; "" for NULL.
pub fn text(object: Obj) -> String {
    mem::lossy(bytes(object))
}

/// Address of the C string inside.
pub fn c_pointer(object: Obj) -> usize {
    object.get(fields().0)
}

extern "C" fn string_with_c(text: usize) -> Obj {
    if text == 0 {
        return Obj::NULL;
    }
    let object = class::instantiate("OSString");
    fill(object, &mem::c_bytes(text));
    object
}

extern "C" fn string_with_string(other: Obj) -> Obj {
    let object = class::instantiate("OSString");
    fill(object, &bytes(other));
    object
}

extern "C" fn init_with_c(this: Obj, text: usize) -> bool {
    fill(this, &mem::c_bytes(text));
    true
}

extern "C" fn init_with_string(this: Obj, other: Obj) -> bool {
    fill(this, &bytes(other));
    true
}

extern "C" fn symbol_with_c(text: usize) -> Obj {
    if text == 0 { Obj::NULL } else { symbol_of(&mem::c_bytes(text)) }
}

extern "C" fn symbol_with_string(other: Obj) -> Obj {
    symbol_of(&bytes(other))
}

extern "C" fn free(this: Obj) {
    let block = c_pointer(this);
    if block != 0 {
        this.set(fields().0, 0usize);
        heap::free(block, 0);
    }
    osobject::free(this);
}

extern "C" fn free_symbol(this: Obj) {
    FREED.fetch_add(1, Ordering::Relaxed);
    SYMBOLS.borrow().remove(&bytes(this));
    free(this);
}

extern "C" fn length(this: Obj) -> u32 {
    this.get::<u32>(fields().1).saturating_sub(1)
}

extern "C" fn character(this: Obj, index: u32) -> u8 {
    if index < length(this) { mem::read(c_pointer(this) + index as usize) } else { 0 }
}

extern "C" fn set_character(this: Obj, character: u8, index: u32) -> bool {
    let inside = index < length(this);
    if inside {
        mem::write(c_pointer(this) + index as usize, character);
    }
    inside
}

extern "C" fn c_string_no_copy(this: Obj) -> usize {
    c_pointer(this)
}

extern "C" fn equals_object(this: Obj, other: Obj) -> bool {
    if other.is("OSString") { bytes(this) == bytes(other) } else { other.is("OSData") && equals_data(this, other) }
}

extern "C" fn equals_string(this: Obj, other: Obj) -> bool {
    !other.is_null() && bytes(this) == bytes(other)
}

extern "C" fn equals_c(this: Obj, text: usize) -> bool {
    text != 0 && bytes(this) == mem::c_bytes(text)
}

extern "C" fn equals_data(this: Obj, other: Obj) -> bool {
    let other = data::bytes(other);
    let own = bytes(this);
    other == own || other.strip_suffix(&[0]) == Some(&own[..])
}

/// OSSymbol's releases are OSObject's: the pool lets go of a symbol in `free`.
extern "C" fn release_symbol(this: Obj, tag: u64) {
    TAGGED_RELEASE.call(&[this.word(), tag]);
}

extern "C" fn release_symbol_when(this: Obj, tag: u64, when: u32) {
    TAGGED_RELEASE_WHEN.call(&[this.word(), tag, when.into()]);
}

/// OSSymbol's taggedRelease, with a tag only and with a count too: they do what OSObject's do.
pub(crate) const TAGGED_RELEASES: [*const (); 2] = [release_symbol as *const (), release_symbol_when as *const ()];

extern "C" fn same_symbol(this: Obj, other: Obj) -> bool {
    this == other
}

functions! { pub FUNCTIONS:
    "__ZN8OSString11withCStringEPKc" => string_with_c,
    "__ZN8OSString17withCStringNoCopyEPKc" => string_with_c,
    "__ZN8OSString10withStringEPKS_" => string_with_string,
    "__ZN8OSString14initWithStringEPKS_" => init_with_string,
    "__ZN8OSString15initWithCStringEPKc" => init_with_c,
    "__ZN8OSString21initWithCStringNoCopyEPKc" => init_with_c,
    "__ZN8OSString4freeEv" => free,
    "__ZNK8OSString9getLengthEv" => length,
    "__ZNK8OSString7getCharEj" => character,
    "__ZN8OSString7setCharEcj" => set_character,
    "__ZNK8OSString16getCStringNoCopyEv" => c_string_no_copy,
    "__ZNK8OSString9isEqualToEPK15OSMetaClassBase" => equals_object,
    "__ZNK8OSString9isEqualToEPKS_" => equals_string,
    "__ZNK8OSString9isEqualToEPKc" => equals_c,
    "__ZNK8OSString9isEqualToEPK6OSData" => equals_data,
    "__ZN8OSSymbol11withCStringEPKc" => symbol_with_c,
    "__ZN8OSSymbol17withCStringNoCopyEPKc" => symbol_with_c,
    "__ZN8OSSymbol10withStringEPK8OSString" => symbol_with_string,
    "__ZN8OSSymbol4freeEv" => free_symbol,
    "__ZNK8OSSymbol13taggedReleaseEPKv" => release_symbol,
    "__ZNK8OSSymbol13taggedReleaseEPKvi" => release_symbol_when,
    "__ZNK8OSSymbol9isEqualToEPK15OSMetaClassBase" => equals_object,
    "__ZNK8OSSymbol9isEqualToEPKc" => equals_c,
    "__ZNK8OSSymbol9isEqualToEPKS_" => same_symbol,
}
