//! The page: the timeline, one IO cycle, the counts, and who calls whom. It is one file and loads nothing.

mod sequence;
mod tables;
mod timeline;

use maud::{DOCTYPE, PreEscaped, html};

use crate::cycle::cycle;
use crate::trace::Trace;

/// Nothing is loaded, and no script runs but the page's own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The page of a trace of `title`.
pub fn page(trace: &Trace, title: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Trace of " (title) }
                style { (PreEscaped(include_str!("page/style.css"))) }
            }
            body {
                header {
                    h1 { "Trace of " (title) }
                    p {
                        (tables::number_of(trace.calls.len(), "call")) " over the driver's boundary on "
                        (tables::number_of(trace.threads.len(), "thread")) ", in " (seconds(trace.duration())) " of virtual time."
                    }
                    nav {
                        a href="#timeline" { "Timeline" } " "
                        a href="#cycle" { "One IO cycle" } " "
                        a href="#functions" { "Functions" } " "
                        a href="#edges" { "Who calls whom" }
                    }
                }
                main {
                    section id="timeline" { h2 { "Timeline" } (timeline::view(trace)) }
                    section id="cycle" {
                        h2 { "One IO cycle" }
                        @match cycle(trace) {
                            Some(cycle) => (sequence::view(trace, &cycle)),
                            None => p { "No thread called the driver in two cycles of IO." },
                        }
                    }
                    section id="functions" { h2 { "Functions" } (tables::functions(trace)) }
                    section id="edges" { h2 { "Who calls whom" } (tables::edges(trace)) }
                }
            }
        }
    };
    page.into_string() + "\n"
}

/// A virtual time in seconds.
fn seconds(ns: u64) -> String {
    format!("{}.{:09} s", ns / 1_000_000_000, ns % 1_000_000_000)
}
