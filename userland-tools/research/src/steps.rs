//! The steps on a test guest of a release: preparing, installing, loading, looping, removing; what differs there and what fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::advice::{Statement, statements};
use crate::install::DRIVERS;
use crate::sheet::{entries, named, rows};
use crate::text::{WIDTH, wrapped};
use crate::timeline::said;
use crate::version::{Period, Version};

const STEPS: &str = include_str!("../data/steps.tsv");

/// The steps in their order, as the table and as people call them.
const NAMES: [(&str, &str); 10] = [
    ("prepare", "Prepare the guest"),
    ("check", "Check it from Linux"),
    ("install", "Install"),
    ("load", "Load"),
    ("see", "See"),
    ("loop", "Loop"),
    ("unload", "Unload"),
    ("uninstall", "Uninstall"),
    ("differs", "What differs in the audio family"),
    ("fails", "What is known to fail"),
];

/// The kinds of rows: words, and commands by where they are typed, with what is said of that.
const PLACES: [(&str, &str); 4] =
    [("say", ""), ("type", "in the guest"), ("recovery", "in Recovery's Terminal"), ("linux", "on Linux")];

/// The releases that have a page of their own, oldest first; the last one's is about all that came later, too.
const PAGES: [&str; 12] =
    ["10.6", "10.7", "10.8", "10.9", "10.10", "10.11", "10.12", "10.13", "10.14", "10.15", "11", LATER];
/// The first release that nothing is known of whether kexts load there.
const LATER: &str = "12";

/// A row of the table: something to type or to know.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The first version for which it holds.
    pub from: &'static str,
    /// The last; none while it still holds.
    pub to: Option<&'static str>,
    /// "prepare", "check", "install", "load", "see", "loop", "unload", "uninstall", "differs" or "fails".
    pub step: &'static str,
    /// "say": words; else a command, "type" in the guest, "recovery" in its Recovery, "linux" on the machine that builds.
    pub kind: &'static str,
    /// The words or the command.
    pub text: String,
    /// "inferred" from other facts, "reported" by others, or "unproven"; none where it is known.
    pub certainty: Option<&'static str>,
    /// Names of sources; none where it is about this project's own programs.
    pub sources: Vec<&'static str>,
}

impl Step {
    fn period(&self) -> Period {
        Period::of(self.from, self.to.unwrap_or(""))
    }
}

/// All rows, in the order of the file.
fn steps() -> impl Iterator<Item = Step> {
    let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    rows(STEPS).map(move |[from, to, step, kind, text, certainty, source]| Step {
        from,
        to: some(to),
        step,
        kind,
        text: text.to_owned(),
        certainty: some(certainty),
        sources: entries(source, ","),
    })
}

/// The releases that have a page, oldest first, "12" being for all from there on.
pub fn pages() -> impl Iterator<Item = &'static str> {
    PAGES.into_iter()
}

/// The release whose page is about `version`.
pub(crate) fn page_of(version: &Version) -> &'static str {
    pages().find(|release| Period::of(release, release).touches(version)).unwrap_or(LATER)
}

/// What is to be done on a version, step by step, with its release in the commands.
pub(crate) fn on(version: &Version) -> Vec<Step> {
    let all = steps().filter(|step| step.period().touches(version));
    let mut all: Vec<Step> =
        all.map(|step| Step { text: step.text.replace("RELEASE", &version.to_string()), ..step }).collect();
    all.sort_by_key(|step| NAMES.iter().position(|(name, _)| *name == step.step));
    all
}

/// The steps as text for people.
pub(crate) fn listed(out: &mut String, version: &Version, steps: &[Step]) {
    let page = page_of(version);
    let _ = writeln!(out, "\nsteps on a test guest, not yet run on a Mac; in the book: macos-{page}");
    let mut last = "";
    for step in steps {
        let label = if step.step == last { "" } else { step.step };
        last = step.step;
        let part = Some(step.period().part_of(version)).filter(|part| !part.is_empty());
        let part = part.map(|part| format!("{part}: ")).unwrap_or_default();
        if step.kind == "say" {
            let text = format!("{part}{}{}", step.text, credits(step));
            for (index, line) in wrapped(&text, WIDTH - 12).iter().enumerate() {
                let label = if index == 0 { label } else { "" };
                let _ = writeln!(out, "  {label:9} {line}");
            }
        } else {
            let place = place(step.kind);
            let note = if step.kind == "type" { part } else { format!("{part}{place}: ") };
            let certainty = step.certainty.map(|certainty| format!("({certainty}) ")).unwrap_or_default();
            let _ = writeln!(out, "  {label:9} {note}{certainty}$ {}", step.text);
        }
    }
}

fn place(kind: &str) -> &'static str {
    PLACES.iter().find(|(name, _)| *name == kind).map_or("", |(_, place)| place)
}

/// How certain a row is, and where it is from.
fn credits(step: &Step) -> String {
    let sources = if step.sources.is_empty() { String::new() } else { format!(" [{}]", step.sources.join(", ")) };
    said(step.certainty) + &sources
}

