//! Reading a trace in JSON lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::trace::{Call, End, Step, Thread, Trace, Way};
use crate::words::{short, word};

/// More calls than this make a page that no browser likes.
const MOST_CALLS: usize = 200_000;

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Call(Called),
    Return {
        #[serde(rename = "return")]
        call: u64,
        at: u64,
        // `null`, the null pointer, is a result too.
        #[serde(default, deserialize_with = "present")]
        result: Option<Value>,
    },
    Step {
        step: String,
        at: u64,
    },
}

#[derive(Deserialize)]
struct Called {
    call: u64,
    inside: Option<u64>,
    depth: u64,
    at: u64,
    thread: OfThread,
    way: OfWay,
    demangled: String,
    #[serde(default, deserialize_with = "present")]
    this: Option<Value>,
    arguments: Vec<Value>,
}

#[derive(Deserialize)]
struct OfThread {
    id: u64,
    class: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum OfWay {
    In,
    Out,
}

fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Reads the trace at `path`, as `--trace FILE.jsonl` writes it.
///
/// # Errors
/// [`Error::Usage`] for a file that is absent, is no trace, or has more than 200,000 calls in it.
pub fn read(path: &Path) -> Result<Trace, Error> {
    let name = path.display();
    let file = File::open(path).map_err(|why| Error::Usage(format!("{name}: {why}")))?;
    let mut reading = Reading::default();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let at = |why: String| Error::Usage(format!("{name}:{}: {why}", number + 1));
        let line = line.map_err(|why| at(why.to_string()))?;
        let line: Line = serde_json::from_str(&line).map_err(|_| {
            at("is no line of a trace; `loopflower run --trace FILE.jsonl` writes what can be read here".to_owned())
        })?;
        reading.add(line).map_err(at)?;
        if reading.trace.calls.len() > MOST_CALLS {
            return Err(Error::Usage(format!(
                "{name}: has more than {MOST_CALLS} calls; let fewer through with --trace-filter"
            )));
        }
    }
    Ok(reading.trace)
}

#[derive(Default)]
struct Reading {
    trace: Trace,
    /// Calls and threads by their numbers in the trace.
    calls: BTreeMap<u64, usize>,
    threads: BTreeMap<u64, usize>,
}

impl Reading {
    fn add(&mut self, line: Line) -> Result<(), String> {
        let event = self.trace.events;
        self.trace.events += 1;
        match line {
            Line::Step { step, at } => self.trace.steps.push(Step { event, at, text: step }),
            Line::Return { call, at, result } => {
                let index = *self.calls.get(&call).ok_or(format!("call {call} returns, and did not begin"))?;
                // What is not known of a result is no result.
                let result = result.filter(|result| result["place"] != "unknown").as_ref().map(word);
                self.trace.calls[index].end = Some(End { event, at, result });
            }
            Line::Call(called) => {
                let thread = *self.threads.entry(called.thread.id).or_insert_with(|| {
                    self.trace.threads.push(Thread { id: called.thread.id, class: called.thread.class });
                    self.trace.threads.len() - 1
                });
                if self.calls.insert(called.call, self.trace.calls.len()).is_some() {
                    return Err(format!("call {} begins twice", called.call));
                }
                self.trace.calls.push(Call {
                    id: called.call,
                    inside: called.inside.and_then(|outer| self.calls.get(&outer).copied()),
                    depth: called.depth,
                    thread,
                    at: called.at,
                    way: match called.way {
                        OfWay::In => Way::In,
                        OfWay::Out => Way::Out,
                    },
                    name: short(&called.demangled),
                    this: called.this.as_ref().map(word),
                    arguments: called.arguments.iter().map(word).collect(),
                    begin: event,
                    end: None,
                });
            }
        }
        Ok(())
    }
}
