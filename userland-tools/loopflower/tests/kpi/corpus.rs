//! The audit of each kext of the corpus says what each release's kernel does: the same verdict, in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use abi::Release;
use serde_json::Value;
use tempfile::TempDir;
use witnesses::corpus::{Row, rows};

use super::{loopflower, text};

/// Kexts that their kernels link, and refuse afterwards: what that hangs on is known when they run.
const REFUSED_LATER: [&str; 2] = ["start fails", "the class again"];

/// Bundles by the names of the corpus's kexts.
fn build(rows: &[Row], place: &Path) -> BTreeMap<String, PathBuf> {
    let mut executables = BTreeMap::new();
    let mut bundles = BTreeMap::new();
    for row in rows {
        if !bundles.contains_key(&row.name) {
            bundles.insert(row.name.clone(), row.build(rows, place, &mut executables).unwrap());
        }
    }
    bundles
}

/// The audits of kexts with these libraries on all releases that have rules, each by its bundle's path.
fn audits(kexts: &[&PathBuf], libraries: &[&PathBuf]) -> BTreeMap<String, Value> {
    let mut arguments = vec!["kpi", "audit", "--os", "10.6..11", "--format", "json"];
    let path = |path: &'_ PathBuf| path.to_str().unwrap().to_owned();
    let (kexts, libraries): (Vec<String>, Vec<String>) =
        (kexts.iter().map(|it| path(it)).collect(), libraries.iter().map(|it| path(it)).collect());
    arguments.extend(kexts.iter().map(String::as_str));
    arguments.extend(libraries.iter().flat_map(|library| ["--library", library.as_str()]));
    let done = loopflower(&arguments);
    let audit: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|why| panic!("{why}: {}", text(&done)));
    let bundles = audit["bundles"].as_array().unwrap();
    let told: Vec<&str> = bundles.iter().map(|bundle| bundle["bundle"].as_str().unwrap()).collect();
    assert_eq!(told, kexts, "each bundle in the order in which it was given");
    let refused = bundles.iter().flat_map(|it| it["verdicts"].as_array().unwrap());
    let refused = refused.filter(|verdict| verdict["outcome"] == "refused" || verdict["outcome"] == "missing").count();
    let unread = bundles.iter().any(|it| it.to_string().contains("\"unreadable\":[\""));
    assert_eq!(done.status.code(), Some(i32::from(refused > 0 || unread)), "{}", text(&done));
    bundles.iter().map(|bundle| (bundle["bundle"].as_str().unwrap().to_owned(), bundle.clone())).collect()
}

#[test]
fn the_audit_says_of_the_corpus_what_each_kernel_does() {
    let rows = rows().unwrap();
    let place = TempDir::new().unwrap();
    let bundles = build(&rows, place.path());
    // Those with the same libraries are audited together.
    let mut groups: BTreeMap<&[String], Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        groups.entry(&row.with).or_default().push(row);
    }
    let mut judged = 0;
    let mut signed = BTreeSet::new();
    for (with, rows) in groups {
        let mut kexts: Vec<&PathBuf> = rows.iter().map(|row| &bundles[&row.name]).collect();
        kexts.dedup();
        let libraries: Vec<&PathBuf> = with.iter().map(|name| &bundles[name]).collect();
        let found = audits(&kexts, &libraries);
        for row in rows {
            let audit = &found[bundles[&row.name].to_str().unwrap()];
            judged += check(row, audit);
            let slices = audit["slices"].as_array().unwrap();
            signed.extend(slices.iter().any(|slice| slice["signed"] == true).then_some(row.name.as_str()));
        }
    }
    assert_eq!(signed.into_iter().collect::<Vec<_>>(), ["signed"]);
    assert!(judged > 350, "only {judged} verdicts");
}

/// Holds a row against the verdicts of the releases that it is for; returns how many those are.
fn check(row: &Row, audit: &Value) -> usize {
    let [first, last] = row.on;
    let verdicts = audit["verdicts"].as_array().unwrap().iter().filter(|verdict| verdict["arch"] == "x86_64");
    let here = verdicts.filter(|verdict| {
        let release: Release = verdict["release"].as_str().unwrap().parse().unwrap();
        (first..=last).contains(&release)
    });
    let mut judged = 0;
    for verdict in here {
        judged += 1;
        let name = format!("{} on {}", row.name, verdict["release"]);
        let links = verdict["outcome"] == "links" || verdict["outcome"] == "patched";
        let later = REFUSED_LATER.contains(&row.name.as_str());
        assert_eq!(links, row.loads || later, "{name}: {verdict}");
        if links {
            continue;
        }
        let said: Vec<&str> = verdict["message"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for words in &row.words {
            assert!(said.iter().any(|line| line.contains(words)), "{name}: \"{words}\" is not in {said:#?}");
        }
    }
    judged
}
