//! The timeline: each thread's calls, nested, over the order of events.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use crate::trace::{Trace, Way};

/// The timeline, and what draws it.
pub fn view(trace: &Trace) -> Markup {
    html! {
        p {
            "From left to right in the order of events; in virtual time, code takes none. Drag to move, the wheel with Ctrl or the "
            "keys + and − to zoom, a double click to zoom in."
        }
        div.tools {
            button type="button" id="in" { "+" } button type="button" id="out" { "−" } button type="button" id="all" { "All" }
            label { "Find " input type="search" id="find" placeholder="clipOutputSamples"; }
            button type="button" id="next" { "Next" } span id="found" role="status" {}
        }
        canvas id="canvas" tabindex="0" aria-label="Timeline of calls by thread" {}
        pre id="said" aria-live="polite" { "Point at a call." }
        noscript { p { "The timeline needs scripts. The tables below do not." } }
        script type="application/json" id="trace" { (PreEscaped(data(trace))) }
        script { (PreEscaped(include_str!("timeline.js"))) }
    }
}

/// What the script draws: `names`, `texts`, `threads`, `steps` as `[event, text]`, and `calls` as `[thread, depth, begin, end, way,
/// name, text, at]`, where name and text are indices, way is 0 for in, and a call that never ended ends with the trace.
fn data(trace: &Trace) -> String {
    let (mut names, mut texts) = (Table::default(), Table::default());
    let calls: Vec<_> = trace
        .calls
        .iter()
        .map(|call| {
            let end = call.end.as_ref().map_or(trace.events, |end| end.event);
            let way = u8::from(call.way == Way::Out);
            let (name, text) = (names.index(&call.name), texts.index(&call.to_string()));
            json!([call.thread, call.depth, call.begin, end, way, name, text, call.at])
        })
        .collect();
    let data = json!({
        "events": trace.events,
        "threads": trace.threads.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "steps": trace.steps.iter().map(|step| json!([step.event, step.text])).collect::<Vec<_>>(),
        "names": names.all,
        "texts": texts.all,
        "calls": calls,
    });
    // Nothing in it may end the element that it stands in.
    data.to_string().replace('<', "\\u003c")
}

/// Texts that are told once.
#[derive(Default)]
struct Table {
    known: BTreeMap<String, usize>,
    all: Vec<String>,
}

impl Table {
    fn index(&mut self, text: &str) -> usize {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        self.all.push(text.to_owned());
        self.known.insert(text.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }
}
