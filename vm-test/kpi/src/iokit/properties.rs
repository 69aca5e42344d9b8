//! The property table of registry entries. Every overload comes down to the one with an OSSymbol key, through the vtable:
//! a kext that overrides that one sees all.

use alloc::string::String;
use alloc::vec::Vec;

use protocol::value::Value;

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{registry, task};
use crate::libkern::{boolean, collection, data, dictionary, number, string, value};
use crate::mem;
use crate::object::{Method, Obj};
use crate::symbols;

/// `IORegistryEntry::fPropertyTable`.
const TABLE: usize = 32;
/// OSCollection::kImmutable.
const IMMUTABLE: u32 = 1;
/// `kIORegistryIterateRecursively` and `kIORegistryIterateParents`.
const RECURSIVELY: u32 = 1;
const THROUGH_PARENTS: u32 = 2;

static SET: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry11setPropertyEPK8OSSymbolP8OSObject");
static GET: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11getPropertyEPK8OSSymbol");
static REMOVE: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry14removePropertyEPK8OSSymbol");
static SET_PROPERTIES: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry13setPropertiesEP8OSObject");
static COPY_TABLE: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry24dictionaryWithPropertiesEv");
static SERIALIZE: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9serializeEP11OSSerialize");
static SET_OPTIONS: Method = Method::new("OSCollection", "__ZN12OSCollection10setOptionsEjjPv");

/// Sets a property; the value is retained.
pub fn set(entry: Obj, key: &str, value: Obj) -> bool {
    with_symbol(key, |key| SET.call_bool(entry, &[key.word(), value.word()]))
}

/// Sets a property and releases the value: for values made for this one place.
pub fn put(entry: Obj, key: &str, value: Obj) -> bool {
    let set = set(entry, key, value);
    value.release();
    set
}

/// A property, not retained; NULL if there is none.
pub fn get(entry: Obj, key: &str) -> Obj {
    with_symbol(key, |key| GET.call_obj(entry, &[key.word()]))
}

/// A property's number; `None` if there is none.
pub fn get_number(entry: Obj, key: &str) -> Option<u64> {
    let value = get(entry, key);
    value.is("OSNumber").then(|| number::value(value))
}

/// A property's text; `None` if it is no string.
pub fn get_text(entry: Obj, key: &str) -> Option<String> {
    let value = get(entry, key);
    value.is("OSString").then(|| string::text(value))
}

/// Removes a property.
pub fn remove(entry: Obj, key: &str) {
    with_symbol(key, |key| REMOVE.call(entry, &[key.word()]));
}

/// What user space's IORegistryEntrySetCFProperties does, as whoever makes requests on this thread.
///
/// # Errors
/// What the entry says.
pub fn set_properties(entry: Obj, properties: Obj) -> Result<(), IOReturn> {
    entry.retain();
    let result = task::request(|_| SET_PROPERTIES.call_u32(entry, &[properties.word()]));
    entry.release();
    IOReturn(result).ok()
}

/// As [`set_properties`], with a property-list value.
///
/// # Errors
/// What the entry says.
pub fn set_values(entry: Obj, properties: &Value) -> Result<(), IOReturn> {
    let object = value::to_object(properties);
    let result = set_properties(entry, object);
    object.release();
    result
}

/// What user space's IORegistryEntryCreateCFProperties does: all properties, in the order in which they were first set.
pub fn read_values(entry: Obj) -> Value {
    let table = COPY_TABLE.call_obj(entry, &[]);
    let values = value::from_object(table).unwrap_or(Value::Dictionary(Vec::new()));
    table.release();
    values
}

/// The table, not retained; NULL before `init`.
pub extern "C" fn table(this: Obj) -> Obj {
    this.get_obj(TABLE)
}

/// Releases the table of an entry that is freed.
pub fn forget(entry: Obj) {
    let table = table(entry);
    entry.set(TABLE, Obj::NULL);
    table.release();
}

fn with_symbol<R>(key: &str, f: impl FnOnce(Obj) -> R) -> R {
    let symbol = string::symbol(key);
    let result = f(symbol);
    symbol.release();
    result
}

fn with_string<R>(key: Obj, f: impl FnOnce(Obj) -> R) -> R {
    with_symbol(&string::text(key), f)
}

fn with_c<R>(key: usize, f: impl FnOnce(Obj) -> R) -> R {
    let symbol = if key == 0 { string::symbol("") } else { mem::with_c_bytes(key, string::symbol_of) };
    let result = f(symbol);
    symbol.release();
    result
}

/// IORegistryEntry::init: takes the dictionary as it is, or makes an empty one.
pub extern "C" fn init(this: Obj, properties: Obj) -> bool {
    if properties.is_null() {
        if table(this).is_null() {
            this.set(TABLE, dictionary::new());
        }
        return true;
    }
    let is_immutable = SET_OPTIONS.call_u32(properties, &[0, 0, 0]) & IMMUTABLE != 0;
    let own = if is_immutable { dictionary::copy(properties) } else { properties.retain() };
    let old = table(this);
    this.set(TABLE, own);
    old.release();
    true
}

