//! What is registered against what the releases have.

use std::collections::{BTreeMap, BTreeSet};

use checks::releases::on_claimed;
use checks::{registered, signatures, source};
use kpi::registry::Part;

/// Functions of C that return 8 bits: OSAtomic's Boolean, and C's own bool.
const OF_8_BITS: [&str; 7] = [
    "_OSCompareAndSwap",
    "_OSCompareAndSwap64",
    "_OSCompareAndSwapPtr",
    "_OSTestAndClear",
    "_OSTestAndSet",
    "_os_log_debug_enabled",
    "_os_log_info_enabled",
];

fn parts() -> [&'static Part; 5] {
    [&kpi::libkern::PART, &kpi::mach::PART, &kpi::iokit::PART, &kpi::kext::PART, &ioaudio::PART]
}

fn functions() -> impl Iterator<Item = (&'static str, usize)> {
    let all = parts().into_iter().flat_map(|part| part.functions).copied().flatten();
    all.map(|function| (function.name, function.address()))
}

fn variables() -> impl Iterator<Item = &'static str> {
    parts().into_iter().flat_map(|part| part.variables).map(|variable| variable.name)
}

#[test]
fn every_name_is_a_symbol_of_some_release() {
    let mut unknown: BTreeSet<&str> = functions().map(|(name, _)| name).chain(variables()).collect();
    assert!(unknown.len() > 100, "the registry is nearly empty");
    on_claimed(|_, pack| unknown.retain(|name| pack.symbol(name).is_none()));
    assert!(unknown.is_empty(), "in no claimed release: {unknown:#?}");
}

#[test]
fn no_name_is_registered_for_two_functions() {
    let mut seen = BTreeMap::new();
    let clash = |entry: &(&'static str, usize)| *seen.entry(entry.0).or_insert(entry.1) != entry.1;
    let mut twice: Vec<&str> = functions().filter(clash).map(|(name, _)| name).collect();
    let mut names: BTreeSet<&str> = seen.into_keys().collect();
    twice.extend(variables().filter(|&name| !names.insert(name)));
    assert!(twice.is_empty(), "registered more than once: {twice:#?}");
}

#[test]
fn every_list_is_part_of_the_registry() {
    let known: BTreeSet<&str> = functions().map(|(name, _)| name).collect();
    let modules = source::modules();
    let listed = registered::registered(&modules);
    let forgotten: BTreeSet<String> = listed
        .iter()
        .filter(|line| !known.contains(line.symbol.as_str()))
        .map(|line| format!("{} in {}", line.symbol, line.module))
        .collect();
    assert!(forgotten.is_empty(), "listed, but not in the registry: {forgotten:#?}");
    let listed: BTreeSet<&str> = listed.iter().map(|line| line.symbol.as_str()).collect();
    assert_eq!(known.difference(&listed).collect::<Vec<_>>(), [&""; 0], "registered in a way that this does not read");
}

/// Less than the signature has is right where the rest is of no account; more would be whatever is in the registers.
#[test]
fn no_function_reads_more_arguments_than_callers_pass() {
    let counts = signatures::argument_counts();
    let modules = source::modules();
    let mut wrong = BTreeSet::new();
    let mut compared = 0;
    for line in registered::registered(&modules) {
        let place = format!("{} => {} in {}", line.symbol, line.function, line.module);
        match (line.signature, counts.get(line.symbol.as_str())) {
            (Err(problem), _) => _ = wrong.insert(format!("{place}: {problem}")),
            (Ok(own), Some(Some(theirs))) if own.parameters > *theirs => {
                wrong.insert(format!("{place}: takes {}, is passed {theirs}", own.parameters));
            }
            (Ok(_), counted) => compared += usize::from(counted.is_some()),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 100, "compared only {compared}");
}

/// A caller of C reads 32 bits of a boolean_t: what a Rust `bool` leaves in the others would be true.
#[test]
fn no_boolean_of_c_is_returned_in_8_bits() {
    let modules = source::modules();
    let of_c = registered::registered(&modules).into_iter().filter(|line| !line.symbol.starts_with("__Z"));
    let narrow: BTreeSet<String> =
        of_c.filter(|line| line.signature.as_ref().is_ok_and(|own| own.returns_bool)).map(|line| line.symbol).collect();
    assert_eq!(narrow.iter().map(String::as_str).collect::<Vec<_>>(), OF_8_BITS);
}
