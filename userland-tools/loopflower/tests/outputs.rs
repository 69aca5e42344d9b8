//! Files that are written beside a report: whole, or not at all, and the report is not lost for them.
//! What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use abi::Release;
use runner::machine::Hosted;
use runner::run::{Aids, Options, Task, run_with};
use runner::trace::{Filter, Format, Wanted};
use tempfile::TempDir;

const COMMAND: &str = env!("CARGO_BIN_EXE_loopflower");

fn kext() -> PathBuf {
    Path::new(COMMAND).ancestors().nth(2).unwrap().join("kext/Loopflower.kext")
}

#[test]
fn two_runs_into_one_trace_do_not_mix() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("trace.jsonl");
    let runs = ["1", "2", "3", "4"].map(|seed| {
        let mut run = Command::new(COMMAND);
        run.args(["run", "--machine", "hosted", "--scenario", "load", "--seed", seed, "--trace"]).arg(&path);
        run.stdout(Stdio::null()).spawn().unwrap()
    });
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let trace = fs::read_to_string(&path).unwrap();
    let calls = trace.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let numbers: Vec<u64> = calls.filter_map(|line| line["call"].as_u64()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "calls of one run, each once and in order");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
}

#[test]
fn a_report_is_there_even_if_what_goes_beside_it_cannot_be_written_in_the_end() {
    let folder = TempDir::new().unwrap();
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let file = |name: &str| gone.join(name);
    let trace = Wanted { path: file("trace.txt"), format: Format::Text, filter: Filter::default() };
    let task = Task::Loop { input: None, output: file("out.wav"), io_frames: 512, through: None };
    let (os, boot_args) = (Release::V10_9, String::new());
    let options = Options { kext: kext(), libraries: Vec::new(), os, seed: 1, boot_args, timeout: 60, task };
    let mut machine = Hosted::new(COMMAND.into(), vec!["__machine".to_owned()]);
    let aids = Aids { trace: Some(trace), ..Aids::default() };
    let finished = run_with(&options, &aids, &mut machine, &mut |_, _| _ = fs::remove_dir_all(&gone)).unwrap();
    assert!(finished.report.held && finished.sounds.is_some(), "{:?}", finished.report.failures);
    let why = finished.unwritten.unwrap();
    assert!(why.to_string().contains("trace.txt: cannot be written") && why.exit_code() == 1, "{why}");
}
