//! `loopflower scenarios`.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context;

use crate::arguments::Format;

/// Lists the scenarios.
pub fn list(format: Format) -> anyhow::Result<bool> {
    let mut text = String::new();
    let listed = scenarios::ALL.iter().map(|scenario| (scenario.name, scenario.shows.to_owned()));
    let files = scenarios::FILES.iter().map(|file| {
        let script =
            script::parse(file.name, file.text).with_context(|| format!("the built-in scenario {}", file.name))?;
        anyhow::Ok((file.name, script.shows))
    });
    for scenario in listed.map(Ok).chain(files) {
        let (name, shows) = scenario?;
        match format {
            Format::Human => writeln!(text, "{name:<8}{shows}")?,
            Format::Json => writeln!(text, "{}", serde_json::json!({ "name": name, "shows": shows }))?,
        }
    }
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the list")?;
    Ok(true)
}
