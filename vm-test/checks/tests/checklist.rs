//! The tables of `ioaudio/tests/CHECKLIST.md` against the tests, the witnesses and QUIRKS.md that they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PITFALLS: usize = 21;
const CHECKS: usize = 28;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The rows below a heading of the document, as cells.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = read("vm-test/ioaudio/tests/CHECKLIST.md");
    let (_, section) = text.split_once(&format!("## {heading}\n")).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).map(|row| row.split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_28_checks_are_listed_as_they_run() {
    let source = read("vm-test/ioaudio/tests/checklist/main.rs");
    let (_, list) = source.split_once("\nchecks! {\n").unwrap();
    let run: Vec<(String, String)> = (list.lines().filter_map(|line| line.trim().split_once(" on [")))
        .map(|(name, rest)| (name.to_owned(), rest.split(']').next().unwrap_or_default().replace('"', "")))
        .collect();
    let listed: Vec<(String, String)> =
        rows("The 28 checks").into_iter().map(|row| (row[1].trim_matches('`').to_owned(), row[2].clone())).collect();
    assert_eq!((listed.len(), &listed), (CHECKS, &run));
}

#[test]
fn each_pitfall_has_a_test_or_a_row_of_quirks() {
    let quirks = read("QUIRKS.md");
    let pitfalls = rows("Pitfalls");
    assert_eq!(pitfalls.len(), PITFALLS);
    for row in pitfalls {
        let [pitfall, test, quirk] = &row[..] else { panic!("a pitfall is three cells: {row:?}") };
        assert!(!test.is_empty() || !quirk.is_empty(), "{pitfall}: neither");
        if let Some(scenario) = test.strip_prefix("scenario ") {
            let defects = read("vm-test/witnesses/tests/loopback.rs");
            assert!(defects.contains(&format!("    (\"{scenario}\", &[")), "{pitfall}: no driver fails {scenario}");
        } else if let Some((file, function)) = test.strip_prefix('`').and_then(|test| test.split_once("` ")) {
            let source = read(&format!("vm-test/ioaudio/tests/{file}"));
            let there = [format!("fn {function}("), format!("    {function} on [")];
            assert!(there.iter().any(|words| source.contains(words)), "{pitfall}: {file} has no {function}");
        } else {
            assert!(test.is_empty(), "{pitfall}: {test} is no test");
        }
        let there = quirk.is_empty() || quirks.contains(&format!("\n| {quirk}"));
        assert!(there, "{pitfall}: QUIRKS.md has no row that begins with {quirk}");
    }
}

#[test]
fn each_rule_has_a_kext_that_breaks_it() {
    let source = read("vm-test/kpi/src/checks.rs");
    let rules: BTreeSet<&str> = (source.lines().filter_map(|line| line.trim().split_once(" => \"")))
        .filter(|(rule, _)| rule.starts_with("Rule::"))
        .map(|(_, name)| name.trim_end_matches("\","))
        .collect();
    let sins = rows("Sins");
    let listed: BTreeSet<&str> = sins.iter().map(|row| row[0].as_str()).collect();
    assert!(rules.len() > 20, "{rules:?}");
    assert_eq!(rules.difference(&listed).collect::<Vec<_>>(), [&""; 0], "rules that are not listed");
    for row in &sins {
        for kext in row[1].split(", ").filter_map(|kext| kext.strip_prefix('`')?.strip_suffix('`')) {
            let source = read(&format!("vm-test/witnesses/kexts/{kext}.cpp"));
            let says = |line: &str| {
                ["// finding", "// panic"].iter().any(|key| line.starts_with(key))
                    && line.contains(&format!(": {}:", row[0]))
            };
            assert!(!rules.contains(row[0].as_str()) || source.lines().any(says), "{kext} is not told by {}", row[0]);
        }
    }
}
