//! What the family exports: every function is implemented but for the pads of its vtables, which stop with their name, and the
//! constructors of its metaclass objects, which only its own start-up code calls.

use std::collections::BTreeSet;

use abi::Release;
use abi::pack::{Pack, SymbolKind};

const FAMILY: &str = "com.apple.iokit.IOAudioFamily";

/// How the names of functions end that `kpi::class` puts behind every class.
const GENERIC: [&str; 12] = [
    "C1EPK11OSMetaClass",
    "C2EPK11OSMetaClass",
    "C1Ev",
    "C2Ev",
    "D0Ev",
    "D1Ev",
    "D2Ev",
    "12getMetaClassEv",
    "9MetaClass5allocEv",
    "9MetaClassD0Ev",
    "9MetaClassD1Ev",
    "9MetaClassD2Ev",
];

/// Pads, and constructors of metaclass objects.
fn may_stop(name: &str) -> bool {
    name.contains("_RESERVED") || name.ends_with("9MetaClassC1Ev") || name.ends_with("9MetaClassC2Ev")
}

fn is_generic(name: &str, classes: &BTreeSet<String>) -> bool {
    GENERIC.iter().filter_map(|end| name.strip_suffix(end)).any(|start| {
        let class = start.strip_prefix("__ZNK").or_else(|| start.strip_prefix("__ZN"));
        class.is_some_and(|class| classes.contains(class))
    })
}

#[test]
fn every_export_is_implemented() {
    let all = ioaudio::PART.functions.iter().copied().flatten();
    let registered: BTreeSet<&str> = all.map(|function| function.name).collect();
    let mut missing = BTreeSet::new();
    let mut exports = 0;
    for &release in Release::claimed() {
        let bytes = abi::pack::build(release);
        let pack = Pack::from_bytes(&bytes).expect("a pack");
        let classes: BTreeSet<String> =
            pack.classes.iter().map(|class| format!("{}{}", class.name.len(), class.name)).collect();
        for symbol in pack.symbols.iter().filter(|symbol| symbol.kind == SymbolKind::Function) {
            if symbol.exported_by.iter().any(|&place| pack.components[usize::from(place)].identifier == FAMILY) {
                exports += 1;
                if !registered.contains(symbol.name) && !may_stop(symbol.name) && !is_generic(symbol.name, &classes) {
                    missing.insert(format!("{} of {release}", symbol.name));
                }
            }
        }
    }
    assert!(exports > 5000, "found only {exports} exports");
    assert!(missing.is_empty(), "{missing:#?}");
}
