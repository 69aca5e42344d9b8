//! Views of a small trace, and what is no trace.

use std::fs;
use std::path::PathBuf;

use page_check::{Scheme, look};
use tempfile::TempDir;
use trace_views::{Difference, Trace, Way, cycle, difference, edges, functions, read};

const CLIENT: &str = r#""thread":{"id":7,"name":"t","class":"client IO"}"#;
const TIMER: &str = r#""thread":{"id":3,"name":"t","class":"timer"}"#;

/// A call into the driver in JSON, of the object `Engine#N`.
fn call(id: u64, at: u64, thread: &str, function: &str, object: u64) -> String {
    nested(id, ("null", 0, "in"), at, thread, function, object)
}

/// A call that is `inside` another at a `depth`, this `way`.
fn nested(id: u64, of: (&str, u64, &str), at: u64, thread: &str, function: &str, object: u64) -> String {
    let (inside, depth, way) = of;
    format!(
        r#"{{"call":{id},"inside":{inside},"depth":{depth},"at":{at},{thread},"way":"{way}","image":"","function":"_f","demangled":"{function}","this":{{"object":{object},"class":"Engine"}},"arguments":[512,null]}}"#
    )
}

fn ended(id: u64, at: u64, result: &str) -> String {
    format!(r#"{{"return":{id},"at":{at}{result}}}"#)
}

/// Three cycles of a client, and a timer that calls in between the second and the third.
fn lines(object: u64, result: &str) -> Vec<String> {
    let clip = "Engine::clip(void*, int)";
    vec![
        r#"{"step":"A:1 load","at":10000}"#.to_owned(),
        call(1, 10_000, CLIENT, clip, object),
        ended(1, 10_000, result),
        call(2, 20_000, CLIENT, clip, object),
        ended(2, 20_020, result),
        call(3, 25_000, TIMER, "Engine::lap()", object),
        nested(4, ("3", 1, "out"), 25_000, TIMER, "takeTimeStamp(bool)", object),
        ended(4, 25_000, r#","result":null"#),
        ended(3, 25_000, ""),
        call(5, 30_000, CLIENT, clip, object),
    ]
}

fn trace(lines: &[String]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    (folder, path)
}

fn sample(object: u64, result: &str) -> Trace {
    let (_folder, path) = trace(&lines(object, result));
    read(&path).unwrap()
}

const SUCCESS: &str = r#","result":{"return":"kIOReturnSuccess","code":0}"#;

#[test]
fn a_trace_is_read_whole() {
    let trace = sample(12, SUCCESS);
    assert_eq!((trace.calls.len(), trace.steps.len(), trace.threads.len(), trace.events), (5, 1, 2, 10));
    assert_eq!(trace.calls[0].to_string(), "Engine#12->Engine::clip(512, NULL) = kIOReturnSuccess");
    assert_eq!((trace.calls[3].inside, trace.calls[3].way), (Some(2), Way::Out));
    assert!(trace.calls[3].to_string().ends_with(" = NULL"), "a null pointer is a result");
    assert!(trace.calls[4].end.is_none());
    assert_eq!(trace.duration(), 20_000);
}

#[test]
fn calls_are_counted_by_function_and_by_caller() {
    let trace = sample(12, SUCCESS);
    let counted: Vec<_> = functions(&trace).into_iter().map(|function| (function.name, function.calls)).collect();
    let expected = [("Engine::clip", 3), ("Engine::lap", 1), ("takeTimeStamp", 1)];
    assert_eq!(counted, expected.map(|(name, calls)| (name.to_owned(), calls)));
    let calls: Vec<_> =
        edges(&trace).into_iter().map(|edge| format!("{} {} {}", edge.caller, edge.callee, edge.calls)).collect();
    assert_eq!(calls, ["thread client IO Engine::clip 3", "thread timer Engine::lap 1", "Engine::lap takeTimeStamp 1"]);
}

#[test]
fn the_cycle_that_is_shown_is_the_one_with_the_timer_in_it() {
    let cycle = cycle(&sample(12, SUCCESS)).unwrap();
    assert_eq!((cycle.number, cycle.calls), (1, vec![1, 2, 3]));
}

const HOST: &str = r#""thread":{"id":1,"name":"t","class":"host"}"#;

/// Two cycles and a half of a user-space driver, whose host has one thread for all; in the first a property is asked for.
#[test]
fn the_cycle_of_a_user_space_driver_is_one_of_operations() {
    let mut lines = vec![call(1, 0, HOST, "Initialize", 1), ended(1, 0, "")];
    let mut id = 2;
    for (begin, functions) in [
        (5_000_000, &["GetZeroTimeStamp", "BeginIOOperation", "EndIOOperation", "HasProperty"][..]),
        (15_000_000, &["BeginIOOperation", "DoIOOperation", "EndIOOperation"][..]),
        (25_000_000, &["BeginIOOperation"][..]),
    ] {
        for (step, function) in functions.iter().enumerate() {
            // Looking at the clock takes 20 ns.
            let at = begin + 20 * step as u64;
            lines.extend([call(id, at, HOST, function, 1), ended(id, at, "")]);
            id += 1;
        }
    }
    let (_folder, path) = trace(&lines);
    let trace = read(&path).unwrap();
    let cycle = cycle(&trace).unwrap();
    assert_eq!((cycle.number, cycle.calls), (1, vec![5, 6, 7]));
}

#[test]
fn traces_differ_by_what_happens_and_not_by_numbers() {
    let old = sample(12, SUCCESS);
    assert_eq!(difference(&old, &sample(99, SUCCESS)), Difference::default());
    let found = difference(&old, &sample(12, r#","result":{"return":"kIOReturnError","code":1}"#));
    assert_eq!((found.gone, found.come), (2, 2));
    assert!(
        found.text.contains("+client IO 1  > Engine#1->Engine::clip(512, NULL) = kIOReturnError"),
        "{}",
        found.text
    );
}

#[test]
fn the_page_is_whole_and_nothing_of_a_trace_is_taken_for_markup() {
    let mut lines = lines(12, SUCCESS);
    lines.push(r#"{"step":"</script><script>alert(1)</script>","at":40000}"#.to_owned());
    let (_folder, path) = trace(&lines);
    let files = read(&path).unwrap().files("<Driver>").unwrap();
    let text = |name: &str| {
        let (_, bytes) = files.iter().find(|(file, _)| *file == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    };
    let page = text("index.html");
    assert!(page.contains("Trace of &lt;Driver&gt;"));
    assert!(!page.contains("<script>alert"), "a step's text became a script");
    for text in ["takeTimeStamp", "client IO 7", "Sequence diagram", "edges.csv"] {
        assert!(page.contains(text), "{text} is not on the page");
    }
    let counted = text("functions.csv");
    assert_eq!(counted.lines().nth(1), Some("Engine::clip,in,3,client IO"));
}

#[test]
fn what_is_no_trace_is_refused_by_line() {
    let (_folder, path) = trace(&[lines(12, SUCCESS)[0].clone(), "{}".to_owned()]);
    let why = read(&path).unwrap_err();
    assert_eq!(why.exit_code(), 2);
    assert!(why.to_string().contains("a.jsonl:2: is no line of a trace"), "{why}");
    let (_folder, path) = trace(&[ended(9, 1, "")]);
    assert!(read(&path).unwrap_err().to_string().ends_with("call 9 returns, and did not begin"));
    let (_folder, path) = trace(&[call(1, 0, TIMER, "f", 1), call(1, 0, TIMER, "f", 1)]);
    assert!(read(&path).unwrap_err().to_string().ends_with("call 1 begins twice"));
    assert_eq!(read(&path.with_extension("absent")).unwrap_err().exit_code(), 2);
}

/// Whether the timeline is drawn in several colours, whether zooming changes it, what Find finds, and how many arrows the cycle has.
const PROBE: &str = r#"(view, page) => {
    const canvas = page.getElementById("canvas"), pen = canvas.getContext("2d");
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data, colours = new Set();
    for (let at = 0; at < pixels.length; at += 4) colours.add(pixels.slice(at, at + 3).join());
    const whole = canvas.toDataURL();
    page.getElementById("in").click();
    const zoomed = canvas.toDataURL() !== whole;
    const find = page.getElementById("find");
    find.value = "clip"; find.oninput();
    page.getElementById("next").click();
    const found = page.getElementById("found").textContent, said = page.getElementById("said").textContent;
    const arrows = page.querySelectorAll("svg g line").length;
    return [colours.size > 4 ? "drawn" : "blank", zoomed ? "zooms" : "stays", found, said.includes("Engine::clip"), arrows].join(",");
  }"#;

#[test]
#[ignore = "needs Chromium (apt-get install chromium): cargo test -p trace-views --test views -- --ignored"]
fn the_page_is_sound_in_a_browser() {
    let files = sample(12, SUCCESS).files("Driver.kext").unwrap();
    let (_, page) = files.iter().find(|(name, _)| *name == "index.html").unwrap();
    let page = String::from_utf8(page.clone()).unwrap();
    let seen = "drawn,zooms,1 of 3,true,3";
    for (scheme, name) in [(Scheme::Dark, "dark"), (Scheme::Light, "light")] {
        assert_eq!(look(&page, scheme, PROBE).unwrap(), format!("{name}; {seen} {seen}; too wide none; pale none"));
    }
}
