//! Kexts with planted faults, and what the audit says of them.

mod common;

use std::path::Path;

use kernel_build::{Built, Entry, Error, Finding, Kext, Releases, Rule, audit, build};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

/// A kext of one planted file.
fn planted(name: &str, flags: &[&str]) -> Kext {
    let folder = common::fixtures().join("planted");
    let small = common::small(&common::fixtures().join("small"), "planted");
    Kext {
        name: name.into(),
        identifier: format!("org.loopflower.test.{name}"),
        driver: None,
        cxx_sources: vec![folder.join(format!("{name}.cpp"))],
        info_plist: folder.join("Info.plist"),
        entry: Some(Entry { start: "planted_start".into(), stop: "planted_stop".into() }),
        cxxflags: flags.iter().map(|&flag| flag.to_owned()).collect(),
        source_root: folder,
        ..small
    }
}

fn findings(kext: &Kext) -> Vec<Finding> {
    let bundle = kext.out_dir.join(format!("{}.kext", kext.name));
    // One may be left from a run that was broken off.
    let _ = std::fs::remove_dir_all(&bundle);
    match build(kext) {
        Err(Error::Audit(findings)) => {
            assert!(!bundle.exists(), "a kext that breaks rules is not put in its place");
            findings
        }
        Err(error) => panic!("{error}"),
        Ok(_) => Vec::new(),
    }
}

/// The places that break `rule`; nothing else may be broken.
fn places(kext: &Kext, rule: Rule) -> Vec<String> {
    let findings = findings(kext);
    let other: Vec<String> = findings.iter().filter(|finding| finding.rule != rule).map(Finding::to_string).collect();
    assert_eq!(other, [""; 0]);
    let mut places: Vec<String> = findings.into_iter().filter_map(|finding| finding.symbol).collect();
    places.dedup();
    places
}

/// Builds and removes the bundle again.
fn holds(kext: &Kext) -> Built {
    let built = build(kext).unwrap_or_else(|error| panic!("{error}"));
    std::fs::remove_dir_all(&built.bundle).unwrap();
    built
}

#[test]
fn a_red_zone_in_cxx_is_found() {
    holds(&planted("red_zone", &["-DMOVES_THE_STACK_POINTER"]));
    assert_eq!(places(&planted("red_zone", &[]), Rule::RedZone), ["_leaf"]);
}

#[test]
fn a_red_zone_and_a_newer_processor_in_rust_are_found() {
    let sources = common::fixtures().join("small");
    let mut kext = common::small(&sources, "planted-rust");
    kext.rustflags = ["-Cno-redzone=no", "-Ctarget-cpu=penryn"].map(str::to_owned).to_vec();
    let findings = findings(&kext);
    let at = |rule: Rule, name: &str| {
        findings.iter().any(|finding| finding.rule == rule && finding.symbol.as_deref() == Some(name))
    };
    assert!(at(Rule::RedZone, "_small_leaf"), "{findings:?}");
    assert!(at(Rule::InstructionSet, "_small_products"), "{findings:?}");
}

#[test]
fn a_newer_instruction_in_cxx_is_found() {
    holds(&planted("sse41", &[]));
    assert_eq!(places(&planted("sse41", &["-msse4.1"]), Rule::InstructionSet), ["_multiply"]);
}

#[test]
fn data_among_the_instructions_is_found() {
    holds(&planted("jump_table", &[]));
    assert_eq!(places(&planted("jump_table", &["-fjump-tables"]), Rule::Code), ["_planted_start"]);
}

#[test]
fn what_kernels_have_no_support_for_is_found() {
    let findings = findings(&planted("exit_handler", &[]));
    let at = |rule: Rule| findings.iter().find(|finding| finding.rule == rule);
    assert_eq!(at(Rule::ForbiddenSymbol).unwrap().symbol.as_deref(), Some("___cxa_atexit"));
    // No release exports it either.
    assert!(at(Rule::Link).unwrap().problem.contains("___cxa_atexit"));
    assert!(findings.iter().all(|finding| finding.rule == Rule::Link || finding.rule == Rule::ForbiddenSymbol));
}

#[test]
fn an_import_that_no_release_exports_is_found() {
    let findings = findings(&planted("unresolved", &[]));
    assert!(findings.iter().all(|finding| finding.rule == Rule::Link), "{findings:?}");
    let said: String = findings.iter().map(Finding::to_string).collect();
    assert!(
        said.contains("_no_kernel_has_this") && said.contains("on 10.6, 10.7,") && said.contains("on 11:"),
        "{said}"
    );
}

