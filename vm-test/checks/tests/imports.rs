//! What known kexts import against what the bench has.

use std::collections::{BTreeMap, BTreeSet};

use abi::{Release, tables};
use checks::releases::{list, on_claimed};
use kpi::coverage::{self, Status};

/// Every import of the kexts whose imports are known, in every release that has the symbol, and in one of them at least.
#[test]
fn nothing_that_known_kexts_import_is_a_trap() {
    let parts = [kpi::libkern::PART, kpi::mach::PART, kpi::iokit::PART, kpi::kext::PART, ioaudio::PART];
    let imports: BTreeSet<&str> =
        tables::imports().filter(|import| import.kind.is_none()).map(|import| import.symbol).collect();
    assert!(imports.len() > 500, "only {} imports", imports.len());
    let mut unknown = imports.clone();
    let mut traps: BTreeMap<&str, Vec<Release>> = BTreeMap::new();
    on_claimed(|release, pack| {
        let statuses = coverage::of(pack, &parts);
        for &name in &imports {
            let Some(index) = pack.symbol(name) else { continue };
            unknown.remove(name);
            if statuses[index as usize] == Status::Trap {
                traps.entry(name).or_default().push(release);
            }
        }
    });
    let traps: Vec<String> = traps.iter().map(|(name, releases)| format!("{name} in {}", list(releases))).collect();
    assert!(traps.is_empty(), "not implemented: {traps:#?}");
    assert!(unknown.is_empty(), "in no claimed release: {unknown:#?}");
}
