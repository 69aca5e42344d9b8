//! A comparison for the terminal: no wider than 100 columns.

use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table, TableComponent};

use crate::{Cause, Change, Comparison, Dimension, Group, Subject, Verdict, number};

const WIDTH: u16 = 100;

/// The verdicts in short: a row for each dimension that was measured on at least one side.
pub fn table(comparison: &Comparison) -> String {
    let mut table = empty();
    table.set_header(["", "A", "B", "verdict"]);
    for dimension in Group::ALL.into_iter().flat_map(|group| comparison.group(group)) {
        if unmeasured(dimension) {
            continue;
        }
        let [a, b] = [&dimension.a, &dimension.b].map(|figure| number::brief(figure, &dimension.unit));
        let verdict = format!("{} {}", dimension.verdict.mark(), dimension.verdict.words());
        table.add_row([dimension.title.clone(), a, b, verdict]);
    }
    let mut text = String::new();
    for (letter, subject) in ["A", "B"].into_iter().zip(&comparison.subjects) {
        let Subject { name, version, kind, machine, seed, .. } = subject;
        let os = subject.os.as_ref().map(|os| format!("{os}, ")).unwrap_or_default();
        let named = format!("{name} {version}");
        let _ = writeln!(text, "{letter}  {}, {}\n   {os}{machine}, seed {seed}", named.trim_end(), kind.words());
    }
    let [a, b, same, differ, none] = count(comparison);
    let unmeasured = comparison.dimensions.iter().filter(|dimension| unmeasured(dimension)).count();
    let _ = writeln!(text, "\n{}\n", trimmed(&table));
    let _ =
        writeln!(text, "A better: {a}   B better: {b}   the same: {same}   differ: {differ}   not comparable: {none}");
    if unmeasured > 0 {
        let _ = writeln!(text, "{unmeasured} dimensions that were not measured on either side are not shown");
    }
    text
}

/// The changes from an older to a newer result, a row each.
pub fn changes(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "No figure changed beyond its tolerance.\n".to_owned();
    }
    let mut table = empty();
    table.set_header(["", "", "old", "new", "change"]);
    for change in changes {
        table.add_row([change.side, &change.title, &change.old, &change.new, change.direction.words()]);
    }
    trimmed(&table) + "\n"
}

/// How often each verdict was given: A is better, B is better, the same, they differ, not comparable.
pub(crate) fn count(comparison: &Comparison) -> [usize; 5] {
    [Verdict::AIsBetter, Verdict::BIsBetter, Verdict::Same, Verdict::Differ, Verdict::NotComparable]
        .map(|verdict| comparison.dimensions.iter().filter(|dimension| dimension.verdict == verdict).count())
}

/// Whether neither side was measured.
fn unmeasured(dimension: &Dimension) -> bool {
    [&dimension.a, &dimension.b]
        .into_iter()
        .all(|figure| figure.finding.as_ref().is_some_and(|finding| finding.cause == Cause::NotMeasured))
}

fn empty() -> Table {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table
}

/// The table without spaces at the ends of lines.
fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
