//! What a kext imports: who exports it, where, and since when it is deprecated.

use std::collections::{BTreeMap, BTreeSet};

use abi::pack::Pack;
use abi::tables::{self, Export};
use abi::{Arch, Release, Span, Target};
use serde::Serialize;

use super::bundle::Bundle;
use super::image::{Slice, slices};
use super::link::{Verdict, may_be_of};
use crate::Place;
use crate::names::demangle;
use crate::show::{FAMILY, identifier};

/// An import.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// Mach-O name.
    pub symbol: String,
    /// As people write it.
    pub name: String,
    /// It may be missing.
    pub weak: bool,
    /// The processors whose parts import it.
    pub archs: Vec<String>,
    /// Identifiers of the bundles that export it on some release, those that the kext names first.
    pub components: Vec<String>,
    /// "declared": OSBundleLibraries names one of them; "undeclared": none; "private": only com.apple.kpi.private has it;
    /// "family": of a family that there are no facts about; "nowhere": nobody exports it.
    pub library: &'static str,
    /// Releases and processors on which some bundle exports it.
    pub on: Place,
    /// The release as of which headers call it deprecated.
    pub deprecated: Option<String>,
}

/// What of the imports is deprecated.
#[derive(Clone, Debug, Serialize)]
pub struct Deprecated {
    /// The first release at which any of them is.
    pub since: String,
    /// Those that are as of that release, by Mach-O name.
    pub symbols: Vec<String>,
    /// How many are by now.
    pub all: usize,
}

impl Import {
    /// Whether nobody exports it there, as far as there are facts. A pad that a release has no more is none that it lacks: vtables
    /// name pads, and linkers put there what took its place.
    pub fn is_absent(&self, release: &str, arch: &str) -> bool {
        let target = release.parse().ok().zip(Arch::ALL.into_iter().find(|known| known.name() == arch));
        let holds = target.is_some_and(|(release, arch)| self.on.0.contains(Target { release, arch }));
        !holds
            && !self.symbol.contains("_RESERVED")
            && !matches!(self.library, "family")
            && !self.components.iter().any(|name| !name.starts_with("com.apple."))
    }
}

/// The oldest deprecation.
pub fn deprecated(imports: &[Import]) -> Option<Deprecated> {
    let place = |text: &str| text.parse::<Release>().ok();
    let first = imports.iter().filter_map(|import| place(import.deprecated.as_deref()?)).min()?;
    let as_of = |import: &&Import| import.deprecated.as_deref() == Some(first.name());
    Some(Deprecated {
        since: first.name().to_owned(),
        symbols: imports.iter().filter(as_of).map(|import| import.symbol.clone()).collect(),
        all: imports.iter().filter(|import| import.deprecated.is_some()).count(),
    })
}

/// Where something is exported, by component.
type Exporters = BTreeMap<String, Span>;

