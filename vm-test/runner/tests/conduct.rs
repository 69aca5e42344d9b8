//! Machines that behave and machines that do not: shell scripts that speak the protocol, or fail to.

use std::time::{Duration, Instant};

use protocol::event::{Event, Thread};
use protocol::share::Kind;
use runner::conduct::{Ending, Told, conduct};
use runner::machine::Hosted;
use runner::share::{Part, Room, Share};

const BOOTED: &str = r#"{"event":"booted","machine":"hosted"}"#;
const STARTED: &str = r#"{"event":"started"}"#;
const END: &str = r#"{"event":"end","held":true}"#;

/// Runs a script as the machine; `$0` is the shared memory's path.
fn told(script: &str, timeout: Duration) -> Told {
    let mut machine = Hosted::new("/bin/sh".into(), vec!["-c".into(), script.into()]);
    let share = Share::new(Room::default(), &[Part::of(Kind::Job, b"the job")]).unwrap();
    conduct(&mut machine, &share, timeout, &mut |_| {}).unwrap()
}

fn said(lines: &[&str]) -> String {
    lines.iter().map(|line| ["echo '", line, "'\n"].concat()).collect()
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_machine_that_ends_is_told_from_first_to_last() {
    let progress = r#"{"event":"progress","done":1,"of":2}"#;
    let told = told(&(said(&[BOOTED, progress, STARTED, END]) + "echo after; sleep 60"), LONG);
    assert_eq!(told.ending, Ending::Said { held: true });
    assert_eq!(told.events, [Event::Booted { machine: "hosted".into() }, Event::Started]);
    assert!(told.until_started.is_some() && told.foreign.is_empty());
    assert!(told.whole < LONG, "it is not waited for after its last line");
}

#[test]
fn the_machine_can_read_the_shared_memory() {
    let told = told(&(r#"grep -q "the job" "$0" && "#.to_owned() + &said(&[END])), LONG);
    assert_eq!(told.ending, Ending::Said { held: true });
}

#[test]
fn garbage_and_a_broken_line_are_kept_as_what_they_are() {
    let told = told(&(said(&["Segmentation fault", "{\"event\":\"nothing\"}"]) + "printf '{\"event\":\"en'"), LONG);
    assert_eq!(told.foreign, ["Segmentation fault", "{\"event\":\"nothing\"}", "{\"event\":\"en (broken off)"]);
    assert_eq!(told.ending, Ending::Died("the machine exited with status 0 without a word".into()));
}

#[test]
fn a_silent_machine_is_asked_for_its_threads_and_stopped() {
    let hang = r#"{"event":"hang","threads":[{"name":"idle","state":"waiting","inside":null,"backtrace":[]}]}"#;
    let script = format!("answer() {{ {} }}; trap answer USR1; {}", said(&[hang]), said(&[BOOTED]));
    let script = script + "while :; do sleep 0.02; done";
    let told = told(&script, SHORT);
    assert_eq!(told.ending, Ending::TimedOut);
    let idle = Thread { name: "idle".into(), state: "waiting".into(), inside: None, backtrace: vec![] };
    assert_eq!(told.events.last(), Some(&Event::Hang { threads: vec![idle] }), "{told:?}");
}

#[test]
fn a_machine_that_does_not_answer_is_stopped_all_the_same() {
    let begin = Instant::now();
    let told = told("trap '' USR1 TERM; while :; do sleep 0.02; done", SHORT);
    assert_eq!(told.ending, Ending::TimedOut);
    assert!(begin.elapsed() < LONG);
}

#[test]
fn a_flood_ends_at_the_timeout_and_is_not_all_kept() {
    let line = r#"{"event":"log","at":1,"text":"again"}"#;
    let told = told(&format!("exec yes '{line}'"), Duration::from_secs(1));
    assert_eq!(told.ending, Ending::TimedOut);
    assert!(told.dropped > 0 && told.events.len() <= 20_000, "{} kept, {} dropped", told.events.len(), told.dropped);
}

#[test]
fn a_death_names_its_signal_and_what_was_complained() {
    let died = told(&(said(&[BOOTED]) + "echo oops >&2; kill -SEGV $$"), LONG);
    assert_eq!(died.ending, Ending::Died("the machine was ended by SIGSEGV, a memory fault".into()));
    assert_eq!((died.stderr.as_str(), died.events.len()), ("oops\n", 1));
    assert_eq!(told("exit 7", LONG).ending, Ending::Died("the machine exited with status 7 without a word".into()));
    let closed = told("exec >&- 2>&-; sleep 60", LONG);
    assert_eq!(closed.ending, Ending::Died("the machine closed its output and went on".into()));
}
