//! CoreFoundation: objects with counts of references, and the functions on them that drivers import.

mod bundle;
mod collections;
mod object;
mod scalars;
mod store;
mod string;
mod uuid;

pub(crate) use bundle::open as open_bundle;
pub(crate) use object::{Kind, Object};
pub(crate) use store::{count, object_of, release, retain, take};
pub(crate) use uuid::text as uuid_text;

use crate::libraries::Symbol;

/// A reference as a driver holds it; 0 is none.
pub(crate) type Reference = u64;

/// All symbols.
pub(crate) fn symbols() -> Vec<Symbol> {
    [
        store::symbols(),
        string::symbols(),
        scalars::symbols(),
        collections::symbols(),
        uuid::symbols(),
        bundle::symbols(),
    ]
    .concat()
}

/// A new string, held once.
pub(crate) fn new_string(text: &str) -> Reference {
    take(Object::String(text.to_owned()))
}

/// Gives an object up if there is one.
pub(crate) fn release_unless_none(reference: Reference) {
    if reference != 0 {
        release(reference);
    }
}

/// The text of a string; nothing if it is none.
pub(crate) fn text_of(reference: Reference) -> Option<String> {
    match object_of(reference)? {
        Object::String(text) => Some(text),
        _ => None,
    }
}

/// A new object of a property list, held once.
pub(crate) fn of_plist(value: &plist::Value) -> Reference {
    match value {
        plist::Value::Boolean(flag) => retain(store::boolean(*flag)),
        plist::Value::String(text) => new_string(text),
        plist::Value::Integer(number) => {
            let number = number.as_signed().or_else(|| number.as_unsigned().map(u64::cast_signed));
            take(Object::Integer(number.unwrap_or_default()))
        }
        plist::Value::Real(number) => take(Object::Real(number.to_bits())),
        plist::Value::Data(bytes) => take(Object::Data(bytes.clone())),
        plist::Value::Array(values) => take(Object::Array(values.iter().map(of_plist).collect())),
        plist::Value::Dictionary(entries) => {
            take(Object::Dictionary(entries.iter().map(|(key, value)| (new_string(key), of_plist(value))).collect()))
        }
        // Dates and UIDs are in no driver's property list.
        _ => take(Object::Null),
    }
}

/// An object as a property list; nothing for what cannot be in one.
pub(crate) fn to_plist(reference: Reference) -> Option<plist::Value> {
    Some(match object_of(reference)? {
        Object::Boolean(flag) => plist::Value::Boolean(flag),
        Object::Integer(number) => plist::Value::Integer(number.into()),
        Object::Real(bits) => plist::Value::Real(f64::from_bits(bits)),
        Object::String(text) => plist::Value::String(text),
        Object::Data(bytes) => plist::Value::Data(bytes),
        Object::Array(elements) => plist::Value::Array(elements.into_iter().map(to_plist).collect::<Option<_>>()?),
        Object::Dictionary(entries) => {
            let entry = |(key, value)| Some((text_of(key)?, to_plist(value)?));
            plist::Value::Dictionary(entries.into_iter().map(entry).collect::<Option<_>>()?)
        }
        Object::Null | Object::Uuid(_) | Object::Url(_) | Object::Bundle => return None,
    })
}

/// An object as CFCopyDescription shows it, for `%@`.
pub(crate) fn describe(reference: Reference) -> String {
    match object_of(reference) {
        Some(object) => object.describe(),
        None => "(null)".to_owned(),
    }
}
