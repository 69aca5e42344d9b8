//! What differs between two traces.

use std::fmt::Write;

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::numbers::Numbers;
use crate::trace::{Trace, Way};

/// Lines around a change that are the same.
const CONTEXT: usize = 3;

/// What differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Lines that only the first trace has.
    pub gone: usize,
    /// Lines that only the second has.
    pub come: usize,
    /// The lines that differ, with `-` and `+` in front, among their neighbours.
    pub text: String,
}

/// Compares two traces by what was called in which order, on what kind of thread, with which arguments and result. Times count
/// for nothing; threads and objects are known by how many of their kind came before them.
pub fn difference(old: &Trace, new: &Trace) -> Difference {
    let (old, new) = (lines(old), lines(new));
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(&old, &new);
    let mut found = Difference::default();
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => found.gone += 1,
            ChangeTag::Insert => found.come += 1,
            ChangeTag::Equal => {}
        }
    }
    found.text = diff.unified_diff().context_radius(CONTEXT).to_string();
    found
}

/// The trace as lines that can be compared.
fn lines(trace: &Trace) -> String {
    let mut numbers = Numbers::default();
    let mut events: Vec<(usize, String)> =
        trace.steps.iter().map(|step| (step.event, format!("-- {}", step.text))).collect();
    for call in &trace.calls {
        let thread = &trace.threads[call.thread];
        let thread = format!("{} {}", thread.class, numbers.number(&thread.class, &thread.id.to_string()));
        let mark = if call.way == Way::In { "> " } else { "" };
        let indent = 2 * usize::try_from(call.depth).unwrap_or_default();
        events
            .push((call.begin, format!("{thread:<12} {:indent$}{mark}{}", "", numbers.renumbered(&call.to_string()))));
    }
    events.sort_by_key(|(event, _)| *event);
    let mut text = String::new();
    for (_, line) in events {
        let _ = writeln!(text, "{line}");
    }
    text
}
