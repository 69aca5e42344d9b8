//! The headers of this checkout are those that the facts give, and they hold on every claimed release; damaged ones are
//! caught.
use header_check::check::{Report, check};
use header_check::facts::Facts;
use header_check::{Clang, Error, generate, include_dir};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::of_claimed_releases);

const ENGINE: &str = "IOKit/audio/IOAudioEngine.h";

#[test]
fn generated_headers_are_current() {
    let stale = generate::stale(&FACTS, &include_dir()).unwrap();
    assert!(stale.is_empty(), "run `cargo run -p header-check -- generate`: {stale:?}");
}

#[test]
fn headers_hold_on_every_claimed_release() {
    for clang in every_clang() {
        let report = check(&FACTS, &include_dir(), &clang).unwrap();
        assert!(report.holds(), "{clang:?}:\n{report}");
        assert_eq!(report.0.len(), 11);
        for outcome in &report.0 {
            assert!(outcome.numbers > 500 && outcome.tables > 40 && outcome.slots > 3000, "{outcome:?}");
        }
    }
}

#[test]
fn slots_that_changed_hands_are_reported_as_patched() {
    let report = check(&FACTS, &include_dir(), &Clang::find().unwrap()).unwrap();
    let patched = |release: &str| {
        let outcome = report.0.iter().find(|outcome| outcome.release.name() == release).unwrap();
        outcome.patched.iter().cloned().collect::<Vec<_>>().join("\n")
    };
    assert_eq!(patched("10.6"), "");
    assert!(patched("10.9").contains("_RESERVEDIOService0Ev -> __ZN9IOService15configureReport"));
    assert!(
        patched("10.10").contains("__ZN15IORegistryEntry4initEP12OSDictionary -> __ZN9IOService4initEP12OSDictionary")
    );
    assert!(!patched("10.14").contains("Dispatch"));
    assert!(patched("10.15").contains("_RESERVEDOSMetaClassBase3Ev -> __ZN9IOService8DispatchE5IORPC"));
}

#[test]
fn two_slots_in_the_wrong_order_are_caught() {
    let (start, stop) = ("virtual IOReturn performAudioEngineStart();", "virtual IOReturn performAudioEngineStop();");
    let report = damaged(ENGINE, &[(start, "SWAPPED"), (stop, start), ("SWAPPED", stop)]).unwrap();
    let wrong = "vtable of IOAudioEngine, slot 332: __ZN13IOAudioEngine23performAudioEngineStartEv on this release, \
                 __ZN13IOAudioEngine22performAudioEngineStopEv by the headers";
    assert!(every_release_says(&report, wrong), "{report}");
}

#[test]
fn two_pads_in_the_wrong_order_are_caught() {
    let (one, two) = ("_RESERVEDIOService0()", "_RESERVEDIOService1()");
    let report = damaged("IOKit/IOService.h", &[(one, "SWAPPED"), (two, one), ("SWAPPED", two)]).unwrap();
    assert!(every_release_says(&report, "vtable of IOService, slot 133: "), "{report}");
}

#[test]
fn a_missing_slot_is_caught() {
    let report = damaged(ENGINE, &[("    virtual void _RESERVEDIOAudioEngine47();\n", "")]).unwrap();
    assert!(
        every_release_says(&report, "vtable of IOAudioEngine: 383 slots on this release, 382 by the headers"),
        "{report}"
    );
}

#[test]
fn a_wrong_name_is_caught() {
    let report = damaged(ENGINE, &[("getCurrentSampleFrame() = 0", "getCurrentSampleFrames()")]).unwrap();
    assert!(every_release_says(&report, "___cxa_pure_virtual on this release"), "{report}");
}

#[test]
fn a_wrong_parameter_is_caught() {
    let report = damaged(ENGINE, &[("takeTimeStamp(bool, AbsoluteTime *)", "takeTimeStamp(bool, UInt32 *)")]).unwrap();
    assert!(every_release_says(&report, "__ZN13IOAudioEngine13takeTimeStampEbPj by the headers"), "{report}");
}

#[test]
fn a_wrong_size_is_caught() {
    let report = damaged(ENGINE, &[("UInt32 numErasesPerBuffer;", "UInt64 numErasesPerBuffer;")]).unwrap();
    for wrong in [
        "size of IOAudioEngine: 280 on this release, 288 by the headers",
        "size of IOAudioEngine::numErasesPerBuffer: 4 on this release, 8 by the headers",
        "offset of IOAudioEngine::runEraseHead: 152 on this release, 160 by the headers",
    ] {
        assert!(every_release_says(&report, wrong), "{report}");
    }
}

#[test]
fn a_wrong_value_is_caught() {
    let error = "kIOReturnError = (IOReturn)0xe00002bc";
    let report = damaged("IOKit/IOReturn.h", &[(error, "kIOReturnError = (IOReturn)0xe00002bd")]).unwrap();
    assert!(every_release_says(&report, "value of kIOReturnError: "), "{report}");
    let key = "#define kIOAudioEngineStateKey \"IOAudioEngineState\"";
    let report = damaged("IOKit/audio/IOAudioDefines.h", &[(key, "#define kIOAudioEngineStateKey \"State\"")]).unwrap();
    assert!(every_release_says(&report, "text of kIOAudioEngineStateKey: "), "{report}");
}

#[test]
fn headers_that_do_not_compile_are_an_error_with_the_compilers_words() {
    let error = damaged(ENGINE, &[("class IOAudioEngine :", "clas IOAudioEngine :")]).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert!(matches!(&error, Error::Compile(text) if text.contains("clas IOAudioEngine")), "{error}");
}

/// Every supported compiler that is installed; at least one.
fn every_clang() -> Vec<Clang> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names: Vec<_> = (14..=30).map(|version| format!("clang++-{version}")).chain(["clang++".to_owned()]).collect();
    let programs = std::env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found: Vec<_> = programs.filter(|program| program.is_file()).map(Clang::at).collect();
    assert!(!found.is_empty(), "{}", Clang::find().unwrap_err());
    found
}

/// Checks the headers with the `replacements` made in one of them.
fn damaged(header: &str, replacements: &[(&str, &str)]) -> Result<Report, Error> {
    let folder = tempfile::tempdir().unwrap();
    copy(&include_dir(), folder.path());
    let path = folder.path().join(header);
    let mut text = fs::read_to_string(&path).unwrap();
    for (old, new) in replacements {
        let damaged = text.replacen(old, new, 1);
        assert_ne!(damaged, text, "{header} has no {old}");
        text = damaged;
    }
    fs::write(&path, text).unwrap();
    check(&FACTS, folder.path(), &Clang::find().unwrap())
}

fn every_release_says(report: &Report, wrong: &str) -> bool {
    !report.holds() && report.0.iter().all(|outcome| outcome.failures.iter().any(|failure| failure.contains(wrong)))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from: PathBuf = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
