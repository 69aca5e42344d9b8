//! Runs on a stand-in for a Mac: a small Linux guest with programs that answer like those of a Mac, and fail, hang or panic where
//! they are told. It is made from packages of this system, which is a Debian or Ubuntu.
#![cfg(target_os = "linux")]

#[path = "stand_in/image.rs"]
mod image;
#[path = "stand_in/on.rs"]
mod on;
#[path = "stand_in/place.rs"]
mod place;

use std::fs;
use std::path::Path;
use std::process::Command;

use on::On;
use place::{Place, target};
use tempfile::TempDir;

/// The address of a function in the kext, as a panic has it, and the kext's UUID.
fn in_the_kext(function: &str) -> (String, String) {
    let executable = fs::read(target().join("kext/Loopflower.kext/Contents/MacOS/Loopflower")).unwrap();
    let file = kext_link::macho::File::parse(&executable).unwrap();
    let table = file.symtab().unwrap().unwrap();
    let symbol = table.iter().find(|symbol| table.name(symbol) == Some(function)).unwrap();
    let uuid: Vec<String> = file.uuid().unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
    let uuid = [&uuid[0..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..16]].map(<[String]>::concat).join("-");
    (format!("{:#x}", 0xffff_ff7f_80a0_0000 + symbol.n_value + 5), uuid)
}

