//! Prints what C understands too: type names, structures, enumerations, constants, functions.
use super::names::Names;
use super::{lacking, line};
use crate::Error;
use crate::facts::Facts;
use crate::types::{Signature, declare, list};
use abi::tables::{Constant, Function, Value};
use std::collections::BTreeMap;

pub(super) fn types(names: &mut Names<'_>, types: &[&'static str], out: &mut String) -> Result<(), Error> {
    for &name in types {
        let known = names.facts.oldest().typedefs.get(name).ok_or_else(|| lacking(&format!("type {name}")))?;
        let type_name = names.choose(known.type_name, known.canonical());
        line(out, format_args!("typedef {};", declare(&type_name, name)));
        names.declared(name);
    }
    Ok(())
}

pub(super) fn structure(names: &mut Names<'_>, tag: &'static str, out: &mut String) -> Result<(), Error> {
    let fields = names.facts.oldest().struct_fields.get(tag).ok_or_else(|| lacking(&format!("struct {tag}")))?;
    line(out, format_args!("struct {tag} {{"));
    for field in fields {
        let type_name = names.choose(field.type_name, field.canonical());
        line(out, format_args!("    {};", declare(&type_name, field.name)));
    }
    line(out, format_args!("}};"));
    names.declared(tag);
    Ok(())
}

/// Prints an enumeration, which the class `scope` (`Class::`, or nothing) declares.
pub(super) fn enumeration(
    names: &mut Names<'_>,
    tag: &'static str,
    scope: &str,
    out: &mut String,
) -> Result<(), Error> {
    let mut enumerators = Vec::new();
    for constant in names.facts.oldest().constants.values().filter(|c| c.enumeration == Some(tag)) {
        if let (Some(name), Value::Number(value)) = (constant.name.strip_prefix(scope), constant.value) {
            enumerators.push((value, name));
        }
    }
    if enumerators.is_empty() {
        return Err(lacking(&format!("enumeration {scope}{tag}")));
    }
    enumerators.sort_unstable();
    let indent = if scope.is_empty() { "" } else { "    " };
    line(out, format_args!("{indent}enum {tag} {{"));
    for (value, name) in enumerators {
        let unsigned = if value > i128::from(i32::MAX) { "u" } else { "" };
        line(out, format_args!("{indent}    {name} = {value}{unsigned},"));
    }
    line(out, format_args!("{indent}}};"));
    names.declared(tag);
    Ok(())
}

/// The constants of a header that belong to no named enumeration, over all claimed releases, by name.
///
/// # Errors
/// One changed its value.
pub(crate) fn loose_constants(
    facts: &Facts,
    header: &str,
    prefixes: &[&str],
) -> Result<BTreeMap<&'static str, Constant>, Error> {
    let mut all: BTreeMap<&str, Constant> = BTreeMap::new();
    for constant in facts.releases.iter().flat_map(|release| release.constants.values()) {
        let wanted = constant.header == header
            && constant.enumeration.is_none()
            && prefixes.iter().any(|prefix| constant.name.starts_with(prefix));
        if !wanted {
            continue;
        }
        if let Some(other) = all.insert(constant.name, *constant)
            && other.value != constant.value
        {
            return Err(Error::Facts(format!("{} has another value on another release", constant.name)));
        }
    }
    Ok(all)
}

pub(super) fn constants(
    facts: &Facts,
    header: &str,
    type_name: &str,
    prefixes: &[&str],
    out: &mut String,
) -> Result<(), Error> {
    for (name, constant) in loose_constants(facts, header, prefixes)? {
        match constant.value {
            Value::Text(text) => line(out, format_args!("#define {name} \"{text}\"")),
            Value::Number(value @ ..0) if type_name == "UInt32" => {
                line(out, format_args!("static const SInt32 {name} = {value};"));
            }
            Value::Number(value @ ..0) => {
                line(out, format_args!("static const {type_name} {name} = ({type_name})0x{:08x};", value as i32));
            }
            Value::Number(value) => match four_characters(value) {
                Some(text) => line(out, format_args!("static const {type_name} {name} = 0x{value:08x}; // '{text}'")),
                None => line(out, format_args!("static const {type_name} {name} = {value};")),
            },
        }
    }
    Ok(())
}

/// The value as a four-character code, when it is one.
fn four_characters(value: i128) -> Option<String> {
    let bytes = u32::try_from(value).ok()?.to_be_bytes();
    bytes.iter().all(|byte| (b' '..=b'~').contains(byte)).then(|| bytes.iter().copied().map(char::from).collect())
}

pub(super) fn functions(names: &mut Names<'_>, functions: &[&str], out: &mut String) -> Result<(), Error> {
    for name in functions {
        let symbol = format!("_{name}");
        let function =
            names.facts.oldest().functions.get(symbol.as_str()).ok_or_else(|| lacking(&format!("function {name}")))?;
        if !names.facts.is_importable(None, &symbol) {
            return Err(Error::Facts(format!("{name} is not exported to kexts by every claimed release")));
        }
        let (_, returns, parameters) = spelled(names, function)?;
        let parameters = if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") };
        let never = if *name == "panic" { " __attribute__((noreturn))" } else { "" };
        line(out, format_args!("{};", declare(&returns, &format!("{name}({parameters}){never}"))));
    }
    Ok(())
}

/// A function's signature, its return type and its parameter types in the spelling that fits the header.
pub(super) fn spelled(
    names: &mut Names<'_>,
    function: &Function,
) -> Result<(Signature<'static>, String, Vec<String>), Error> {
    let unreadable = || Error::Facts(format!("cannot read the signature of {}", function.symbol));
    let signature = Signature::parse(function.signature, function.class).ok_or_else(unreadable)?;
    let canonical = function.canonical_parameters().map_or(signature.parameters.clone(), |text| list(text, ';'));
    if canonical.len() != signature.parameters.len() {
        return Err(unreadable());
    }
    let returns = names.choose(signature.returns, function.canonical_return().unwrap_or(signature.returns));
    let pairs = signature.parameters.iter().zip(canonical);
    let parameters = pairs.map(|(spelled, canonical)| names.choose(spelled, canonical)).collect();
    Ok((signature, returns, parameters))
}
