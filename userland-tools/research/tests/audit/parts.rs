//! Universal files, libraries, and what is found in code and names.

use abi::Release;
use research::audit::{Audited, Options, audit};

use super::kexts::{audited, bundle, executable, thin, universal};

/// Processor and variant.
const X86_64: (u32, u32) = (0x0100_0007, 3);
const I386: (u32, u32) = (7, 3);
const ARM64E: (u32, u32) = (0x0100_000c, 2);

/// Verdicts as `ARCH RELEASE OUTCOME`, with what is missing behind; of x86_64 the refusals only.
fn verdicts(found: &Audited) -> Vec<String> {
    let told = found.verdicts.iter().filter(|it| it.arch != "x86_64" || it.is_refusal());
    told.map(|it| format!("{} {} {} {}", it.arch, it.release, it.outcome, it.missing.join(" ")).trim().to_owned())
        .collect()
}

#[test]
fn each_part_of_a_universal_kext_is_judged_by_what_its_processor_has() {
    let place = tempfile::tempdir().unwrap();
    let intel = executable("NOTHING", place.path());
    // One function is there up to 10.10, the other as of 10.12; and of the family nothing is known on i386.
    let old = thin(I386, &["_IOLog", "_IOKitResetTime"]);
    let arm = thin(ARM64E, &["_IOLog", "_IOKitResetTime", "_os_log_info_enabled"]);
    let file = universal(&[(I386, &old), (X86_64, &intel), (ARM64E, &arm)]);
    let found = audited(&bundle(place.path(), &file, &["iokit", "libkern"]), &Release::ALL);
    assert_eq!((found.minimum, found.maximum), (Some("10.6"), Some("11")));
    let archs: Vec<&str> = found.slices.iter().map(|slice| slice.arch.as_str()).collect();
    assert_eq!(archs, ["i386", "x86_64", "arm64e"]);
    let arm = ["11", "12", "13", "14", "15"].map(|release| format!("arm64e {release} missing _IOKitResetTime"));
    let i386 = ["10.6", "10.7"].map(|release| format!("i386 {release} exported"));
    assert_eq!(verdicts(&found), [&arm[..], &i386[..]].concat());
    let import = |name: &str| found.imports.iter().find(|import| import.symbol == name).unwrap();
    assert_eq!(import("_IOLog").archs, ["i386", "x86_64", "arm64e"]);
    assert_eq!(import("_os_log_info_enabled").archs, ["arm64e"]);
    assert!(!found.held(), "a part that cannot link is a check that failed");

    let family = thin(I386, &["_IOLog", "__ZN13IOAudioEngine13takeTimeStampEbPy"]);
    let file = universal(&[(I386, &family), (X86_64, &intel)]);
    let found = audited(&bundle(place.path(), &file, &["iokit", "libkern"]), &[Release::V10_6, Release::V10_9]);
    assert_eq!(verdicts(&found), ["i386 10.6 unknown"]);
}

#[test]
fn a_part_that_cannot_be_read_is_marked_and_the_others_are_judged() {
    let place = tempfile::tempdir().unwrap();
    let intel = executable("NOTHING", place.path());
    let arm = thin(ARM64E, &["_IOLog"]);
    let whole = universal(&[(X86_64, &intel), (ARM64E, &arm)]);
    for length in [whole.len() - 1, whole.len() - arm.len()] {
        let found =
            audited(&bundle(place.path(), &whole[..length], &["iokit", "libkern"]), &[Release::V11, Release::V12]);
        assert_eq!(verdicts(&found), ["arm64e 11 unread", "arm64e 12 unread"]);
        assert_eq!(found.slices[1].unreadable, ["it does not lie within the file"]);
        assert!(found.minimum == Some("11") && !found.held());
        assert!(
            found.to_string().contains("NOT READ        part for arm64e: it does not lie within the file"),
            "{found}"
        );
    }
}

#[test]
fn what_code_and_names_break_is_found_and_a_signature_is_seen() {
    let place = tempfile::tempdir().unwrap();
    let found = |defined: &str| {
        let found = audited(&bundle(place.path(), &executable(defined, place.path()), &["iokit"]), &[Release::V10_9]);
        assert!(!found.slices[0].signed && !found.sealed);
        found.findings
    };
    assert!(found("NOTHING").is_empty());
    let red = found("RED_ZONE").remove(0);
    assert_eq!((red.rule.as_str(), red.place.unwrap().split('+').next()), ("red zone", Some("_corpus_start")));
    assert!(red.way_out.contains("-mno-red-zone"), "{}", red.way_out);
    let unwinder = found("UNWINDER").remove(0);
    assert_eq!((unwinder.rule.as_str(), unwinder.place.as_deref()), ("forbidden symbol", Some("__Unwind_Resume")));
}

#[test]
fn several_bundles_are_told_in_their_order_each_for_itself() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let good = bundle(one.path(), &executable("NOTHING", one.path()), &["iokit"]);
    let bad = bundle(other.path(), &executable("NOWHERE", other.path()), &["iokit"]);
    let options = Options { releases: vec![Release::V10_9], libraries: Vec::new(), host: None };
    let found = audit(&[good.clone(), bad.clone(), good.clone()], &options).unwrap();
    let outcomes: Vec<(&str, &str)> =
        found.bundles.iter().map(|it| (it.bundle.as_str(), it.verdicts[0].outcome)).collect();
    let path = |path: &'_ std::path::PathBuf| path.to_str().unwrap().to_owned();
    assert_eq!(
        outcomes,
        [(path(&good).as_str(), "links"), (path(&bad).as_str(), "refused"), (path(&good).as_str(), "links")]
    );
    assert!(!found.held() && found.bundles[0].held());
}
