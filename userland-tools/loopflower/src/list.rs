//! `loopflower scenarios`.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context;

use crate::arguments::Format;

/// Lists the scenarios.
pub fn list(format: Format) -> anyhow::Result<bool> {
    let mut text = String::new();
    for scenario in scenarios::ALL {
        match format {
            Format::Human => writeln!(text, "{:<8}{}", scenario.name, scenario.shows)?,
            Format::Json => {
                let line = serde_json::json!({ "name": scenario.name, "shows": scenario.shows });
                writeln!(text, "{line}")?;
            }
        }
    }
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the list")?;
    Ok(true)
}
