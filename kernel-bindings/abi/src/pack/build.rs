//! Makes a release's pack from the tables.

mod symbols;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use self::symbols::{Draft, place, symbols};
use super::{Class, Component, Pack, Symbol};
use crate::Release;
use crate::tables::{self, Classes, Slot};

/// The components of the kernel that third-party kexts link against.
const KPI: [&str; 7] = ["bsd", "dsep", "iokit", "libkern", "mach", "private", "unsupported"];
const KPI_PREFIX: &str = "com.apple.kpi.";
/// The class from which every class's MetaClass is derived.
const METACLASS: &str = "OSMetaClass";
const FAMILY: &str = "com.apple.iokit.IOAudioFamily";
/// The kext that IOAudioFamily has its vectors added by, with the version that kexts ask for, and what it exports.
const VECLIB: (Component<'_>, &str) =
    (Component { identifier: "com.apple.vecLib.kext", version: "1.2.0", compatible: "1.0" }, "_vDSP_vadd");
/// What linkers put in the place of a weak import that nothing exports: a function inside the kernel.
const WEAK_FILLER: &str = "_kext_weak_symbol_referenced";

/// The pack of `release`, for [`Pack::from_bytes`].
///
/// # Panics
/// Never: the tests build every release.
pub fn build(release: Release) -> Vec<u8> {
    let names = Names::new(release);
    names.pack(release).to_bytes()
}

/// A name that the facts know to be defined, apart from the export lists.
#[derive(Clone, Copy)]
struct Known<'a> {
    name: &'a str,
    in_family: bool,
}

/// The vtables of a class and of its metaclass.
struct Tables {
    class: Vec<Slot>,
    metaclass: Vec<Slot>,
}

impl Tables {
    /// The slots that the class or its metaclass defines.
    fn own(&self, class: &tables::Class) -> impl Iterator<Item = Slot> {
        self.class.iter().chain(&self.metaclass).filter(|slot| slot.defined_in == class.name).copied()
    }
}

/// The classes of a release and the names that are in no table but follow from a class's, each with whether it is
/// IOAudioFamily's.
struct Names {
    classes: Classes,
    /// Vtables and metaclass objects.
    objects: Vec<(String, bool)>,
    /// The functions of metaclasses that stand in no vtable.
    functions: Vec<(String, bool)>,
}

impl Names {
    fn new(release: Release) -> Names {
        let classes = tables::classes(release);
        let (mut objects, mut functions) = (Vec::new(), Vec::new());
        for class in &classes {
            let in_family = class.is_in_family();
            objects.push((class.vtable_symbol(), in_family));
            if class.has_metaclass {
                objects.push((class.metaclass_vtable_symbol(), in_family));
                objects.push((class.member("10gMetaClassE"), in_family));
                for member in ["9MetaClassC1Ev", "9MetaClassC2Ev", "9MetaClassD2Ev"] {
                    functions.push((class.member(member), in_family));
                }
            }
        }
        Names { classes, objects, functions }
    }

    fn pack(&self, release: Release) -> Pack<'_> {
        let components = components(release);
        let family = components.len() as u8 - 1;
        let tables = self.vtables();
        let own_slots: Vec<Slot> =
            self.classes.iter().zip(&tables).flat_map(|(class, tables)| tables.own(class)).collect();

        let mut drafts = exports(release, &components);
        drafts.push(Draft { name: VECLIB.1, component: Some(family - 1), alias_of: None });
        let known = self.known(release, &own_slots);
        expand_wildcards(&mut drafts, &known);
        let of_family = known.iter().filter(|known| known.in_family);
        drafts.extend(of_family.map(|known| Draft { name: known.name, component: Some(family), alias_of: None }));
        drafts.extend(own_slots.iter().flat_map(|slot| [slot.in_kernel(), slot.method]).map(Draft::unexported));
        drafts.push(Draft::unexported(WEAK_FILLER));
        drafts.extend(self.objects.iter().map(|(name, _)| Draft::unexported(name)));
        let symbols = symbols(drafts);

