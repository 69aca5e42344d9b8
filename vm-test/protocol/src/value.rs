//! A property-list value, as `Info.plist` holds them and IOKit's collections take them.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// One node of a property list. Dictionaries keep their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Value {
    /// `<true/>` or `<false/>`.
    Boolean(bool),
    /// `<integer>`: the value's low 64 bits and its size in bits (32 or 64), as the kernel's OSNumber has them.
    Number(u64, u8),
    /// `<string>`.
    String(String),
    /// `<data>`.
    Data(Vec<u8>),
    /// `<array>`.
    Array(Vec<Value>),
    /// `<dict>`.
    Dictionary(Vec<(String, Value)>),
}

impl Value {
    /// The value under `key`, if this is a dictionary that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Dictionary(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A number of 32 bits.
    pub fn number(value: u32) -> Value {
        Value::Number(u64::from(value), 32)
    }

    /// A string.
    pub fn string(text: &str) -> Value {
        Value::String(String::from(text))
    }

    /// A dictionary.
    pub fn dictionary<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        Value::Dictionary(entries.into_iter().map(|(key, value)| (String::from(key), value)).collect())
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Value::Number(value, _) => Some(*value),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}
