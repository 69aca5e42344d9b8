//! Matching a service against a table of criteria (`passiveMatch`), and the services there are.

use alloc::vec::Vec;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::functions;
use crate::iokit::{names, path, plane, properties, registry, resources, state};
use crate::libkern::{collection, dictionary, number, string};
use crate::mem;
use crate::object::{Method, Obj};

static MATCH_TABLE: Method = Method::new("IOService", "__ZN9IOService18matchPropertyTableEP12OSDictionary");
static MATCH_TABLE_SCORE: Method = Method::new("IOService", "__ZN9IOService18matchPropertyTableEP12OSDictionaryPi");
static COMPARE_NAMES: Method =
    Method::new("IORegistryEntry", "__ZNK15IORegistryEntry12compareNamesEP8OSObjectPP8OSString");
static COPY_TABLE: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry24dictionaryWithPropertiesEv");
static COMPARE_PROPERTY: Method =
    Method::new("IOService", "__ZN9IOService15comparePropertyEP12OSDictionaryPK8OSString");

/// The score that a table or a service carries (IOProbeScore); 0 without one.
pub fn score(value: Obj) -> i32 {
    number::value(value) as i32
}

/// Whether a service meets all criteria of a table. With `changes`, the table gets the name that matched and the score.
pub fn passive(service: Obj, table: Obj, changes: bool) -> bool {
    class_matches(service, table)
        && place_matches(service, table)
        && name_matches(service, table, changes)
        && properties_match(service, table)
        && location_matches(service, table)
        && resources_match(table)
        && family_matches(service, table, changes)
}

fn class_matches(service: Obj, table: Obj) -> bool {
    let class = dictionary::get(table, "IOProviderClass");
    class.is_null() || service.is(&string::text(class))
}

/// Criteria of the service's place: its ID, its path, its BSD name, what it is below, how many clients were matched on it.
fn place_matches(service: Obj, table: Obj) -> bool {
    let asked = |key: &str| dictionary::get(table, key).some();
    asked("IORegistryEntryIDMatch").is_none_or(|id| number::value(id) == registry::id(service))
        && asked("IOPathMatch").is_none_or(|path| {
            let found = path::find(&string::text(path), plane::service(), Obj::NULL);
            found.is_some_and(|(entry, rest)| entry == service && rest.is_empty())
        })
        && asked("IOBSDNameMatch").is_none_or(|name| properties::equal(name, properties::get(service, "BSD Name")))
        && asked("IOParentMatch").is_none_or(|wanted| {
            let above = |service: &Obj| registry::parents(*service, plane::service()).first().copied();
            let mut ancestors = core::iter::successors(above(&service), above).filter(|&it| it != registry::root());
            ancestors.any(|ancestor| passive(ancestor, wanted, false))
        })
        && asked("IOMatchedServiceCountMatch").is_none_or(|count| {
            let matched = |client: &Obj| !properties::get(*client, "IOMatchCategory").is_null();
            let clients = registry::children(service, plane::service());
            clients.into_iter().filter(matched).count() as u64 == number::value(count)
        })
}

fn name_matches(service: Obj, table: Obj, changes: bool) -> bool {
    let names = dictionary::get(table, "IONameMatch");
    if names.is_null() {
        return true;
    }
    let mut matched = 0usize;
    let place = if changes { (&raw mut matched) as u64 } else { 0 };
    let fits = COMPARE_NAMES.call_bool(service, &[names.word(), place]);
    if matched != 0 {
        dictionary::set(table, "IONameMatched", Obj(matched));
        Obj(matched).release();
    }
    fits
}

fn properties_match(service: Obj, table: Obj) -> bool {
    let wanted = dictionary::get(table, "IOPropertyMatch");
    if wanted.is_null() {
        return true;
    }
    let properties = COPY_TABLE.call_obj(service, &[]);
    let matches = if wanted.is("OSDictionary") {
        properties::holds_all(properties, wanted)
    } else {
        collection::members(wanted).into_iter().any(|wanted| properties::holds_all(properties, wanted))
    };
    properties.release();
    matches
}

