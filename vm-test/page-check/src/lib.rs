//! Looks at a page in headless Chromium, at the width of a desk and of a phone, for tests: whether it has to be scrolled
//! sideways, whether its texts are strong enough to be read, whether its scripts complain, and what a probe of the test's finds.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// The document that holds the page twice, and what looks at it.
const AROUND: &str = include_str!("around.html");

/// Colours that a user may prefer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Light text.
    Dark,
    /// Dark text.
    Light,
}

impl Scheme {
    /// Blink's number of it.
    fn number(self) -> u8 {
        match self {
            Scheme::Dark => 0,
            Scheme::Light => 1,
        }
    }
}

/// What is found of the HTML `page`, in one line: `SCHEME; PROBE PROBE; too wide LIST; pale LIST`, the lists being `none` where all is
/// well, and the probe's answers those at 1280 and at 390 pixels. `probe` is a JavaScript function of the page's window and document.
///
/// # Errors
/// Chromium is not installed, cannot be run, or a script complained; in words.
pub fn look(page: &str, scheme: Scheme, probe: &str) -> Result<String, String> {
    let quoted = page.replace('&', "&amp;").replace('"', "&quot;");
    let around = AROUND.replace("PROBE", probe).replace("PAGE", &quoted);
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    let path = folder.path().join("around.html");
    fs::write(&path, around).map_err(|why| why.to_string())?;
    let (found, complaints) = run(&path, folder.path(), scheme).map_err(|why| format!("chromium: {why}"))?;
    if complaints.contains("CONSOLE") {
        return Err(complaints);
    }
    let start = found.find("FOUND ").ok_or_else(|| format!("the script did not run: {complaints}"))?;
    Ok(found[start + 6..].lines().next().unwrap_or_default().to_owned())
}

/// What the page at `path` became, and what the browser said meanwhile.
fn run(path: &Path, folder: &Path, scheme: Scheme) -> io::Result<(String, String)> {
    let output = Command::new(browser()?)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=10000"])
        .args(["--enable-logging=stderr", "--window-size=1400,900"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--blink-settings=preferredColorScheme={}", scheme.number()))
        .arg(format!("file://{}", path.display()))
        .output()?;
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn browser() -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let missing = || io::Error::new(io::ErrorKind::NotFound, format!("none of {NAMES:?}: apt-get install chromium"));
    found.into_iter().find(|path| path.is_file()).ok_or_else(missing)
}
