//! Property-list values as kernel objects.

use protocol::value::Value;

use crate::libkern::{array, boolean, data, dictionary, number, string};
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
