//! Prints headers.
mod class;
mod names;
pub(crate) mod plain;

use crate::Error;
use crate::facts::Facts;
use crate::spec::{Header, Item};
use names::Names;
use std::fmt::Write;

const BANNER: &str = "// Generated from kernel-bindings/abi by header-check. Do not edit.\n#pragma once\n";

/// The text of a header.
///
/// # Errors
/// The facts do not have what the header is to declare.
pub(crate) fn header(facts: &Facts, header: &Header) -> Result<String, Error> {
    let mut names = Names::new(facts, header)?;
    let mut body = String::new();
    for item in header.items {
        if facts.defines_family && !facts.has(item) {
            continue;
        }
        body.push('\n');
        match *item {
            Item::Types(types) => plain::types(&mut names, types, &mut body)?,
            Item::Struct(tag) => plain::structure(&mut names, tag, &mut body)?,
            Item::Enum(tag) => plain::enumeration(&mut names, tag, "", &mut body)?,
            Item::Constants { type_name, prefixes } => {
                plain::constants(facts, header.path, type_name, prefixes, &mut body)?;
            }
            Item::Functions(functions) => plain::functions(&mut names, functions, &mut body)?,
            Item::Class(class) => class::class(&mut names, class, &mut body)?,
            Item::Pads(class) => class::pads(&names, class, &mut body)?,
        }
    }
    let mut text = String::from(BANNER);
    for path in header.includes {
        line(&mut text, format_args!("#include <{path}>"));
    }
    let forward = names.forward_declarations()?;
    if !forward.is_empty() {
        text.push('\n');
        text.push_str(&forward);
    }
    if header.items.iter().any(|item| matches!(item, Item::Functions(_))) {
        text.push_str("\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
        text.push_str(&body);
        text.push_str("\n#ifdef __cplusplus\n}\n#endif\n");
    } else {
        text.push_str(&body);
    }
    Ok(text)
}

/// Adds a line.
pub(crate) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// The error for a fact that is not there.
fn lacking(what: &str) -> Error {
    Error::Facts(format!("no {what} in the tables of the oldest claimed release"))
}
