//! The timeline: what was deprecated, signed, approved and installed how, release by release.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::Error;
use crate::sheet::{self, Source, entries, rows};
use crate::text::{WIDTH, wrapped};
use crate::version::{Period, Version};

const TIMELINE: &str = include_str!("../data/timeline.tsv");

/// What happened, and as of when.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// The first version for which it holds.
    pub from: &'static str,
    /// The last; none while it still holds.
    pub to: Option<&'static str>,
    /// What it is about: "kext", "plug-in", "IOAudioFamily", "dext" (driver extension) or "capture".
    pub subject: &'static str,
    /// "available", "changed", "deprecated", "signing", "approval" or "install".
    pub kind: &'static str,
    /// What it is.
    pub what: &'static str,
    /// "reported" by others or "unproven"; none where it is known.
    pub certainty: Option<&'static str>,
    /// Names of sources.
    pub sources: Vec<&'static str>,
}

/// All events, in the order of the file: the oldest first.
pub fn events() -> impl Iterator<Item = Event> {
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    rows(TIMELINE).map(move |[from, to, subject, kind, what, certainty, source]| Event {
        from,
        to: some(to),
        subject,
        kind,
        what,
        certainty: some(certainty),
        sources: entries(source, ","),
    })
}

impl Event {
    fn period(&self) -> Period {
        Period::of(self.from, self.to.unwrap_or(""))
    }
}

/// The timeline, or what of it holds for a version. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// "loopflower kpi timeline 1".
    pub format: &'static str,
    /// The version, where one was given.
    pub os: Option<String>,
    /// What holds.
    pub events: Vec<Event>,
    /// Where it comes from.
    pub sources: Vec<Source>,
}

/// The whole timeline, or what holds for `os`.
///
/// # Errors
/// Nothing is known of `os`.
pub fn timeline(os: Option<&str>) -> Result<Timeline, Error> {
    let version = os.map(Version::parse).transpose()?;
    let holds = |event: &Event| version.as_ref().is_none_or(|version| event.period().touches(version));
    let events: Vec<Event> = events().filter(holds).collect();
    let sources = sheet::named(events.iter().flat_map(|event| event.sources.iter().copied()));
    Ok(Timeline { format: "loopflower kpi timeline 1", os: os.map(str::to_owned), events, sources })
}

impl fmt::Display for Timeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Columns before what an event is.
        const BEFORE: usize = 42;
        let mut out = String::new();
        let _ = writeln!(out, "{:8} {:6} {:14} {:11} what", "from", "to", "about", "kind");
        for event in &self.events {
            let text = format!("{}{} [{}]", event.what, said(event.certainty), event.sources.join(", "));
            let (to, mut lines) = (event.to.unwrap_or(""), wrapped(&text, WIDTH - BEFORE).into_iter());
            let first = lines.next().unwrap_or_default();
            let _ = writeln!(out, "{:8} {to:6} {:14} {:11} {first}", event.from, event.subject, event.kind);
            for line in lines {
                let _ = writeln!(out, "{:BEFORE$} {line}", "");
            }
        }
        list_sources(&mut out, &self.sources);
        formatter.write_str(&out)
    }
}

impl Timeline {
    /// The same as a page in Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| from | to | about | kind | what | source |\n|---|---|---|---|---|---|\n");
        for event in &self.events {
            let link = |name: &&str| match self.sources.iter().find(|source| source.source == *name) {
                Some(source) => format!("[{name}]({})", source.place),
                None => (*name).to_owned(),
            };
            let sources: Vec<String> = event.sources.iter().map(link).collect();
            let Event { from, to, subject, kind, what, certainty, .. } = event;
            let (to, said) = (to.unwrap_or(""), said(*certainty));
            let _ = writeln!(out, "| {from} | {to} | {subject} | {kind} | {what}{said} | {} |", sources.join(", "));
        }
        out
    }
}

/// How certain a statement is, to be put behind it.
pub fn said(certainty: Option<&str>) -> String {
    certainty.map(|certainty| format!(" ({certainty})")).unwrap_or_default()
}

/// The sources that statements name.
pub fn list_sources(out: &mut String, sources: &[Source]) {
    if !sources.is_empty() {
        out.push_str("\nsources\n");
    }
    for source in sources {
        let _ = writeln!(out, "  [{}] {}", source.source, source.what);
        let _ = writeln!(out, "      {}", source.place);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_a_version_a_kind_and_a_source_and_they_stand_in_order() {
        let known: BTreeSet<&str> = sheet::sources().map(|source| source.source).collect();
        let mut before: Option<Version> = None;
        for event in events() {
            let period = event.period();
            assert!(before.is_none_or(|before| !before.begins_after(&period.from)), "{event:?}");
            before = Some(period.from);
            assert!(["kext", "plug-in", "IOAudioFamily", "dext", "capture"].contains(&event.subject), "{event:?}");
            let kinds = ["available", "changed", "deprecated", "signing", "approval", "install"];
            assert!(kinds.contains(&event.kind), "{event:?}");
            assert!([None, Some("reported"), Some("unproven")].contains(&event.certainty), "{event:?}");
            assert!(
                !event.sources.is_empty() && event.sources.iter().all(|source| known.contains(source)),
                "{event:?}"
            );
        }
    }

    #[test]
    fn every_release_says_how_a_kext_is_signed_and_installed() {
        for release in Version::releases() {
            let of_it = timeline(Some(&release.to_string())).unwrap();
            for kind in ["signing", "install"] {
                assert!(of_it.events.iter().any(|one| one.subject == "kext" && one.kind == kind), "{release} {kind}");
            }
        }
    }

    #[test]
    fn a_page_has_a_line_for_each_event() {
        let whole = timeline(None).unwrap();
        assert_eq!(whole.markdown().lines().count(), whole.events.len() + 2);
        assert!(whole.markdown().contains("| 10.13 |  | kext | approval |"));
        assert!(timeline(Some("10.5")).is_err());
    }
}
