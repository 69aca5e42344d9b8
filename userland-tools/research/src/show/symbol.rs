//! What is known of a symbol.

use std::collections::BTreeSet;

use abi::tables::{self, Function, FunctionKind};
use abi::{Span, Target};
use serde::Serialize;

use super::find::{class_of_object, spoken};
use crate::Place;
use crate::map::{self, Counterpart};
use crate::notes::{self, Note};

/// Identifier of IOAudioFamily's bundle.
pub const FAMILY: &str = "com.apple.iokit.IOAudioFamily";
/// What is before a component's name in its identifier.
const KPI: &str = "com.apple.kpi.";
/// The same of the component that kexts of 10.3 and before link with.
const OLDEST: &str = "com.apple.";

/// What is known of a symbol.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolFacts {
    /// The name as people write it, with its class and without parameters.
    pub name: String,
    /// Mach-O name.
    pub symbol: String,
    /// "function", "method", "virtual method", "static method", "constructor", "destructor", "variable", "static member",
    /// "vtable" or, where only an export list has it, "symbol".
    pub kind: &'static str,
    /// The class that it is a member of.
    pub class: Option<&'static str>,
    /// What headers say of it, a row for each that differs.
    pub declarations: Vec<Declaration>,
    /// The slots of vtables that it stands in.
    pub slots: Vec<SlotFact>,
    /// Who exports it.
    pub exports: Vec<ExportFact>,
    /// IOAudioFamily's versions that have it, where it is that family's.
    pub family: Option<FamilyFact>,
    /// What takes its place; absent where none is recorded. Where only its class has a counterpart, that of the class.
    pub counterpart: Option<Counterpart>,
    /// How it behaves.
    pub notes: Vec<Note>,
}

/// What a header says.
#[derive(Clone, Debug, Serialize)]
pub struct Declaration {
    /// Types and name; of a variable its type.
    pub signature: &'static str,
    /// "protected" or "private"; absent for public.
    pub access: Option<&'static str>,
    /// Whether the header defines it, so that there need be no symbol.
    pub inline: bool,
    /// Whether it is pure virtual.
    pub pure: bool,
    /// The macOS version since which it exists, where the header says so.
    pub introduced: Option<&'static str>,
    /// The macOS version since which it is deprecated; "y" where the header names none.
    pub deprecated: Option<&'static str>,
    /// The header, of what is no member of a class.
    pub header: Option<&'static str>,
    /// Where it is so.
    pub on: Place,
}

/// A slot of a class's vtable.
#[derive(Clone, Debug, Serialize)]
pub struct SlotFact {
    /// The class in whose table it stands for the first time.
    pub class: &'static str,
    /// "class", or "metaclass" for the table of the class's metaclass.
    pub table: &'static str,
    /// Number of the slot after the vtable's two header words.
    pub slot: u32,
    /// The name that the kernel has for it, where that is another.
    pub kernel_symbol: Option<&'static str>,
    /// Where it is so.
    pub on: Place,
}

/// A component's export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportFact {
    /// Bundle identifier.
    pub component: String,
    /// The kernel's symbol behind the name, where that is another.
    pub alias_of: Option<&'static str>,
    /// The entry of the list, where it stands for all names that begin like it ("_hv_*").
    pub wildcard: Option<&'static str>,
    /// Where it is so.
    pub on: Place,
}

/// A member's history in IOAudioFamily's published sources.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyFact {
    /// The versions that have it, as ranges: "1.1fc9..700.2".
    pub versions: &'static str,
    /// The version since which it is marked as deprecated.
    pub deprecated: Option<&'static str>,
}

/// What is known of each of `symbols`, as far as it holds for the target.
pub fn facts(symbols: &[&'static str], target: Option<Target>) -> Vec<SymbolFacts> {
    let holds = |on: &Span| target.is_none_or(|target| on.contains(target));
    let functions: Vec<Function> = tables::every_function().filter(|one| symbols.contains(&one.symbol)).collect();
    let family: BTreeSet<&str> =
        tables::every_class().filter(|(class, _)| class.is_in_family()).map(|(class, _)| class.name).collect();
    let one = |symbol: &'static str| {
        let functions: Vec<&Function> = functions.iter().filter(|function| function.symbol == symbol).collect();
        let mut facts = match functions.last() {
            Some(function) => of_function(function),
            None => of_object(symbol),
        };
        let declared = functions.iter().filter(|function| holds(&function.on)).map(|function| declaration(function));
        facts.declarations.extend(declared);
        facts.declarations.retain(|declaration| holds(&declaration.on.0));
        facts.slots = slots(symbol);
        facts.slots.retain(|slot| holds(&slot.on.0));
        let in_family = facts.class.is_some_and(|class| family.contains(class));
        facts.exports = if in_family { family_exports(&facts) } else { exports(symbol) };
        facts.exports.retain(|export| holds(&export.on.0));
        let of_class = || facts.class.and_then(|class| map::counterpart("class", class));
        facts.counterpart = map::counterpart("method", &facts.name).filter(|_| in_family).or_else(of_class);
        facts.notes = notes::about(&facts.name);
        facts.family = in_family.then(|| history(symbol)).flatten();
        facts
    };
    symbols.iter().map(|symbol| one(symbol)).collect()
}

