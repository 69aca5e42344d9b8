//! Constants: enumerators and macros that have a value.

use super::rows::{rows, rows_on, span, text_if_any};
use crate::{Span, Target};

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
    /// The type of a macro's value, as the compiler has it ("int").
    pub type_name: Option<&'static str>,
    /// The header that defines it.
    pub header: &'static str,
    /// What it is about ("terminal type"), a label for browsing that only some of IOAudioFamily's constants have.
    pub group: Option<&'static str>,
}

impl Constant {
    /// The four characters that the number spells, highest byte first, if it does.
    pub fn four_characters(&self) -> Option<[char; 4]> {
        let Value::Number(number) = self.value else { return None };
        let bytes = u32::try_from(number).ok()?.to_be_bytes();
        bytes.iter().all(|byte| (b' '..=b'~').contains(byte)).then(|| bytes.map(char::from))
    }
}

/// The constants of `target`, sorted by name.
///
/// # Panics
/// Never: the tests read every row.
pub fn constants(target: impl Into<Target>) -> impl Iterator<Item = Constant> {
    rows_on(CONSTANTS, target.into()).map(constant)
}

/// The constants of all releases, sorted by name, a row for each state that differs, and where it is so.
///
/// # Panics
/// Never: the tests read every row.
pub fn every_constant() -> impl Iterator<Item = (Constant, Span)> {
    rows(CONSTANTS).map(|row: [_; 8]| (constant(row), span(row[7])))
}

fn constant([name, kind, value, enumeration, type_name, header, group, _]: [&'static str; 8]) -> Constant {
    Constant {
        name,
        value: match kind {
            "string" => Value::Text(value),
            _ => Value::Number(value.parse().unwrap_or_else(|_| panic!("not a number: {name} {value}"))),
        },
        is_enumerator: kind == "enum",
        enumeration: text_if_any(enumeration),
        type_name: text_if_any(type_name),
        header,
        group: text_if_any(group),
    }
}
