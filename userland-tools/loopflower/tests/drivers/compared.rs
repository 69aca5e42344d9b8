//! Drivers that are not ours beside ours: what is wrong with them stands where it is measured, and ours keeps its figures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use compare::definitions::Better;
use compare::{Cause, Comparison, Dimension, Group, Verdict};
use tempfile::TempDir;

use crate::witness::{INFO, build};

/// Defects, and the dimensions in which they make a driver worse.
const MEASURED: [(&str, &[&str]); 14] = [
    ("DRIFTS", &["rate-accuracy"]),
    ("LAGS", &["stall-recovery"]),
    ("LATE", &["round-trip", "latency-error"]),
    ("DROPS_LATE", &["late-write-tolerance"]),
    ("QUIET", &["bit-exactness"]),
    ("SKIPS_END", &["ring-end"]),
    ("SLEEPS_IN", &["configuration-silence", "wake-recovery", "fault-recovery"]),
    ("KNOWS_TOO_MUCH", &["property-wrong-errors"]),
    ("SKIPS_STAMPS", &["zero-timestamp-period"]),
    ("DROPS_LATE_ENDS", &["late-write-at-ring-end"]),
    ("CHANGES_AT_ONCE", &["configuration-notifications"]),
    ("HOARDS", &["pageable-memory", "unplug-leaks"]),
    ("IS_OPEN", &["unprivileged-settable"]),
    ("TELLS_NOBODY", &["property-unannounced"]),
];

/// Defects that cost something in each IO cycle, and the dimension of each.
const COSTLY: [(&str, &str); 5] = [
    ("ALLOCATES", "io-allocations"),
    ("LOCKS", "io-locks"),
    ("LOCKS", "io-calls"),
    ("TOUCHES_MORE", "io-bytes"),
    ("DAWDLES", "io-instructions"),
];

/// Dimensions of which one direction is better, but in which no defect of a user-space driver can be planted, and why.
const UNPLANTED: [(&str, &str); 9] = [
    ("several-writers", "the server adds up what its clients play before the driver gets it"),
    ("wired-memory", "nothing of a user-space driver is wired"),
    ("formats-wrong", "the driver in C has no physical formats; that of the kexts has the defect"),
    ("unprivileged-callable", "the server decides which of the driver's functions get a program's arguments"),
    ("fault-reach", "the mistake is injected: what it takes down lies in where the driver runs"),
    ("debugger-reach", "as above"),
    ("hang-recovery", "as above"),
    ("functions-offered", "the release's, not the driver's"),
    ("configuration-rollback", "has a test of its own, as the driver without a defect takes absurd rates"),
];

/// Defects that are planted all at once, and where each has to be found.
const TWIN: [(&str, &[&str]); 4] = [
    ("JITTERS", &["timestamp-jitter-rms", "timestamp-jitter-peak"]),
    ("STALE", &["under-run"]),
    ("KEEPS_RING", &["restart-hygiene"]),
    ("MISCOUNTS", &["property-wrong-sizes"]),
];

/// What came of a comparison.
struct Compared {
    code: Option<i32>,
    said: String,
    result: Option<Comparison>,
}

impl Compared {
    fn dimension(&self, id: &str) -> &Dimension {
        let result = self.result.as_ref().unwrap_or_else(|| panic!("{}", self.said));
        result.dimensions.iter().find(|known| known.id == id).unwrap()
    }
}

/// Compares two bundles.
fn compared(folder: &Path, bundles: [&Path; 2], arguments: &[&str]) -> Compared {
    let out = folder.join("compared");
    let _ = fs::remove_dir_all(&out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    let done = command.arg("compare").args(bundles).args(arguments).arg("--out").arg(&out).output().unwrap();
    let said = [&done.stdout[..], &done.stderr[..]].map(String::from_utf8_lossy).concat();
    Compared { code: done.status.code(), said, result: Comparison::read(&out.join("result.json")).ok() }
}

fn ours() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap();
    target.join("plugin/Loopflower.driver")
}

fn planted(folder: &Path, defects: &str) -> PathBuf {
    build(folder, defects, "10.13", "-no_fixup_chains")
}

