//! The command and its machine as processes: what comes while the machine runs, and that it does not outlive the command.
//! What this needs is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How often to look, and how often at most.
const PAUSE: Duration = Duration::from_millis(20);
const LOOKS: usize = 1500;

/// State and parent of a process; `None` if there is none.
fn stat(process: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, which is in parentheses, may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// The processes that a process has started and that still run.
fn children(of: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|process| stat(*process).is_some_and(|(state, parent)| parent == of && state != 'Z')).collect()
}

/// Looks until something is there.
fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let seen = (0..LOOKS).find_map(|_| {
        let seen = look();
        if seen.is_none() {
            sleep(PAUSE);
        }
        seen
    });
    seen.unwrap_or_else(|| panic!("{what}"))
}

/// The command at a soak that does not come to its end by itself while a test looks, and its machine.
fn soaking(machine: &str) -> (Child, u32) {
    let run = Command::new(env!("CARGO_BIN_EXE_loopflower"))
        .args(["run", "--machine", machine, "--scenario", "soak", "--hours", "168"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let machine = wait_for("no machine was started", || children(run.id()).first().copied());
    (run, machine)
}

#[test]
fn machines_end_with_a_command_that_is_killed() {
    for machine in ["hosted", "vm"] {
        let (mut run, child) = soaking(machine);
        run.kill().unwrap();
        run.wait().unwrap();
        wait_for(&format!("{machine}: the machine goes on alone"), || {
            stat(child).is_none_or(|(state, _)| state == 'Z').then_some(())
        });
    }
}

#[test]
fn levels_are_shown_while_the_machine_runs() {
    for machine in ["hosted", "vm"] {
        // Seconds of work for the machine.
        let mut monitor = Command::new(env!("CARGO_BIN_EXE_loopflower"))
            .args(["monitor", "--machine", machine, "--seconds", "200"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(monitor.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let machines = children(monitor.id()).len();
        monitor.kill().unwrap();
        monitor.wait().unwrap();
        assert_eq!(line, "    0.10 s silent  silent\n", "{machine}");
        assert_eq!(machines, 1, "{machine}");
    }
}
