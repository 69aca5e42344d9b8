//! What stands behind each symbol of a release: read from the registry and the pack, without a kernel that runs.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use abi::pack::{Pack, Symbol, SymbolKind};

use crate::class;
use crate::registry::Part;

/// How far a symbol is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A function, a variable, a vtable or a metaclass stands behind it.
    Implemented,
    /// A slot kept free for later methods; nobody may call it, and a call stops with its name.
    Pad,
    /// Nothing stands behind it; a call or an access stops with its name.
    Trap,
}

impl Status {
    /// The word for it in tables: "implemented", "pad", "trap".
    pub fn name(self) -> &'static str {
        match self {
            Status::Implemented => "implemented",
            Status::Pad => "pad",
            Status::Trap => "trap",
        }
    }
}

/// Whether a name is one of the slots that classes keep free.
pub fn is_pad(name: &str) -> bool {
    name.contains("_RESERVED")
}

/// The status of all symbols of `pack` with the functions and variables of `parts`, by symbol index.
pub fn of(pack: &Pack<'_>, parts: &[Part]) -> Vec<Status> {
    let functions = parts.iter().flat_map(|part| part.functions).copied().flatten();
    let variables = parts.iter().flat_map(|part| part.variables);
    let mut known: BTreeSet<u32> = BTreeSet::new();
    let names = functions.map(|function| function.name).chain(variables.map(|variable| variable.name));
    known.extend(names.filter_map(|name| pack.symbol(name)));
    for class in pack.classes.iter().chain(&class::internal_classes(pack)) {
        let names = class::generic_names(class.name).into_iter().chain(class::object_names(class.name));
        known.extend(names.filter_map(|name| pack.symbol(&name)));
    }
    let of_alias = |(index, symbol): (usize, &Symbol<'_>)| {
        let other = symbol.alias_of.filter(|_| symbol.kind == SymbolKind::Function)?;
        let index = index as u32;
        (known.contains(&index) || known.contains(&other)).then_some([index, other])
    };
    let shared: BTreeSet<u32> = pack.symbols.iter().enumerate().filter_map(of_alias).flatten().collect();
    let status = |(index, symbol): (usize, &Symbol<'_>)| {
        let index = index as u32;
        if known.contains(&index) || shared.contains(&index) {
            Status::Implemented
        } else if is_pad(symbol.name) {
            Status::Pad
        } else {
            Status::Trap
        }
    };
    pack.symbols.iter().enumerate().map(status).collect()
}
