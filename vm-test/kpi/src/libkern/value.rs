//! Property-list values as kernel objects.

use alloc::vec::Vec;

use protocol::value::Value;

use crate::libkern::{array, boolean, collection, data, dictionary, number, string};
use crate::object::Obj;

/// Makes the object of a value, with one reference.
pub fn to_object(value: &Value) -> Obj {
    match value {
        Value::Boolean(value) => boolean::object(*value),
        Value::Number(value, bits) => number::new(*value, u32::from(*bits)),
        Value::String(text) => string::string(text),
        Value::Data(bytes) => data::new(bytes),
        Value::Array(values) => {
            let object = array::new();
            for value in values {
                let member = to_object(value);
                array::push(object, member);
                member.release();
            }
            object
        }
        Value::Dictionary(entries) => {
            let object = dictionary::new();
            for (key, value) in entries {
                dictionary::put(object, key, to_object(value));
            }
            object
        }
    }
}

/// The value of an object; `None` for one that property lists do not know, which collections leave out. A set becomes an array.
pub fn from_object(object: Obj) -> Option<Value> {
    let members = || collection::members(object).into_iter();
    if object.is("OSBoolean") {
        Some(Value::Boolean(boolean::value(object)))
    } else if object.is("OSNumber") {
        Some(Value::Number(number::value(object), number::bits(object) as u8))
    } else if object.is("OSString") {
        Some(Value::String(string::text(object)))
    } else if object.is("OSData") {
        Some(Value::Data(data::bytes(object)))
    } else if object.is("OSDictionary") {
        let entry = |(key, value): (Obj, Obj)| Some((string::text(key), from_object(value)?));
        Some(Value::Dictionary(dictionary::entries(object).into_iter().filter_map(entry).collect()))
    } else if object.is("OSArray") || object.is("OSSet") {
        Some(Value::Array(members().filter_map(from_object).collect::<Vec<_>>()))
    } else {
        None
    }
}
