//! Kexts that need what some releases lack, audited: which release refuses each, and in which words.

use std::fs;
use std::path::{Path, PathBuf};

use abi::Release;
use kernel_build::{Entry, Kext};
use research::audit::{Audited, Options, audit};

const UNRESOLVED: &str = "The following symbols are unresolved for this kext:";

/// The corpus's kext without classes, with what `defined` brings into it, built below `place`.
fn executable(defined: &str, place: &Path) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sources = root.join("vm-test/witnesses/kexts/corpus");
    let kext = Kext {
        name: "plain".into(),
        identifier: "org.example.plain".into(),
        version: "1.0.0".into(),
        driver: None,
        cxx_sources: vec![sources.join("plain.cpp")],
        include_dirs: vec![root.join("kernel-bindings/include")],
        info_plist: PathBuf::new(),
        entry: Some(Entry { start: "corpus_start".into(), stop: "corpus_stop".into() }),
        exports: Vec::new(),
        rustflags: Vec::new(),
        cxxflags: vec![format!("-D{defined}")],
        source_root: sources,
        releases: Vec::new(),
        max_size: 0,
        target_dir: place.join("build"),
        out_dir: place.to_owned(),
    };
    kernel_build::executable(&kext).unwrap()
}

/// A bundle of it that names `libraries`.
fn bundle(place: &Path, executable: &[u8], libraries: &[&str]) -> PathBuf {
    let bundle = place.join("plain.kext");
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    fs::write(bundle.join("Contents/MacOS/plain"), executable).unwrap();
    let named = libraries.iter().map(|name| format!("<key>com.apple.kpi.{name}</key><string>8.0</string>"));
    let named = named.collect::<Vec<_>>().concat();
    let entry = |key: &str, text: &str| format!("<key>{key}</key><string>{text}</string>");
    let entries = [
        entry("CFBundleIdentifier", "org.example.plain"),
        entry("CFBundleVersion", "1.0.0"),
        entry("CFBundlePackageType", "KEXT"),
        entry("CFBundleExecutable", "plain"),
    ];
    let entries = entries.concat();
    let list = format!(
        "<plist version=\"1.0\"><dict>{entries}<key>OSBundleLibraries</key><dict>{named}</dict></dict></plist>"
    );
    fs::write(bundle.join("Contents/Info.plist"), list).unwrap();
    bundle
}

fn audited(bundle: &Path, releases: &[Release]) -> Audited {
    let options = Options { releases: releases.to_vec(), libraries: Vec::new(), host: &|_| false };
    audit(&[bundle.to_owned()], &options).unwrap().bundles.remove(0)
}

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

#[test]
fn what_is_cut_or_flipped_is_told_and_does_no_harm() {
    let place = tempfile::tempdir().unwrap();
    let whole = executable("NOTHING", place.path());
    let releases = [Release::V10_6, Release::V11];
    for part in 0..5 {
        let path = bundle(place.path(), &whole[..whole.len() * part / 5], &["iokit"]);
        let cut = audited(&path, &releases);
        assert!(!cut.held() && cut.verdicts.iter().all(|verdict| verdict.outcome == "refused"), "{part}/5: {cut:?}");
    }
    // xorshift, from a seed that stays.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..10 {
        let mut flipped = whole.clone();
        for _ in 0..4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % flipped.len();
            flipped[at] ^= 1 << (random >> 61);
        }
        assert_eq!(audited(&bundle(place.path(), &flipped, &["iokit"]), &releases).verdicts.len(), 2);
    }
    let path = bundle(place.path(), &whole, &["iokit"]);
    fs::write(path.join("Contents/Info.plist"), b"<plist>").unwrap();
    let told = audited(&path, &releases);
    assert!(!told.held() && told.unreadable[0].starts_with("Info.plist: "), "{:?}", told.unreadable);
}
