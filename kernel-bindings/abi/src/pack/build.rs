//! Makes a release's pack from the tables.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Class, Component, Pack, Symbol, SymbolKind};
use crate::Release;
use crate::tables::{self, Classes, Slot};

/// The components of the kernel that third-party kexts link against.
const KPI: [&str; 7] = ["bsd", "dsep", "iokit", "libkern", "mach", "private", "unsupported"];
const KPI_PREFIX: &str = "com.apple.kpi.";
const FAMILY: &str = "com.apple.iokit.IOAudioFamily";

/// The pack of `release`, for [`Pack::from_bytes`].
///
/// # Panics
/// Never: the tests build every release.
pub fn build(release: Release) -> Vec<u8> {
    let names = Names::new(release);
    postcard::to_allocvec(&names.pack(release)).expect("a pack has nothing that postcard cannot write")
}

/// Who exports a name, before names are sorted and numbered.
struct Draft<'a> {
    name: &'a str,
    component: Option<u8>,
    alias_of: Option<&'a str>,
}

/// A name that the facts know to be defined, apart from the export lists.
#[derive(Clone, Copy)]
struct Known<'a> {
    name: &'a str,
    in_family: bool,
}

/// The classes of a release and the names that are in no table but follow from a class's.
struct Names {
    classes: Classes,
    made: Vec<(String, bool)>,
}

impl Names {
    fn new(release: Release) -> Names {
        let classes = tables::classes(release);
        let mut made = Vec::new();
        for class in &classes {
            let in_family = class.is_in_family();
            made.push((class.vtable_symbol(), in_family));
            if class.has_metaclass {
                made.push((class.metaclass_vtable_symbol(), in_family));
                // The metaclass's other functions stand in its vtable.
                for suffix in ["10gMetaClassE", "9MetaClassC1Ev", "9MetaClassC2Ev", "9MetaClassD2Ev"] {
                    made.push((class.metaclass_member(suffix), in_family));
                }
            }
        }
        Names { classes, made }
    }

    fn pack(&self, release: Release) -> Pack<'_> {
        let components = components(release);
        let family = components.len() as u8 - 1;
        let tables: Vec<Vec<Slot>> = self.vtables();
        let meta_base = self.classes.position("OSMetaClass").map_or(&[][..], |place| &tables[place]);
        let metaclass_tables: Vec<Vec<Slot>> = self
            .classes
            .iter()
            .map(
                |class| {
                    if class.has_metaclass { class.metaclass_vtable_over(meta_base.to_owned()) } else { Vec::new() }
                },
            )
            .collect();

        let mut drafts = exports(release, &components);
        let known = self.known(release, &tables, &metaclass_tables);
        expand_wildcards(&mut drafts, &known);
        let in_slots: BTreeSet<&str> =
            tables.iter().chain(&metaclass_tables).flatten().flat_map(|slot| [slot.in_kernel(), slot.method]).collect();
        drafts.extend(in_slots.into_iter().map(|name| Draft { name, component: None, alias_of: None }));
        let made = self.made.iter().map(|(name, _)| Draft { name, component: None, alias_of: None });
        drafts.extend(made.filter(|draft| draft.name.starts_with("__ZTV") || draft.name.ends_with("10gMetaClassE")));
        let of_family = known.iter().filter(|known| known.in_family);
        drafts.extend(of_family.map(|known| Draft { name: known.name, component: Some(family), alias_of: None }));

