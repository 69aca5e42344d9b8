//! The book's pages of tables say what the tables say. After a change of these:
//! `SNAPSHOTS=overwrite cargo test -p research --test pages`.

use std::path::Path;

use snapbox::{Data, assert_data_eq, file};

#[test]
fn the_page_of_the_map_is_current() {
    assert_data_eq!(research::pages::map(), file!["../../book/pages/map.md"]);
}

#[test]
fn the_page_of_the_timeline_is_current() {
    assert_data_eq!(research::pages::history().unwrap(), file!["../../book/pages/timeline.md"]);
}

#[test]
fn every_release_has_its_page_in_the_book_and_it_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/pages");
    let summary = std::fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
    for release in research::steps::pages() {
        let page = folder.join(format!("macos-{release}.md"));
        assert_data_eq!(research::steps::page(release), Data::read_from(&page, None));
        assert!(summary.contains(&format!("(macos-{release}.md)")), "{release} is not in the summary");
    }
}