fn location_matches(service: Obj, table: Obj) -> bool {
    let location = dictionary::get(table, "IOLocationMatch");
    location.is_null() || names::location_text(service).as_deref() == Some(&string::text(location))
}

fn resources_match(table: Obj) -> bool {
    let wanted = dictionary::get(table, "IOResourceMatch");
    properties::strings(wanted).into_iter().all(|key| resources::has(&string::text(key)))
}

fn family_matches(service: Obj, table: Obj, changes: bool) -> bool {
    let mut score = score(dictionary::get(table, "IOProbeScore"));
    let matches = MATCH_TABLE_SCORE.call_bool(service, &[table.word(), (&raw mut score) as u64]);
    if changes {
        dictionary::put(table, "IOProbeScore", number::new(u64::from(score as u32), 32));
    }
    matches
}

/// All entries of the service plane below the root, providers before clients, each once, not retained.
pub fn all_services() -> Vec<Obj> {
    let plane = plane::service();
    let mut found: Vec<Obj> = Vec::new();
    let mut known = HashSet::with_hasher(FxBuildHasher);
    let mut next = registry::children(registry::root(), plane);
    next.reverse();
    while let Some(entry) = next.pop() {
        if known.insert(entry) {
            found.push(entry);
            next.extend(registry::children(entry, plane).into_iter().rev());
        }
    }
    found
}

/// The services of [`all_services`] that `wanted` wants, not retained.
pub fn services(wanted: impl Fn(Obj) -> bool) -> Vec<Obj> {
    those_of(all_services(), wanted)
}

/// The services that `wanted` wants, not retained. All are held meanwhile: to ask an object for anything may be to call the kext,
/// and other threads may run then and let go of any of these.
fn those_of(services: Vec<Obj>, wanted: impl Fn(Obj) -> bool) -> Vec<Obj> {
    for service in &services {
        service.retain();
    }
    let found = services.iter().copied().filter(|&service| wanted(service)).collect();
    for service in services {
        service.release();
    }
    found
}

/// The services of a class or its subclasses that are registered and not terminated, as user space would find them
/// (IOServiceGetMatchingServices); not retained.
pub fn registered(class: &str) -> Vec<Obj> {
    let mut services = all_services();
    services.retain(|&service| state::public(service) & state::REGISTERED != 0);
    those_of(services, |service| service.is(class))
}

/// As [`registered`], without those below another one of the class; what has many clients is not looked through. Each is held
/// while it is asked, as in [`services`].
pub fn registered_outermost(class: &str) -> Vec<Obj> {
    let held = |entry: Obj| registry::children(entry, plane::service()).into_iter().rev().map(Obj::retain);
    let (mut found, mut known) = (Vec::new(), HashSet::with_hasher(FxBuildHasher));
    let mut next: Vec<Obj> = held(registry::root()).collect();
    while let Some(entry) = next.pop() {
        if known.insert(entry) {
            if !entry.is(class) {
                next.extend(held(entry));
            } else if state::public(entry) & state::REGISTERED != 0 {
                found.push(entry);
            }
        }
        entry.release();
    }
    found
}

/// Those of [`registered`] that are clients of `provider`, in the order of the registry.
pub fn registered_clients(provider: Obj, class: &str) -> Vec<Obj> {
    let mut clients = registry::children(provider, plane::service());
    clients.retain(|&client| state::public(client) & state::REGISTERED != 0);
    those_of(clients, |client| client.is(class))
}

extern "C" fn match_table(_this: Obj, _table: Obj) -> bool {
    true
}

extern "C" fn match_table_score(this: Obj, table: Obj, _score: usize) -> bool {
    MATCH_TABLE.call_bool(this, &[table.word()])
}

extern "C" fn passive_match(this: Obj, table: Obj, changes: bool) -> bool {
    passive(this, table, changes)
}

