//! `loopflower compare`: both kinds of drivers by one yardstick.
//! What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use compare::definitions::Better;
use compare::{Cause, Comparison, Dimension, Figure, Verdict};
use tempfile::TempDir;
use witnesses::build::Builder;

/// Defects that are planted in a kext all at once, and where each has to be found.
const TWIN: [(&str, &[&str]); 7] = [
    ("S2", &["timestamp-jitter-rms", "timestamp-jitter-peak"]),
    ("S5", &["under-run", "restart-hygiene"]),
    ("MISTYPES", &["property-wrong-sizes"]),
    ("LATENT", &["latency-error"]),
    ("SKIPS_END", &["ring-end", "bit-exactness"]),
    ("LEAKS", &["unplug-leaks"]),
    ("B4", &["several-writers"]),
];

/// Defects that would hide others, and where each has to be found.
const ALONE: [(&str, &[&str]); 13] = [
    ("B1", &["stall-recovery"]),
    ("DRIFTS", &["rate-accuracy"]),
    ("B5", &["late-write-tolerance"]),
    ("S24", &["configuration-rollback"]),
    ("SKIPS_END", &["formats-wrong"]),
    ("SKIPS_LAPS", &["zero-timestamp-period"]),
    ("DRIFTS_APART", &["device-sync"]),
    ("LEAKS", &["wired-memory"]),
    ("SLEEPS_IN", &["wake-recovery", "configuration-silence"]),
    ("OPENS", &["unprivileged-settable"]),
    ("MUMBLES", &["property-unannounced"]),
    ("TAKES_ANY", &["property-wrong-errors"]),
    ("LATE", &["round-trip"]),
];

/// Defects that cost something in each IO cycle, the dimension of each, and how much more it is.
const COSTLY: [(&str, &str, std::ops::Range<f64>); 5] = [
    // A block got and given back, and a lock, in each call that takes what was mixed.
    ("ALLOCATES", "io-allocations", 2.0..4.0),
    ("LOCKS", "io-locks", 1.0..2.0),
    // The locks given back, and the blocks.
    ("LOCKS", "io-calls", 4.0..5.0),
    ("TOUCHES_MORE", "io-bytes", 2048.0..2304.0),
    // Two for each frame, and those of the other defects.
    ("DAWDLES", "io-instructions", 1024.0..8192.0),
];

/// Dimensions of which one direction is better, but in which no defect of a kext can be planted, and why.
const UNPLANTED: [(&str, &str); 9] = [
    ("late-write-at-ring-end", "the family refuses such blocks, whatever the driver: nothing is worse"),
    ("pageable-memory", "nothing of a kext is pageable"),
    ("unprivileged-callable", "the doors are the family's user client's; two releases differ in it"),
    ("fault-reach", "the mistake is injected: what it takes down lies in where the driver runs"),
    ("debugger-reach", "as above"),
    ("fault-recovery", "as above"),
    ("hang-recovery", "as above"),
    ("functions-offered", "the release's, not the driver's"),
    ("interface-span", "the build refuses a kext that does not link on all releases"),
];

/// Compares what the arguments say; what was said, and the result if there is one.
fn compare(arguments: &[&str]) -> (Output, Option<Comparison>) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
    let done = command.arg("compare").args(arguments).arg("--out").arg(folder.path()).output().unwrap();
    (done, Comparison::read(&folder.path().join("result.json")).ok())
}

fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_loopflower")).ancestors().nth(2).unwrap().join(name)
}

