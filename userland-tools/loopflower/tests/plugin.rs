//! Our own user-space driver, as it ships, on the host of such drivers.
//! What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use protocol::event::Event;
use tempfile::TempDir;

fn driver() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap();
    target.join("plugin/Loopflower.driver")
}

fn run(bundle: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopflower")).arg("run").arg(bundle).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Writes a file of random bits as floats, NaNs and all; the bits.
fn noise(path: &Path, rate: u32) -> Vec<u32> {
    let spec = WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut writer = WavWriter::create(path, spec).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bits = Vec::new();
    for _ in 0..80_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bits.push((state >> 32) as u32);
        writer.write_sample(f32::from_bits(*bits.last().unwrap())).unwrap();
    }
    writer.finalize().unwrap();
    bits
}

#[test]
fn any_bits_come_back_at_every_rate_and_buffer_size() {
    let folder = TempDir::new().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    for (rate, frames) in [(44_100, "512"), (48_000, "16"), (96_000, "4096"), (192_000, "333")] {
        let wanted = noise(&input, rate);
        let files = ["--input", input.to_str().unwrap(), "--output", output.to_str().unwrap(), "--io-frames", frames];
        let done = run(&driver(), &files);
        assert_eq!(done.status.code(), Some(0), "{rate} Hz, {frames} frames: {}", text(&done));
        let returned = WavReader::open(&output).unwrap().into_samples::<f32>().map(|sample| sample.unwrap().to_bits());
        assert!(returned.eq(wanted), "{rate} Hz, {frames} frames: the output file differs from the input");
    }
}

#[test]
fn one_seed_is_one_report() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("out.wav");
    let arguments = ["--seed", "7", "--format", "json", "--output", output.to_str().unwrap()];
    let (first, second) = (run(&driver(), &arguments), run(&driver(), &arguments));
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    assert_eq!(text(&first), text(&second));
}

#[test]
fn every_scenario_of_user_space_drivers_holds() {
    for scenario in ["S5", "B1", "B2", "B4", "B6", "abort", "notify", "storage", "devices", "fuzz"] {
        let done = run(&driver(), &["--scenario", scenario]);
        assert_eq!(done.status.code(), Some(0), "{scenario}: {}", text(&done));
    }
}

