//! The corpus: good and broken bundles, and what each release's kernel says of them. The table is `kexts/corpus/corpus.tsv`.
//!
//! A row is a kext and a range of releases; rows of one name are one kext. `source` is a file beside the table and what is
//! defined for it; `plist` changes the property list (`KEY=VALUE` with CFBundle… or OSBundle… keys, else an entry of
//! OSBundleLibraries; no value takes the entry out); `change` changes the executable ([`change`]); `with` names the rows whose
//! kexts are given as libraries. The verdict is `loads` or `refused`; `words`, separated by `|`, are what the log or the
//! refusal must have.

mod change;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use abi::Release;
use kernel_build::{Entry, Kext};

use crate::witness::folder;

/// What a library offers, as patterns of Mach-O names; hidden ones are not among them.
const OFFERED: [&str; 6] =
    ["_corpus_add", "_bridge_*", "__Z*6Corpus*", "__Z*10CorpusBase*", "__Z*12CorpusMiddle*", "__Z*10BridgeBase*"];
/// A name that one of the kexts takes although the kernel has it.
const TAKEN: &str = "_IOSleep";

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kext's name.
    pub name: String,
    source: String,
    plist: String,
    change: String,
    /// Names of the kexts that are given as libraries.
    pub with: Vec<String>,
    /// First and last release that this verdict is for.
    pub on: [Release; 2],
    /// Whether it loads.
    pub loads: bool,
    /// What must be said.
    pub words: Vec<String>,
}

/// The rows, in the order of the table.
///
/// # Errors
/// The table cannot be read; which line is not one of it.
pub fn rows() -> Result<Vec<Row>, String> {
    let path = folder().join("corpus/corpus.tsv");
    let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    let lines = text.lines().enumerate().skip(1);
    lines.map(|(line, text)| row(text).ok_or_else(|| format!("{}:{}: is no row", path.display(), line + 1))).collect()
}

fn row(text: &str) -> Option<Row> {
    let fields: Vec<&str> = text.split('\t').collect();
    let &[name, source, plist, change, with, on, verdict, words] = &fields[..] else { return None };
    let (first, last) = on.split_once('-').unwrap_or((on, on));
    let parts = |text: &str, separator| -> Vec<String> {
        text.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    Some(Row {
        name: name.to_owned(),
        source: source.to_owned(),
        plist: plist.to_owned(),
        change: change.to_owned(),
        with: parts(with, ','),
        on: [first.parse().ok()?, last.parse().ok()?],
        loads: match verdict {
            "loads" => true,
            "refused" => false,
            _ => return None,
        },
        words: parts(words, '|'),
    })
}

impl Row {
    /// The bundle's name without `.kext`.
    fn file(&self) -> String {
        self.name.replace(' ', "-")
    }

    fn identifier(&self) -> String {
        format!("org.example.{}", self.file().to_lowercase())
    }

    /// The property list. Libraries are the ones of the kernel that all use, and those of `with`, at version 1.0.0.
    fn info_plist(&self, with: &[&Row]) -> String {
        let mut entries: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in [
            ("CFBundlePackageType", "KEXT"),
            ("CFBundleVersion", "1.0.0"),
            ("CFBundleExecutable", &self.file()),
            ("CFBundleIdentifier", &self.identifier()),
        ] {
            entries.insert(key.to_owned(), value.to_owned());
        }
        let mut libraries: BTreeMap<String, String> = BTreeMap::new();
        libraries.insert("com.apple.kpi.iokit".into(), "7.0".into());
        libraries.insert("com.apple.kpi.libkern".into(), "8.0".into());
        libraries.extend(with.iter().map(|library| (library.identifier(), "1.0.0".to_owned())));
        for (key, value) in self.plist.split(' ').filter_map(|change| change.split_once('=')) {
            let is_entry = key.starts_with("CFBundle") || key.starts_with("OSBundle");
            let place = if is_entry { &mut entries } else { &mut libraries };
            if value.is_empty() {
                place.remove(key)
            } else {
                place.insert(key.to_owned(), value.to_owned())
            };
        }
        let libraries = dictionary(&libraries);
        let entries = dictionary(&entries);
        format!(
            "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>{entries}<key>OSBundleLibraries</key><dict>{libraries}</dict></dict>\
             </plist>\n"
        )
    }

    /// Builds the kext below `place`, with its part of `rows` as libraries; returns the bundle. `compiled` keeps executables by
    /// their source.
    ///
    /// # Errors
    /// It does not compile, cannot be changed so, or cannot be written.
    pub fn build(
        &self,
        rows: &[Row],
        place: &Path,
        compiled: &mut BTreeMap<String, Vec<u8>>,
    ) -> Result<PathBuf, String> {
        let with: Option<Vec<&Row>> = self.with.iter().map(|name| rows.iter().find(|row| row.name == *name)).collect();
        let with = with.ok_or_else(|| format!("{}: a library is not in the table", self.name))?;
        let bundle = place.join(format!("{}.kext", self.file()));
        let executable = match compiled.get(&self.source) {
            Some(known) => known.clone(),
            None => compiled.entry(self.source.clone()).or_insert(compile(&self.source, place)?).clone(),
        };
        let executable = change::apply(&self.change, executable)
            .ok_or_else(|| format!("{}: cannot be changed so: {}", self.name, self.change))?;
        let macos = bundle.join("Contents/MacOS");
        let failed = |why: std::io::Error| format!("{}: {why}", bundle.display());
        fs::create_dir_all(&macos).map_err(failed)?;
        fs::write(bundle.join("Contents/Info.plist"), self.info_plist(&with)).map_err(failed)?;
        fs::write(macos.join(self.file()), executable).map_err(failed)?;
        Ok(bundle)
    }
}

/// Entries of a property list's dictionary.
fn dictionary(entries: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        for part in ["<key>", key, "</key><string>", value, "</string>"] {
            text.push_str(part);
        }
    }
    text
}

/// Compiles a source, with what is defined for it behind its name. Kernels take identifier and version from the property list.
fn compile(source: &str, place: &Path) -> Result<Vec<u8>, String> {
    let mut words = source.split(' ');
    let file = words.next().unwrap_or_default();
    let sources = folder().join("corpus");
    let has_start = ["plain", "leaf", "walker"].contains(&file);
    let kext = Kext {
        name: source.replace(' ', "-"),
        identifier: "org.example.corpus".into(),
        version: "1.0.0".into(),
        driver: None,
        cxx_sources: vec![sources.join(format!("{file}.cpp"))],
        include_dirs: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kernel-bindings/include")],
        info_plist: PathBuf::new(),
        entry: has_start.then(|| Entry { start: "corpus_start".into(), stop: "corpus_stop".into() }),
        exports: OFFERED.iter().chain([&TAKEN]).map(|name| (*name).to_owned()).collect(),
        rustflags: Vec::new(),
        cxxflags: words.map(|define| format!("-D{define}")).collect(),
        source_root: sources,
        releases: Vec::new(),
        max_size: 0,
        target_dir: place.join("build"),
        out_dir: place.to_owned(),
    };
    kernel_build::executable(&kext).map_err(|why| format!("{source}: {why}"))
}
