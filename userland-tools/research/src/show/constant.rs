//! What is known of a constant.

use abi::Target;
use abi::tables::{self, Value};
use serde::Serialize;

use crate::Place;

/// An enumerator, or a macro that stands for a number or a text.
#[derive(Clone, Debug, Serialize)]
pub struct ConstantFacts {
    /// Its name, with the class in front where a class declares it.
    pub name: &'static str,
    /// What headers say of it, a row for each that differs; with a target, only what holds there.
    pub states: Vec<StateOfConstant>,
}

/// A constant on some targets.
#[derive(Clone, Debug, Serialize)]
pub struct StateOfConstant {
    /// The number in decimal, or the text in quotation marks.
    pub value: String,
    /// The characters that the number spells, if it spells four.
    pub four_characters: Option<String>,
    /// Whether it is an enumerator, not a macro.
    pub enumerator: bool,
    /// The enumeration that it belongs to.
    pub enumeration: Option<&'static str>,
    /// The header that defines it.
    pub header: &'static str,
    /// Where it is so.
    pub on: Place,
}

/// The constant `name`, if there is one on any release.
pub fn facts(name: &str, target: Option<Target>) -> Option<ConstantFacts> {
    let rows: Vec<_> = tables::every_constant().filter(|(constant, _)| constant.name == name).collect();
    let holds = |on: abi::Span| target.is_none_or(|target| on.contains(target));
    Some(ConstantFacts {
        name: rows.first()?.0.name,
        states: rows.iter().filter(|(_, on)| holds(*on)).map(|(constant, on)| state(constant, Place(*on))).collect(),
    })
}

fn state(constant: &tables::Constant, on: Place) -> StateOfConstant {
    StateOfConstant {
        value: match constant.value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("\"{text}\""),
        },
        four_characters: constant.four_characters().map(String::from_iter),
        enumerator: constant.is_enumerator,
        enumeration: constant.enumeration,
        header: constant.header,
        on,
    }
}