/// The page of a release that [`pages`] has, as Markdown.
pub fn page(release: &str) -> String {
    let is_later = release == LATER;
    let about: Vec<Version> = Version::releases().filter(|version| page_of(version) == release).collect();
    let holds = |period: &Period| about.iter().any(|version| period.touches(version));
    let title = if is_later { format!("{release} and later") } else { release.to_owned() };
    let mut out = format!(
        "# A test guest of {title}\n\nNot yet run on a Mac. What was said by others and not tried is marked as reported, what nobody \
         could back as unproven. `loopflower install --check --os {release}` says the same, with sources; \
         [First run on a real Mac](first-run.md) tells where results belong.\n\n## What it asks for\n"
    );
    for (way, name) in DRIVERS {
        let of_it = statements().filter(|one| one.way == way && one.kind != "cannot" && holds(&one.period()));
        let of_it: Vec<Statement> = of_it.collect();
        let is_none = of_it.iter().all(|one| one.kind == "no");
        let _ = writeln!(out, "\n**{name}**\n");
        for one in of_it.iter().filter(|one| !is_none || one.kind == "no") {
            let arch = one.arch.map(|arch| if arch == "arm64" { "on Apple silicon: " } else { "on Intel: " });
            let when = part(&one.period(), &about);
            let sources = format!("{} [{}]", said(one.certainty), one.sources.join(", "));
            let _ = writeln!(out, "- *{}*: {}{when}{}{sources}", one.kind, arch.unwrap_or_default(), one.statement);
        }
    }
    let all: Vec<Step> = steps().filter(|step| holds(&step.period())).collect();
    for (name, title) in NAMES {
        let _ = writeln!(out, "\n## {title}");
        let of_it: Vec<&Step> = all.iter().filter(|step| step.step == name).collect();
        // Commands that follow each other in one place are one block, as long as the same is to be said of them.
        let heading = |step: &Step| (step.kind, part(&step.period(), &about), step.certainty);
        for run in of_it.chunk_by(|one, next| one.kind != "say" && heading(one) == heading(next)) {
            let when = part(&run[0].period(), &about);
            if run[0].kind == "say" {
                let _ = writeln!(out, "\n{when}{}{}", run[0].text, credits(run[0]));
                continue;
            }
            let _ = writeln!(out, "\n{when}{}{}:\n\n```text", place(run[0].kind), said(run[0].certainty));
            for step in run {
                // With several releases the reader fills the one at hand in.
                let text = if is_later { step.text.clone() } else { step.text.replace("RELEASE", release) };
                let _ = writeln!(out, "{text}");
            }
            out.push_str("```\n");
        }
    }
    out.push_str("\n## Sources\n\n");
    let said: BTreeSet<&str> = DRIVERS
        .iter()
        .flat_map(|(way, _)| statements().filter(move |one| one.way == *way && one.kind != "cannot"))
        .filter(|one| holds(&one.period()))
        .flat_map(|one| one.sources)
        .chain(all.iter().flat_map(|step| step.sources.iter().copied()))
        .collect();
    for source in named(said) {
        let _ = writeln!(out, "- {}: [{}]({})", source.source, source.what, source.place);
    }
    out
}

/// Which part of the releases of a page a period is, in words, with a colon behind it; nothing where it is all of them.
fn part(period: &Period, about: &[Version]) -> String {
    let from = about.first().filter(|first| period.from.begins_after(first)).map(|_| format!("from {}", period.from));
    let to = period.to.as_ref().filter(|to| about.last().is_some_and(|last| to.ends_before(last)));
    let words: Vec<String> = from.into_iter().chain(to.map(|to| format!("to {to}"))).collect();
    if words.is_empty() { String::new() } else { format!("{}: ", words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet;

    #[test]
    fn every_row_is_of_a_step_and_a_kind_and_its_sources_are_known() {
        let known: BTreeSet<&str> = sheet::sources().map(|source| source.source).collect();
        for step in steps() {
            assert!(NAMES.iter().any(|(name, _)| *name == step.step), "{step:?}");
            assert!(PLACES.iter().any(|(kind, _)| *kind == step.kind), "{step:?}");
            assert!([None, Some("inferred"), Some("reported"), Some("unproven")].contains(&step.certainty), "{step:?}");
            assert!(step.sources.iter().all(|source| known.contains(source)), "{step:?}");
            assert!(!step.text.is_empty());
            step.period();
        }
    }

    #[test]
    fn every_release_has_a_page_and_every_step_has_something_on_it() {
        for version in Version::releases() {
            let page = page_of(&version);
            assert!(pages().any(|one| one == page), "{version}");
            let all = on(&version);
            for (name, _) in NAMES {
                assert!(all.iter().any(|step| step.step == name), "{version} has nothing for {name}");
            }
        }
        assert_eq!(page_of(&Version::parse("10.14.5").unwrap()), "10.14");
        assert_eq!(page_of(&Version::parse("26").unwrap()), "12");
    }

    /// The table of ways says what a release asks for; the steps have the command for it there and nowhere else.
    #[test]
    fn the_commands_are_those_of_the_table_of_ways() {
        for version in Version::releases() {
            let needs: Vec<Statement> =
                statements().filter(|one| one.way == "kext" && one.period().touches(&version)).collect();
            let asks = |what: &str| needs.iter().any(|one| one.statement.contains(what));
            let commands: Vec<String> =
                on(&version).into_iter().filter(|step| step.kind != "say").map(|step| step.text).collect();
            let types = |what: &str| commands.iter().any(|command| command.contains(what));
            let has_kext = page_of(&version) != LATER;
            for (need, command) in [
                ("setkernelbootarchitecture x86_64", "setkernelbootarchitecture x86_64"),
                ("kext-dev-mode=1", "kext-dev-mode=1"),
                ("System Integrity Protection disabled", "csrutil disable"),
                ("kmutil load -p", "kmutil load -p"),
                ("; kextload", "kextload $K"),
                ("/System/Library/Extensions,", "K=/System/Library/Extensions"),
            ] {
                assert_eq!(asks(need) && has_kext, types(command), "{version}: {command}");
            }
        }
    }
}
