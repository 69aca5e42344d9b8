//! What is known of a constant.

use abi::tables::{self, Value};
use abi::{Release, Target};
use serde::Serialize;

/// An enumerator, or a macro that stands for a number or a text.
#[derive(Clone, Debug, Serialize)]
pub struct ConstantFact {
    /// Its name, with the class in front where a class declares it.
    pub name: &'static str,
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
    /// Release and processor for which this holds.
    pub target: String,
}

/// The constant `name` on the target; without one, on the newest release that has it.
pub fn fact(name: &str, target: Option<Target>) -> Option<ConstantFact> {
    let targets = match target {
        Some(target) => vec![target],
        None => Release::ALL.into_iter().rev().map(Target::from).collect(),
    };
    targets.into_iter().find_map(|target| on(name, target))
}

fn on(name: &str, target: Target) -> Option<ConstantFact> {
    let constant = tables::constants(target).find(|constant| constant.name == name)?;
    Some(ConstantFact {
        name: constant.name,
        value: match constant.value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("\"{text}\""),
        },
        four_characters: constant.four_characters().map(String::from_iter),
        enumerator: constant.is_enumerator,
        enumeration: constant.enumeration,
        header: constant.header,
        target: target.to_string(),
    })
}
