//! Each release's linker, asked.

use std::collections::BTreeMap;

use abi::pack::Pack;
use kext_link::link::Library;
use kext_link::{PackLibrary, Rules};

use super::bundle::Bundle;
use super::{Finding, Rule};
use crate::library;

/// The address that the kext is linked for; any will do that is a kernel's.
const BASE: u64 = 0xffff_ff80_0100_0000;

/// What the linkers say, one finding for all releases that say the same.
pub(super) fn check(bundle: &Bundle, packs: &[&Pack<'_>]) -> Vec<Finding> {
    let mut said: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for pack in packs {
        for (problem, fix) in on_release(bundle, pack) {
            said.entry((problem, fix)).or_default().push(pack.release);
        }
    }
    said.into_iter()
        .map(|((problem, fix), releases)| {
            Finding::new(Rule::Link, format!("on {}: {problem}", releases.join(", ")), fix)
        })
        .collect()
}

/// What the linker of one release says, and what it gets wrong without a word: the problem and the way out.
fn on_release(bundle: &Bundle, pack: &Pack<'_>) -> Vec<(String, String)> {
    let Some(rules) = Rules::for_release(pack.release) else {
        return vec![("there are no rules for the linker of this release".into(), "leave it out of the audit".into())];
    };
    let names = bundle.list.libraries.iter().map(|(identifier, _)| identifier);
    let libraries: Vec<PackLibrary<'_>> = names.filter_map(|name| library::find(pack, name)).collect();
    let libraries: Vec<&dyn Library> = libraries.iter().map(|library| library as &dyn Library).collect();
    let faults = kext_link::check(&bundle.executable, &rules).into_iter();
    let mut said: Vec<(String, String)> = faults.map(|fault| (fault.message, fault.detail)).collect();
    match kext_link::link(&bundle.executable, &rules, &bundle.list.identifier, &libraries, BASE) {
        Err(refusal) => said.push((refusal.message, refusal.detail)),
        Ok(linked) => {
            let fix = "the linker takes the kext, but says so in the log of every Mac: mend what it names";
            said.extend(linked.warnings.into_iter().map(|warning| (warning, fix.to_owned())));
        }
    }
    said.sort();
    said.dedup();
    said
}