        let classes = self.numbered(&symbols, &tables);
        Pack { release: release.name(), darwin: tables::edition(release).darwin, components, symbols, classes }
    }

    /// Each class's tables, in the order of the classes.
    fn vtables(&self) -> Vec<Tables> {
        let mut done: Vec<Tables> = Vec::with_capacity(self.classes.iter().len());
        for class in &self.classes {
            let inherited = |name: Option<&str>| {
                let place = name.and_then(|name| self.classes.position(name));
                place.map_or(Vec::new(), |place| done[place].class.clone())
            };
            let metaclass = if class.has_metaclass { inherited(Some(METACLASS)) } else { Vec::new() };
            let tables = Tables {
                class: class.vtable_over(inherited(class.superclass)),
                metaclass: class.metaclass_vtable_over(metaclass),
            };
            done.push(tables);
        }
        done
    }

    /// The classes with symbols by index. An inherited slot has its index from the superclass.
    fn numbered<'a>(&'a self, symbols: &[Symbol<'_>], tables: &[Tables]) -> Vec<Class<'a>> {
        let index = |name: &str| place(symbols, name).expect("every name in a vtable is a symbol");
        let mut done: Vec<Class<'a>> = Vec::with_capacity(tables.len());
        for (class, tables) in self.classes.iter().zip(tables) {
            let superclass = class.superclass.and_then(|name| self.classes.position(name));
            let (mut vtable, mut methods) = superclass
                .map_or((Vec::new(), Vec::new()), |parent| (done[parent].vtable.clone(), done[parent].methods.clone()));
            overlay(&mut vtable, &tables.class, class.name, |slot| index(slot.in_kernel()));
            overlay(&mut methods, &tables.class, class.name, |slot| index(slot.method));
            let mut metaclass_vtable = Vec::new();
            if let Some(base) = self.classes.position(METACLASS).filter(|_| class.has_metaclass) {
                metaclass_vtable.clone_from(&done[base].vtable);
                overlay(&mut metaclass_vtable, &tables.metaclass, class.name, |slot| index(slot.in_kernel()));
            }
            done.push(Class {
                name: class.name,
                superclass: superclass.map(|place| place as u32),
                size: class.kernel_size,
                is_abstract: class.is_abstract,
                component: symbols[index(&class.vtable_symbol()) as usize].exported_by.first().copied(),
                vtable,
                methods,
                metaclass_vtable,
            });
        }
        done
    }

    /// What is defined by what the tables say: functions with a body outside of headers, variables, slots, vtables.
    fn known<'a>(&'a self, release: Release, own_slots: &[Slot]) -> Vec<Known<'a>> {
        let family: BTreeSet<&str> =
            self.classes.iter().filter(|class| class.is_in_family()).map(|class| class.name).collect();
        let of_family = |class: Option<&str>, header: Option<&str>| match class {
            Some(class) => family.contains(class),
            None => header.is_some_and(|header| header.starts_with(tables::FAMILY_HEADERS)),
        };
        let functions = tables::functions(release).filter(|function| !function.is_inline && !function.is_pure);
        let functions = functions
            .map(|function| Known { name: function.symbol, in_family: of_family(function.class, function.header) });
        let variables = tables::variables().filter(|variable| variable.on.contains(release));
        let variables = variables
            .map(|variable| Known { name: variable.symbol, in_family: of_family(variable.class, variable.header) });
        // The functions have no metaclass members, nor the kernel's own manglings.
        let slots = own_slots.iter().filter(|slot| !slot.is_pure);
        let slots = slots.map(|slot| Known { name: slot.kernel_symbol, in_family: family.contains(slot.defined_in) });
        let made = self.objects.iter().chain(&self.functions);
        let made = made.map(|(name, in_family)| Known { name, in_family: *in_family });
        functions.chain(variables).chain(slots).chain(made).collect()
    }
}

/// Replaces the indices of the slots that `class` defines itself and adds those it introduces.
fn overlay(indices: &mut Vec<u32>, slots: &[Slot], class: &str, index: impl Fn(&Slot) -> u32) {
    for (place, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.defined_in == class) {
        match indices.get_mut(place) {
            Some(known) => *known = index(slot),
            None => indices.push(index(slot)),
        }
    }
}

/// The kernel's components in the order of their identifiers, then vecLib and IOAudioFamily.
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
    components.push(VECLIB.0);
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
