//! What the kernel and our own kext call of each other in the sequences A to K of `vm-test/scenarios/files` is what is committed
//! in `golden/`, step by step. `SNAPSHOTS=overwrite cargo test -p loopflower --test golden` writes those anew; look at what that
//! changes before it is committed.
//!
//! They are traces without times, with threads and objects counted by kind as they come, and without what says nothing of a
//! sequence: libkern's collections, what a driver says of each of its many formats and controls, and all IO cycles but the
//! first behind each other event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::{Assert, Data};
use tempfile::TempDir;
use trace_views::Numbers;

const SEQUENCES: [&str; 11] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];
/// What is left out of the traces.
const LEFT_OUT: [&str; 23] = [
    "OS[A-Z]*::*",
    "*::MetaClass::*",
    "*::getMetaClass",
    "*::retain",
    "*::release",
    "*::isInactive",
    "*::copyProperty",
    "*::getProperty",
    "*::setProperty",
    "IOAudioStream::addAvailableFormat",
    "IOAudio*Control",
    "*::addDefaultAudioControl",
    "*::getSampleRate",
    "*Lock*",
    "*Aligned",
    "clock_*",
    "*absolutetime*",
    "IOTimerEventSource::*Timeout",
    "IOTimerEventSource::wakeAtTime",
    "mem*",
    "str*",
    "*bzero",
    "IOLog",
];
/// Functions of the driver that IO calls again and again.
const IO: [&str; 4] = ["clipOutputSamples", "convertInputSamples", "eraseOutputSamples", "getCurrentSampleFrame"];
/// Those that are about where time is in a lap, which is as little part of a sequence as the time is.
const POSITION: [&str; 2] = ["::eraseOutputSamples", "::getCurrentSampleFrame"];
/// Where a driver is loaded and unloaded in full. Elsewhere what the kernel calls of it must do.
const FULL: &str = "A";
/// Columns of a line for the thread.
const THREAD: usize = 15;

#[test]
fn every_sequence_is_as_committed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("trace.txt");
    let filter = LEFT_OUT.map(|pattern| format!("!{pattern}")).join(",");
    let mut run = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    run.args(["run", "--machine", "hosted", "--os", "10.9", "--trace-filter", &filter, "--trace"]).arg(&path);
    let done = run.args(SEQUENCES.iter().flat_map(|name| ["--scenario", name])).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&[done.stdout, done.stderr].concat()));
    let trace = fs::read_to_string(path).unwrap();
    let found = sequences(&trace);
    assert!(found.keys().eq(&SEQUENCES), "one boot was not enough: {:?}", found.keys());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let assert = Assert::new().action_env("SNAPSHOTS");
    let differences = found.iter().filter_map(|(name, text)| {
        let committed = Data::read_from(&golden.join(format!("{name}.txt")), None).raw();
        assert.try_eq(Some(name), Data::text(text.as_str()), committed).err().map(|why| why.to_string())
    });
    let differences: Vec<String> = differences.collect();
    assert!(
        differences.is_empty(),
        "{}\nIf that is as it should be: SNAPSHOTS=overwrite cargo test -p loopflower --test golden",
        differences.join("\n")
    );
}

/// The sequences in a trace, by name, as they are committed.
fn sequences(trace: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, Sequence> = BTreeMap::new();
    let mut current = None;
    for line in trace.lines() {
        let (_, line) = line.split_once(' ').unwrap();
        if let Some((name, _)) = line.strip_prefix("-- ").and_then(|step| step.split_once(':')) {
            current = Some(name);
        }
        if let Some(name) = current {
            found.entry(name).or_insert_with(|| Sequence { is_full: name == FULL, ..Sequence::default() }).add(line);
        }
    }
    found.into_iter().map(|(name, sequence)| (name, sequence.text)).collect()
}

/// One sequence as it is committed.
#[derive(Default)]
struct Sequence {
    text: String,
    is_full: bool,
    /// Whether the step is one in which a driver is loaded or unloaded.
    is_load: bool,
    /// Calls of IO since the last other event.
    seen: BTreeSet<String>,
    numbers: Numbers,
}

impl Sequence {
    /// Adds a line without its time.
    fn add(&mut self, line: &str) {
        if let Some(step) = line.strip_prefix("-- ") {
            let (_, words) = step.split_once(' ').unwrap();
            self.is_load = words.starts_with("load") || words == "unload";
            self.seen.clear();
            self.text.extend([step, "\n"]);
            return;
        }
        let (thread, call) = line.split_at(THREAD);
        let is_entered = call.trim_start().starts_with(['<', '>']);
        if self.is_load && !self.is_full && !is_entered {
            return;
        }
        match IO.iter().find(|name| call.contains(&format!("::{name}"))) {
            Some(name) if !self.seen.insert(format!("{thread}{name}")) => return,
            Some(_) => {}
            None => self.seen.clear(),
        }
        let (kind, number) = thread.trim_end().rsplit_once(' ').unwrap();
        let thread = format!("{kind} {}", self.numbers.number(kind, number));
        let position = POSITION.iter().find_map(|name| Some(call.find(name)? + name.len()));
        let call =
            self.numbers.renumbered(&call[..position.unwrap_or(call.len())]).replace("org_loopflower_driver_", "");
        writeln!(self.text, "  {thread:<12} {call}").unwrap();
    }
}