/// compareProperty: true as well when the table does not ask.
extern "C" fn compare_property(this: Obj, table: Obj, key: Obj) -> bool {
    let key = string::text(key);
    let wanted = dictionary::get(table, &key);
    wanted.is_null() || properties::equal(wanted, properties::get(this, &key))
}

extern "C" fn compare_property_c(this: Obj, table: Obj, key: usize) -> bool {
    let key = string::string(&mem::c_string(key));
    let equal = compare_property(this, table, key);
    key.release();
    equal
}

extern "C" fn compare_properties(this: Obj, table: Obj, keys: Obj) -> bool {
    let mut keys = collection::members(keys).into_iter();
    keys.all(|key| COMPARE_PROPERTY.call_bool(this, &[table.word(), key.word()]))
}

/// A table with one entry, on top of one that is handed in.
fn criteria(table: Obj, key: &str, value: Obj) -> Obj {
    let table = table.some().unwrap_or_else(dictionary::new);
    dictionary::set(table, key, value);
    value.release();
    table
}

extern "C" fn service_matching_c(class: usize, table: Obj) -> Obj {
    criteria(table, "IOProviderClass", string::symbol(&mem::c_string(class)))
}

extern "C" fn service_matching(class: Obj, table: Obj) -> Obj {
    criteria(table, "IOProviderClass", string::symbol(&string::text(class)))
}

extern "C" fn name_matching_c(name: usize, table: Obj) -> Obj {
    criteria(table, "IONameMatch", string::symbol(&mem::c_string(name)))
}

extern "C" fn name_matching(name: Obj, table: Obj) -> Obj {
    criteria(table, "IONameMatch", name.retain())
}

extern "C" fn resource_matching_c(name: usize, table: Obj) -> Obj {
    let table = criteria(table, "IOResourceMatch", string::symbol(&mem::c_string(name)));
    criteria(table, "IOProviderClass", string::symbol("IOResources"))
}

extern "C" fn resource_matching(name: Obj, table: Obj) -> Obj {
    let table = criteria(table, "IOResourceMatch", name.retain());
    criteria(table, "IOProviderClass", string::symbol("IOResources"))
}

/// propertyMatching: a table that asks for one property.
extern "C" fn property_matching(key: Obj, value: Obj, table: Obj) -> Obj {
    let wanted = dictionary::new();
    dictionary::set_symbol(wanted, key, value);
    criteria(table, "IOPropertyMatch", wanted)
}

extern "C" fn id_matching(id: u64, table: Obj) -> Obj {
    criteria(table, "IORegistryEntryIDMatch", number::new(id, 64))
}

functions! { pub FUNCTIONS:
    "__ZN9IOService16resourceMatchingEPK8OSStringP12OSDictionary" => resource_matching,
    "__ZN9IOService16propertyMatchingEPK8OSSymbolPK8OSObjectP12OSDictionary" => property_matching,
    "__ZN9IOService23registryEntryIDMatchingEyP12OSDictionary" => id_matching,
    "__ZN9IOService18matchPropertyTableEP12OSDictionary" => match_table,
    "__ZN9IOService18matchPropertyTableEP12OSDictionaryPi" => match_table_score,
    "__ZN9IOService12passiveMatchEP12OSDictionaryb" => passive_match,
    "__ZN9IOService15comparePropertyEP12OSDictionaryPK8OSString" => compare_property,
    "__ZN9IOService15comparePropertyEP12OSDictionaryPKc" => compare_property_c,
    "__ZN9IOService17comparePropertiesEP12OSDictionaryP12OSCollection" => compare_properties,
    "__ZN9IOService15serviceMatchingEPKcP12OSDictionary" => service_matching_c,
    "__ZN9IOService15serviceMatchingEPK8OSStringP12OSDictionary" => service_matching,
    "__ZN9IOService12nameMatchingEPKcP12OSDictionary" => name_matching_c,
    "__ZN9IOService12nameMatchingEPK8OSStringP12OSDictionary" => name_matching,
    "__ZN9IOService16resourceMatchingEPKcP12OSDictionary" => resource_matching_c,
}