#[test]
fn scenarios_of_kexts_are_refused() {
    let done = run(&driver(), &["--scenario", "S1"]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(text(&done).contains("scenario S1 is for kexts"), "{}", text(&done));
}

#[test]
fn computes_with_the_ticks_of_other_macs() {
    for scenario in ["loop", "B1", "B6"] {
        let done = run(&driver(), &["--scenario", scenario, "--timebase", "125/3"]);
        assert_eq!(done.status.code(), Some(0), "{scenario}: {}", text(&done));
    }
    let done = run(&driver(), &["--timebase", "0/3"]);
    assert_eq!(done.status.code(), Some(2), "{}", text(&done));
}

/// A life of two clients, in which the rate changes and the Mac sleeps.
const LIFE: &str = r#"shows "two clients, a change of rate, a sleep"
load
open A
open B io-frames 256
play A noise
play B noise
record A
start A B
wait 3 laps
expect A hears played
expect A failed is 0
set rate 96000
expect engine rate is 96000
expect A starts is 2
record A
wait 3 laps
expect A on schedule
expect A hears played
set format int16
expect refused "'!dat'"
sleep
wait 5 s
expect A idle
expect engine stopped
wake
record B
wait 2 laps
expect B hears played
stop A
close B A
expect engine stopped
unload
expect nothing left
"#;

/// What makes no sense for a user-space driver, and what is said of it.
const SENSELESS: [(&str, &str); 4] = [
    ("late timers 1 ms", "it has no timers of the kernel"),
    ("misbehave A trap", "its clients reach it through the host only"),
    ("expect A told started", "its clients are told by the host"),
    ("expect engine IOAudioEngineNumActiveUserClients is 1", "it has no registry"),
];

fn script(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("life.scenario");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn steps_of_a_file_are_carried_out_or_refused_by_their_line() {
    let folder = TempDir::new().unwrap();
    let done = run(&driver(), &["--scenario", &script(&folder, LIFE)]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(text(&done).contains("held: 12 checks held"), "{}", text(&done));
    let wrong = LIFE.replace("expect A starts is 2", "expect A starts is 3");
    let done = run(&driver(), &["--scenario", &script(&folder, &wrong)]);
    assert!(done.status.code() == Some(1) && text(&done).contains(":14 expect A starts is 3"), "{}", text(&done));
    for (step, why) in SENSELESS {
        let done = run(&driver(), &["--scenario", &script(&folder, &format!("load\nopen A\n{step}\n"))]);
        let told = text(&done);
        assert!(done.status.code() == Some(2) && told.contains(":3: ") && told.contains(why), "{step}: {told}");
    }
}

/// Traces in both forms; calls go both ways, and one seed is one trace.
#[test]
fn calls_over_the_boundary_are_traced() {
    let folder = TempDir::new().unwrap();
    let life = script(&folder, LIFE);
    let traced = |name: &str| {
        let path = folder.path().join(name);
        let done = run(&driver(), &["--scenario", &life, "--trace", path.to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
        fs::read_to_string(path).unwrap()
    };
    let (first, second, json) = (traced("one.txt"), traced("two.txt"), traced("one.jsonl"));
    assert!(first == second);
    for line in [
        "> Initialize(",
        "CFBundleGetBundleWithIdentifier(\"org.loopflower.plugin\")",
        "> SetPropertyData(",
        "RequestDeviceConfigurationChange(",
        "-- ",
    ] {
        assert!(first.contains(line), "{line:?} is not in {}", &first[..first.len().min(4000)]);
    }
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls = |way: &str| lines.iter().filter(|line| line["way"] == way).count();
    assert!(calls("in") > 1000 && calls("out") > 100, "{} in, {} out", calls("in"), calls("out"));
    let returns = lines.iter().filter(|line| line.get("return").is_some()).count();
    assert_eq!(calls("in") + calls("out"), returns);
}

#[test]
fn what_is_for_the_other_kind_is_refused() {
    let done = Command::new(env!("CARGO_BIN_EXE_loopflower")).args(["run", "--scenario", "storage"]).output().unwrap();
    assert_eq!(done.status.code(), Some(2), "{}", text(&done));
    assert!(text(&done).contains("scenario storage is for user-space drivers"), "{}", text(&done));
}

fn built_agent() -> PathBuf {
    driver().ancestors().nth(2).unwrap().join("agent/loopflower-agent")
}

/// Runs the agent as it was built, on our driver's devices.
fn agent(arguments: &[&str]) -> Output {
    let host = ["--driver".into(), driver().into_os_string()];
    Command::new(env!("CARGO_BIN_EXE_loopflower"))
        .arg("__program-host")
        .args(host)
        .arg(built_agent())
        .args(arguments)
        .output()
        .unwrap()
}

const UID: &str = "org.loopflower.plugin:2ch";

#[test]
fn the_agent_loops_any_bits_at_every_rate_and_buffer_size() {
    let folder = TempDir::new().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    let bits = noise(&folder.path().join("in.wav"), 48_000);
    let sound: Vec<u8> = bits.iter().flat_map(|word| word.to_le_bytes()).collect();
    fs::write(&input, &sound).unwrap();
    for (rate, frames) in [("44100", "512"), ("48000", "16"), ("96000", "4096"), ("192000", "333")] {
        let mut arguments = vec!["loop", "--uid", UID, "--rate", rate, "--channels", "2", "--io-frames", frames];
        arguments.extend(["--recorded", "60000", input.to_str().unwrap(), output.to_str().unwrap()]);
        let done = agent(&arguments);
        assert_eq!(done.status.code(), Some(0), "{rate} Hz, {frames} frames: {}", text(&done));
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let events: Vec<Event> = said.lines().map(|line| Event::from_line(line).unwrap()).collect();
        let Some(Event::Looped(looped)) = events.last() else { panic!("{said}") };
        assert_eq!((looped.recorded, looped.failed.len()), (60_000, 0));
        let at = 8 * usize::try_from(looped.written_from - looped.read_from).unwrap();
        let recorded = fs::read(&output).unwrap();
        assert_eq!(recorded.len(), 8 * 60_000);
        assert!(recorded[at..].starts_with(&sound), "{rate} Hz, {frames} frames: the recording differs from the input");
        assert!(recorded[..at].iter().chain(&recorded[at + sound.len()..]).all(|byte| *byte == 0));
    }
}

#[test]
fn the_agent_lists_and_sets_devices() {
    let done = agent(&["devices"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let all: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let uids: Vec<&str> = all.as_array().unwrap().iter().map(|device| device["uid"].as_str().unwrap()).collect();
    assert!(uids.len() == 3 && uids[0] == UID, "{uids:?}");
    let set = ["set", "--uid", UID, "--rate", "96000", "--side", "output", "--volume", "0.5", "--mute", "on"];
    let done = agent(&set);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let device: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let whole = &device["output"]["controls"][0];
    assert_eq!((device["rate"].as_f64(), whole["mute"].as_bool()), (Some(96_000.0), Some(true)));
    assert!((whole["volume"].as_f64().unwrap() - 0.5).abs() < 0.01, "{whole}");
}

#[test]
fn the_agent_measures_what_the_bench_does() {
    let done = agent(&["measure", "--uid", UID]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    // Of the same plug-in the bench has the same figures.
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test/compare/example/result.json");
    let bench: serde_json::Value = serde_json::from_slice(&fs::read(bench).unwrap()).unwrap();
    let dimensions = bench["dimensions"].as_array().unwrap();
    let mut count = 0;
    for line in said.lines() {
        let Ok(Event::Reading(reading)) = Event::from_line(line) else { panic!("{line}") };
        let there = dimensions.iter().find(|dimension| dimension["id"] == *reading.dimension).unwrap();
        assert!(reading.value.is_some() && reading.value == there["b"]["value"].as_f64(), "{line}\n{there}");
        count += 1;
    }
    assert_eq!(count, 12, "{said}");
}

#[test]
fn the_agent_lists_what_the_kext_has_in_the_registry() {
    let kext = driver().ancestors().nth(2).unwrap().join("kext/Loopflower.kext");
    let host = |arguments: &[&str]| {
        let mut host = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        host.args(["__program-host", "--kext"]).arg(&kext).arg(built_agent()).args(arguments).output().unwrap()
    };
    let done = host(&["driver"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let root: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&root["class"], &root["properties"]["IOClass"]),
        (&"org_loopflower_driver_Root".into(), &root["class"])
    );
    let devices = root["below"].as_array().unwrap();
    let uids: Vec<&str> =
        devices.iter().map(|device| device["properties"]["Definition"]["UID"].as_str().unwrap()).collect();
    assert_eq!(uids.len(), 3, "{uids:?}");
    let engine = &devices[0]["below"][0];
    assert_eq!(engine["properties"]["Statistics"]["Starts"], 0, "{engine:#}");
    assert_eq!(engine["properties"]["IOAudioEngineGlobalUniqueID"], uids[0]);
    let done = host(&["driver", "--class", "AppleHDA"]);
    assert_eq!(done.status.code(), Some(2), "{}", text(&done));
    assert!(text(&done).contains("there is no service of the class AppleHDA; see by kextstat"), "{}", text(&done));
}

#[test]
fn the_agent_finds_nothing_where_no_driver_is() {
    for (verb, code, said) in [
        (vec!["devices"], 0, "[]\n"),
        (vec!["record", "--uid", UID, "--frames", "9", "x"], 2, "and no other either; see that the driver is loaded"),
    ] {
        let mut host = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        let done = host.arg("__program-host").arg(built_agent()).args(verb).output().unwrap();
        assert_eq!(done.status.code(), Some(code), "{}", text(&done));
        assert!(text(&done).contains(said), "{}", text(&done));
    }
}

#[test]
fn the_agent_says_what_would_help() {
    let folder = TempDir::new().unwrap();
    let (sound, torn) = (folder.path().join("sound"), folder.path().join("torn"));
    fs::write(&sound, [0; 800]).unwrap();
    fs::write(&torn, [0; 801]).unwrap();
    let [sound, torn] = [&sound, &torn].map(|path| path.to_str().unwrap());
    for (arguments, why) in [
        (vec![], "needs what to do"),
        (vec!["dance"], "there is no verb dance"),
        (vec!["devices", "--all"], "devices has no option --all"),
        (vec!["play", "--uid", "none", "--channels", "2", sound], "there are: org.loopflower.plugin:2ch, "),
        (vec!["play", "--uid", UID, "--channels", "2", "--rate", "12345", sound], "it cannot run at 12345 Hz"),
        (vec!["play", "--uid", UID, "--channels", "2", "--io-frames", "9", sound], "it can from 14 to 4096"),
        (vec!["play", "--uid", UID, "--channels", "2", torn], "801 bytes, which are no whole frames of 2 channels"),
        (vec!["play", "--uid", UID, "--channels", "2", "/none"], "/none cannot be opened: No such file or directory"),
        (vec!["set", "--uid", UID, "--volume", "2"], "a volume of 2 is none"),
        (vec!["record", "--uid", UID, "--frames", "many", "x"], "--frames many: not such a number"),
        (vec!["record", "--uid", UID, "--frames", "9999999999999", "x"], "are more than 4 GiB"),
    ] {
        let done = agent(&arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {}", text(&done));
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(said.starts_with("loopflower-agent: ") && said.contains(why), "{said}");
    }
}