fn of_function(function: &Function) -> SymbolFacts {
    SymbolFacts {
        kind: match function.kind {
            FunctionKind::Free => "function",
            FunctionKind::Method => "method",
            FunctionKind::Static => "static method",
            FunctionKind::Virtual => "virtual method",
            FunctionKind::Constructor => "constructor",
            FunctionKind::Destructor => "destructor",
        },
        class: function.class,
        ..nothing_of(function.symbol, spoken(function.symbol, Some(function.signature), function.class))
    }
}

/// A symbol of which nothing but the name is known.
fn nothing_of(symbol: &str, name: String) -> SymbolFacts {
    SymbolFacts {
        name,
        symbol: symbol.to_owned(),
        kind: "symbol",
        class: None,
        declarations: Vec::new(),
        slots: Vec::new(),
        exports: Vec::new(),
        family: None,
        counterpart: None,
        notes: Vec::new(),
    }
}

/// A symbol that is no function of a header: a variable, a vtable, or known from an export list only.
fn of_object(symbol: &'static str) -> SymbolFacts {
    let mut facts = nothing_of(symbol, spoken(symbol, None, None));
    for variable in tables::variables().filter(|variable| variable.symbol == symbol) {
        facts.kind = if variable.class.is_some() { "static member" } else { "variable" };
        facts.class = variable.class;
        facts.declarations.push(Declaration {
            signature: variable.type_name,
            access: variable.access.filter(|access| *access != "public"),
            inline: false,
            pure: false,
            introduced: None,
            deprecated: None,
            header: variable.header,
            on: Place(variable.on),
        });
    }
    if symbol.starts_with("__ZTV") {
        facts.kind = "vtable";
        let name = class_of_object(symbol);
        facts.class = tables::every_class().map(|(class, _)| class.name).find(|known| Some(*known) == name);
    }
    facts
}

fn declaration(function: &Function) -> Declaration {
    Declaration {
        signature: function.signature,
        access: function.access,
        inline: function.is_inline,
        pure: function.is_pure,
        introduced: function.introduced,
        deprecated: function.deprecated,
        header: function.header,
        on: Place(function.on),
    }
}

fn slots(symbol: &str) -> Vec<SlotFact> {
    let it = tables::every_own_slot().filter(|slot| slot.symbol == symbol || slot.kernel_symbol == symbol);
    let fact = |slot: tables::OwnedSlot| SlotFact {
        class: slot.class,
        table: if slot.of_metaclass { "metaclass" } else { "class" },
        slot: slot.index,
        kernel_symbol: Some(slot.kernel_symbol).filter(|kernel| *kernel != slot.symbol),
        on: Place(slot.on),
    };
    it.map(fact).collect()
}

/// The components that list `symbol`.
fn exports(symbol: &str) -> Vec<ExportFact> {
    let wildcard = |entry: &str| entry.strip_suffix('*').is_some_and(|prefix| symbol.starts_with(prefix));
    let it = tables::every_export().filter(|export| export.symbol == symbol || wildcard(export.symbol));
    let fact = |export: tables::Export| ExportFact {
        component: identifier(export.component),
        alias_of: export.alias_of,
        wildcard: Some(export.symbol).filter(|entry| *entry != symbol),
        on: Place(export.on),
    };
    it.map(fact).collect()
}

/// The bundle identifier of a component of the kernel.
pub fn identifier(component: &str) -> String {
    let prefix = if component.starts_with("kernel.") { OLDEST } else { KPI };
    format!("{prefix}{component}")
}

/// A family exports whatever of its classes has a body outside of a header, and their vtables.
fn family_exports(facts: &SymbolFacts) -> Vec<ExportFact> {
    let declared = facts.declarations.iter().filter(|it| !it.inline && !it.pure).map(|it| it.on.0);
    let mut spans: Vec<Span> = declared.collect();
    if facts.kind == "vtable" {
        let of_class = tables::every_class().filter(|(class, _)| Some(class.name) == facts.class);
        spans.extend(of_class.map(|(_, on)| on));
    }
    let whole = spans.into_iter().reduce(Span::union);
    let fact = |on: Span| ExportFact { component: FAMILY.to_owned(), alias_of: None, wildcard: None, on: Place(on) };
    whole.map(fact).into_iter().collect()
}

fn history(symbol: &str) -> Option<FamilyFact> {
    let member = tables::family_members().find(|member| member.symbol == symbol)?;
    Some(FamilyFact { versions: member.tags.as_str(), deprecated: member.deprecated })
}
