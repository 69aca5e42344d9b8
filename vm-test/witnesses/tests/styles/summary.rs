//! The matrix in short: totals, and a table of what each scenario comes to on each kext and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use abi::Release;

use crate::conduct::all;
use crate::table::{OURS, Outcome, STYLES};

/// Where a kext is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// "hosted" or "vm".
    pub machine: &'static str,
    pub os: Release,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.machine, self.os)
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub kext: &'static str,
    pub scenario: &'static str,
    pub place: Place,
    pub outcome: Outcome,
    /// The table's reason, if it did not hold.
    pub why: &'static str,
}

const HEAD: &str = "\
# Three drivers on all scenarios

What `tests/styles.tsv` says, which has the words of each failure; the matrix of `tests/styles.rs` runs all of it and holds the runs
against that table. `loopflower` is ours; `floret` is a loopback driver of the old style, with the defects for which the scenarios
are named; `phantom` is a driver as for a sound card, which loops nothing back. No run failed by the bench's own fault.

";

/// Ours, and the drivers of the old styles.
pub fn kexts() -> [&'static str; 3] {
    [OURS, STYLES[0], STYLES[1]]
}

/// How many runs came to what, by machine and kext.
pub fn totals(runs: &[Run]) -> String {
    let mut text = String::from(
        "| machine | releases | kext | runs | held | failed | does not apply |\n|---|---|---|---|---|---|---|",
    );
    for machine in ["hosted", "vm"] {
        for kext in kexts() {
            let mine: Vec<&Run> = runs.iter().filter(|run| run.place.machine == machine && run.kext == kext).collect();
            if mine.is_empty() {
                continue;
            }
            let releases: BTreeSet<Release> = mine.iter().map(|run| run.place.os).collect();
            let releases: Vec<&str> = releases.into_iter().map(Release::name).collect();
            let count = |outcome| mine.iter().filter(|run| run.outcome == outcome).count();
            let _infallible = write!(
                text,
                "\n| {machine} | {} | {kext} | {} | {} | {} | {} |",
                releases.join(", "),
                mine.len(),
                count(Outcome::Held),
                count(Outcome::Failed),
                count(Outcome::NotApplicable)
            );
        }
    }
    text
}

/// The summary of runs.
///
/// # Errors
/// A kext has no run of a scenario.
pub fn summary(runs: &[Run]) -> Result<String, String> {
    let mut text = format!("{HEAD}{}\n\n| scenario |", totals(runs));
    let kexts: Vec<&str> = kexts().into_iter().filter(|kext| runs.iter().any(|run| run.kext == *kext)).collect();
    let _infallible = write!(text, " {} |\n|---|{}\n", kexts.join(" | "), "---|".repeat(kexts.len()));
    for scenario in all() {
        let _infallible = write!(text, "| {scenario} |");
        for kext in &kexts {
            let mine: Vec<&Run> = runs.iter().filter(|run| run.scenario == scenario && run.kext == *kext).collect();
            if mine.is_empty() {
                return Err(format!("{scenario} was not run on {kext}"));
            }
            let _infallible = write!(text, " {} |", cell(&mine));
        }
        text.push('\n');
    }
    Ok(text)
}

/// What most places have comes first, then where it is otherwise.
fn cell(runs: &[&Run]) -> String {
    let mut groups: BTreeMap<(Outcome, &str), BTreeSet<Place>> = BTreeMap::new();
    for run in runs {
        groups.entry((run.outcome, run.why)).or_default().insert(run.place);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    let everywhere: BTreeSet<Place> = runs.iter().map(|run| run.place).collect();
    let mut text = String::new();
    for (index, ((outcome, why), places)) in groups.iter().enumerate() {
        if index > 0 {
            let _infallible = write!(text, "; {}: ", place_names(places, &everywhere));
        }
        let _infallible = write!(text, "{outcome}{}{why}", if why.is_empty() { "" } else { ": " });
    }
    text
}

/// A machine's name for all of its places, a release's for all machines, else each place.
fn place_names(places: &BTreeSet<Place>, everywhere: &BTreeSet<Place>) -> String {
    let mut names = Vec::new();
    let mut rest = places.clone();
    for machine in ["hosted", "vm"] {
        let of_machine = |place: &&Place| place.machine == machine;
        let count = rest.iter().filter(of_machine).count();
        if count > 0 && count == everywhere.iter().filter(of_machine).count() {
            rest.retain(|place| place.machine != machine);
            names.push(machine.to_owned());
        }
    }
    while let Some(first) = rest.pop_first() {
        let same = |place: &&Place| place.os == first.os;
        if everywhere.iter().filter(same).count() == rest.iter().filter(same).count() + 1 {
            rest.retain(|place| place.os != first.os);
            names.push(first.os.to_string());
        } else {
            names.push(first.to_string());
        }
    }
    names.join(", ")
}
