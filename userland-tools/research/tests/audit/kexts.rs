//! Kexts to audit: one that is compiled, and files for other processors that are put together here.

use std::fs;
use std::path::{Path, PathBuf};

use abi::Release;
use kernel_build::{Entry, Kext};
use research::audit::{Audited, Options, audit};

/// A kext's executable for another processor, as far as an audit reads it: header, symbol table, and what it imports.
pub fn thin((cputype, subtype): (u32, u32), imports: &[&str]) -> Vec<u8> {
    const KEXT: u32 = 11;
    const LC_SYMTAB: u32 = 2;
    const UNDEFINED_EXTERNAL: u8 = 1;
    let is_64 = cputype & 0x0100_0000 != 0;
    let (magic, header, entry) = if is_64 { (0xfeed_facf_u32, 32, 16) } else { (0xfeed_face, 28, 12) };
    let symbols = header + 24;
    let strings = symbols + entry * imports.len() as u32;
    let names: Vec<u8> = [&[0][..]]
        .into_iter()
        .chain(imports.iter().flat_map(|name| [name.as_bytes(), &[0]]))
        .flatten()
        .copied()
        .collect();
    let mut words = vec![magic, cputype, subtype, KEXT, 1, 24, 0];
    words.extend(is_64.then_some(0));
    words.extend([LC_SYMTAB, 24, symbols, imports.len() as u32, strings, names.len() as u32]);
    let mut file: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    let mut at = 1;
    for name in imports {
        file.extend(u32::to_le_bytes(at));
        file.extend([UNDEFINED_EXTERNAL, 0, 0, 0]);
        file.resize(file.len() + entry as usize - 8, 0);
        at += name.len() as u32 + 1;
    }
    file.extend(names);
    file
}

/// A universal file of parts: each with its processor and bytes.
pub fn universal(parts: &[((u32, u32), &[u8])]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut file: Vec<u8> =
        [0xcafe_babe, parts.len() as u32].iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    let mut offset = PAGE;
    for ((cputype, subtype), bytes) in parts {
        let words = [*cputype, *subtype, offset as u32, bytes.len() as u32, 12];
        file.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        offset += bytes.len().next_multiple_of(PAGE);
    }
    for (_, bytes) in parts {
        file.resize(file.len().next_multiple_of(PAGE), 0);
        file.extend(*bytes);
    }
    file
}

/// The corpus's kext without classes, with what `defined` brings into it, built below `place`.
pub fn executable(defined: &str, place: &Path) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sources = root.join("vm-test/witnesses/kexts/corpus");
    let kext = Kext {
        name: "plain".into(),
        identifier: "org.example.plain".into(),
        version: "1.0.0".into(),
        driver: None,
        cxx_sources: vec![sources.join("plain.cpp")],
        include_dirs: vec![root.join("kernel-bindings/include")],
        info_plist: PathBuf::new(),
        entry: Some(Entry { start: "corpus_start".into(), stop: "corpus_stop".into() }),
        exports: Vec::new(),
        rustflags: Vec::new(),
        cxxflags: vec![format!("-D{defined}")],
        source_root: sources,
        releases: Vec::new(),
        max_size: 0,
        target_dir: place.join("build"),
        out_dir: place.to_owned(),
    };
    kernel_build::executable(&kext).unwrap()
}

/// A bundle of it that names `libraries`.
pub fn bundle(place: &Path, executable: &[u8], libraries: &[&str]) -> PathBuf {
    let bundle = place.join("plain.kext");
    fs::create_dir_all(bundle.join("Contents/MacOS")).unwrap();
    fs::write(bundle.join("Contents/MacOS/plain"), executable).unwrap();
    let named = libraries.iter().map(|name| format!("<key>com.apple.kpi.{name}</key><string>8.0</string>"));
    let named = named.collect::<Vec<_>>().concat();
    let entry = |key: &str, text: &str| format!("<key>{key}</key><string>{text}</string>");
    let entries = [
        entry("CFBundleIdentifier", "org.example.plain"),
        entry("CFBundleVersion", "1.0.0"),
        entry("CFBundlePackageType", "KEXT"),
        entry("CFBundleExecutable", "plain"),
    ];
    let entries = entries.concat();
    let list = format!(
        "<plist version=\"1.0\"><dict>{entries}<key>OSBundleLibraries</key><dict>{named}</dict></dict></plist>"
    );
    fs::write(bundle.join("Contents/Info.plist"), list).unwrap();
    bundle
}

pub fn audited(bundle: &Path, releases: &[Release]) -> Audited {
    let options = Options { releases: releases.to_vec(), libraries: Vec::new(), host: None };
    audit(&[bundle.to_owned()], &options).unwrap().bundles.remove(0)
}
