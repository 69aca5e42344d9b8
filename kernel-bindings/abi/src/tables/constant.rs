//! Constants: enumerators and macros that have a value.

use super::rows::{rows_on, text_if_any};
use crate::Target;

const CONSTANTS: &str = include_str!("../../data/constants.tsv");

/// What a constant stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number; IOReturn values are negative.
    Number(i128),
    /// A text.
    Text(&'static str),
}

/// An enumerator, or a macro that stands for a number or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its name, with the class in front where a class declares it.
    pub name: &'static str,
    /// What it stands for.
    pub value: Value,
    /// Whether it is an enumerator, not a macro.
    pub is_enumerator: bool,
    /// The enumeration that an enumerator belongs to, where that has a name; without the class.
    pub enumeration: Option<&'static str>,
    /// The header that defines it.
    pub header: &'static str,
}

/// The constants of `target`, sorted by name.
pub fn constants(target: impl Into<Target>) -> impl Iterator<Item = Constant> {
    rows_on(CONSTANTS, target.into()).map(|[name, kind, value, enumeration, _, header, _]| Constant {
        name,
        value: match kind {
            "string" => Value::Text(value),
            _ => Value::Number(value.parse().unwrap_or_else(|_| panic!("not a number: {name} {value}"))),
        },
        is_enumerator: kind == "enum",
        enumeration: text_if_any(enumeration),
        header,
    })
}