#[test]
fn stand_in_loops_a_sound_although_the_driver_is_busy_at_first() {
    let place = Place::new();
    let (code, text) = place.run("stand_in.busy=1", &["--scenario", "loop", "--output", "back.wav"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("macOS 10.11.6") && text.contains("mac       10.11.6 (15G31), Darwin 15.6.0, StandIn1,1"),
        "{text}"
    );
    assert!(text.contains("all 70560 frames came back bit for bit"), "{text}");
    let played =
        hound::WavReader::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test/runner/samples/strings.wav"));
    let returned = hound::WavReader::open(place.path().join("back.wav")).unwrap();
    assert_eq!(played.unwrap().duration(), returned.duration());
}

#[test]
fn stand_in_compares_the_kext_with_the_plug_in_and_says_that_it_is_no_mac() {
    let place = Place::new();
    let target = place.target("stand_in.release=10.14.6", "boot-timeout = 180");
    let output = place.loopflower(&["compare", "--machine", "macos", "--target", &target, "--out", "out"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    place.is_left_clean();
    let result = fs::read(place.path().join("out/result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_slice(&result).unwrap();
    let dimensions = result["dimensions"].as_array().unwrap();
    let measured: Vec<&str> = dimensions
        .iter()
        .filter(|of| of["a"]["value"].is_number() && of["b"]["value"].is_number())
        .map(|of| of["id"].as_str().unwrap())
        .collect();
    assert_eq!(measured.len(), 12, "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
    for of in dimensions.iter().filter(|of| !measured.contains(&of["id"].as_str().unwrap())) {
        for side in ["a", "b"] {
            let finding = &of[side]["finding"];
            assert_eq!(finding["cause"], "not-measured", "{of}");
            assert!(
                finding["text"].as_str().unwrap().starts_with("Our tool does not take it on a Mac. By hand: "),
                "{of}"
            );
        }
    }
    let page = fs::read_to_string(place.path().join("out/index.html")).unwrap();
    assert!(
        text.contains("no figure of it is one of a Mac") && page.contains("no figure of it is one of a Mac"),
        "{text}"
    );
}

#[test]
#[ignore = "boots three guests; cargo test -p loopflower --test stand_in -- --ignored"]
fn stand_in_compares_what_is_left_where_one_side_fails() {
    for (told, [a, b]) in [
        ("stand_in.fail=kextload", [Some(("no-driver", "Loopflower.kext failed to load")), None]),
        (
            "stand_in.fail=coreaudiod",
            [None, Some(("not-measured", "no device that loops came of the driver within 20 s"))],
        ),
        ("stand_in.panic=kextunload", [Some(("crashed", "kernel panic: stand-in")), None]),
    ] {
        let place = Place::new();
        let target = place.target(told, "boot-timeout = 180");
        let output = place.loopflower(&["compare", "--machine", "macos", "--target", &target, "--out", "out"]);
        place.is_left_clean();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}: {text}");
        let result = fs::read(place.path().join("out/result.json")).unwrap();
        let result: serde_json::Value = serde_json::from_slice(&result).unwrap();
        // What is measured first carries what failed where all was measured.
        let of = result["dimensions"].as_array().unwrap().iter().find(|of| of["id"] == "formats-advertised").unwrap();
        for (side, wanted) in [("a", a), ("b", b)] {
            let (value, finding) = (&of[side]["value"], &of[side]["finding"]);
            match wanted {
                None => assert!(value.is_number() && finding.is_null(), "{told}: {of}"),
                Some((cause, why)) => {
                    assert_eq!(finding["cause"], cause, "{told}: {of}");
                    assert!(finding["text"].as_str().unwrap().contains(why), "{told}: {of}");
                }
            }
        }
    }
}

#[test]
fn stand_in_refuses_and_is_asked_no_further() {
    let other = ["--target", "ssh://root@127.0.0.1:1", "--jobs", "2"];
    let (code, text) = Place::new().run("stand_in.fail=kextutil", &[&["--scenario", "load"], &other[..]].concat());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("  target    stand-in\n"), "{text}");
    let rows =
        "ssh://root@127.0.0.1:1  -        -         not used\nstand-in                10.11.6  load      FAILED\n";
    assert!(text.contains(rows) && text.contains("127.0.0.1:1 does not answer"), "{text}");
    assert!(text.contains("FAILED: Diagnostics for Loopflower.kext:\n        Link failed (error code 5)."), "{text}");
    assert!(!text.contains("started") && !text.contains("unloaded"), "{text}");
}

#[test]
fn stand_in_panics_and_its_report_is_fetched_with_names() {
    let (address, uuid) = in_the_kext("_lf_host_wake_at");
    let place = Place::new();
    let (code, text) = place.run(&format!("stand_in.panic=agent stand_in.address={address} stand_in.uuid={uuid}"), &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAILED: kernel panic: stand-in: asked to panic at /stand-in/lib.sh:1"), "{text}");
    assert!(text.contains("org.loopflower.driver : lf_host_wake_at + 0x5"), "{text}");
    assert!(!text.contains("nothing is left"), "{text}");
    let report = text.lines().find_map(|line| line.trim().strip_prefix("fetched   ")).unwrap();
    assert!(fs::read_to_string(report).unwrap().starts_with("Tue Nov 12 13:14:15 2013\npanic(cpu 0"), "{report}");
}

#[test]
fn stand_in_that_hangs_is_left_at_the_timeout() {
    let (code, text) = Place::new().run("stand_in.hang=kextload", &["--scenario", "load", "--timeout", "20"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAILED: loading: no end after") && text.contains("it answers again"), "{text}");
}

#[test]
fn stand_in_with_everything_in_the_way_is_told_what_to_do() {
    let place = Place::new();
    let told = "stand_in.release=12.4 stand_in.sip=enabled stand_in.processor=i386 stand_in.tmp=9m";
    let target = place.target(told, "boot-timeout = 180");
    let output = place.loopflower(&["vm", "check", &target]);
    let text = String::from_utf8_lossy(&output.stdout);
    for wanted in [
        "MISSING release: 12.4 (15G31), Darwin 15.6.0 StandIn1,1\n          take 10.6 to 11",
        "MISSING processor: the kernel is a 32-bit one\n          start the 64-bit kernel",
        "MISSING space: 9 MB free in /tmp\n          make 256 MB free",
        "MISSING system integrity protection: enabled.\n          in Recovery: csrutil disable",
        "ok      root: commands run as root without a password",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
    assert_eq!(output.status.code(), Some(3));
}

#[test]
#[ignore = "half a minute; cargo test -p loopflower --test stand_in -- --ignored"]
fn stand_in_that_never_boots_is_told_with_its_console() {
    let place = Place::new();
    let target = place.target("stand_in.silent=1", "boot-timeout = 12");
    let output = place.loopflower(&["run", "--machine", "macos", "--target", &target, "--scenario", "load"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("the guest does not boot: within 12 s") && text.contains("give it more time by boot-timeout"),
        "{text}"
    );
    place.is_left_clean();
}

#[test]
#[ignore = "each boots a guest; cargo test -p loopflower --test stand_in -- --ignored"]
fn stand_in_fails_at_each_step_in_words_of_its_own() {
    for (told, wanted) in [
        ("stand_in.fail=kextload", "FAILED: Loopflower.kext failed to load - (libkern/kext) link error"),
        ("stand_in.fail=ioreg", "FAILED: no audio engine was published"),
        ("stand_in.fail=agent", "FAILED: our tool ended with 2: loopflower-agent: there is no device \""),
        ("stand_in.fail=sound", "FAILED: 1 samples differ"),
        ("stand_in.panic=agent", "FAILED: kernel panic: stand-in: asked to panic"),
        ("stand_in.hang=agent", "FAILED: the run's time is over; give it more by --timeout"),
        ("stand_in.fail=kextunload", "FAILED: the kext does not unload: "),
        ("stand_in.left=2", "FAILED: left after unload: 2 org_loopflower_driver_Root"),
        ("stand_in.already=0.0.9", "org.loopflower.driver 0.0.9 is loaded there already; type there: sudo kextunload"),
    ] {
        let more: &[&str] = if told.contains("hang") { &["--timeout", "30"] } else { &[] };
        let (code, text) = Place::new().run(told, more);
        assert_eq!(code, if told.contains("already") { 3 } else { 1 }, "{told}: {text}");
        assert!(text.contains(wanted), "{told}: {text}");
    }
}

#[test]
#[ignore = "it waits until the guest's network is gone for good; cargo test -p loopflower --test stand_in -- --ignored"]
fn stand_in_that_goes_away_or_does_not_come_back_is_reset() {
    let (code, text) = Place::new().run("stand_in.gone=kextload", &["--scenario", "load"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAILED: loading: ") && text.contains("left no report of a panic"), "{text}");
    let (code, text) = Place::new().run("stand_in.panic=kextload stand_in.stays=1", &["--scenario", "load"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAILED: kernel panic: stand-in: asked to panic"), "{text}");
}

#[test]
fn targets_that_are_none_are_told_in_words() {
    let folder = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_loopflower")).args(arguments).current_dir(folder.path()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run(&["run", "--machine", "macos"]);
    assert!(code == 2 && text.contains("--machine macos wants a --target"), "{text}");
    let (code, text) = run(&["run", "--machine", "hosted", "--target", "ssh://mac"]);
    assert!(code == 2 && text.contains("--target is for --machine macos"), "{text}");
    let (code, text) = run(&["run", "--machine", "macos", "--target", "ssh://mac", "--scenario", "S1"]);
    assert!(code == 2 && text.contains("a Mac loads and loops"), "{text}");
    let (code, text) = run(&["vm", "check", "ssh://root@127.0.0.1:1"]);
    assert!(code == 3 && text.contains("127.0.0.1:1 does not answer") && text.contains("Remote Login"), "{text}");
    let both = ["--target", "ssh://b@127.0.0.1:2", "--target", "ssh://a@127.0.0.1:1", "--scenario", "load"];
    let several = [&["run", "--machine", "macos", "--target", "ssh://a@127.0.0.1:1"], &both[..]].concat();
    let (code, text) = run(&several);
    assert!(code == 3 && text.contains("2 of the targets could not be used"), "{text}");
    assert!(text.find("ssh://a@127").unwrap() < text.find("ssh://b@127").unwrap(), "{text}");
    let (code, text) = run(&[&several[..], &["--shard", "2/2"]].concat());
    assert!(code == 3 && text.contains("1 of the targets could not be used") && !text.contains("ssh://a@"), "{text}");
    let third = [&several[..], &["--target", "ssh://c@127.0.0.1:1", "--shard", "1/2"]].concat();
    let (code, text) = run(&third);
    assert!(code == 3 && text.contains("2 of the targets could not be used") && !text.contains("ssh://b@"), "{text}");
    let (code, text) = run(&[&several[..], &["--shard", "3/3"]].concat());
    assert!(code == 0 && text.is_empty(), "{text}");
    for wrong in ["0/2", "3/2", "1", "1/0", "x/2"] {
        let (code, text) = run(&[&several[..], &["--shard", wrong]].concat());
        assert!(code == 2 && text.contains("--shard <I/N>") && text.contains("as 1/4"), "{text}");
    }
    let (code, text) = run(&["compare", "--machine", "macos", "--out", "out"]);
    assert!(code == 2 && text.contains("--machine macos wants a --target"), "{text}");
    let (code, text) = run(&["compare", "--target", "ssh://mac", "--out", "out"]);
    assert!(code == 2 && text.contains("--target is for --machine macos"), "{text}");
    let mac = ["compare", "--machine", "macos", "--target", "ssh://mac", "--out", "out"];
    let (code, text) = run(&[&mac[..], &["--os-a", "10.9"]].concat());
    assert!(code == 2 && text.contains("a Mac has the release that it has"), "{text}");
    let (code, text) = run(&["vm", "check", "nowhere"]);
    assert!(code == 2 && text.contains("a target is ssh://USER@HOST"), "{text}");
    let two = "[a]\nssh = \"ssh://root@127.0.0.1:1\"\n[b]\nssh = \"ssh://root@127.0.0.1:1\"\n";
    fs::write(folder.path().join("loopflower-targets.toml"), two).unwrap();
    let mut all = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    let output = all.args(["vm", "check", "all"]).current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!((output.status.code(), text.matches("  MISSING answer: ").count()), (Some(3), 2), "{text}");
}

/// A run on a stand-in that is on, which leaves nothing here.
fn run_on(on: &On, login: &str, more: &[&str]) -> (i32, String) {
    let output = on.command("run", &on.target(login), more).output().unwrap();
    on.place.is_left_clean();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text)
}

fn password(word: &str) -> String {
    format!("password = {word:?}")
}

#[test]
fn stand_in_that_is_on_says_what_is_in_the_way_and_keeps_nothing() {
    let on = On::new();
    let load = &["--scenario", "load"][..];
    let (code, text) = run_on(&on, &password(on::PASSWORD), load);
    assert!(code == 0 && text.contains("held: loaded, started and unloaded"), "{text}");
    let (code, text) = run_on(&on, &password("wrong"), load);
    assert!(code == 3 && text.contains("does not let us in") && text.contains("mend the password"), "{text}");
    let (code, text) = run_on(&on, &on.place.identity(), &[load, &["--os", "10.9"]].concat());
    assert!(code == 3 && text.contains("is 10.11.6, and --os says 10.9; take another target"), "{text}");
    for (key, value, wanted, expected) in [
        ("sip", "enabled", "system integrity protection: enabled.; in Recovery: csrutil disable", 3),
        ("already", "0.0.9", "org.loopflower.driver 0.0.9 is loaded there already; type there: sudo kextunload", 3),
        (
            "busy",
            "9",
            "kext is in use or retained (cannot unload).; close what uses its devices there, then type: sudo",
            1,
        ),
    ] {
        on.pretend(key, value);
        let (code, text) = run_on(&on, &on.place.identity(), load);
        assert!(code == expected && text.contains(wanted), "{key}: {text}");
        on.pretend(key, "");
        // One that is busy stays, as was told; the copy does not.
        assert_eq!(on.left(), if key == "busy" { "/run/stand-in/loaded\n" } else { "" }, "{key}");
    }
    on.says("rm /run/stand-in/loaded; mount -o remount,size=100m /tmp");
    let (code, text) = run_on(&on, &on.place.identity(), &[load, &["--format", "json"]].concat());
    assert!(code == 3 && text.contains("space: ") && text.contains("MB free in /tmp; make 256 MB free"), "{text}");
    let report: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&report["target"], &report["held"]), (&"mac".into(), &false.into()));
    assert!(report["not_used"].as_str().unwrap().contains("make 256 MB free"), "{report}");
    // Space that only the copy finds missing: there are no more than three files.
    on.says("mount -o remount,size=400m,nr_inodes=3 /tmp");
    let (code, text) = run_on(&on, &on.place.identity(), load);
    assert!(
        code == 1 && text.contains("the bundle cannot be copied: ") && text.contains("see that /tmp has space"),
        "{text}"
    );
    assert_eq!(on.left(), "");
}

#[test]
fn stand_in_keeps_nothing_of_a_run_that_is_interrupted() {
    // While the guest boots.
    let place = Place::new();
    let target = place.target("stand_in.silent=1", "boot-timeout = 180");
    for signal in ["KILL", "INT"] {
        let run = place.start(&place.command(&["run", "--machine", "macos", "--target", &target]));
        let is_booting = || place.folders().iter().any(|folder| folder.join("console").exists());
        place::wait_for("a guest boots", || if is_booting() { Ok(()) } else { Err(String::new()) });
        place.interrupt(run, signal);
    }
    // On a Mac: while our tool has a device of the kext open.
    let on = On::new();
    for signal in ["INT", "KILL"] {
        interrupt_at(&on, signal, "run", &[], "loop", "/run/stand-in/loaded");
    }
}

#[test]
#[ignore = "three interrupted comparisons take a minute; cargo test -p loopflower --test stand_in -- --ignored"]
fn stand_in_keeps_no_user_space_driver_of_a_comparison_that_is_interrupted() {
    let plugin = target().join("plugin/Loopflower.driver").display().to_string();
    let on = On::new();
    for signal in ["TERM", "INT", "KILL"] {
        let more = [&plugin, &plugin, "--out", "out"];
        interrupt_at(&on, signal, "compare", &more, "measure", "/Library/Audio/Plug-Ins/HAL/Loopflower.driver");
    }
}

/// Ends the command by a signal while our tool does this on a Mac that has this file, and looks what is left.
fn interrupt_at(on: &On, signal: &str, verb: &str, more: &[&str], tool: &str, loaded: &str) {
    on.pretend("hang", tool);
    let run = on.place.start(&on.command(verb, &on.target(&password(on::PASSWORD)), more));
    on.wait_for(&format!("[ -e {loaded} ] && ps | grep -q '[/]stand-in/agent ./agent {tool}'"));
    for file in on.place.folders().iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let text = fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&text).contains(on::PASSWORD));
    }
    on.place.interrupt(run, signal);
    assert_eq!(on.left(), "", "{verb}, SIG{signal}");
}

#[test]
fn stand_in_goes_on_from_a_snapshot_and_its_copy_goes_with_a_run_that_is_interrupted() {
    let on = On::new();
    // What only a guest has that goes on.
    on.pretend("release", "10.13.6");
    on.save("ready", "saved");
    let more = format!("{}disk = \"saved\"\nsnapshot = \"ready\"\nboot-timeout = 60\n", on.place.identity());
    let qemu = on.place.qemu("", "qcow2");
    let target = on.place.write("saved", "{port}", &format!("{more}command = {qemu:?}"));
    let saved = fs::read(on.place.path().join("saved")).unwrap();
    let output = on.command("run", &target, &["--scenario", "load"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("macOS 10.13.6"), "{text}");
    on.place.is_left_clean();
    assert!(fs::read(on.place.path().join("saved")).unwrap() == saved, "the guest's disk was written to");
    for signal in ["TERM", "KILL"] {
        let run = on.place.start(&on.command("run", &target, &["--scenario", "load"]));
        let is_carried_out = || on.place.processes().iter().any(|line| line.contains(" __mac "));
        place::wait_for("a run begins", || if is_carried_out() { Ok(()) } else { Err(String::new()) });
        on.place.interrupt(run, signal);
    }
}
