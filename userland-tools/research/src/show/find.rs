//! From a name to what it stands for.

use std::collections::BTreeSet;

use abi::tables;

use super::constant;
use crate::Error;
use crate::map::{self, Counterpart};
use crate::names::{demangle, mangled_member, of_signature};
use crate::nearest::nearest;

/// What a name stands for.
pub enum Subject {
    /// A class.
    Class(&'static str),
    /// A registry key or notification of IOAudioFamily.
    Entry(Counterpart),
    /// A constant.
    Constant,
    /// Symbols, at least one.
    Symbols(Vec<&'static str>),
}

/// What was found under a name.
pub struct Found {
    pub subject: Subject,
    /// Where else it was found than asked for.
    pub remark: Option<String>,
}

impl From<Subject> for Found {
    fn from(subject: Subject) -> Found {
        Found { subject, remark: None }
    }
}

/// Finds `name`; the tables are read in the order of how likely they have it.
pub fn find(name: &str) -> Result<Found, Error> {
    let name = name.trim();
    let class = |name: &str| tables::every_class().map(|(class, _)| class.name).find(|known| *known == name);
    if let Some(class) = class(name) {
        return Ok(Subject::Class(class).into());
    }
    let symbols = named(name);
    if !symbols.is_empty() {
        return Ok(Subject::Symbols(symbols).into());
    }
    let entry = ["property", "notification"].into_iter().find_map(|kind| map::counterpart(kind, name));
    if let Some(counterpart) = entry {
        return Ok(Subject::Entry(counterpart).into());
    }
    let (qualified, parameters) = match name.find('(') {
        Some(open) => (name[..open].trim_end(), Some(&name[open..])),
        None => (name, None),
    };
    if let Some((asked, member)) = qualified.rsplit_once("::") {
        let mut at = Some(asked);
        while let Some(owner) = at {
            let symbols = members(owner, member, parameters);
            if !symbols.is_empty() {
                let remark = format!("{asked} has no {member} of its own: this is {owner}'s, which it inherits");
                let remark = (owner != asked).then_some(remark);
                return Ok(Found { subject: Subject::Symbols(symbols), remark });
            }
            at = tables::every_class().find(|(class, _)| class.name == owner).and_then(|(class, _)| class.superclass);
        }
    } else {
        let symbols = called(qualified, parameters);
        if !symbols.is_empty() {
            return Ok(Subject::Symbols(symbols).into());
        }
    }
    if constant::facts(name, None).is_some() {
        return Ok(Subject::Constant.into());
    }
    Err(unknown(name))
}

/// The symbol that is `name`, or `name` with the underscore that C puts in front.
fn named(name: &str) -> Vec<&'static str> {
    let with = format!("_{name}");
    let is_it = |symbol: &&str| *symbol == name || *symbol == with;
    let exact = every_symbol().find(is_it).or_else(|| vtables().find(is_it));
    exact.into_iter().collect()
}

/// Every symbol that a header declares or a component exports.
pub fn every_symbol() -> impl Iterator<Item = &'static str> {
    let functions = tables::every_function().map(|function| function.symbol);
    let variables = tables::variables().map(|variable| variable.symbol);
    functions
        .chain(variables)
        .chain(tables::every_export().map(|export| export.symbol).filter(|symbol| !symbol.ends_with('*')))
}

/// The symbols of slots that no header declares: those that the kernel mangles otherwise.
fn vtables() -> impl Iterator<Item = &'static str> {
    tables::every_own_slot().flat_map(|slot| [slot.symbol, slot.kernel_symbol])
}

