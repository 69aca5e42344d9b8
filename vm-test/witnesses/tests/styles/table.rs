//! What each scenario comes to on each kext: the committed table, and what a report says.

use std::fmt;

use abi::Release;
use protocol::event::Event;
use runner::conduct::Ending;
use runner::report::Report;

/// Our own kext, on which everything holds.
pub const OURS: &str = "loopflower";
/// The kexts in the table.
pub const STYLES: [&str; 2] = ["floret", "phantom"];

const TABLE: &str = include_str!("../styles.tsv");
/// What a panic of the bench's own begins with.
const BENCH_FAILED: &str = "the bench itself failed";

/// What a scenario comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Every check held.
    Held,
    /// A check failed, or the kext panicked; in words.
    Failed,
    /// The driver lacks what the scenario is about.
    NotApplicable,
    /// The bench failed, not the kext: it may not, whatever the kext does.
    Broken,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Held => "held",
            Outcome::Failed => "failed",
            Outcome::NotApplicable => "does not apply",
            Outcome::Broken => "BROKEN",
        })
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub kext: &'static str,
    pub scenario: &'static str,
    /// A machine, a release, or "all": the first line that fits counts.
    place: &'static str,
    pub outcome: Outcome,
    /// Part of what is said then; "" where it holds.
    said: &'static str,
    /// What in the driver is the reason; "" where it holds.
    pub why: &'static str,
}

/// All lines.
///
/// # Errors
/// One is none.
pub fn rows() -> Result<Vec<Row>, String> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

fn row(line: &'static str) -> Result<Row, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [kext, scenario, place, outcome, said, why] = match cells[..] {
        [kext, scenario, place, held] => [kext, scenario, place, held, "", ""],
        [kext, scenario, place, outcome, said, why] => [kext, scenario, place, outcome, said, why],
        _ => return Err(format!("styles.tsv: not four or six columns: {line}")),
    };
    let known = [Outcome::Held, Outcome::Failed, Outcome::NotApplicable];
    let outcome = known.into_iter().find(|known| known.to_string() == outcome);
    let outcome = outcome.ok_or_else(|| format!("styles.tsv: no outcome: {line}"))?;
    if [said, why].map(str::is_empty) != [outcome == Outcome::Held; 2] {
        return Err(format!("styles.tsv: what holds has no reason, all else has one: {line}"));
    }
    Ok(Row { kext, scenario, place, outcome, said, why })
}

/// The line for a kext, a scenario, a machine and a release.
///
/// # Errors
/// There is none.
pub fn expected(kext: &'static str, scenario: &'static str, machine: &str, os: Release) -> Result<Row, String> {
    if kext == OURS {
        return Ok(Row { kext, scenario, place: "all", outcome: Outcome::Held, said: "", why: "" });
    }
    let fits =
        |row: &Row| row.kext == kext && row.scenario == scenario && ["all", machine, os.name()].contains(&row.place);
    let row = rows()?.into_iter().find(fits);
    row.ok_or_else(|| format!("styles.tsv has no line for {kext}, {scenario}, {machine} {os}"))
}

/// What a report comes to.
pub fn outcome(report: &Report) -> Outcome {
    let by_the_bench = report.failures.iter().any(|failure| failure.contains(BENCH_FAILED));
    let said_its_end = matches!(report.ending, Some(Ending::Said { .. }));
    let lacks = report.events.iter().any(|event| matches!(event, Event::NotApplicable { .. }));
    if by_the_bench || !said_its_end || !report.foreign_lines.is_empty() {
        Outcome::Broken
    } else if !report.held {
        Outcome::Failed
    } else if lacks {
        Outcome::NotApplicable
    } else {
        Outcome::Held
    }
}

/// All that is wrong, the functions of the kext that a panic went through, or what the driver lacks.
pub fn said(report: &Report) -> Vec<String> {
    let mut said = report.failures.clone();
    for event in &report.events {
        match event {
            Event::Panic(panic) => said.extend(panic.backtrace.clone()),
            Event::NotApplicable { text } => said.push(text.clone()),
            _ => {}
        }
    }
    said
}

impl Row {
    /// What a report says other than this line does; `None` if it agrees.
    pub fn differs(&self, report: &Report) -> Option<String> {
        let (found, all_said) = (outcome(report), said(report));
        let agrees =
            found == self.outcome && (self.said.is_empty() || all_said.iter().any(|it| it.contains(self.said)));
        let Row { kext, scenario, outcome, said, .. } = self;
        let told = || {
            format!(
                "{scenario} on {kext}, {} {}: {found}, the table says {outcome} {said}; said was:\n{}",
                report.machine,
                report.os,
                all_said.join("\n")
            )
        };
        (!agrees).then(told)
    }
}
