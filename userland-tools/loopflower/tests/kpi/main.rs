//! What the bench has of the kernel's interface, told of kexts: our own, and one that is made into a driver for hardware; and what
//! audits tell. What these need is built by `cargo xtask build`; `cargo xtask test` does that first.

mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn loopflower(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopflower")).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Our kext, in the target folder that this test was built in.
fn own_kext() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_loopflower"));
    let target = program.ancestors().nth(2).unwrap();
    target.join("kext/Loopflower.kext")
}

/// The table of a kext's imports as JSON: symbol, component and status of each.
fn coverage(bundle: &str) -> Vec<(String, Option<String>, String)> {
    let done = loopflower(&["kpi", "coverage", bundle, "--format", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let table: Value = serde_json::from_slice(&done.stdout).unwrap();
    let row = |row: &Value| {
        let row = row.as_object().unwrap();
        assert_eq!(row.keys().collect::<Vec<_>>(), ["component", "status", "symbol"]);
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        (text("symbol").unwrap(), text("component"), text("status").unwrap())
    };
    table.as_array().unwrap().iter().map(row).collect()
}

/// Our kext as a driver for PCI: its provider is a PCI device, and one of its imports is a function of IOPCIFamily's.
fn for_hardware(folder: &Path) -> PathBuf {
    let (from, bundle) = (own_kext().join("Contents"), folder.join("Hardware.kext"));
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    let list = fs::read_to_string(from.join("Info.plist")).unwrap();
    let library = "<key>com.apple.kpi.iokit</key>";
    let family = "<key>com.apple.iokit.IOPCIFamily</key><string>2.5</string>";
    let list = list.replace(library, &format!("{family}{library}")).replace(">IOResources<", ">IOPCIDevice<");
    fs::write(bundle.join("Contents/Info.plist"), list).unwrap();
    let mut file = fs::read(from.join("MacOS/Loopflower")).unwrap();
    let (old, new) = (b"\0_current_task\0", b"\0_IOPCI_getbar\0");
    let at = file.windows(old.len()).position(|window| window == old).expect("the import is there");
    file[at..at + old.len()].copy_from_slice(new);
    fs::write(bundle.join("Contents/MacOS/Loopflower"), file).unwrap();
    bundle
}

#[test]
fn our_own_kext_meets_no_trap() {
    let rows = coverage(own_kext().to_str().unwrap());
    assert!(rows.len() > 100, "{rows:?}");
    for (symbol, component, status) in rows {
        // A pad that the release has no more stands in vtable slots only.
        let is_pad = status == "pad" && symbol.contains("_RESERVED");
        assert!(is_pad || (status == "implemented" && component.is_some()), "{symbol}: {component:?}, {status}");
    }
}

#[test]
fn a_driver_for_hardware_loads_and_matches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = for_hardware(folder.path());
    let bundle = bundle.to_str().unwrap();
    let rows = coverage(bundle);
    let family = Some("com.apple.iokit.IOPCIFamily".to_owned());
    assert!(rows.contains(&("_IOPCI_getbar".to_owned(), family, "trap".to_owned())), "{rows:?}");
    for os in ["10.6", "10.15", "11"] {
        let done = loopflower(&["run", "--machine", "hosted", "--scenario", "load", "--os", os, "--kext", bundle]);
        assert_eq!(done.status.code(), Some(0), "{os}: {}", text(&done));
        assert!(text(&done).contains("matched nothing"), "{os}: {}", text(&done));
    }
}

#[test]
fn our_own_kext_links_on_all_that_it_is_for_and_is_deprecated_as_of_yosemite() {
    let bundle = own_kext();
    let done = loopflower(&["kpi", "audit", bundle.to_str().unwrap(), "--format", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let audit: Value = serde_json::from_slice(&done.stdout).unwrap();
    let kext = &audit["bundles"][0];
    let verdicts = kext["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 11, "{verdicts:?}");
    assert!(
        verdicts.iter().all(|verdict| verdict["outcome"] == "links" || verdict["outcome"] == "patched"),
        "{verdicts:?}"
    );
    assert_eq!((&kext["minimum"], &kext["maximum"]), (&"10.6".into(), &"11".into()));
    assert_eq!(kext["deprecated"]["since"], "10.10");
    let declared = kext["info"]["libraries"].as_array().unwrap().iter();
    let declared: Vec<String> = declared.map(|pair| format!("{} {}", pair[0], pair[1])).collect();
    let needed = kext["needed"].as_object().unwrap().iter();
    assert_eq!(declared, needed.map(|(name, version)| format!("\"{name}\" {version}")).collect::<Vec<_>>());
    assert!(
        kext["imports"]
            .as_array()
            .unwrap()
            .iter()
            .all(|import| import["library"] == "declared" || import["library"] == "nowhere")
    );
    let shown = text(&loopflower(&["kpi", "audit", bundle.to_str().unwrap()]));
    assert!(shown.contains("links on        10.6 to 11") && shown.contains("deprecated      as of 10.10: "), "{shown}");
}