#[test]
fn a_defect_makes_a_driver_worse_in_its_dimension() {
    let folder = TempDir::new().unwrap();
    let good = planted(folder.path(), "NONE");
    let mut missed = Vec::new();
    for (defect, ids) in MEASURED {
        let bad = planted(folder.path(), defect);
        let done = compared(folder.path(), [&good, &bad], &["--only", &ids.join(",")]);
        let found = ids.iter().map(|id| done.dimension(id)).filter(|found| found.verdict != Verdict::AIsBetter);
        missed.extend(found.map(|found| format!("{defect}: {found:?}")));
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// What needs a second device is beside ours, which has several; what is said of releases is beside itself.
#[test]
fn a_second_clock_and_a_newer_release_make_a_driver_worse() {
    let folder = TempDir::new().unwrap();
    let [apart, good] = ["CLOCK_APART", "NONE"].map(|defect| planted(folder.path(), defect));
    let newer = build(folder.path(), "NONE", "11.0", "-fixup_chains");
    for (id, bundles) in [("device-sync", [&ours(), &apart]), ("interface-span", [&good, &newer])] {
        let done = compared(folder.path(), bundles.map(PathBuf::as_path), &["--only", id]);
        assert_eq!(done.dimension(id).verdict, Verdict::AIsBetter, "{:?}", done.dimension(id));
    }
}

#[test]
fn each_dimension_has_a_planted_defect_or_a_reason() {
    let of_others = ["device-sync", "interface-span"];
    let measured = MEASURED.iter().chain(&TWIN).flat_map(|(_, ids)| ids.iter().copied());
    let planted: Vec<&str> = measured.chain(COSTLY.map(|(_, id)| id)).chain(of_others).collect();
    for definition in compare::definitions::all().filter(|of| of.better != Better::Neither) {
        let is_unplanted = UNPLANTED.iter().any(|(id, _)| *id == definition.id);
        assert!(planted.contains(&definition.id) != is_unplanted, "{}", definition.id);
    }
}

/// Steps through millions of instructions: `cargo test -p loopflower --test drivers -- --ignored`.
#[test]
#[ignore = "takes more than 10 s"]
fn what_an_io_cycle_costs_is_counted_and_not_what_libraries_do() {
    let folder = TempDir::new().unwrap();
    let mut defects = COSTLY.map(|(defect, _)| defect).to_vec();
    defects.dedup();
    let all = defects.join("+");
    let [good, bad] = ["NONE", &all].map(|defects| planted(folder.path(), defects));
    let done =
        compared(folder.path(), [&good, &bad], &["--only", &COSTLY.map(|(_, id)| id).join(","), "--timeout", "600"]);
    for (defect, id) in COSTLY {
        let found = done.dimension(id);
        assert_eq!(found.verdict, Verdict::AIsBetter, "{defect}: {found:?}");
        // One operation each of reading and writing: 512 words read and written; a block got and given back; a lock.
        let more = found.b.value.zip(found.a.value).map_or(0.0, |(b, a)| b - a);
        let wanted = match id {
            "io-bytes" => 8192.0..8448.0,
            "io-allocations" => 4.0..5.0,
            // Two for each frame of both, and those of the other defects.
            "io-instructions" => 2048.0..16384.0,
            // Those of the locks, given back too, and of the blocks.
            "io-calls" => 8.0..9.0,
            _ => 2.0..3.0,
        };
        assert!(wanted.contains(&more), "{defect}: {found:?}");
    }
}

#[test]
fn all_defects_of_a_twin_are_found_and_ours_keeps_its_figures() {
    let folder = TempDir::new().unwrap();
    let twin = planted(folder.path(), &TWIN.map(|(defect, _)| defect).join("+"));
    let good = planted(folder.path(), "NONE");
    let places = TWIN.map(|(_, ids)| ids.join(",")).join(",");
    let beside = compared(folder.path(), [&ours(), &good], &["--only", &places]);
    // What a cycle takes is counted step by step, which takes its time.
    let cheap = compare::definitions::all().filter(|definition| definition.group != Group::Cost).map(|of| of.id);
    let done = compared(folder.path(), [&ours(), &twin], &["--only", &cheap.collect::<Vec<_>>().join(",")]);
    for (defect, ids) in TWIN {
        for id in ids {
            let found = done.dimension(id);
            assert_eq!(found.verdict, Verdict::AIsBetter, "{defect}: {found:?}");
            assert!(found.b.value > found.a.value, "{defect}: {found:?}");
            let sound = beside.dimension(id);
            assert_eq!(sound.verdict, Verdict::Same, "without {defect}: {sound:?}");
            assert_eq!(sound.a.value, found.a.value, "{id}");
        }
    }
    let wrong = &done.dimension("property-wrong-sizes").b.details;
    assert!(wrong.iter().any(|detail| detail.name.contains("'lmak'")), "{wrong:?}");
    for dimension in &done.result.as_ref().unwrap().dimensions {
        let failed = dimension.a.finding.as_ref().filter(|finding| finding.cause.is_failure());
        assert!(failed.is_none(), "{}: {failed:?}", dimension.id);
    }
}

#[test]
fn what_cannot_be_measured_is_named_and_ours_keeps_its_figures() {
    let folder = TempDir::new().unwrap();
    let [empty, bare] = ["Empty.driver", "Bare.driver"].map(|name| folder.path().join(name));
    fs::create_dir_all(&empty).unwrap();
    fs::create_dir_all(bare.join("Contents/MacOS")).unwrap();
    fs::write(bare.join("Contents/Info.plist"), INFO.replace("CFPlugInTypes", "Other")).unwrap();
    fs::write(bare.join("Contents/MacOS/C"), "").unwrap();
    let file = folder.path().join("File.kext");
    fs::write(&file, "no bundle").unwrap();
    let [crashes, lies, none] = ["CRASHES", "WRONG_SIZE", "NO_DRIVER"].map(|defect| planted(folder.path(), defect));
    let bad: [(&Path, Cause, &str); 6] = [
        (&empty, Cause::NoDriver, "Empty.driver/Contents/Info.plist: is absent, so this is no bundle"),
        (&file, Cause::NoDriver, "File.kext: is not a folder"),
        (&bare, Cause::NoDriver, "has no CFPlugInTypes, so there is no factory of user-space drivers"),
        (&none, Cause::WrongAnswer, "its factory Make returns no driver for the type of user-space drivers"),
        (&crashes, Cause::Crashed, "the driver crashed in StartIO"),
        (&lies, Cause::WrongAnswer, "object 2 writes 'uid ' beyond the 4 bytes that it asked for"),
    ];
    for (bundle, cause, text) in bad {
        let done = compared(folder.path(), [&ours(), bundle], &["--only", "round-trip"]);
        assert_eq!(done.code, Some(1), "{text}: {}", done.said);
        let found = done.dimension("round-trip");
        assert_eq!((found.verdict, found.a.value), (Verdict::AIsBetter, Some(0.0)), "{text}: {found:?}");
        let finding = found.b.finding.as_ref().unwrap();
        assert!(finding.cause == cause && finding.text.contains(text), "{text:?} is not in {finding:?}");
        assert!(!finding.text.contains(&*folder.path().to_string_lossy()), "{finding:?}");
    }
    let done = compared(folder.path(), [&empty, &file], &[]);
    assert!(done.code == Some(2) && done.said.contains("there is nothing to compare: "), "{}", done.said);
    assert!(done.result.is_none());
}

#[test]
fn a_driver_that_hangs_leaves_the_other_one_its_figures() {
    let folder = TempDir::new().unwrap();
    let hangs = planted(folder.path(), "HANGS");
    let done = compared(folder.path(), [&hangs, &ours()], &["--only", "round-trip", "--timeout", "1"]);
    assert_eq!(done.code, Some(1), "{}", done.said);
    let found = done.dimension("round-trip");
    assert_eq!((found.b.value, found.verdict), (Some(0.0), Verdict::BIsBetter), "{found:?}");
    let finding = found.a.finding.as_ref().unwrap();
    assert!(finding.cause == Cause::Hung && finding.text.contains("stopped at the timeout of 1 s"), "{finding:?}");
}

#[test]
fn a_driver_that_takes_absurd_rates_is_told_of_by_what_it_leaves_behind() {
    let folder = TempDir::new().unwrap();
    let careless = planted(folder.path(), "NONE");
    let done = compared(folder.path(), [&ours(), &careless], &["--only", "configuration-rollback"]);
    let found = done.dimension("configuration-rollback");
    assert_eq!((found.verdict, found.a.value), (Verdict::AIsBetter, Some(0.0)), "{found:?}");
}
