//! Names and locations of registry entries, general ones and those of a plane.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::functions;
use crate::libkern::{collection, string};
use crate::mem;
use crate::object::{Method, Obj, Side};

/// An entry's names and locations by plane, NULL for the general one. All are OSSymbols that the table holds.
#[derive(Default)]
struct Names {
    given: BTreeMap<Obj, Obj>,
    locations: BTreeMap<Obj, Obj>,
    /// The class's name, which stands in for a name.
    class: Option<Obj>,
}

static NAMES: Side<Names> = Side::new();

static COMPARE_NAME: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11compareNameEP8OSStringPS1_");

/// Sets the general name.
pub fn set(entry: Obj, name: &str) {
    let symbol = string::symbol(name);
    set_name(entry, symbol, Obj::NULL);
    symbol.release();
}

/// The general name, or the class's.
pub fn text(entry: Obj) -> String {
    string::text(name_symbol(entry, Obj::NULL))
}

/// The general location, if there is one.
pub fn location_text(entry: Obj) -> Option<String> {
    location_symbol(entry, Obj::NULL).some().map(string::text)
}

/// Drops what is kept about an entry that is freed.
pub fn forget(entry: Obj) {
    let Some(names) = NAMES.remove(entry) else { return };
    for symbol in names.given.into_values().chain(names.locations.into_values()).chain(names.class) {
        symbol.release();
    }
}

fn name_symbol(entry: Obj, plane: Obj) -> Obj {
    let known = NAMES
        .with(entry, |names| names.given.get(&plane).or_else(|| names.given.get(&Obj::NULL)).copied().or(names.class));
    known.flatten().unwrap_or_else(|| {
        let symbol = string::symbol(&entry.class_name());
        NAMES.with_default(entry, |names| names.class = Some(symbol));
        symbol
    })
}

fn location_symbol(entry: Obj, plane: Obj) -> Obj {
    let known =
        NAMES.with(entry, |names| names.locations.get(&plane).or_else(|| names.locations.get(&Obj::NULL)).copied());
    known.flatten().unwrap_or(Obj::NULL)
}

extern "C" fn name(this: Obj, plane: Obj) -> usize {
    string::c_pointer(name_symbol(this, plane))
}

extern "C" fn copy_name(this: Obj, plane: Obj) -> Obj {
    name_symbol(this, plane).retain()
}

extern "C" fn set_name(this: Obj, name: Obj, plane: Obj) {
    if !name.is_null() {
        name.retain();
        let old = NAMES.with_default(this, |names| names.given.insert(plane, name));
        if let Some(old) = old {
            old.release();
        }
    }
}

extern "C" fn set_name_c(this: Obj, name: usize, plane: Obj) {
    let symbol = string::symbol(&mem::c_string(name));
    set_name(this, symbol, plane);
    symbol.release();
}

extern "C" fn location(this: Obj, plane: Obj) -> usize {
    location_symbol(this, plane).some().map_or(0, string::c_pointer)
}

extern "C" fn copy_location(this: Obj, plane: Obj) -> Obj {
    location_symbol(this, plane).retain()
}

extern "C" fn set_location(this: Obj, location: Obj, plane: Obj) {
    if !location.is_null() {
        location.retain();
        let old = NAMES.with_default(this, |names| names.locations.insert(plane, location));
        if let Some(old) = old {
            old.release();
        }
    }
}

extern "C" fn set_location_c(this: Obj, location: usize, plane: Obj) {
    let symbol = string::symbol(&mem::c_string(location));
    set_location(this, symbol, plane);
    symbol.release();
}

extern "C" fn compare_name(this: Obj, name: Obj, matched: usize) -> bool {
    let equal = string::text(name) == text(this);
    if equal && matched != 0 {
        mem::write(matched, name.retain());
    }
    equal
}

/// `compareNames`: a name, or a collection of them and of such collections; the first that fits is handed out.
pub extern "C" fn compare_names(this: Obj, names: Obj, matched: usize) -> bool {
    if names.is("OSString") {
        return COMPARE_NAME.call_bool(this, &[names.word(), matched as u64]);
    }
    names.is("OSCollection") && collection::members(names).into_iter().any(|name| compare_names(this, name, matched))
}

functions! { pub FUNCTIONS:
    "__ZNK15IORegistryEntry7getNameEPK15IORegistryPlane" => name,
    "__ZNK15IORegistryEntry8copyNameEPK15IORegistryPlane" => copy_name,
    "__ZN15IORegistryEntry7setNameEPK8OSSymbolPK15IORegistryPlane" => set_name,
    "__ZN15IORegistryEntry7setNameEPKcPK15IORegistryPlane" => set_name_c,
    "__ZNK15IORegistryEntry11getLocationEPK15IORegistryPlane" => location,
    "__ZNK15IORegistryEntry12copyLocationEPK15IORegistryPlane" => copy_location,
    "__ZN15IORegistryEntry11setLocationEPK8OSSymbolPK15IORegistryPlane" => set_location,
    "__ZN15IORegistryEntry11setLocationEPKcPK15IORegistryPlane" => set_location_c,
    "__ZNK15IORegistryEntry11compareNameEP8OSStringPS1_" => compare_name,
    "__ZNK15IORegistryEntry12compareNamesEP8OSObjectPP8OSString" => compare_names,
}
