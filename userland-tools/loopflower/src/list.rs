//! `loopflower scenarios`.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context;

use crate::arguments::{Format, only_of_plugins};
use crate::hosted;

/// Lists the scenarios.
pub fn list(format: Format) -> anyhow::Result<bool> {
    let mut text = String::new();
    let of_kexts = scenarios::ALL.iter().map(|scenario| (scenario.name, scenario.shows.to_owned()));
    let files = scenarios::FILES.iter().map(|file| {
        let script =
            script::parse(file.name, file.text).with_context(|| format!("the built-in scenario {}", file.name))?;
        anyhow::Ok((file.name, script.shows))
    });
    let of_plugins = only_of_plugins().map(|scenario| (scenario.name, scenario.shows.to_owned()));
    for scenario in of_kexts.map(Ok).chain(files).chain(of_plugins.map(Ok)) {
        let (name, shows) = scenario?;
        let kinds = kinds(name);
        match format {
            Format::Human => writeln!(text, "{name:<9}{:<13}{shows}", kinds.join("+"))?,
            Format::Json => writeln!(text, "{}", serde_json::json!({ "name": name, "for": kinds, "shows": shows }))?,
        }
    }
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the list")?;
    Ok(true)
}

/// The kinds of drivers that a scenario is for: "kext", "driver" (in user space).
fn kinds(name: &str) -> Vec<&'static str> {
    let of_plugins = hosted::SCENARIOS.iter().any(|scenario| scenario.name == name);
    let of_kexts = !only_of_plugins().any(|scenario| scenario.name == name);
    [("kext", of_kexts), ("driver", of_plugins)].into_iter().filter_map(|(kind, is)| is.then_some(kind)).collect()
}
