//! The page in a browser.

use page_check::{Scheme, look};

use crate::sample;

/// How many plots are drawn: large enough, with both curves.
const PLOTS: &str = r#"(view, page) => [...page.querySelectorAll("svg")].filter((svg) => {
    const box = svg.getBoundingClientRect(), paths = [...svg.querySelectorAll("path")];
    return box.width > 200 && box.height > 100 && paths.length === 2
      && paths.every((path) => path.getTotalLength() >= 0 && !path.getAttribute("d").includes("NaN"));
  }).length"#;

#[test]
#[ignore = "needs Chromium (apt-get install chromium): cargo test -p compare --test report -- --ignored"]
fn the_page_is_sound_in_a_browser() {
    let directory = tempfile::tempdir().unwrap();
    sample::write(directory.path());
    let page = std::fs::read_to_string(directory.path().join("index.html")).unwrap();
    for (scheme, name) in [(Scheme::Dark, "dark"), (Scheme::Light, "light")] {
        assert_eq!(look(&page, scheme, PLOTS).unwrap(), format!("{name}; 5 5; too wide none; pale none"));
    }
}
