//! What the bench must report of a witness, in the words of its first comment.
//!
//! | directive | the report must have |
//! |---|---|
//! | `ends: 0` or `1` | that exit code |
//! | `log: TEXT` | a log line with TEXT in it |
//! | `refused: TEXT` | a refusal by the kernel with TEXT in it |
//! | `finding: TEXT` | a finding with TEXT in it; that a rule was broken reads "rule: what, on thread, in function; frames" |
//! | `panic: TEXT` | a panic whose reason has TEXT in it, and nothing after it |
//! | `hang: SYMBOL` | a stop at the timeout and the state of all threads, one of them in the kext's SYMBOL |
//! | `at: SYMBOL` | SYMBOL among the kext's functions in the panic's backtrace |
//! | `inside: NAME` | a panic inside the kernel function NAME |
//! | `left: CLASS` | an instance of CLASS left after unload |
//! | `left: N bytes` | N bytes of memory or more left after unload |
//!
//! `(vm)` or `(hosted)` after the key restricts a directive to one machine. What no directive asks for must not be there.

use protocol::event::{Broken, Event, Left, Panic, Thread};
use runner::conduct::Ending;
use runner::report::Report;

/// The directives of a witness.
#[derive(Clone, Debug, Default)]
pub struct Expectations(Vec<Directive>);

#[derive(Clone, Debug)]
struct Directive {
    key: Key,
    /// The only machine that it is for.
    machine: Option<String>,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Ends,
    Log,
    Refused,
    Finding,
    Panic,
    Hang,
    At,
    Inside,
    Left,
}

impl Expectations {
    /// Adds the directive `key: value`.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn add(&mut self, key: &str, value: &str) -> Result<(), String> {
        let (name, machine) = match key.split_once(" (") {
            Some((name, machine)) => (name, Some(machine.trim_end_matches(')').to_owned())),
            None => (key, None),
        };
        let key = match name {
            "ends" => Key::Ends,
            "log" => Key::Log,
            "refused" => Key::Refused,
            "finding" => Key::Finding,
            "panic" => Key::Panic,
            "hang" => Key::Hang,
            "at" => Key::At,
            "inside" => Key::Inside,
            "left" => Key::Left,
            _ => return Err(format!("there is no directive {name}")),
        };
        if machine.as_deref().is_some_and(|machine| !matches!(machine, "vm" | "hosted")) {
            return Err(format!("there is no such machine: {key:?} {machine:?}"));
        }
        self.0.push(Directive { key, machine, value: value.to_owned() });
        Ok(())
    }

    /// The exit code that the run must have.
    pub fn ends(&self) -> Option<u8> {
        self.0.iter().find(|directive| directive.key == Key::Ends)?.value.parse().ok()
    }

    /// Whether the run must end at its timeout.
    pub fn hangs(&self, machine: &str) -> bool {
        self.of(Key::Hang, machine).next().is_some()
    }

    fn of<'a>(&'a self, key: Key, machine: &'a str) -> impl Iterator<Item = &'a str> {
        let fits = move |directive: &&Directive| {
            directive.key == key && directive.machine.as_ref().is_none_or(|only| only == machine)
        };
        self.0.iter().filter(fits).map(|directive| directive.value.as_str())
    }

    /// What `report` lacks or has too much.
    pub fn compare(&self, report: &Report) -> Vec<String> {
        let found = Found::in_report(report);
        let of = |key| self.of(key, &report.machine);
        let mut wrong = Vec::new();
        let exit_code = u8::from(!report.held);
        if self.ends() != Some(exit_code) {
            wrong.push(format!("exit code {exit_code} ({})", report.verdict));
        }
        let findings = found.findings.iter().map(String::as_str).collect();
        for (key, texts) in [(Key::Log, &found.logs), (Key::Refused, &found.refusals), (Key::Finding, &findings)] {
            for wanted in of(key).filter(|wanted| !texts.iter().any(|text| text.contains(wanted))) {
                wrong.push(format!("no {key:?} with \"{wanted}\""));
            }
            if key != Key::Log && of(key).count() == 0 {
                wrong.extend(texts.iter().map(|text| format!("unexpected {key:?}: {text}")));
            }
        }
        wrong.extend(panicked(&of(Key::Panic).collect::<Vec<_>>(), of(Key::At), of(Key::Inside).next(), found.panic));
        wrong.extend(hung(of(Key::Hang).next(), found.hang, report.ending.as_ref()));
        wrong.extend(left(of(Key::Left).collect(), found.left));
        wrong.extend(report.foreign_lines.iter().map(|line| format!("no event: {line}")));
        if !report.complaints.is_empty() {
            wrong.push(format!("the machine complained: {}", report.complaints));
        }
        wrong
    }
}