/// Everything that the parts of an executable import.
pub fn imports(parts: &[Slice], bundle: &Bundle, libraries: &[Bundle], packs: &[Pack<'_>]) -> Vec<Import> {
    let mut by_name: BTreeMap<&str, (bool, Vec<String>)> = BTreeMap::new();
    for (part, import) in parts.iter().flat_map(|part| part.imports.iter().map(move |import| (part, import))) {
        let (weak, archs) = by_name.entry(&import.symbol).or_insert((true, Vec::new()));
        *weak &= import.weak;
        archs.push(part.arch.clone());
    }
    let wanted: BTreeSet<&str> = by_name.keys().copied().collect();
    let exporters = exporters(&wanted, packs);
    let deprecations = deprecations(&wanted);
    let offered = offered(libraries);
    let names = |identifier: &str| bundle.names(identifier);
    let import = |(symbol, (weak, archs)): (&str, (bool, Vec<String>))| {
        let nobody = Exporters::new();
        let by = exporters.get(symbol).unwrap_or(&nobody);
        let own = offered.iter().filter(|(_, names)| names.contains(symbol)).map(|(name, _)| name.clone());
        let mut components: Vec<String> = by.keys().cloned().chain(own).collect();
        components.sort_by_key(|component| (!names(component), component.clone()));
        let family = bundle.list.libraries.iter().map(|(name, _)| name);
        let family = family
            .filter(|name| name.starts_with("com.apple.iokit.") && *name != FAMILY)
            .find(|name| may_be_of(symbol, name));
        let library = match components.as_slice() {
            [] if family.is_some() => "family",
            [] => "nowhere",
            [first, ..] if names(first) => "declared",
            all if all.iter().all(|name| name.ends_with(".private")) => "private",
            _ => "undeclared",
        };
        if let ([], Some(family)) = (components.as_slice(), family) {
            components.push(family.clone());
        }
        Import {
            symbol: symbol.to_owned(),
            name: demangle(symbol),
            weak,
            archs,
            components,
            library,
            on: Place(by.values().copied().fold(Span::default(), Span::union)),
            deprecated: deprecations.get(symbol).cloned(),
        }
    };
    by_name.into_iter().map(import).collect()
}

/// What the libraries that were given have, by identifier.
fn offered(libraries: &[Bundle]) -> Vec<(String, BTreeSet<String>)> {
    let exports = |library: &Bundle| slices(&library.executable).into_iter().flat_map(|slice| slice.exports).collect();
    libraries.iter().map(|library| (library.list.identifier.clone(), exports(library))).collect()
}

/// Who exports each of `wanted`, and where: on x86_64 by the releases' packs, elsewhere by the export lists and the headers.
fn exporters<'w>(wanted: &BTreeSet<&'w str>, packs: &[Pack<'_>]) -> BTreeMap<&'w str, Exporters> {
    let mut found: BTreeMap<&str, Exporters> = BTreeMap::new();
    let mut add = |symbol: &'w str, component: String, on: Span| {
        let known = found.entry(symbol).or_default().entry(component).or_default();
        *known = known.union(on);
    };
    for pack in packs {
        let here = Span::parse(pack.release).unwrap_or_default();
        for &symbol in wanted {
            let Some(index) = pack.symbol(symbol) else { continue };
            for &component in pack.symbols[index as usize].exported_by.iter() {
                add(symbol, pack.components[usize::from(component)].identifier.to_owned(), here);
            }
        }
    }
    let elsewhere = Span::parse("a11-15,i10.4-10.7,p10.4-10.5").unwrap_or_default();
    for Export { symbol: entry, component, on, .. } in tables::every_export() {
        let on = on.intersection(elsewhere);
        if on.is_empty() {
            continue;
        }
        match entry.strip_suffix('*') {
            None => {
                if let Some(&symbol) = wanted.get(entry) {
                    add(symbol, identifier(component), on);
                }
            }
            Some(start) => {
                for &symbol in wanted.iter().filter(|symbol| symbol.starts_with(start)) {
                    add(symbol, identifier(component), on);
                }
            }
        }
    }
    let family: Vec<(tables::Class, Span)> = tables::every_class().filter(|(class, _)| class.is_in_family()).collect();
    let of_family: BTreeSet<&str> = family.iter().map(|(class, _)| class.name).collect();
    for function in tables::every_function().filter(|it| !it.is_inline && !it.is_pure) {
        if let Some(&symbol) = wanted.get(function.symbol)
            && function.class.is_some_and(|class| of_family.contains(class))
        {
            add(symbol, FAMILY.to_owned(), function.on.intersection(elsewhere));
        }
    }
    for (class, on) in &family {
        let objects = [class.vtable_symbol(), class.metaclass_vtable_symbol(), metaclass(class.name)];
        for &symbol in objects.iter().filter_map(|name| wanted.get(name.as_str())) {
            add(symbol, FAMILY.to_owned(), on.intersection(elsewhere));
        }
    }
    found
}

fn metaclass(class: &str) -> String {
    format!("__ZN{}{class}10gMetaClassE", class.len())
}

/// As of which release headers call each of `wanted` deprecated: of a vtable or metaclass, most functions of its class.
fn deprecations(wanted: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, Release> = BTreeMap::new();
    let mut add = |symbol: &str, since: Release| {
        let known = found.entry(symbol.to_owned()).or_insert(since);
        *known = since.min(*known);
    };
    for function in tables::every_function() {
        let Some(marked) = function.deprecated else { continue };
        // Without a version of its own it is so as of the first release whose header says it.
        let since = marked.parse().ok().or_else(|| function.on.releases(Arch::X86_64).next());
        let Some(since) = since else { continue };
        if wanted.contains(function.symbol) {
            add(function.symbol, since);
        }
        let Some(class) = function.class.filter(|_| marked.parse::<Release>().is_ok()) else { continue };
        for object in [format!("__ZTV{}{class}", class.len()), metaclass(class)] {
            if wanted.contains(object.as_str()) {
                add(&object, since);
            }
        }
    }
    found.into_iter().map(|(symbol, since)| (symbol, since.name().to_owned())).collect()
}

/// The verdict where no linker's rules are known: whether what the part for `arch` imports is exported there.
pub fn exported(release: Release, arch: Arch, imports: &[Import]) -> Verdict {
    let of_arch = imports.iter().filter(|import| !import.weak && import.archs.iter().any(|it| it == arch.name()));
    let absent: Vec<&Import> = of_arch.filter(|import| import.is_absent(release.name(), arch.name())).collect();
    // Of a family there are facts for two processors only.
    let untold = |import: &Import| import.components == [FAMILY] && matches!(arch, Arch::I386 | Arch::Ppc);
    let is_unknown =
        imports.iter().any(|import| import.library == "family") || absent.iter().any(|import| untold(import));
    let missing = absent.iter().filter(|import| !untold(import)).map(|import| import.symbol.clone());
    let missing: Vec<String> = missing.collect();
    let outcome = match (missing.is_empty(), is_unknown) {
        (false, _) => "missing",
        (true, true) => "unknown",
        (true, false) => "exported",
    };
    Verdict { missing, ..Verdict::new(release, arch.name(), outcome) }
}

/// The releases of `asked` for which there are facts about a processor.
pub fn releases_of(arch: Arch, asked: &[Release]) -> impl Iterator<Item = Release> {
    let known = match arch {
        Arch::X86_64 => Release::V10_6..=Release::V15,
        Arch::Arm64e => Release::V11..=Release::V15,
        Arch::I386 | Arch::Ppc => Release::V10_6..=Release::V10_7,
    };
    asked.iter().copied().filter(move |release| arch != Arch::Ppc && known.contains(release))
}
