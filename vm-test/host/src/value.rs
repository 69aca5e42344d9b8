//! Kernel objects as user space gets them: a copy.

use alloc::vec::Vec;

use kpi::libkern::{boolean, collection, data, dictionary, number, string};
use kpi::object::Obj;
use protocol::value::Value;

/// Copies an object; `None` for NULL and for what property lists do not hold. All numbers come back as of 64 bits.
pub fn read(object: Obj) -> Option<Value> {
    if object.is("OSDictionary") {
        let mut entries: Vec<_> = dictionary::entries(object)
            .into_iter()
            .filter_map(|(key, value)| Some((string::text(key), read(value)?)))
            .collect();
        // In the order of keys: what was set again stands elsewhere than before, and means the same.
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        return Some(Value::Dictionary(entries));
    }
    if object.is("OSArray") || object.is("OSSet") {
        return Some(Value::Array(collection::members(object).into_iter().filter_map(read).collect()));
    }
    if object.is("OSString") {
        Some(Value::String(string::text(object)))
    } else if object.is("OSNumber") {
        Some(Value::Number(number::value(object), 64))
    } else if object.is("OSBoolean") {
        Some(Value::Boolean(boolean::value(object)))
    } else if object.is("OSData") {
        Some(Value::Data(data::bytes(object)))
    } else {
        None
    }
}