extern "C" fn set_table(this: Obj, properties: Obj) {
    let old = table(this);
    this.set(TABLE, properties.retain());
    old.release();
}

/// setProperty: a collection that enters the registry cannot be changed any more.
extern "C" fn set_symbol(this: Obj, key: Obj, value: Obj) -> bool {
    if value.is("OSCollection") && registry::in_plane(this, Obj::NULL) {
        SET_OPTIONS.call(value, &[u64::from(IMMUTABLE), u64::from(IMMUTABLE), 0]);
    }
    dictionary::set_symbol(table(this), key, value)
}

extern "C" fn set_string(this: Obj, key: Obj, value: Obj) -> bool {
    with_string(key, |key| SET.call_bool(this, &[key.word(), value.word()]))
}

extern "C" fn set_c(this: Obj, key: usize, value: Obj) -> bool {
    with_c(key, |key| SET.call_bool(this, &[key.word(), value.word()]))
}

/// Sets a value that was made for this call.
fn set_new(this: Obj, key: usize, value: Obj) -> bool {
    let set = set_c(this, key, value);
    value.release();
    set
}

extern "C" fn set_text(this: Obj, key: usize, text: usize) -> bool {
    text != 0 && set_new(this, key, string::symbol(&mem::c_string(text)))
}

extern "C" fn set_bool(this: Obj, key: usize, value: bool) -> bool {
    set_c(this, key, boolean::object(value))
}

extern "C" fn set_number(this: Obj, key: usize, value: u64, bits: u32) -> bool {
    set_new(this, key, number::new(value, bits))
}

extern "C" fn set_bytes(this: Obj, key: usize, bytes: usize, length: u32) -> bool {
    set_new(this, key, data::new(&mem::bytes(bytes, length as usize)))
}

extern "C" fn get_symbol(this: Obj, key: Obj) -> Obj {
    if key.is_null() { Obj::NULL } else { dictionary::get(table(this), &string::text(key)) }
}

extern "C" fn get_string(this: Obj, key: Obj) -> Obj {
    with_string(key, |key| GET.call_obj(this, &[key.word()]))
}

extern "C" fn get_c(this: Obj, key: usize) -> Obj {
    with_c(key, |key| GET.call_obj(this, &[key.word()]))
}

extern "C" fn copy_symbol(this: Obj, key: Obj) -> Obj {
    GET.call_obj(this, &[key.word()]).retain()
}

extern "C" fn copy_string(this: Obj, key: Obj) -> Obj {
    get_string(this, key).retain()
}

extern "C" fn copy_c(this: Obj, key: usize) -> Obj {
    get_c(this, key).retain()
}

/// getProperty with a plane: looks further up or down when the entry itself has none.
extern "C" fn get_symbol_in(this: Obj, key: Obj, plane: Obj, options: u32) -> Obj {
    let own = GET.call_obj(this, &[key.word()]);
    if !own.is_null() || plane.is_null() {
        return own;
    }
    let step = if options & THROUGH_PARENTS != 0 { registry::parents } else { registry::children };
    let mut next: Vec<Obj> = step(this, plane);
    next.reverse();
    while let Some(entry) = next.pop() {
        let value = GET.call_obj(entry, &[key.word()]);
        if !value.is_null() {
            return value;
        }
        if options & RECURSIVELY != 0 {
            next.extend(step(entry, plane).into_iter().rev());
        }
    }
    Obj::NULL
}

extern "C" fn get_string_in(this: Obj, key: Obj, plane: Obj, options: u32) -> Obj {
    with_string(key, |key| get_symbol_in(this, key, plane, options))
}

extern "C" fn get_c_in(this: Obj, key: usize, plane: Obj, options: u32) -> Obj {
    with_c(key, |key| get_symbol_in(this, key, plane, options))
}

extern "C" fn copy_symbol_in(this: Obj, key: Obj, plane: Obj, options: u32) -> Obj {
    get_symbol_in(this, key, plane, options).retain()
}

extern "C" fn copy_string_in(this: Obj, key: Obj, plane: Obj, options: u32) -> Obj {
    get_string_in(this, key, plane, options).retain()
}

extern "C" fn copy_c_in(this: Obj, key: usize, plane: Obj, options: u32) -> Obj {
    get_c_in(this, key, plane, options).retain()
}

extern "C" fn remove_symbol(this: Obj, key: Obj) {
    dictionary::remove(table(this), &string::text(key));
}

extern "C" fn remove_string(this: Obj, key: Obj) {
    with_string(key, |key| REMOVE.call(this, &[key.word()]));
}

extern "C" fn remove_c(this: Obj, key: usize) {
    with_c(key, |key| REMOVE.call(this, &[key.word()]));
}

