//! OSBundleLibraries: which components a kext has to name, and at which versions.

use std::collections::{BTreeMap, BTreeSet};

use abi::pack::Pack;

use crate::version::Version;

/// The components that `imports` come from on the releases of `packs`, with a version that every release's component is
/// compatible with: identifier to version. Imports that a release does not export are left to its linker, which may put
/// another symbol in their place.
pub(crate) fn needed<'p>(imports: &[&str], packs: &[&'p Pack<'p>]) -> BTreeMap<&'p str, Version> {
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    // Where there is only one exporter there is no choice; the rest may then be covered already.
    for choice_allowed in [false, true] {
        for (pack, import) in packs.iter().flat_map(|pack| imports.iter().map(move |import| (pack, import))) {
            let exporters = exporters(pack, import);
            if exporters.iter().any(|exporter| chosen.contains(exporter)) || exporters.len() > 1 && !choice_allowed {
                continue;
            }
            // Apple promises nothing about these two.
            let last_resort = |exporter: &&str| exporter.ends_with(".unsupported") || exporter.ends_with(".private");
            chosen.extend(exporters.into_iter().min_by_key(|exporter| (last_resort(exporter), *exporter)));
        }
    }
    chosen.into_iter().filter_map(|identifier| Some((identifier, version_for(identifier, packs)?))).collect()
}

/// Identifiers of the components that export `import`.
fn exporters<'p>(pack: &Pack<'p>, import: &str) -> Vec<&'p str> {
    let Some(index) = pack.symbol(import) else { return Vec::new() };
    let components = pack.symbols[index as usize].exported_by.iter();
    components.map(|&component| pack.components[usize::from(component)].identifier).collect()
}

/// The lowest released version that no release's component calls too old.
fn version_for(identifier: &str, packs: &[&Pack<'_>]) -> Option<Version> {
    let components = packs.iter().flat_map(|pack| &pack.components);
    let compatible = components.filter(|component| component.identifier == identifier);
    compatible.filter_map(|component| component.compatible.parse::<Version>().ok()).max().map(Version::released)
}

#[cfg(test)]
mod tests {
    use abi::Release;

    use super::*;

    fn needed_on(imports: &[&str], releases: &[Release]) -> Vec<String> {
        let bytes: Vec<Vec<u8>> = releases.iter().map(|&release| abi::pack::build(release)).collect();
        let packs: Vec<Pack<'_>> = bytes.iter().map(|bytes| Pack::from_bytes(bytes).unwrap()).collect();
        let packs: Vec<&Pack<'_>> = packs.iter().collect();
        needed(imports, &packs).iter().map(|(identifier, version)| format!("{identifier} {version}")).collect()
    }

    #[test]
    fn only_what_is_used_is_named() {
        let all = Release::claimed();
        assert_eq!(needed_on(&[], all), [""; 0]);
        assert_eq!(needed_on(&["_IOLog"], all), ["com.apple.kpi.iokit 7.0"]);
        assert_eq!(needed_on(&["_memcpy", "_IOLog"], all), ["com.apple.kpi.iokit 7.0", "com.apple.kpi.libkern 8.0"]);
        assert_eq!(needed_on(&["__ZTV13IOAudioEngine"], all), ["com.apple.iokit.IOAudioFamily 1.1"]);
    }

    #[test]
    fn what_no_release_exports_is_not_covered() {
        assert_eq!(needed_on(&["_no_such_function"], Release::claimed()), [""; 0]);
        let pad = "__ZN9IOService20_RESERVEDIOService0Ev";
        assert_eq!(needed_on(&[pad], Release::claimed()).len(), 0);
    }
}
