//! The long proofs in short forms, on our own kext. What these need is built by `cargo xtask build`; `cargo xtask test` does
//! that first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn loopflower(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopflower")).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// The number after `key` in a line of JSON.
fn number(text: &str, key: &str) -> u64 {
    let rest = text.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key} in {text}")).1;
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn every_frame_of_some_minutes_is_right() {
    for (rate, hours, wanted) in [("44100", "0.05", 7_938_000), ("192000", "0.02", 13_824_000)] {
        let soak = ["run", "--machine", "hosted", "--scenario", "soak", "--format", "json"];
        let done = loopflower(&[&soak[..], &["--rate", rate, "--hours", hours]].concat());
        assert_eq!(done.status.code(), Some(0), "{rate} Hz: {}", text(&done));
        let report = text(&done);
        let soaked = report.split_once("\"event\":\"soaked\"").unwrap().1;
        assert!(number(soaked, "frames") >= wanted, "{soaked}");
        assert_eq!((number(soaked, "writers"), number(soaked, "readers")), (2, 3));
    }
}

#[test]
fn devices_of_many_shapes_loop_at_many_rates() {
    let shapes = ["--channels", "1,2,3,64", "--rates", "8000,44100,384000", "--io-frames", "16,333,4096"];
    let done = loopflower(&[&["sweep", "--jobs", "2"][..], &shapes].concat());
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(text(&done).contains("held: 180 points held, 0 failed, 0 are impossible"), "{}", text(&done));
}

#[test]
fn a_sweep_says_what_is_impossible() {
    let shapes = ["--channels", "2,256", "--rates", "48000,192000", "--io-frames", "64,1000", "--ring-frames", "2048"];
    let sweep = [&["sweep", "--formats", "Int24"][..], &shapes].concat();
    let done = loopflower(&sweep);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(text(&done).contains("held: 3 points held, 0 failed, 5 are impossible"), "{}", text(&done));
    let none = loopflower(&["sweep", "--channels", "256", "--rates", "768000"]);
    assert_eq!(none.status.code(), Some(0), "{}", text(&none));
    assert!(text(&none).contains("nothing was run: 0 points held, 0 failed, 65 are impossible"), "{}", text(&none));
    let points = text(&loopflower(&[&sweep[..], &["--format", "json"]].concat()));
    assert_eq!(points.lines().count(), 8, "{points}");
    assert!(points.contains("three IO buffers of 1000 frames do not fit into a ring of 2048"), "{points}");
    assert!(points.contains("256 channels at 192000 Hz are more than 24576000 samples a second"), "{points}");
}

/// Our own kext without personalities: it matches nothing, and nothing can be asked of it.
fn unmatched(folder: &TempDir) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap().join("kext/Loopflower.kext");
    let kext = folder.path().join("Loopflower.kext");
    fs::create_dir_all(kext.join("Contents/MacOS")).unwrap();
    fs::copy(built.join("Contents/MacOS/Loopflower"), kext.join("Contents/MacOS/Loopflower")).unwrap();
    let mut list = plist::Value::from_file(built.join("Contents/Info.plist")).unwrap();
    list.as_dictionary_mut().unwrap().remove("IOKitPersonalities").unwrap();
    list.to_file_xml(kext.join("Contents/Info.plist")).unwrap();
    kext
}

#[test]
fn what_nothing_can_be_asked_of_is_not_said_to_hold() {
    let folder = TempDir::new().unwrap();
    let kext = unmatched(&folder);
    let done = loopflower(&["fuzz", "--count", "2", "--kext", kext.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let wanted = "nothing was run: not applicable: the kext has no root service of Loopflower's class\n";
    assert_eq!(text(&done), wanted);
}

#[test]
fn calls_that_fail_are_survived() {
    let done = loopflower(&["run", "--machine", "hosted", "--fail-each=8", "--format", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let result = text(&done);
    assert!(number(&result, "sites") > 200, "{result}");
    assert!(result.matches("\"outcome\":\"survived\"").count() > 50, "{result}");
    for caller in ["_lf_root_start_device", "_lf_engine_start", "_lf_engine_stop", "_lf_engine_change_format"] {
        assert!(result.contains(caller), "{caller} is not among the callers: {result}");
    }
}
