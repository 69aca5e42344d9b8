//! Kexts that need what some releases lack, audited: which release refuses each, and in which words.

use abi::Release;

use super::kexts::{audited, bundle, executable};

const UNRESOLVED: &str = "The following symbols are unresolved for this kext:";

#[test]
fn each_release_refuses_what_it_lacks() {
    let both = ["iokit", "libkern"].as_slice();
    // What is defined, the libraries, the releases that link it, what the others miss, and where it is said to come from.
    for (defined, libraries, first, last, missed, library) in [
        ("NOTHING", both, Some("10.6"), Some("11"), "", "declared"),
        ("FUTURE", both, Some("10.12"), Some("11"), "_os_log_info_enabled", "declared"),
        ("REMOVED", both, Some("10.6"), Some("10.10"), "_IOKitResetTime", "declared"),
        ("RENAMED", both, Some("10.6"), Some("10.8"), "__ZN9IOService19_RESERVEDIOService0Ev", "declared"),
        ("PRIVATE", both, None, None, "_add_fsevent", "private"),
        ("NOWHERE", both, None, None, "_corpus_nowhere", "nowhere"),
        ("NOTHING", &["libkern"], None, None, "_IOLog", "undeclared"),
        ("NOTHING", &["iokit", "private"], None, None, "", "declared"),
        ("NOTHING", &["iokit", "nothing"], None, None, "", "declared"),
    ] {
        let place = tempfile::tempdir().unwrap();
        let path = bundle(place.path(), &executable(defined, place.path()), libraries);
        let found = audited(&path, Release::claimed());
        assert_eq!((found.minimum, found.maximum), (first, last), "{defined} {libraries:?}: {:?}", found.verdicts);
        for verdict in &found.verdicts {
            let said = verdict.message.join("\n");
            let takes = verdict.outcome == "links";
            let release: Release = verdict.release.parse().unwrap();
            let expected =
                first.is_some_and(|first| (first.parse().unwrap()..=last.unwrap().parse().unwrap()).contains(&release));
            assert_eq!(takes, expected, "{defined} on {release}: {said}");
            let words = match release {
                _ if takes => String::new(),
                _ if libraries.contains(&"private") => "Only Apple kexts may declare a dependency on".to_owned(),
                _ if libraries.contains(&"nothing") => "library kext com.apple.kpi.nothing not found.".to_owned(),
                Release::V11 => format!("Failed to bind '{missed}' in 'org.example.plain'"),
                _ => UNRESOLVED.to_owned(),
            };
            assert!(said.contains(&words) && (takes || said.contains(missed)), "{defined} on {release}: {said}");
        }
        assert!(
            missed.is_empty() || found.imports.iter().any(|it| it.symbol == missed && it.library == library),
            "{defined}: {:?}",
            found.imports
        );
        assert_eq!(found.held(), last == Some("11") && first == Some("10.6"));
    }
}
