//! The book builds, its links lead somewhere, and what it shows of traces is so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The sources of the pages, by name.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(Path::new(book::ROOT).join("pages")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

/// What stands in `html` as a link.
fn links(html: &str) -> impl Iterator<Item = &str> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_link_leads_to_a_page_or_to_a_site() {
    let out = TempDir::new().unwrap();
    // What `cargo xtask book` runs.
    let done = Command::new(env!("CARGO_BIN_EXE_book")).arg(out.path()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said.trim(), out.path().join("index.html").to_str().unwrap());
    let mut checked = 0;
    for (source, _) in pages().iter().filter(|(source, _)| !source.ends_with("SUMMARY.md")) {
        let page = out.path().join(source.file_name().unwrap()).with_extension("html");
        let html = fs::read_to_string(&page).unwrap_or_else(|why| panic!("{}: {why}", page.display()));
        for link in links(&html).filter(|link| !link.starts_with('#') && !link.contains("://")) {
            let target = out.path().join(link.split('#').next().unwrap());
            assert!(target.exists(), "{} has a link to {link}, which is not in the book", source.display());
            checked += 1;
        }
    }
    assert!(checked > pages().len(), "only {checked} links were found");
}

#[test]
fn what_is_shown_of_a_sequence_is_in_its_golden_trace_in_that_order() {
    let golden = Path::new(book::ROOT).join("../loopflower/tests/golden");
    let mut shown = 0;
    for (page, text) in pages() {
        for block in text.split("```text,trace-").skip(1) {
            let mut lines = block.split("```").next().unwrap().lines();
            let sequence = lines.next().unwrap();
            let trace = fs::read_to_string(golden.join(sequence).with_extension("txt")).unwrap();
            let mut rest = trace.lines();
            for line in lines {
                assert!(
                    rest.any(|had| had.trim() == line.trim()),
                    "{}: sequence {sequence} has no such line here: {line}",
                    page.display()
                );
                shown += 1;
            }
        }
    }
    assert!(shown > 40, "only {shown} lines of traces were found");
}

#[test]
fn what_is_said_of_the_comparison_s_figures_is_in_the_example() {
    let root = Path::new(book::ROOT);
    let page = fs::read_to_string(root.join("pages/comparison.md")).unwrap();
    let result = fs::read(root.join("../../vm-test/compare/example/result.json")).unwrap();
    let result: Value = serde_json::from_slice(&result).unwrap();
    let dimension = |id: &str| {
        let all = result["dimensions"].as_array().unwrap();
        all.iter().find(|dimension| dimension["id"] == id).unwrap_or_else(|| panic!("the example has no {id}"))
    };
    let recovery = &dimension("fault-recovery")["b"];
    let (time, cycle) = (recovery["value"].as_f64().unwrap(), recovery["details"][0]["value"].as_f64().unwrap());
    assert!((time / cycle - 3.0).abs() < 0.5, "{time} ms are not three cycles of {cycle} ms");
    assert!(page.contains(&format!("{time} ms later in virtual time, which is three IO cycles")), "{time}");
    assert_eq!(dimension("fault-reach")["a"]["text"], "the system");
    assert_eq!(dimension("io-instructions")["verdict"], "a-is-better", "the kext needs fewer");
    assert_ne!(dimension("late-write-tolerance")["verdict"], "same");
    for command in page.lines().filter_map(|line| line.split_once("--only ")).map(|(_, rest)| rest) {
        command.split_whitespace().next().unwrap().split(',').for_each(|id| assert!(dimension(id)["id"] == id));
    }
}
