//! Offsets of fields as constants of the sources.
//!
//! A constant whose documentation begins with `` `Class::field` `` is the offset of that field. In a module whose
//! documentation is the name of a class, `` `type field` `` and `` `field` `` are enough. `` `Class::field` on 10.12-11 `` is
//! for a field that moved.

use abi::{Release, Span};
use syn::{Expr, ExprLit, Item, ItemConst, Lit};

use crate::source::{Module, documentation};

/// A constant that says where a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Where it stands: `ioaudio::layout::device::WORK_LOOP`.
    pub constant: String,
    /// The class that declares the field.
    pub class: String,
    /// The field's name.
    pub field: String,
    /// Bytes from the start of the object.
    pub offset: u32,
    /// The claimed releases that it is said for.
    pub releases: Vec<Release>,
}

/// Every such constant.
///
/// # Panics
/// The releases of one are not a span.
pub fn offsets(modules: &[Module]) -> Vec<Offset> {
    let mut found = Vec::new();
    for module in modules {
        collect(&module.name, None, &module.items, &mut found);
    }
    found
}

fn collect(place: &str, class: Option<&str>, items: &[Item], found: &mut Vec<Offset>) {
    for item in items {
        match item {
            Item::Const(constant) => found.extend(offset(place, class, constant)),
            Item::Mod(module) => {
                let documentation = documentation(&module.attrs);
                let class = documentation.strip_suffix('.').filter(|name| name.chars().all(char::is_alphanumeric));
                let items = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                collect(&format!("{place}::{}", module.ident), class, items, found);
            }
            _ => {}
        }
    }
}

fn offset(place: &str, class: Option<&str>, constant: &ItemConst) -> Option<Offset> {
    let Expr::Lit(ExprLit { lit: Lit::Int(value), .. }) = &*constant.expr else { return None };
    let documentation = documentation(&constant.attrs);
    let (declaration, rest) = documentation.strip_prefix('`')?.split_once('`')?;
    let span = rest.strip_prefix(" on ").map(|rest| rest.split_once(['\n', ':']).map_or(rest, |(span, _)| span));
    let span =
        span.map(|span| Span::parse(span.trim_end_matches('.')).unwrap_or_else(|error| panic!("{place}: {error}")));
    let releases = Release::claimed().iter().copied();
    let (class, field) = match (class, declaration.split_once("::")) {
        (_, Some((class, field))) => (class, field),
        (Some(class), None) => (class, declaration.rsplit([' ', '*']).next()?),
        (None, None) => return None,
    };
    Some(Offset {
        constant: format!("{place}::{}", constant.ident),
        class: class.to_owned(),
        field: field.to_owned(),
        offset: value.base10_parse().ok()?,
        releases: releases.filter(|&release| span.is_none_or(|span| span.contains(release))).collect(),
    })
}