        let symbols = symbols(drafts);
        let index = |name: &str| place(&symbols, name).expect("every name in a vtable is a symbol");
        let indices =
            |slots: &[Slot], pick: fn(&Slot) -> &'static str| slots.iter().map(|slot| index(pick(slot))).collect();
        let mut classes = Vec::with_capacity(tables.len());
        for ((class, table), metaclass_table) in self.classes.iter().zip(&tables).zip(&metaclass_tables) {
            let exporters = &symbols[index(&class.vtable_symbol()) as usize].exported_by;
            classes.push(Class {
                name: class.name,
                superclass: class.superclass.and_then(|name| self.classes.position(name)).map(|place| place as u32),
                size: class.kernel_size,
                is_abstract: class.is_abstract,
                component: exporters.first().copied(),
                vtable: indices(table, Slot::in_kernel),
                methods: indices(table, |slot| slot.method),
                metaclass_vtable: indices(metaclass_table, Slot::in_kernel),
            });
        }
        Pack { release: release.name(), darwin: tables::edition(release).darwin, components, symbols, classes }
    }

    /// Each class's vtable, in the order of the classes.
    fn vtables(&self) -> Vec<Vec<Slot>> {
        let mut tables: Vec<Vec<Slot>> = Vec::with_capacity(self.classes.iter().len());
        for class in &self.classes {
            let parent = class.superclass.and_then(|name| self.classes.position(name));
            tables.push(class.vtable_over(parent.map_or(Vec::new(), |place| tables[place].clone())));
        }
        tables
    }

    /// What is defined by what the tables say: functions with a body outside of headers, variables, vtables, slots.
    fn known<'a>(&'a self, release: Release, tables: &[Vec<Slot>], metaclass_tables: &[Vec<Slot>]) -> Vec<Known<'a>> {
        let family: BTreeSet<&str> =
            self.classes.iter().filter(|class| class.is_in_family()).map(|class| class.name).collect();
        let of_family = |class: Option<&str>, header: Option<&str>| match class {
            Some(class) => family.contains(class),
            None => header.is_some_and(|header| header.starts_with(tables::FAMILY_HEADERS)),
        };
        let mut known: Vec<Known<'a>> = Vec::new();
        for function in tables::functions(release).filter(|function| !function.is_inline && !function.is_pure) {
            let in_family = of_family(function.class, function.header);
            known.push(Known { name: function.symbol, in_family });
        }
        for variable in tables::variables().filter(|variable| variable.on.contains(release)) {
            let in_family = of_family(variable.class, variable.header);
            known.push(Known { name: variable.symbol, in_family });
        }
        // Slots add the kernel's own manglings, and for metaclasses all there is.
        for slot in tables.iter().chain(metaclass_tables).flatten().filter(|slot| !slot.is_pure) {
            known.push(Known { name: slot.kernel_symbol, in_family: false });
        }
        for slot in metaclass_tables.iter().flatten() {
            known.push(Known { name: slot.kernel_symbol, in_family: family.contains(slot.defined_in) });
        }
        known.extend(self.made.iter().map(|(name, in_family)| Known { name, in_family: *in_family }));
        known
    }
}

/// The kernel's components in the order of their identifiers, then IOAudioFamily.
fn components(release: Release) -> Vec<Component<'static>> {
    let edition = tables::edition(release);
    let in_kernel = tables::bundles(release)
        .filter(|bundle| bundle.identifier.strip_prefix(KPI_PREFIX).is_some_and(|name| KPI.contains(&name)));
    let mut components: Vec<Component<'_>> = in_kernel
        .map(|bundle| Component {
            identifier: bundle.identifier,
            version: bundle.version.unwrap_or(edition.darwin),
            compatible: bundle.compatible.unwrap_or(edition.darwin),
        })
        .collect();
    components.push(Component {
        identifier: FAMILY,
        version: edition.family_version,
        compatible: edition.family_compatible,
    });
    components
}

/// The export lists of the components; wildcards still as they stand there.
fn exports(release: Release, components: &[Component<'_>]) -> Vec<Draft<'static>> {
    let place = |name: &str| {
        components.iter().position(|component| component.identifier.strip_prefix(KPI_PREFIX) == Some(name))
    };
    tables::exports(release)
        .filter_map(|export| {
            let component = place(export.component)? as u8;
            Some(Draft { name: export.symbol, component: Some(component), alias_of: export.alias_of })
        })
        .collect()
}

/// Puts in the place of each wildcard the known names that begin like it. Those of which nothing is known are dropped.
fn expand_wildcards<'a>(drafts: &mut Vec<Draft<'a>>, known: &[Known<'a>]) {
    let wildcards: Vec<Draft<'a>> = drafts.extract_if(.., |draft| draft.name.ends_with('*')).collect();
    for wildcard in &wildcards {
        let prefix = wildcard.name.trim_end_matches('*');
        let matching = known.iter().filter(|known| known.name.starts_with(prefix));
        drafts.extend(matching.map(|known| Draft { name: known.name, component: wildcard.component, alias_of: None }));
    }
}

/// Sorts and numbers the names, one symbol for each.
fn symbols<'a>(mut drafts: Vec<Draft<'a>>) -> Vec<Symbol<'a>> {
    drafts.sort_by(|left, right| left.name.cmp(right.name));
    let data: BTreeSet<&str> = tables::variables().map(|variable| variable.symbol).collect();
    let mut symbols: Vec<Symbol<'a>> = Vec::with_capacity(drafts.len());
    let mut aliases = Vec::new();
    for group in drafts.chunk_by(|left, right| left.name == right.name) {
        let name = group[0].name;
        let mut exported_by: Vec<u8> = group.iter().filter_map(|draft| draft.component).collect();
        exported_by.sort_unstable();
        exported_by.dedup();
        aliases.extend(group.iter().find_map(|draft| draft.alias_of).map(|target| (symbols.len(), target)));
        symbols.push(Symbol { name, kind: kind(name, &data), exported_by, alias_of: None });
    }
    for (alias, target) in aliases {
        symbols[alias].alias_of = place(&symbols, target);
    }
    symbols
}

/// The index of a name among sorted symbols.
fn place(symbols: &[Symbol<'_>], name: &str) -> Option<u32> {
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