/// What a report holds, by kind.
#[derive(Default)]
struct Found<'a> {
    logs: Vec<&'a str>,
    refusals: Vec<&'a str>,
    findings: Vec<String>,
    panic: Option<(&'a Panic, bool)>,
    hang: Option<&'a [Thread]>,
    left: Option<&'a Left>,
}

impl<'a> Found<'a> {
    fn in_report(report: &'a Report) -> Found<'a> {
        let mut found = Found::default();
        for (place, event) in report.events.iter().enumerate() {
            match event {
                Event::Log { text, .. } => found.logs.push(text),
                Event::Refused { message } => found.refusals.push(message),
                Event::Finding { text } => found.findings.push(text.clone()),
                Event::Broken(broken) => found.findings.push(broken_words(broken)),
                Event::Panic(panic) => found.panic = Some((panic, place + 1 == report.events.len())),
                Event::Hang { threads } => found.hang = Some(threads),
                Event::Left(left) => found.left = Some(left),
                _ => {}
            }
        }
        found
    }
}

/// A rule that was broken as the directives see it. What every one must name is here; one that does not is no such finding.
fn broken_words(broken: &Broken) -> String {
    let Broken { rule, text, thread, function, backtrace, .. } = broken;
    let function = function.as_deref().unwrap_or("no function");
    format!("{rule}: {text}, on {thread}, in {function}; {}", backtrace.join(" < "))
}

fn panicked<'a>(
    reasons: &[&str],
    functions: impl Iterator<Item = &'a str>,
    inside: Option<&str>,
    panic: Option<(&Panic, bool)>,
) -> Vec<String> {
    let (panic, is_last) = match (reasons, panic) {
        ([], None) => return Vec::new(),
        ([], Some((panic, _))) => return vec![format!("unexpected panic: {} {:?}", panic.reason, panic.backtrace)],
        ([reason, ..], None) => return vec![format!("no panic with \"{reason}\"")],
        (_, Some(panic)) => panic,
    };
    let mut wrong = Vec::new();
    for reason in reasons.iter().filter(|reason| !panic.reason.contains(**reason)) {
        wrong.push(format!("the panic's reason is \"{}\", not \"{reason}\"", panic.reason));
    }
    for function in functions.filter(|function| !panic.backtrace.iter().any(|frame| frame.contains(function))) {
        wrong.push(format!("{function} is not in the backtrace {:?}", panic.backtrace));
    }
    if inside.is_some() && panic.inside.as_deref() != inside {
        wrong.push(format!("the panic was inside {:?}, not {inside:?}", panic.inside));
    }
    if !is_last {
        wrong.push("the machine went on after the panic".to_owned());
    }
    wrong
}

fn hung(function: Option<&str>, threads: Option<&[Thread]>, ending: Option<&Ending>) -> Vec<String> {
    let Some(function) = function else {
        return threads.map(|threads| format!("unexpected hang: {threads:?}")).into_iter().collect();
    };
    let Some(threads) = threads else { return vec!["no state of the threads".to_owned()] };
    let mut wrong = Vec::new();
    if ending != Some(&Ending::TimedOut) {
        wrong.push(format!("the run ended with {ending:?}, not at the timeout"));
    }
    let in_it = |thread: &Thread| thread.backtrace.iter().any(|frame| frame.contains(function));
    if !threads.iter().any(in_it) || threads.len() < 2 {
        wrong.push(format!("no thread of several is in {function}: {threads:?}"));
    }
    wrong
}

fn left(wanted: Vec<&str>, left: Option<&Left>) -> Vec<String> {
    let nothing = Left::default();
    let left = left.unwrap_or(&nothing);
    if wanted.is_empty() && *left != nothing {
        return vec![format!("unexpected: {left:?}")];
    }
    let is_there = |wanted: &&str| match wanted.strip_suffix(" bytes").map(str::parse::<u64>) {
        Some(bytes) => bytes.is_ok_and(|bytes| left.bytes >= bytes && left.blocks > 0),
        None => left.objects.iter().any(|(class, count)| class == wanted && *count == 1),
    };
    wanted
        .into_iter()
        .filter(|wanted| !is_there(wanted))
        .map(|wanted| format!("no {wanted} is left: {left:?}"))
        .collect()
}
