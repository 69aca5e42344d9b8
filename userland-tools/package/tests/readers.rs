//! The artefacts, read by readers that are not ours: bsdtar (xar, cpio, tar, gzip) and apple-bom.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use package::{Tree, bom, flat, tarball};

fn sample() -> Tree {
    let mut tree = Tree::default();
    tree.add_file("install", b"#!/bin/sh\n".to_vec(), true);
    tree.add_file("kext/unsigned/L.kext/Contents/Info.plist", b"<plist/>".to_vec(), false);
    tree.add_file("kext/unsigned/L.kext/Contents/MacOS/L", vec![0xcf; 5000], true);
    tree
}

/// What a reader makes of an archive on its standard input.
fn bsdtar(arguments: &[&str], archive: &[u8]) -> Vec<u8> {
    let mut reader = Command::new("bsdtar")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bsdtar runs; `cargo xtask test` installs it (package libarchive-tools)");
    let (mut input, bytes) = (reader.stdin.take().unwrap(), archive.to_vec());
    // The reader may be done before it has read all.
    let writer = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let done = reader.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(done.status.success(), "bsdtar {arguments:?}: {}", done.status);
    done.stdout
}

/// Mode and owner of each entry in a listing.
fn listed(arguments: &[&str], archive: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8(bsdtar(arguments, archive)).unwrap();
    let entry = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = words.last().unwrap().trim_end_matches('/').to_owned();
        (name, [words[0], words[2], words[3]].join(" "))
    };
    text.lines().map(entry).collect()
}

#[test]
fn an_independent_reader_opens_the_package_with_owners_and_modes() {
    let tree = sample();
    let package = flat::package(&tree, "1.2").unwrap();
    let outer = listed(&["-tvf", "-"], &package);
    let names: Vec<&str> = outer.keys().map(String::as_str).collect();
    let parts = ["Bom", "PackageInfo", "Payload", "Scripts"].map(|part| format!("Loopflower.pkg/{part}"));
    assert_eq!(names[..2], ["Distribution", "Loopflower.pkg"]);
    assert_eq!(names[2..], parts);
    assert!(outer.values().all(|facts| facts.ends_with("root wheel")), "{outer:?}");

    let payload = bsdtar(&["-xOf", "-", "Loopflower.pkg/Payload"], &package);
    let inner = listed(&["-tvf", "-", "--numeric-owner"], &payload);
    assert_eq!(inner.len(), tree.len() + 1, "all of the tree and its root: {inner:?}");
    assert_eq!(inner["./install"], "-rwxr-xr-x 0 0");
    assert_eq!(inner["./kext/unsigned"], "drwxr-xr-x 0 0");
    assert_eq!(inner["./kext/unsigned/L.kext/Contents/Info.plist"], "-rw-r--r-- 0 0");
    assert_eq!(inner["./kext/unsigned/L.kext/Contents/MacOS/L"], "-rwxr-xr-x 0 0");
    let binary = bsdtar(&["-xOf", "-", "./kext/unsigned/L.kext/Contents/MacOS/L"], &payload);
    assert_eq!(binary, vec![0xcf; 5000]);

    let scripts = bsdtar(&["-xOf", "-", "Loopflower.pkg/Scripts"], &package);
    assert_eq!(listed(&["-tvf", "-"], &scripts)["./postinstall"].split(' ').next(), Some("-rwxr-xr-x"));
    let info = String::from_utf8(bsdtar(&["-xOf", "-", "Loopflower.pkg/PackageInfo"], &package)).unwrap();
    assert!(info.contains("version=\"1.2\"") && info.contains("numberOfFiles=\"9\""), "{info}");
}

#[test]
fn a_damaged_package_is_refused() {
    let mut package = flat::package(&sample(), "1.2").unwrap();
    package[40] ^= 0xff;
    let done = Command::new("bsdtar").args(["-tf", "-"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut done = done.unwrap();
    let _ = done.stdin.take().unwrap().write_all(&package);
    assert!(!done.wait().unwrap().success());
}

#[test]
fn an_independent_reader_lists_the_bill() {
    let tree = sample();
    let bytes = bom::bill(&tree).unwrap();
    let paths = apple_bom::ParsedBom::parse(&bytes).unwrap().paths().unwrap();
    assert_eq!(paths.len(), tree.len() + 1);
    let named: BTreeMap<&str, _> = paths.iter().map(|path| (path.path(), path)).collect();
    assert!(paths.iter().all(|path| path.user_id() == 0 && path.group_id() == 0));
    for (path, entry) in tree.entries() {
        let seen = named.get(format!("./{path}").as_str()).unwrap_or_else(|| panic!("{path} in {:?}", named.keys()));
        assert_eq!(seen.file_mode(), entry.mode(), "{path}");
        assert_eq!(seen.size(), entry.bytes().len(), "{path}");
        if !entry.bytes().is_empty() {
            assert_eq!(seen.crc32(), Some(bom::checksum(entry.bytes())), "{path}");
        }
    }
    let mut many = Tree::default();
    (0..256).for_each(|number| many.add_file(&number.to_string(), Vec::new(), false));
    assert!(bom::bill(&many).unwrap_err().to_string().contains("257 files and folders"));
}

#[test]
fn the_plain_archive_has_the_same_tree() {
    let tree = sample();
    let listing = listed(&["-tvf", "-"], &tarball::archive(&tree, "Loopflower-1.2").unwrap());
    assert_eq!(listing.len(), tree.len() + 1);
    assert_eq!(listing["Loopflower-1.2/install"], "-rwxr-xr-x root wheel");
    assert_eq!(listing["Loopflower-1.2/kext/unsigned"], "drwxr-xr-x root wheel");
}

#[test]
fn the_same_tree_gives_the_same_bytes_whatever_the_disk_says_of_modes_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let of = |mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        let bundle = folder.path().join(format!("{mode:o}"));
        std::fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
        for name in ["Contents/MacOS/L", "Contents/Info.plist"] {
            std::fs::write(bundle.join(name), name).unwrap();
            std::fs::set_permissions(bundle.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut tree = Tree::default();
        tree.add_bundle("L.kext", &bundle).unwrap();
        (flat::package(&tree, "1").unwrap(), tarball::archive(&tree, "L").unwrap())
    };
    assert_eq!(of(0o600), of(0o777));
}
