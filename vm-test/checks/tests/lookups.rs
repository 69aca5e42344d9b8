//! What the bench looks up by name against what the releases have.

use std::collections::{BTreeMap, BTreeSet};

use abi::Release;
use abi::pack::Pack;
use checks::calls::{Lookup, lookups};
use checks::releases::{list, on_claimed};
use checks::source;
use kpi::class::internal_classes;

fn is_there(lookup: &Lookup, pack: &Pack<'_>, variables: &BTreeSet<&str>) -> bool {
    match lookup {
        Lookup::Method(class, name) => {
            pack.class(class).zip(pack.symbol(name)).is_some_and(|((_, class), symbol)| class.methods.contains(&symbol))
        }
        Lookup::Direct(name) => pack.symbol(name).is_some(),
        Lookup::Instantiate(class) | Lookup::IsKindOf(class) => {
            let is_internal = || internal_classes(pack).iter().any(|known| known.name == class);
            pack.class(class).is_some() || is_internal()
        }
        Lookup::Variable(name) => variables.contains(name.as_str()),
        Lookup::Ask(_) => true,
    }
}

/// The class that a look-up needs an instance of, or is a function of.
fn class_of(lookup: &Lookup) -> Option<&str> {
    match lookup {
        Lookup::Method(class, _) => Some(class),
        Lookup::Direct(name) => kpi::symbols::member(name).map(|(class, _)| class),
        _ => None,
    }
}

/// Nothing is called of a class that only other releases have: there are no instances.
fn is_of_another_release(lookup: &Lookup, pack: &Pack<'_>, everywhere: &BTreeSet<String>) -> bool {
    class_of(lookup).is_some_and(|class| everywhere.contains(class) && pack.class(class).is_none())
}

#[test]
fn every_lookup_succeeds_on_every_claimed_release() {
    let parts = [&kpi::libkern::PART, &kpi::mach::PART, &kpi::iokit::PART, &kpi::kext::PART, &ioaudio::PART];
    let variables = parts.into_iter().flat_map(|part| part.variables).map(|variable| variable.name).collect();
    let modules = source::modules();
    let mut lookups: BTreeSet<(&str, Lookup)> = lookups(&modules).into_iter().collect();
    // Who asks for a name before calling it copes with its absence.
    for (module, lookup) in lookups.clone() {
        if let Lookup::Ask(name) = lookup {
            lookups.remove(&(module, Lookup::Direct(name)));
        }
    }
    assert!(lookups.len() > 100, "found only {} look-ups", lookups.len());
    let mut everywhere = BTreeSet::new();
    on_claimed(|_, pack| everywhere.extend(pack.classes.iter().map(|class| class.name.to_string())));
    let mut missing: BTreeMap<&(&str, Lookup), Vec<Release>> = BTreeMap::new();
    on_claimed(|release, pack| {
        let absent = |lookup| !is_there(lookup, pack, &variables) && !is_of_another_release(lookup, pack, &everywhere);
        for entry in lookups.iter().filter(|(_, lookup)| absent(lookup)) {
            missing.entry(entry).or_default().push(release);
        }
    });
    let missing: Vec<String> = missing
        .into_iter()
        .map(|((module, lookup), releases)| format!("{lookup:?} in {module}: not in {}", list(&releases)))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
