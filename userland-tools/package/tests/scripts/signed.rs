//! The package with what rcodesign really signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{LOCAL, Mac, SYSTEM};

const PASSWORD: &str = "of a test";

/// Runs a program to its end.
fn run(program: &str, arguments: &[&str]) -> Output {
    let done = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    done.unwrap_or_else(|why| panic!("{program}: {why}; what this test needs is in the reason why it is ignored"))
}

fn done(program: &str, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(program, arguments);
    assert!(status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).into_owned()
}

/// Packs what is built into `out`; the exit code and what it said on standard error.
fn pack(out: &Path, options: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } =
        run(env!("CARGO_BIN_EXE_package"), &[&["--out", out.to_str().unwrap()], options].concat());
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

/// A Mac with what Installer would have put there from the one package in `out`.
fn unpacked(out: &Path, version: &'static str) -> Mac {
    let mac = Mac::around(tempfile::tempdir().unwrap(), version);
    fs::create_dir_all(mac.support()).unwrap();
    let package = out.join(concat!("Loopflower-", env!("CARGO_PKG_VERSION"), ".pkg"));
    let (payload, support) = (mac.path("payload"), mac.support());
    let unpack = "bsdtar -xOf \"$0\" Loopflower.pkg/Payload > \"$1\" && bsdtar -xf \"$1\" -C \"$2\"";
    let paths = [&package, &payload, &support].map(|path| path.to_str().unwrap());
    done("/bin/sh", &[&["-c", unpack], &paths[..]].concat());
    mac
}

/// What rcodesign says of each part of a file: the words behind the wanted keys.
fn facts(file: &Path) -> BTreeMap<String, Vec<String>> {
    let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in done("rcodesign", &["print-signature-info", file.to_str().unwrap()]).lines() {
        if let Some((key, value)) = line.trim_start_matches([' ', '-']).split_once(": ") {
            facts.entry(key.to_owned()).or_default().push(value.to_owned());
        }
    }
    facts
}

fn assert_signed(file: &Path, identifier: &str, flags: &str, digests: &[&str]) {
    // It looks at programs, not at bundles.
    done("rcodesign", &["verify", file.to_str().unwrap()]);
    let facts = facts(file);
    let path = file.display();
    assert!(facts["identifier"].iter().all(|said| said == identifier), "{path}: {facts:?}");
    assert!(facts["flags"].iter().all(|said| said == flags), "{path}: {facts:?}");
    assert_eq!(facts["digest_type"], digests, "{path}");
    assert!(facts["signature_verifies"].iter().all(|said| said == "true"), "{path}: {facts:?}");
}

/// A certificate of nobody's in `folder`, and the file with its password.
fn certificate(folder: &Path) -> [String; 2] {
    let path = |name: &str| folder.join(name).display().to_string();
    let (pem, p12, password) = (path("test.pem"), path("test.p12"), path("password"));
    let profile = ["--profile", "developer-id-application", "--person-name", "Test"];
    done("rcodesign", &[&["generate-self-signed-certificate", "--pem-unified-file", &pem], &profile[..]].concat());
    fs::write(&password, PASSWORD).unwrap();
    let words = format!("pass:{PASSWORD}");
    done("openssl", &["pkcs12", "-export", "-legacy", "-in", &pem, "-out", &p12, "-passout", &words]);
    [p12, password]
}

#[test]
#[ignore = "needs rcodesign (cargo install apple-codesign), openssl and what `cargo xtask package` builds: \
            cargo test -p package --test scripts -- --ignored"]
fn what_rcodesign_signs_verifies_and_each_release_gets_the_form_that_it_loads() {
    let folder = tempfile::tempdir().unwrap();
    let [p12, password] = certificate(folder.path());
    let sign = ["--sign", &p12, "--password-file", &password, "--timestamp-url", "none"];
    let out = folder.path().join("out");
    let (code, said) = pack(&out, &sign);
    assert_eq!((code, said.as_str()), (0, ""));

    let inside = |bundle: PathBuf| bundle.join("Contents/MacOS/Loopflower");
    let kexts = [("10.6.8", SYSTEM, "unsigned"), ("10.7.5", SYSTEM, "unsigned"), ("10.8.5", SYSTEM, "signed")];
    let kexts = kexts.into_iter().chain([("10.9.5", LOCAL, "signed"), ("10.13.6", LOCAL, "signed")]);
    for (version, place, form) in kexts {
        let mac = unpacked(&out, version);
        let (code, said) = mac.postinstall();
        assert!(code == 0 && said.contains(&format!("({form})")), "{version}: {said}");
        let kext = inside(mac.disk().join(place));
        assert_eq!(
            fs::read(&kext).unwrap(),
            fs::read(inside(mac.support().join("kext").join(form).join("Loopflower.kext"))).unwrap()
        );
        if form == "signed" {
            // 10.8 to 10.11 know the older digest only, and look at what comes first.
            assert_signed(&kext, "org.loopflower.driver", "CodeSignatureFlags(0x0)", &["sha1", "sha256"]);
        } else {
            assert!(!facts(&kext).contains_key("identifier"), "{version}: signed");
        }
    }
    let mac = unpacked(&out, "10.13.6");
    let (driver, bin) = (mac.support().join("plug-in/Loopflower.driver"), mac.support().join("bin"));
    let runtime = "CodeSignatureFlags(RUNTIME)";
    assert_signed(&inside(driver), "org.loopflower.plugin", runtime, &["sha256", "sha256"]);
    assert_signed(&bin.join("loopflower"), "org.loopflower.tool", runtime, &["sha256", "sha256"]);
    assert!(!facts(&bin.join("loopflower-agent")).contains_key("identifier"), "10.6 starts no signed agent");
}

#[test]
#[ignore = "needs rcodesign (cargo install apple-codesign), openssl and what `cargo xtask package` builds: \
            cargo test -p package --test scripts -- --ignored"]
fn without_a_certificate_bundles_are_sealed_and_what_is_wrong_is_said_with_nothing_left() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = folder.path().join("sealed");
    assert_eq!(pack(&sealed, &["--ad-hoc"]), (0, String::new()));
    let mac = unpacked(&sealed, "13.1");
    let driver = mac.support().join("plug-in/Loopflower.driver/Contents");
    assert!(driver.join("_CodeSignature/CodeResources").is_file() && !mac.support().join("kext/signed").exists());
    assert_eq!(facts(&driver.join("MacOS/Loopflower"))["flags"], ["CodeSignatureFlags(ADHOC)"; 2]);

    let [p12, password] = certificate(folder.path());
    let wrong = folder.path().join("wrong").display().to_string();
    fs::write(&wrong, "no").unwrap();
    let out = folder.path().join("out");
    let cases: [(&[&str], &str); 4] = [
        (&["--sign", &p12, "--password-file", &wrong], "the password is wrong"),
        (&["--sign", &p12], "the password is wrong"),
        (&["--sign", &wrong], "this is no certificate"),
        (&["--sign", "absent.p12", "--password-file", &password], "absent.p12: there is no such file"),
    ];
    for (options, words) in cases {
        let (code, said) = pack(&out, options);
        assert!(code == 2 && said.contains(words), "{options:?}: {code} {said}");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "{options:?}");
    }
    let (code, said) = pack(&folder.path().join("wrong/out"), &[]);
    assert!(code == 2 && said.contains("name another folder with --out"), "{code} {said}");
}
