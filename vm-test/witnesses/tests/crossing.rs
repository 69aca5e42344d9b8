//! Calls between two kexts that pass arguments and results in every way there is: recorded or not, all of it arrives. The kexts
//! are `bridge` and `walker` of the corpus.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::{Hosted, Machine, Vm};
use runner::run::{Aids, Options, Task, run_with};
use runner::trace::{Filter, Format, Wanted};
use witnesses::corpus::{Row, rows};

/// Wall-clock seconds after which a machine is stopped.
const TIMEOUT: u64 = 60;
/// What the trace must have of each kext's functions, called by the other.
const RECORDED: [(&str, &[&str]); 2] = [
    (
        "bridge",
        &[
            "bridge_sum",
            "bridge_pair",
            "bridge_mixed",
            "bridge_point",
            "bridge_large",
            "bridge_long_double",
            "bridge_all",
            "bridge_step",
            "BridgeBase::around",
            "BridgeBase::back",
            "BridgeBase::large",
            "BridgeBase::many",
        ],
    ),
    ("walker", &["BridgeWalker::back", "BridgeWalker::large"]),
];

fn main() -> ExitCode {
    be_machine_if_asked();
    let bundles = match bundles() {
        Ok(bundles) => bundles,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let trial = |(in_vm, os): (bool, Release)| {
        let (bundles, name) = (bundles.clone(), if in_vm { "vm" } else { "hosted" });
        Trial::test(format!("{name}::{os}"), move || crosses(&bundles, in_vm, os))
    };
    let places = [(false, Release::V10_6), (false, Release::V11), (true, Release::V10_9)];
    libtest_mimic::run(&Arguments::from_args(), places.into_iter().map(trial).collect()).exit_code()
}

/// Driver and library.
fn bundles() -> Result<(Row, [PathBuf; 2]), String> {
    let (rows, mut compiled) = (rows()?, BTreeMap::new());
    let place = target().join("witnesses/crossing");
    let mut build = |name: &str| {
        let row = rows.iter().find(|row| row.name == name).ok_or(format!("{name} is not in the corpus"))?;
        Ok::<_, String>((row.clone(), row.build(&rows, &place, &mut compiled)?))
    };
    let (_, bridge) = build("bridge")?;
    let (row, walker) = build("walker")?;
    Ok((row, [walker, bridge]))
}

fn crosses((row, [walker, bridge]): &(Row, [PathBuf; 2]), in_vm: bool, os: Release) -> Result<(), Failed> {
    let options = Options {
        kext: walker.clone(),
        libraries: vec![bridge.clone()],
        os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task: Task::Load,
    };
    let logged = |aids: &Aids| -> Result<Vec<String>, Failed> {
        let mut machine: Box<dyn Machine> = if in_vm {
            Box::new(Vm::new(target().join("guest/guest.elf"))?)
        } else {
            Box::new(Hosted::of_this_program(MACHINE)?)
        };
        let report = run_with(&options, aids, machine.as_mut(), &mut |_, _| {})?.report;
        let text = |event: &Event| if let Event::Log { text, .. } = event { Some(text.clone()) } else { None };
        if report.held {
            Ok(report.events.iter().filter_map(text).collect())
        } else {
            Err(report.failures.join("\n").into())
        }
    };
    let path = target().join(format!("witnesses/crossing/{os}-{in_vm}.jsonl"));
    let wanted = Wanted { path: path.clone(), format: Format::Json, filter: Filter::default() };
    let (plain, traced) = (logged(&Aids::default())?, logged(&Aids { trace: Some(wanted), ..Aids::default() })?);
    if plain != row.words || traced != row.words {
        return Err(format!("without a trace {plain:#?}\nwith one {traced:#?}\nexpected {:#?}", row.words).into());
    }
    recorded(&std::fs::read_to_string(path)?)
}

/// Each function is in the trace with its end.
fn recorded(trace: &str) -> Result<(), Failed> {
    let (mut calls, mut ended) = (BTreeMap::new(), Vec::new());
    for line in trace.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        if let Some(number) = line["return"].as_u64() {
            ended.extend(calls.remove(&number));
        } else if let Some(number) = line["call"].as_u64() {
            let name = line["demangled"].as_str().or(line["function"].as_str()).unwrap_or_default();
            calls.insert(number, (line["image"].as_str().unwrap_or_default().to_owned(), name.to_owned()));
        }
    }
    for (image, functions) in RECORDED {
        let of_it = |name: &str| {
            ended.iter().any(|(of, called)| of == image && called.trim_start_matches('_').starts_with(name))
        };
        if let Some(missing) = functions.iter().find(|name| !of_it(name)) {
            return Err(format!("{missing} of {image} is not among {ended:?}; without an end: {calls:?}").into());
        }
    }
    if calls.is_empty() { Ok(()) } else { Err(format!("without an end: {calls:?}").into()) }
}
