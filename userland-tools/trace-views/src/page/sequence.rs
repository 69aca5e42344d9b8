//! One IO cycle as a sequence diagram.

use maud::{Markup, html};

use super::seconds;
use crate::cycle::{Cycle, MOST};
use crate::trace::{Call, Trace, Way};

/// Sizes in pixels.
const COLUMN: usize = 190;
const ROW: usize = 24;
const HEAD: usize = 34;
const MARGIN: usize = 95;
const BEHIND: usize = 330;

/// The diagram: a line of life for each thread of the kernel that acts, one for the driver, and an arrow for each call.
pub fn view(trace: &Trace, cycle: &Cycle) -> Markup {
    let calls: Vec<&Call> = cycle.calls.iter().take(MOST).map(|&index| &trace.calls[index]).collect();
    let mut threads: Vec<usize> = Vec::new();
    for call in &calls {
        if !threads.contains(&call.thread) {
            threads.push(call.thread);
        }
    }
    let driver = threads.len();
    let column = |index: usize| MARGIN + index * COLUMN;
    let width = column(driver) + BEHIND;
    let height = HEAD + (calls.len() + 1) * ROW;
    let begin = calls.first().map_or(0, |call| call.at);
    html! {
        p {
            "Cycle " (cycle.number + 1) " of " (trace.threads[cycle.thread]) ", from its begin to the begin of its next one: "
            "the cycle of this trace with the most different calls in it. It begins at " (seconds(begin)) "."
            @if cycle.calls.len() > MOST { " The first " (MOST) " of its " (cycle.calls.len()) " calls are shown." }
        }
        div.wide {
            svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img"
                aria-label="Sequence diagram of one IO cycle" {
                @for (index, &thread) in threads.iter().enumerate() {
                    (life(column(index), height, &trace.threads[thread].to_string()))
                }
                (life(column(driver), height, "driver"))
                @for (row, call) in calls.iter().enumerate() {
                    @let kernel = threads.iter().position(|&thread| thread == call.thread).unwrap_or_default();
                    @let y = HEAD + (row + 1) * ROW;
                    @let (from, to) = match call.way {
                        Way::In => (column(kernel), column(driver)),
                        Way::Out => (column(driver), column(kernel)),
                    };
                    (arrow(call, from, to, y, call.at - begin))
                }
            }
        }
    }
}

fn life(x: usize, height: usize, name: &str) -> Markup {
    html! {
        line.life x1=(x) x2=(x) y1=(HEAD) y2=(height) {}
        text.name x=(x) y=(HEAD - 12) text-anchor="middle" { (name) }
    }
}

/// A call: its arrow, its name on the arrow, and behind the driver's line when it happened and what it returned.
fn arrow(call: &Call, from: usize, to: usize, y: usize, after: u64) -> Markup {
    let (left, right) = (from.min(to), from.max(to));
    let head = if to > from { to - 7 } else { to + 7 };
    let name = call.name.rsplit("::").next().unwrap_or(&call.name);
    // Which operation of IO it is, says a code among the arguments.
    let code = call.arguments.iter().find(|argument| argument.starts_with('\'')).map(|code| format!(" {code}"));
    let result = call.end.as_ref().and_then(|end| end.result.as_deref()).unwrap_or_default();
    let said = if result.is_empty() { String::new() } else { format!(" = {result}") };
    html! {
        g class=(match call.way { Way::In => "in", Way::Out => "out" }) {
            title { (call) }
            line x1=(from) x2=(to) y1=(y) y2=(y) {}
            path d=(format!("M{to} {y}L{head} {}L{head} {}z", y - 4, y + 4)) {}
            text x=(left.midpoint(right)) y=(y - 4) text-anchor="middle" { (name) (code.unwrap_or_default()) }
            text.quiet x=(from.max(to) + 8) y=(y + 4) { "+" (microseconds(after)) (said) }
        }
    }
}

fn microseconds(ns: u64) -> String {
    format!("{}.{:03} µs", ns / 1000, ns % 1000)
}
