//! `--debug`, as a user does it: lldb is attached by the lines that the command prints, and stops in the kext's functions.
//! What these need is built by `cargo xtask build`, and installed by `cargo xtask setup`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

const MACHINES: [&str; 2] = ["hosted", "vm"];
/// The debugger's names on the PATH.
const DEBUGGERS: [&str; 2] = ["lldb-19", "lldb"];

fn debugger() -> &'static str {
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|done| done.status.success());
    DEBUGGERS.into_iter().find(runs).expect("lldb is missing; type: sudo apt-get install lldb-19")
}

#[test]
fn lldb_stops_in_the_kext_on_both_machines() {
    for machine in MACHINES {
        let mut run = Command::new(env!("CARGO_BIN_EXE_loopflower"))
            .args(["run", "--machine", machine, "--scenario", "load", "--timeout", "60", "--debug"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(run.stderr.take().unwrap()).lines();
        let mut lines: Vec<String> = Vec::new();
        for line in said.by_ref().map(Result::unwrap) {
            if line.starts_with("then set breakpoints") {
                break;
            }
            lines.push(line);
        }
        assert!(lines.first().is_some_and(|line| line.contains("org.loopflower.driver")), "{machine}: {lines:?}");
        let mut lldb = Command::new(debugger());
        lldb.args(["--no-lldbinit", "--batch"]);
        let own = ["breakpoint set --func-regex Root::start", "continue", "breakpoint disable", "continue"];
        for line in lines.iter().skip(1).map(|line| line.trim()).chain(own) {
            lldb.args(["--one-line", line]);
        }
        let told = lldb.stdin(Stdio::null()).output().unwrap();
        let told = [told.stdout, told.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(told.contains("where = Loopflower`"), "{machine}, no symbol: {told}");
        assert!(told.contains("stop reason = breakpoint 1"), "{machine}, not stopped: {told}");
        assert!(told.contains("Root::start"), "{machine}, stopped elsewhere: {told}");
        let mut report = String::new();
        run.stdout.take().unwrap().read_to_string(&mut report).unwrap();
        assert!(run.wait().unwrap().success(), "{machine}: {report}");
    }
}
