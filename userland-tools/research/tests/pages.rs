//! The book's pages of tables say what the tables say. After a change of these:
//! `SNAPSHOTS=overwrite cargo test -p research --test pages`.

use snapbox::{assert_data_eq, file};

#[test]
fn the_page_of_the_map_is_current() {
    assert_data_eq!(research::pages::map(), file!["../../book/pages/map.md"]);
}

#[test]
fn the_page_of_the_timeline_is_current() {
    assert_data_eq!(research::pages::history().unwrap(), file!["../../book/pages/timeline.md"]);
}
