//! Our own kext has none of the defects that scenarios look for. What these need is built by `cargo xtask build`; `cargo xtask
//! test` does that first.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Scenarios that do not hold yet: machine, scenario, reason.
const PENDING: &[(&str, &str, &str)] = &[];
/// Scenarios in which it matters that the VM interrupts a driver anywhere.
const INTERRUPTED: [&str; 4] = ["S5", "S6", "S7", "B3"];
/// Machines at a time.
const AT_A_TIME: usize = 2;

fn run(machine: &str, scenario: &str) -> Output {
    let arguments = ["run", "--machine", machine, "--scenario", scenario, "--timeout", "300"];
    Command::new(env!("CARGO_BIN_EXE_loopflower")).args(arguments).output().unwrap()
}

/// Runs scenarios; those that did not end as they must.
fn unexpected(machine: &str, names: &[&str]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(&name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let done = run(machine, name);
            let wanted = i32::from(PENDING.iter().any(|(on, pending, _)| *on == machine && *pending == name));
            if done.status.code() != Some(wanted) {
                let text = [&done.stdout[..], &done.stderr[..]].map(String::from_utf8_lossy).concat();
                wrong.push(format!("{name} on {machine} ended with {:?}, not {wanted}:\n{text}", done.status.code()));
            }
        }
        wrong
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_scenario_holds() {
    let names: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
    let wrong = unexpected("hosted", &names);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scenarios_that_want_interrupts_hold_in_the_vm() {
    let wrong = unexpected("vm", &INTERRUPTED);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each built-in file, on the oldest, a middle and the newest release; all of them in one boot of a machine.
#[test]
fn every_file_holds_in_one_boot() {
    let files: Vec<&str> = scenarios::FILES.iter().flat_map(|file| ["--scenario", file.name]).collect();
    for (machine, os) in [("hosted", "10.6"), ("hosted", "10.12"), ("hosted", "11"), ("vm", "10.9")] {
        let arguments = [&["run", "--machine", machine, "--os", os, "--timeout", "300"][..], &files].concat();
        let done = Command::new(env!("CARGO_BIN_EXE_loopflower")).args(arguments).output().unwrap();
        let text = [&done.stdout[..], &done.stderr[..]].map(String::from_utf8_lossy).concat();
        assert_eq!(done.status.code(), Some(0), "{machine}, {os}: {text}");
        let verdict = format!("{} scenarios held, 0 failed", scenarios::FILES.len());
        assert!(text.contains(&verdict), "{machine}, {os}: {text}");
    }
}

#[test]
fn what_is_pending_is_a_scenario() {
    for (_, name, reason) in PENDING {
        assert!(scenarios::ALL.iter().any(|scenario| scenario.name == *name), "{name}: {reason}");
    }
}