fn said(done: &Output) -> String {
    [&done.stdout[..], &done.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Dimensions whose figures depend on how compilers put the drivers' code.
const OF_THE_BUILD: [&str; 5] =
    ["io-instructions", "io-bytes", "wired-memory", "pageable-memory", "functions-imported"];

/// What no compiler changes of a dimension.
fn lasting(dimension: &Dimension) -> Dimension {
    let mut lasting = dimension.clone();
    if OF_THE_BUILD.contains(&&dimension.id[..]) {
        for figure in [&mut lasting.a, &mut lasting.b] {
            figure.value = figure.value.map(|_| 0.0);
            figure.details.iter_mut().for_each(|detail| detail.value = 0.0);
        }
        lasting.verdict = Verdict::Same;
    }
    lasting
}

#[test]
fn both_kinds_have_figures_and_neither_is_to_blame_and_the_committed_example_has_them_too() {
    let (done, result) = compare(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test/compare/example/result.json");
    let again = "type: cargo xtask loopflower compare --out vm-test/compare/example";
    let (example, now) = (Comparison::read(&example).unwrap().dimensions, &result.as_ref().unwrap().dimensions);
    assert_eq!(example.len(), now.len(), "{again}");
    for (was, is) in example.iter().zip(now) {
        assert!(lasting(was) == lasting(is), "{again}\n{was:#?}\nis now {is:#?}");
    }
    for dimension in protocol::measure::Measurement::ALL.iter().flat_map(|measurement| measurement.dimensions()) {
        let result = result.as_ref().unwrap();
        let found = result.dimensions.iter().find(|known| known.id == *dimension).unwrap();
        let has_word = |figure: &Figure| {
            let cause = figure.finding.as_ref().map(|finding| finding.cause);
            figure.value.is_some() || matches!(cause, Some(Cause::DoesNotApply | Cause::Never))
        };
        assert!(has_word(&found.a) && has_word(&found.b), "{dimension}: {found:?}");
    }
}

/// One driver on two releases, in dimensions that take little time.
const TWO_RELEASES: [&str; 10] =
    ["--os-a", "10.6", "--os-b", "11", "--seed", "3", "--only", "bit-exactness", "--only", "round-trip"];

#[test]
fn one_driver_on_two_releases_is_the_same_and_the_table_is_too() {
    let (done, result) = compare(&TWO_RELEASES);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let exactness = result.unwrap().dimensions.into_iter().find(|known| known.id == "bit-exactness").unwrap();
    assert_eq!((exactness.verdict, exactness.a.value), (Verdict::Same, Some(0.0)), "{exactness:?}");
    assert_eq!(said(&done), said(&compare(&TWO_RELEASES).0));
}

#[test]
fn all_defects_of_a_kext_are_found_and_ours_keeps_its_figures() {
    let defects = TWIN.map(|(defect, _)| defect);
    let twin = Builder::new(&built("witnesses")).unwrap().loopback_with(&defects).unwrap();
    let places = TWIN.map(|(_, ids)| ids.join(",")).join(",");
    let (done, result) =
        compare(&[built("kext/Loopflower.kext").to_str().unwrap(), twin.to_str().unwrap(), "--only", &places]);
    let dimensions = result.unwrap_or_else(|| panic!("{}", said(&done))).dimensions;
    for (defect, ids) in TWIN {
        for id in ids {
            let found = dimensions.iter().find(|known| known.id == *id).unwrap();
            assert_eq!(found.verdict, Verdict::AIsBetter, "{defect}: {found:?}");
            assert!(found.b.value > found.a.value && found.a.finding.is_none(), "{defect}: {found:?}");
        }
    }
}

#[test]
fn a_defect_of_a_kext_makes_it_worse_in_its_dimension() {
    let builder = Builder::new(&built("witnesses")).unwrap();
    let good = builder.loopback(None).unwrap();
    let mut missed = Vec::new();
    for (defect, ids) in ALONE {
        let bad = builder.loopback(Some(defect)).unwrap();
        let (done, result) = compare(&[good.to_str().unwrap(), bad.to_str().unwrap(), "--only", &ids.join(",")]);
        let found = result.unwrap_or_else(|| panic!("{}", said(&done))).dimensions.into_iter();
        missed.extend(found.filter(|of| of.verdict != Verdict::AIsBetter).map(|of| format!("{defect}: {of:?}")));
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// One notification more or less is neither good nor bad.
#[test]
fn a_kext_that_tells_of_a_change_twice_differs() {
    let builder = Builder::new(&built("witnesses")).unwrap();
    let bundles = [None, Some("TELLS_TWICE")].map(|defect| builder.loopback(defect).unwrap());
    let paths = bundles.each_ref().map(|path| path.to_str().unwrap());
    let (done, result) = compare(&[&paths[..], &["--only", "configuration-notifications"]].concat());
    let found = &result.unwrap_or_else(|| panic!("{}", said(&done))).dimensions[0];
    assert!(found.verdict == Verdict::Differ && found.b.value > found.a.value, "{found:?}");
}

#[test]
fn fewer_doors_are_open_since_the_entitlement() {
    let (done, result) = compare(&["--os-a", "10.9", "--os-b", "11", "--only", "unprivileged-callable"]);
    let found = &result.unwrap_or_else(|| panic!("{}", said(&done))).dimensions[0];
    assert_eq!(found.verdict, Verdict::BIsBetter, "{found:?}");
}

#[test]
fn each_dimension_has_a_planted_defect_or_a_reason() {
    let measured = TWIN.iter().chain(&ALONE).flat_map(|(_, ids)| ids.iter().copied());
    let planted: Vec<&str> = measured.chain(COSTLY.map(|(_, id, _)| id)).collect();
    for definition in compare::definitions::all().filter(|of| of.better != Better::Neither) {
        let is_unplanted = UNPLANTED.iter().any(|(id, _)| *id == definition.id);
        assert!(planted.contains(&definition.id) != is_unplanted, "{}", definition.id);
    }
}

/// Steps through millions of instructions: `cargo test -p loopflower --test compare -- --ignored`.
#[test]
#[ignore = "takes more than 10 s"]
fn what_a_kext_does_on_the_io_path_is_counted() {
    let builder = Builder::new(&built("witnesses")).unwrap();
    let mut defects = COSTLY.map(|(defect, ..)| defect).to_vec();
    defects.dedup();
    let bundles = [builder.loopback(None).unwrap(), builder.loopback_with(&defects).unwrap()];
    let paths = bundles.each_ref().map(|path| path.to_str().unwrap());
    let ids = COSTLY.map(|(_, id, _)| id).join(",");
    let (done, result) = compare(&[&paths[..], &["--only", &ids, "--timeout", "600"]].concat());
    let dimensions = result.unwrap_or_else(|| panic!("{}", said(&done))).dimensions;
    for (defect, id, wanted) in COSTLY {
        let found = dimensions.iter().find(|known| known.id == id).unwrap();
        assert_eq!(found.verdict, Verdict::AIsBetter, "{defect}: {found:?}");
        let more = found.b.value.zip(found.a.value).map_or(0.0, |(b, a)| b - a);
        assert!(wanted.contains(&more), "{defect}: {more} more: {found:?}");
    }
}

/// Kexts that bring their kernel down, each in a way of its own, and what the report says of it.
const FAILING: [(&str, Cause, &str); 4] = [
    ("panics", Cause::Crashed, "kernel panic: witness 7"),
    ("divide", Cause::Crashed, "divide"),
    ("stack_overflow", Cause::Crashed, "kernel stack overflow"),
    ("hang", Cause::Hung, "stopped at the timeout of 2 s, in "),
];

#[test]
fn a_kext_that_brings_its_kernel_down_leaves_the_other_one_its_figures() {
    let builder = Builder::new(&built("witnesses")).unwrap();
    let ours = built("kext/Loopflower.kext");
    for (name, cause, told) in FAILING {
        let witness = witnesses::witness::all().unwrap().into_iter().find(|witness| witness.name == name).unwrap();
        let bundle = builder.bundle(&witness).unwrap();
        let paths = [&bundle, &ours].map(|path| path.to_str().unwrap());
        let (done, result) = compare(&[&paths[..], &["--only", "round-trip,bit-exactness", "--timeout", "2"]].concat());
        assert_eq!(done.status.code(), Some(1), "{name}: {}", said(&done));
        for found in result.unwrap().dimensions {
            assert_eq!((found.b.value, found.verdict), (Some(0.0), Verdict::BIsBetter), "{name}: {found:?}");
            let finding = found.a.finding.as_ref().unwrap();
            assert_eq!(finding.cause, cause, "{name}: {finding:?}");
            assert!(finding.text.contains(told), "{name}: {finding:?}");
        }
    }
}

/// The command under each figure, typed where this program has been built, gives the same figure again.
#[test]
fn the_command_under_a_figure_measures_it_again() {
    const IDS: [&str; 3] = ["round-trip", "late-write-at-ring-end", "configuration-silence"];
    let (_, result) = compare(&["--seed", "5", "--only", &IDS.join(",")]);
    let dimensions = result.unwrap().dimensions;
    assert_eq!(dimensions.len(), IDS.len());
    for (id, dimension) in IDS.into_iter().zip(dimensions) {
        let command = dimension.b.command.as_ref().unwrap();
        let wanted =
            format!("cargo xtask loopflower compare --os-a 10.9 --seed 5 --only {id} --out target/run/compare");
        assert_eq!(*command, wanted);
        let folder = TempDir::new().unwrap();
        let words = command.strip_prefix("cargo xtask loopflower ").unwrap().split(' ');
        let mut again = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        let done = again.args(words).current_dir(folder.path()).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        let again = Comparison::read(&folder.path().join("target/run/compare/result.json")).unwrap();
        assert_eq!(again.dimensions, [dimension]);
    }
}

#[test]
fn what_is_no_driver_is_wrong_usage() {
    let folder = TempDir::new().unwrap();
    let none = folder.path().join("None.kext");
    let (done, _) = compare(&[none.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(2), "{}", said(&done));
    let (done, _) = compare(&[built("plugin/Loopflower.driver").to_str().unwrap(), "--os-a", "11"]);
    assert_eq!(done.status.code(), Some(2), "{}", said(&done));
    assert!(said(&done).contains("--os-a is for kexts"), "{}", said(&done));
}

#[test]
fn a_result_is_worse_than_an_older_one_or_not() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (folder.path().join("old.json"), folder.path().join("new.json"));
    let (done, result) = compare(&TWO_RELEASES);
    let mut result = result.unwrap_or_else(|| panic!("{}", said(&done)));
    std::fs::write(&old, result.to_json().unwrap()).unwrap();
    let again = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopflower"));
        command.arg("compare").args([&old, &new]).args(["--fail-on", "worse"]).output().unwrap()
    };
    std::fs::write(&new, result.to_json().unwrap()).unwrap();
    assert_eq!(again().status.code(), Some(0), "{}", said(&again()));
    let exactness = result.dimensions.iter_mut().find(|known| known.id == "bit-exactness").unwrap();
    exactness.b = Figure::new(12.0);
    std::fs::write(&new, result.to_json().unwrap()).unwrap();
    assert_eq!(again().status.code(), Some(1), "{}", said(&again()));
    assert!(said(&again()).contains("Bit-exactness"), "{}", said(&again()));
    // Of another kind of driver.
    result.subjects[1].kind = compare::Kind::PlugIn;
    std::fs::write(&new, result.to_json().unwrap()).unwrap();
    assert_eq!(again().status.code(), Some(2), "{}", said(&again()));
    assert!(said(&again()).contains("these results cannot be compared"), "{}", said(&again()));
    std::fs::write(&new, "{}").unwrap();
    assert_eq!(again().status.code(), Some(2), "{}", said(&again()));
}

#[test]
fn a_mistake_takes_down_the_system_or_a_process_and_blames_nobody() {
    let (done, result) = compare(&["--only", "fault-reach,fault-recovery,hang-recovery"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let result = result.unwrap();
    let found = |id: &str| result.dimensions.iter().find(|known| known.id == id).unwrap();
    let reach = found("fault-reach");
    assert_eq!((reach.a.value, reach.b.value), (Some(2.0), Some(1.0)), "{reach:?}");
    for id in ["fault-recovery", "hang-recovery"] {
        let recovery = found(id);
        assert_eq!(recovery.a.finding.as_ref().unwrap().cause, Cause::Never, "{recovery:?}");
        assert_eq!(recovery.verdict, Verdict::BIsBetter, "{recovery:?}");
    }
    let command = reach.a.command.as_deref().unwrap();
    assert!(command.ends_with(" --only fault-reach --out target/run/compare"), "{command}");
}