extern "C" fn copy_table(this: Obj) -> Obj {
    dictionary::copy(table(this))
}

/// serializeProperties: a copy of the table.
extern "C" fn serialize(this: Obj, to: Obj) -> bool {
    let table = COPY_TABLE.call_obj(this, &[]);
    let written = SERIALIZE.call_bool(table, &[to.word()]);
    table.release();
    written
}

extern "C" fn refuse_properties(_this: Obj, _properties: Obj) -> IOReturn {
    IOReturn::UNSUPPORTED
}

/// runPropertyAction: the table is ours alone while KPI code runs, so there is no lock to hold.
extern "C" fn run_action(this: Obj, action: usize, target: Obj, a: u64, b: u64, c: u64, d: u64) -> u32 {
    let _ = this;
    symbols::invoke(action, &[target.word(), a, b, c, d]) as u32
}

/// Whether a table holds all that another one asks for (`isEqualTo` over the keys of `wanted`).
pub fn holds_all(table: Obj, wanted: Obj) -> bool {
    dictionary::entries(wanted).into_iter().all(|(key, value)| equal(value, dictionary::get(table, &string::text(key))))
}

static IS_EQUAL: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9isEqualToEPKS_");

/// `isEqualTo`; nothing is equal to NULL.
pub fn equal(value: Obj, other: Obj) -> bool {
    !other.is_null() && IS_EQUAL.call_bool(value, &[other.word()])
}

/// The strings of a value that is a string or a collection of strings.
pub fn strings(value: Obj) -> Vec<Obj> {
    if value.is("OSString") {
        alloc::vec![value]
    } else if value.is("OSCollection") {
        collection::members(value)
    } else {
        Vec::new()
    }
}

functions! { pub FUNCTIONS:
    "__ZN15IORegistryEntry4initEP12OSDictionary" => init,
    "__ZNK15IORegistryEntry16getPropertyTableEv" => table,
    "__ZN15IORegistryEntry16setPropertyTableEP12OSDictionary" => set_table,
    "__ZNK15IORegistryEntry24dictionaryWithPropertiesEv" => copy_table,
    "__ZNK15IORegistryEntry19serializePropertiesEP11OSSerialize" => serialize,
    "__ZNK9IOService19serializePropertiesEP11OSSerialize" => serialize,
    "__ZN15IORegistryEntry13setPropertiesEP8OSObject" => refuse_properties,
    "__ZN15IORegistryEntry17runPropertyActionEPFiP8OSObjectPvS2_S2_S2_ES1_S2_S2_S2_S2_" => run_action,
    "__ZN15IORegistryEntry11setPropertyEPK8OSSymbolP8OSObject" => set_symbol,
    "__ZN15IORegistryEntry11setPropertyEPK8OSStringP8OSObject" => set_string,
    "__ZN15IORegistryEntry11setPropertyEPKcP8OSObject" => set_c,
    "__ZN15IORegistryEntry11setPropertyEPKcS1_" => set_text,
    "__ZN15IORegistryEntry11setPropertyEPKcb" => set_bool,
    "__ZN15IORegistryEntry11setPropertyEPKcyj" => set_number,
    "__ZN15IORegistryEntry11setPropertyEPKcPvj" => set_bytes,
    "__ZNK15IORegistryEntry11getPropertyEPK8OSSymbol" => get_symbol,
    "__ZNK15IORegistryEntry11getPropertyEPK8OSString" => get_string,
    "__ZNK15IORegistryEntry11getPropertyEPKc" => get_c,
    "__ZNK15IORegistryEntry12copyPropertyEPK8OSSymbol" => copy_symbol,
    "__ZNK15IORegistryEntry12copyPropertyEPK8OSString" => copy_string,
    "__ZNK15IORegistryEntry12copyPropertyEPKc" => copy_c,
    "__ZNK15IORegistryEntry11getPropertyEPK8OSSymbolPK15IORegistryPlanej" => get_symbol_in,
    "__ZNK15IORegistryEntry11getPropertyEPK8OSStringPK15IORegistryPlanej" => get_string_in,
    "__ZNK15IORegistryEntry11getPropertyEPKcPK15IORegistryPlanej" => get_c_in,
    "__ZNK15IORegistryEntry12copyPropertyEPK8OSSymbolPK15IORegistryPlanej" => copy_symbol_in,
    "__ZNK15IORegistryEntry12copyPropertyEPK8OSStringPK15IORegistryPlanej" => copy_string_in,
    "__ZNK15IORegistryEntry12copyPropertyEPKcPK15IORegistryPlanej" => copy_c_in,
    "__ZN15IORegistryEntry14removePropertyEPK8OSSymbol" => remove_symbol,
    "__ZN15IORegistryEntry14removePropertyEPK8OSString" => remove_string,
    "__ZN15IORegistryEntry14removePropertyEPKc" => remove_c,
}
