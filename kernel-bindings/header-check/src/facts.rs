//! What the ABI tables say of the claimed releases, indexed by name.
use crate::spec::{self, Item};
use abi::Release;
use abi::tables::{self, Class, Classes, Constant, Field, Function, Struct, Typedef, Variable};
use std::collections::{BTreeMap, BTreeSet};

/// The components that a kext may name in OSBundleLibraries on every release; the others are Apple's own.
const COMPONENTS: [&str; 4] = ["bsd", "iokit", "libkern", "mach"];

/// One release.
pub struct ReleaseFacts {
    /// Which.
    pub release: Release,
    /// Its classes with their vtables.
    pub classes: Classes,
    /// Functions by mangled name.
    pub functions: BTreeMap<&'static str, Function>,
    /// Own fields of each class, in memory order.
    pub fields: BTreeMap<&'static str, Vec<Field>>,
    /// Plain structures by tag.
    pub structs: BTreeMap<&'static str, Struct>,
    /// Fields of each plain structure, in memory order.
    pub struct_fields: BTreeMap<&'static str, Vec<Field>>,
    /// Type names.
    pub typedefs: BTreeMap<&'static str, Typedef>,
    /// Constants by name.
    pub constants: BTreeMap<&'static str, Constant>,
    exported: BTreeSet<&'static str>,
    exported_prefixes: Vec<&'static str>,
}

/// The releases that headers are made for, and who they are made for.
pub struct Facts {
    /// Oldest first; never empty.
    pub releases: Vec<ReleaseFacts>,
    /// Static members of classes, by class and in the tables' order, as the oldest release has them.
    pub statics: BTreeMap<&'static str, Vec<Variable>>,
    /// Whether who includes the headers defines IOAudioFamily's classes, so that their private members are declared too.
    pub defines_family: bool,
}

impl Facts {
    /// Reads the tables of every release that a kext of this project claims, for a kext that uses the classes.
    pub fn of_claimed_releases() -> Facts {
        Facts::of(Release::claimed(), false)
    }

    /// Reads the tables of one release, for a kext that is its IOAudioFamily.
    pub fn of_family(release: Release) -> Facts {
        Facts::of(&[release], true)
    }

    fn of(releases: &[Release], defines_family: bool) -> Facts {
        let releases: Vec<_> = releases.iter().map(|&release| ReleaseFacts::of(release)).collect();
        let oldest = releases[0].release;
        let mut statics: BTreeMap<_, Vec<Variable>> = BTreeMap::new();
        for variable in tables::variables().filter(|v| v.on.contains(oldest)) {
            if let Some(class) = variable.class {
                statics.entry(class).or_default().push(variable);
            }
        }
        Facts { releases, statics, defines_family }
    }

    /// The oldest release: the one whose names the headers have.
    pub fn oldest(&self) -> &ReleaseFacts {
        &self.releases[0]
    }

    /// Whether the oldest release has the class or structure of an item; other items are there on all.
    pub fn has(&self, item: &Item) -> bool {
        match *item {
            Item::Class(name) | Item::Pads(name) => self.oldest().classes.get(name).is_some(),
            Item::Struct(tag) => self.oldest().structs.contains_key(tag),
            _ => true,
        }
    }

    /// Whether a private member of the class is declared: only who defines it can use it.
    pub fn declares_private(&self, class: &Class) -> bool {
        self.defines_family && class.is_in_family()
    }

    /// Whether every release lets a kext import the function: the kernel exports it, or the class is
    /// IOAudioFamily's, whose every function is exported, and still has it.
    pub fn is_importable(&self, class: Option<&Class>, symbol: &str) -> bool {
        let in_family = class.is_some_and(Class::is_in_family);
        self.releases
            .iter()
            .all(|release| if in_family { release.functions.contains_key(symbol) } else { release.exports(symbol) })
    }

    /// Whether size and fields of the class and of all its superclasses are the same on every release and of use to a kext.
    /// A class of which they are not is declared without fields and cannot be a superclass.
    pub fn has_stable_layout(&self, class: &str) -> bool {
        if spec::OPAQUE.contains(&class) {
            return false;
        }
        let oldest = self.oldest();
        let Some(known) = oldest.classes.get(class) else { return false };
        self.releases.iter().all(|release| release.layout(class) == oldest.layout(class))
            && known.superclass.is_none_or(|superclass| self.has_stable_layout(superclass))
    }
}

impl ReleaseFacts {
    fn of(release: Release) -> ReleaseFacts {
        let (wild, plain): (Vec<_>, Vec<_>) = tables::exports(release)
            .filter(|export| COMPONENTS.contains(&export.component))
            .map(|export| export.symbol)
            .partition(|symbol| symbol.ends_with('*'));
        ReleaseFacts {
            release,
            classes: tables::classes(release),
            functions: tables::functions(release).map(|f| (f.symbol, f)).collect(),
            fields: by_owner(tables::fields(release)),
            structs: tables::structs(release).map(|s| (s.name, s)).collect(),
            struct_fields: by_owner(tables::struct_fields(release)),
            typedefs: tables::typedefs(release).map(|t| (t.name, t)).collect(),
            constants: tables::constants(release).map(|c| (c.name, c)).collect(),
            exported: plain.into_iter().collect(),
            exported_prefixes: wild.into_iter().map(|symbol| symbol.trim_end_matches('*')).collect(),
        }
    }

    /// Whether the kernel exports the symbol to kexts by a component that they may name.
    pub fn exports(&self, symbol: &str) -> bool {
        self.exported.contains(symbol) || self.exported_prefixes.iter().any(|prefix| symbol.starts_with(prefix))
    }

    /// The own fields of a class.
    pub fn fields_of(&self, class: &str) -> &[Field] {
        self.fields.get(class).map_or(&[], Vec::as_slice)
    }

    fn layout(&self, class: &str) -> Option<Layout> {
        let size = self.classes.get(class)?.size;
        Some((size, self.fields_of(class).iter().map(|f| (f.name, f.offset, f.size)).collect()))
    }
}

/// A class's size and the name, offset and size of each of its own fields.
type Layout = (u32, Vec<(&'static str, u32, u32)>);

fn by_owner(fields: impl Iterator<Item = Field>) -> BTreeMap<&'static str, Vec<Field>> {
    let mut owners: BTreeMap<_, Vec<Field>> = BTreeMap::new();
    for field in fields {
        owners.entry(field.owner).or_default().push(field);
    }
    owners
}
