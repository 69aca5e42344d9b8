//! The counts as tables.

use maud::{Markup, html};

use crate::tally::{Edge, functions as counted};
use crate::trace::{Trace, Way};

/// How often each function was called.
pub fn functions(trace: &Trace) -> Markup {
    html! {
        p { "The same for programs: " a href="functions.csv" { "functions.csv" } "." }
        div.wide {
            table {
                thead { tr { th.number { "calls" } th { "way" } th { "function" } th { "threads" } } }
                tbody {
                    @for function in counted(trace) {
                        tr {
                            td.number { (function.calls) }
                            td { (way(function.way)) }
                            td { code { (function.name) } }
                            td { (function.threads.iter().map(String::as_str).collect::<Vec<_>>().join(", ")) }
                        }
                    }
                }
            }
        }
    }
}

/// Who called whom: a list of callers, each with what it called.
pub fn edges(trace: &Trace) -> Markup {
    let edges = crate::tally::edges(trace);
    html! {
        p {
            "A thread of the kernel calls the driver; a function of the driver calls the kernel, and what it calls may call back. "
            "For programs: " a href="edges.csv" { "edges.csv" } "."
        }
        @for of_one in edges.chunk_by(|one, next| one.caller == next.caller) {
            details {
                summary { code { (of_one[0].caller) } " " span.quiet { (total(of_one)) } }
                ul {
                    @for edge in of_one {
                        li { span.number { (edge.calls) "×" } " " (way(edge.way)) " " code { (edge.callee) } }
                    }
                }
            }
        }
    }
}

fn total(edges: &[Edge]) -> String {
    let calls: usize = edges.iter().map(|edge| edge.calls).sum();
    format!("{} of {}", number_of(calls, "call"), number_of(edges.len(), "function"))
}

/// "1 call", "2 calls".
pub fn number_of(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn way(way: Way) -> Markup {
    match way {
        Way::In => html! { span.in { "in" } },
        Way::Out => html! { span.out { "out" } },
    }
}