#[test]
fn too_large_an_executable_is_found() {
    let kext = Kext { name: "sse41".into(), max_size: 4096, ..planted("sse41", &[]) };
    let kext = Kext { out_dir: kext.out_dir.join("size"), ..kext };
    let findings = findings(&kext);
    assert!(findings.len() == 1 && findings[0].rule == Rule::Size, "{findings:?}");
}

/// Audits a copy of `built` after `change` was made to its Info.plist.
fn with_list(built: &Built, name: &str, change: impl Fn(String) -> String) -> Vec<Finding> {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&copy);
    std::fs::create_dir_all(copy.join("Contents/MacOS")).unwrap();
    let executable = Path::new("Contents/MacOS").join(built.executable.file_name().unwrap());
    std::fs::copy(&built.executable, copy.join(executable)).unwrap();
    let list = std::fs::read_to_string(built.bundle.join("Contents/Info.plist")).unwrap();
    std::fs::write(copy.join("Contents/Info.plist"), change(list)).unwrap();
    audit(&copy, &Releases::new(abi::Release::claimed()), 192 << 10).unwrap()
}

#[test]
fn a_bundle_that_kernels_refuse_is_found() {
    let built = build(&Kext { name: "lists".into(), ..planted("sse41", &[]) }).unwrap();
    assert_eq!(with_list(&built, "as-built", |list| list), []);

    let broken =
        with_list(&built, "version", |list| list.replace("<string>1.0.0</string>", "<string>1.0.0.0</string>"));
    assert!(broken.len() == 1 && broken[0].problem.starts_with("CFBundleVersion \"1.0.0.0\""), "{broken:?}");

    let broken = with_list(&built, "library", |list| list.replace("<string>7.0</string>", "<string>12.0</string>"));
    assert!(broken.len() == 1 && broken[0].problem.contains("10.6 has 7.0 to 10.8.0"), "{broken:?}");

    let broken = with_list(&built, "component", |list| list.replace("com.apple.kpi.iokit", "com.apple.kpi.bsd"));
    assert!(
        broken.iter().any(|finding| finding.rule == Rule::Link && finding.problem.contains("_IOLog")),
        "{broken:?}"
    );
}

#[test]
fn a_personality_that_loads_another_kext_is_found() {
    let sources = common::fixtures().join("small");
    let kext = Kext { name: "Other".into(), driver: None, ..common::small(&sources, "planted") };
    let folder = common::fixtures().join("planted");
    let kext = Kext {
        identifier: "org.loopflower.test.Other".into(),
        cxx_sources: vec![folder.join("sse41.cpp")],
        entry: Some(Entry { start: "planted_start".into(), stop: "planted_stop".into() }),
        ..kext
    };
    let findings = findings(&kext);
    assert!(findings.len() == 1 && findings[0].problem.starts_with("personality Small"), "{findings:?}");
}

/// An executable that was damaged after the build has findings or has none, but never harms the auditor.
#[test]
fn damaged_executables_do_no_harm() {
    let built = build(&Kext { name: "damaged".into(), ..planted("jump_table", &[]) }).unwrap();
    let whole = std::fs::read(&built.executable).unwrap();
    let releases = Releases::new(&[abi::Release::V10_6, abi::Release::V11]);
    assert_eq!(audit(&built.bundle, &releases, 192 << 10).unwrap(), []);

    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let damage = (any::<Index>(), any::<[u8; 4]>(), any::<bool>());
    let outcome = runner.run(&damage, |(place, bytes, in_header)| {
        let mut file = whole.clone();
        // The header is small, but everything hangs on it.
        let at = place.index(if in_header { 1024 } else { file.len() - bytes.len() });
        file[at..at + bytes.len()].copy_from_slice(&bytes);
        std::fs::write(&built.executable, file).unwrap();
        let _ = audit(&built.bundle, &releases, 192 << 10).unwrap();
        Ok(())
    });
    outcome.unwrap();
    for end in [0, 1, 31, 32, 100, 1000, whole.len() - 1] {
        std::fs::write(&built.executable, &whole[..end]).unwrap();
        assert_ne!(audit(&built.bundle, &releases, 192 << 10).unwrap(), [], "{end} bytes");
    }
}