/// The members of `class` that are called `member`, with these parameters if any are given.
fn members(class: &str, member: &str, parameters: Option<&str>) -> Vec<&'static str> {
    let qualified = format!("{class}::{member}");
    let functions = tables::every_function().filter(|function| {
        function.class == Some(class)
            && of_signature(function.signature, function.class) == qualified
            && parameters.is_none_or(|wanted| has_parameters(function.signature, function.symbol, wanted))
    });
    let mut symbols: BTreeSet<&str> = functions.map(|function| function.symbol).collect();
    if symbols.is_empty() {
        let mangled = mangled_member(class, member);
        let begins = |symbol: &str| {
            let nested = symbol.strip_prefix("__ZN").map(|rest| rest.strip_prefix('K').unwrap_or(rest));
            nested.is_some_and(|rest| rest.starts_with(&mangled))
        };
        let exports = tables::every_export().map(|export| export.symbol).filter(|symbol| begins(symbol));
        let variables = tables::variables().map(|variable| variable.symbol).filter(|symbol| begins(symbol));
        let wanted = |symbol: &&str| parameters.is_none_or(|wanted| has_parameters("", symbol, wanted));
        symbols.extend(exports.chain(variables).filter(wanted));
    }
    symbols.into_iter().collect()
}

/// The functions of any class, or of none, that are called `name`.
fn called(name: &str, parameters: Option<&str>) -> Vec<&'static str> {
    let functions = tables::every_function().filter(|function| {
        let qualified = of_signature(function.signature, function.class);
        qualified.rsplit("::").next() == Some(name)
            && parameters.is_none_or(|wanted| has_parameters(function.signature, function.symbol, wanted))
    });
    let symbols: BTreeSet<&str> = functions.map(|function| function.symbol).collect();
    symbols.into_iter().collect()
}

/// Whether a function's parameters are `wanted`, as its header spells them or as its symbol has them; blanks do not count.
fn has_parameters(signature: &str, symbol: &str, wanted: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|character| !character.is_whitespace()).collect() };
    let parameters = |text: &str| text.find('(').map(|open| bare(&text[open..]));
    let wanted = bare(wanted);
    [parameters(signature), parameters(&demangle(symbol))]
        .into_iter()
        .flatten()
        .any(|known| known == wanted || known.strip_suffix("const").is_some_and(|known| known == wanted))
}

/// The error for a name that nothing has, with what is most like it.
fn unknown(name: &str) -> Error {
    let qualified = name.split('(').next().unwrap_or(name);
    let near = match qualified.rsplit_once("::") {
        Some((class, member)) => {
            let known: BTreeSet<&str> = tables::every_function()
                .filter(|function| function.class == Some(class))
                .map(|function| of_signature(function.signature, function.class))
                .collect();
            let near = nearest(qualified, known.iter().copied());
            if known.is_empty() { of_classes(class, member) } else { near }
        }
        None if qualified.starts_with("_Z") || qualified.starts_with("__Z") => nearest(qualified, every_symbol()),
        None => {
            let classes = tables::every_class().map(|(class, _)| class.name);
            let functions = tables::every_function().map(|function| {
                let whole = of_signature(function.signature, function.class);
                whole.rsplit("::").next().unwrap_or(whole)
            });
            let entries = map::counterparts().filter(|row| !row.name.contains('*')).map(|row| row.name);
            nearest(qualified, classes.chain(functions).chain(entries))
        }
    };
    Error::UnknownName { name: name.to_owned(), nearest: near }
}

/// The members called `member` of classes whose names are like `class`.
fn of_classes(class: &str, member: &str) -> Vec<String> {
    let classes = nearest(class, tables::every_class().map(|(class, _)| class.name));
    let has_it = |class: &&String| !members(class, member, None).is_empty();
    let with: Vec<String> = classes.iter().filter(has_it).map(|class| format!("{class}::{member}")).collect();
    if with.is_empty() { classes } else { with }
}

/// The name of the class that a vtable or metaclass symbol is of.
pub fn class_of_object(symbol: &str) -> Option<&str> {
    let rest = symbol.strip_prefix("__ZTV").or_else(|| symbol.strip_prefix("__ZN"))?;
    let rest = rest.strip_prefix('N').unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = rest.get(..digits)?.parse().ok()?;
    rest.get(digits..)?.get(..length)
}

/// What a symbol is called: by its signature where there is one.
pub fn spoken(symbol: &str, signature: Option<&str>, class: Option<&str>) -> String {
    signature.map_or_else(|| demangle(symbol), |signature| of_signature(signature, class).to_owned())
}
