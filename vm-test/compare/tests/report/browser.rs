//! The page in a browser: headless Chromium, which writes what a script beside the page finds in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sample;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

#[test]
#[ignore = "needs Chromium (apt-get install chromium): cargo test -p compare --test report -- --ignored"]
fn the_page_is_sound_in_a_browser() {
    let directory = tempfile::tempdir().unwrap();
    sample::write(directory.path());
    let page = std::fs::read_to_string(directory.path().join("index.html")).unwrap();
    let quoted = page.replace('&', "&amp;").replace('"', "&quot;");
    let around = include_str!("browser.html").replace("PAGE", &quoted);
    let path = directory.path().join("around.html");
    std::fs::write(&path, around).unwrap();
    // Blink's numbers of the schemes.
    for (scheme, number) in [("dark", 0), ("light", 1)] {
        let (found, complaints) = look(&path, number);
        assert!(!complaints.contains("CONSOLE"), "{scheme}: {complaints}");
        let start = found.find("FOUND ").unwrap_or_else(|| panic!("{scheme}: the script did not run: {complaints}"));
        let found = found[start + 6..].lines().next().unwrap_or_default();
        assert_eq!(found, format!("{scheme}; plots 5 5; too wide none; pale none"));
    }
}

/// What the page at `path` became, and what the browser said meanwhile.
fn look(path: &Path, scheme: u8) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=10000"])
        .args(["--enable-logging=stderr", "--window-size=1400,900"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!("file://{}", path.display()))
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn browser() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|directory| NAMES.map(|name| directory.join(name)));
    found
        .into_iter()
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("none of {NAMES:?} is installed: apt-get install chromium"))
}
