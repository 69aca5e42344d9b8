//! Traces of our own kext: one seed is one trace, machines agree, and JSON lines tell the same.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The trace of a run with these arguments.
fn trace(folder: &TempDir, file: &str, arguments: &[&str]) -> String {
    let path = folder.path().join(file);
    let output = folder.path().join("out.wav");
    let done = Command::new(env!("CARGO_BIN_EXE_loopflower"))
        .args(["run", "--trace", path.to_str().unwrap(), "--output", output.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&[done.stdout, done.stderr].concat()));
    fs::read_to_string(path).unwrap()
}

/// A trace without its times, by thread. Which thread is preempted where depends on the machine, and so does whether a call's
/// result stands on a line of its own: it does if another thread ran meanwhile.
fn by_thread(trace: &str) -> BTreeMap<String, Vec<String>> {
    let mut threads: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in trace.lines() {
        let (_, rest) = line.split_once(' ').unwrap();
        let (thread, call) = rest.split_at(15);
        let calls = threads.entry(thread.to_owned()).or_default();
        let depth = |call: &str| call.len() - call.trim_start().len();
        match calls.last_mut() {
            Some(last) if last.ends_with(')') && depth(last) == depth(call) && is_end_of(last, call) => {
                last.push_str(call.find(" = ").map_or("", |at| &call[at..]));
            }
            _ => calls.push(call.to_owned()),
        }
    }
    threads
}

/// Whether a line is the end of the call into the kext on the line before.
fn is_end_of(call: &str, end: &str) -> bool {
    call.trim_start().starts_with("> ") && end.trim_start().starts_with("< ") && !call.contains(" = ")
}

#[test]
fn one_seed_is_one_trace_and_machines_agree_on_what_each_thread_does() {
    let folder = TempDir::new().unwrap();
    let load = ["--scenario", "load", "--machine"];
    let hosted = trace(&folder, "first.txt", &[&load[..], &["hosted"]].concat());
    assert!(hosted == trace(&folder, "second.txt", &[&load[..], &["hosted"]].concat()), "hosted, twice");
    let vm = trace(&folder, "vm.txt", &[&load[..], &["vm"]].concat());
    assert_eq!(by_thread(&hosted), by_thread(&vm));
    assert!(!hosted.contains("0x2000") && !vm.contains("0xffffff"), "no addresses");
}

#[test]
fn json_lines_pair_calls_and_returns() {
    let folder = TempDir::new().unwrap();
    let lines = trace(&folder, "trace.jsonl", &["--scenario", "load", "--machine", "hosted"]);
    let mut open: BTreeMap<u64, Value> = BTreeMap::new();
    let mut start = None;
    for line in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if let Some(id) = line["call"].as_u64() {
            assert!(line["inside"].as_u64().is_none_or(|outer| open.contains_key(&outer)), "{line}");
            open.insert(id, line);
        } else {
            let call = open.remove(&line["return"].as_u64().unwrap()).expect("its call came before");
            if call["demangled"] == "org_loopflower_driver_Root::start(IOService*)" {
                start = Some((call, line));
            }
        }
    }
    assert!(open.is_empty(), "every call returned: {open:?}");
    let (call, end) = start.expect("the root was started");
    assert_eq!((&call["way"], &call["thread"]["class"]), (&"in".into(), &"matching".into()));
    assert_eq!((&call["this"]["class"], &end["result"]), (&"org_loopflower_driver_Root".into(), &true.into()));
    assert_eq!(call["arguments"][0]["class"], "IOResources");
}

#[test]
fn a_filter_that_lets_nothing_through_is_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("trace.txt");
    let done = Command::new(env!("CARGO_BIN_EXE_loopflower"))
        .args(["run", "--machine", "hosted", "--scenario", "load", "--trace-filter", "IOLgo", "--trace"])
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains(" calls: the filter lets none through)"), "{said}");
    assert_eq!(fs::read_to_string(path).unwrap(), "");
}
