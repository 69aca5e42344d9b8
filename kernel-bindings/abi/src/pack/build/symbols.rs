//! From names and who exports them to the pack's symbols.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::pack::{Symbol, SymbolKind};
use crate::tables;

/// Who exports a name, before names are sorted and numbered.
pub(super) struct Draft<'a> {
    pub(super) name: &'a str,
    pub(super) component: Option<u8>,
    pub(super) alias_of: Option<&'a str>,
}

impl<'a> Draft<'a> {
    /// A name that is in the pack, exported or not.
    pub(super) fn unexported(name: &'a str) -> Draft<'a> {
        Draft { name, component: None, alias_of: None }
    }
}

/// Sorts and numbers the names, one symbol for each.
pub(super) fn symbols<'a>(mut drafts: Vec<Draft<'a>>) -> Vec<Symbol<'a>> {
    drafts.sort_by(|left, right| left.name.cmp(right.name));
    let data: BTreeSet<&str> =
        tables::variables().map(|variable| variable.symbol).chain(tables::exported_data()).collect();
    let mut symbols: Vec<Symbol<'a>> = Vec::with_capacity(drafts.len());
    let mut aliases = Vec::new();
    for group in drafts.chunk_by(|left, right| left.name == right.name) {
        let name = group[0].name;
        let mut exported_by: Vec<u8> = group.iter().filter_map(|draft| draft.component).collect();
        exported_by.sort_unstable();
        exported_by.dedup();
        aliases.extend(group.iter().find_map(|draft| draft.alias_of).map(|target| (symbols.len(), target)));
        symbols.push(Symbol { name, kind: kind(name, &data), exported_by: exported_by.into(), alias_of: None });
    }
    for (alias, target) in aliases {
        symbols[alias].alias_of = place(&symbols, target);
    }
    symbols
}

/// The index of a name among sorted symbols.
pub(super) fn place(symbols: &[Symbol<'_>], name: &str) -> Option<u32> {
    symbols.binary_search_by(|symbol| symbol.name.cmp(name)).ok().map(|index| index as u32)
}

/// What `name` names, by its form and by the variables that are known.
fn kind(name: &str, data: &BTreeSet<&str>) -> SymbolKind {
    if name.starts_with("__ZTV") {
        SymbolKind::Vtable
    } else if name.ends_with("10gMetaClassE") {
        SymbolKind::MetaClass
    } else if name.ends_with("9metaClassE") || name.ends_with("10superClassE") {
        SymbolKind::MetaClassPointer
    } else if data.contains(name) || is_nested_variable(name) {
        SymbolKind::Data
    } else {
        SymbolKind::Function
    }
}

/// Whether a mangled name is a variable's: a nested name and nothing after it, where a function has its parameters.
fn is_nested_variable(name: &str) -> bool {
    let Some(mut rest) = name.strip_prefix("__ZN") else { return false };
    while let Some(digits) = rest.find(|character: char| !character.is_ascii_digit()).filter(|digits| *digits > 0) {
        let Ok(length) = rest[..digits].parse::<usize>() else { return false };
        match rest.get(digits.saturating_add(length)..) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest == "E"
}
