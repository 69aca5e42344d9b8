//! What the kernel's components export.

use super::rows::{rows, rows_on, span, text_if_any};
use crate::{Span, Target};

const EXPORTS: &str = include_str!("../../data/exports.tsv");

/// A line of a component's export list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// The exported name; one that ends in `*` stands for every symbol with that beginning.
    pub symbol: &'static str,
    /// Last part of the component's bundle identifier: "iokit" is com.apple.kpi.iokit.
    pub component: &'static str,
    /// The kernel's symbol behind it, where the name is an alias.
    pub alias_of: Option<&'static str>,
    /// Where this line holds.
    pub on: Span,
}

/// The export lists of `target`, sorted by symbol.
pub fn exports(target: impl Into<Target>) -> impl Iterator<Item = Export> {
    rows_on(EXPORTS, target.into()).map(export)
}

/// The export lists of all targets, sorted by symbol; a symbol has a row for each component and kernel symbol.
pub fn every_export() -> impl Iterator<Item = Export> {
    rows(EXPORTS).map(export)
}

fn export([symbol, component, alias_of, on]: [&'static str; 4]) -> Export {
    Export { symbol, component, alias_of: text_if_any(alias_of), on: span(on) }
}
