//! Functions and variables.

use super::rows::{rows, rows_on, span, text_if_any};
use crate::{Span, Target};

const FUNCTIONS: &str = include_str!("../../data/functions.tsv");
const VARIABLES: &str = include_str!("../../data/variables.tsv");
const EXPORTED_DATA: &str = include_str!("../../data/exported-data.tsv");

/// What kind of function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Not a member of a class.
    Free,
    /// A member that is called directly.
    Method,
    /// A static member.
    Static,
    /// A virtual member.
    Virtual,
    /// A constructor, one entry for each variant (C1, C2).
    Constructor,
    /// A destructor, one entry for each variant (D0, D1, D2).
    Destructor,
}

/// A function that a header declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Mach-O name.
    pub symbol: &'static str,
    /// The class it is a member of.
    pub class: Option<&'static str>,
    /// What kind of function it is.
    pub kind: FunctionKind,
    /// "protected" or "private".
    pub access: Option<&'static str>,
    /// Whether the header defines it, so that no symbol need exist.
    pub is_inline: bool,
    /// Whether it is pure virtual.
    pub is_pure: bool,
    /// The macOS version since which it exists, where the header says so.
    pub introduced: Option<&'static str>,
    /// The macOS version since which it is deprecated, or "y" where the header gives none.
    pub deprecated: Option<&'static str>,
    /// Types and name as spelled in the header, no parameter names.
    pub signature: &'static str,
    return_type: &'static str,
    parameters: &'static str,
    /// The header, for a free function.
    pub header: Option<&'static str>,
    /// Where this row holds.
    pub on: Span,
}

impl Function {
    /// The canonical return type where it is not spelled so in the signature.
    pub fn canonical_return(&self) -> Option<&'static str> {
        text_if_any(self.return_type)
    }

    /// The canonical parameter types, separated by "; ", where they are not spelled so in the signature.
    pub fn canonical_parameters(&self) -> Option<&'static str> {
        text_if_any(self.parameters)
    }
}

/// The functions of `target`, sorted by symbol.
pub fn functions(target: impl Into<Target>) -> impl Iterator<Item = Function> {
    rows_on(FUNCTIONS, target.into()).map(function)
}

/// The functions of all targets, sorted by symbol; one whose facts changed has a row for each of them.
pub fn every_function() -> impl Iterator<Item = Function> {
    rows(FUNCTIONS).map(function)
}

fn function(row: [&'static str; 12]) -> Function {
    let [symbol, class, kind, access, flags, introduced, deprecated, signature, return_type, parameters, header, on] =
        row;
    Function {
        symbol,
        class: text_if_any(class),
        kind: match kind {
            "method" => FunctionKind::Method,
            "static" => FunctionKind::Static,
            "virtual" => FunctionKind::Virtual,
            "ctor" => FunctionKind::Constructor,
            "dtor" => FunctionKind::Destructor,
            "free" => FunctionKind::Free,
            _ => panic!("not a kind of function: {kind}"),
        },
        access: text_if_any(access),
        is_inline: flags.contains('i'),
        is_pure: flags.contains('p'),
        introduced: text_if_any(introduced),
        deprecated: text_if_any(deprecated),
        signature,
        return_type,
        parameters,
        header: text_if_any(header),
        on: span(on),
    }
}

/// An extern variable or a static member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Mach-O name.
    pub symbol: &'static str,
    /// The class it is a static member of.
    pub class: Option<&'static str>,
    /// "public", "protected" or "private", of a static member.
    pub access: Option<&'static str>,
    /// Type as spelled in the header.
    pub type_name: &'static str,
    /// The header, for an extern variable.
    pub header: Option<&'static str>,
    /// Where this row holds.
    pub on: Span,
}

/// The variables of all targets, sorted by symbol; a symbol whose facts changed stands there more than once.
pub fn variables() -> impl Iterator<Item = Variable> {
    rows(VARIABLES).map(|[symbol, class, access, type_name, header, on]| Variable {
        symbol,
        class: text_if_any(class),
        access: text_if_any(access),
        type_name,
        header: text_if_any(header),
        on: span(on),
    })
}

/// Exported symbols that no public header declares but that name data, not code.
pub fn exported_data() -> impl Iterator<Item = &'static str> {
    rows(EXPORTED_DATA).map(|[symbol]| symbol)
}
