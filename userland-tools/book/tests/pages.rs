//! The book builds, its links lead somewhere, and what it shows of traces is so.

use std::fs;
use std::path::{Path, PathBuf};

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
    book::build(out.path()).unwrap();
    let mut checked = 0;
    for (source, _) in pages().iter().filter(|(source, _)| !source.ends_with("SUMMARY.md")) {
        let page = out.path().join(source.file_stem().unwrap()).with_extension("html");
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
