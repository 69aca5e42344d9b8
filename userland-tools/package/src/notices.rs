//! Whose work is inside of what is handed out, and under which licences: what cargo knows of the crates that each program links,
//! with the texts that came with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::error::{At as _, Error};
use crate::{Tree, root};

/// A package of the workspace, and a target that it is built for.
pub type Program = (&'static str, &'static str);

/// The driver and its like, which are in every archive; the kext's target is not rustc's, its libraries are those of any without a
/// system.
pub const DRIVERS: &[Program] =
    &[("driver", NO_SYSTEM), ("hal-plugin", "x86_64-apple-darwin"), ("hal-plugin", "aarch64-apple-darwin")];
/// What the packages for Macs have beside them.
pub const TOOLS: &[Program] = &[
    ("mac-command", "x86_64-apple-darwin"),
    ("mac-command", "aarch64-apple-darwin"),
    ("agent", "x86_64-apple-darwin"),
];
/// What the command for Linux consists of beside them.
pub const LINUX: &[Program] =
    &[("loopflower", "x86_64-unknown-linux-musl"), ("guest", NO_SYSTEM), ("agent", "x86_64-apple-darwin")];

const NO_SYSTEM: &str = "x86_64-unknown-none";

/// The licences that a program under MIT or Apache-2.0 can be handed out with, if their texts are beside it.
const TAKEN: [&str; 3] = ["Apache-2.0", "MIT", "Unicode-3.0"];
/// How the files begin that have the texts, in upper case.
const TEXTS: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
/// Our own, in the folder of the sources.
const OURS: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// The names of the others in an archive: of crates, and of what comes with the compiler.
const OF_CRATES: &str = "LICENSES-CRATES.txt";
const OF_RUST: &str = "LICENSES-RUST.html";
/// All of them.
pub const NAMES: [&str; 4] = [OURS[0], OURS[1], OF_CRATES, OF_RUST];

const HEAD: &str = "\
Loopflower is MIT or Apache-2.0, as you like: LICENSE-MIT, LICENSE-APACHE.

Its programs have parts of Rust's library in them, whose notices are in LICENSES-RUST.html, and the crates below.

";
const STATIC: &str = "
The command for Linux has these in it as well:
musl libc: MIT, https://musl.libc.org, Copyright (c) 2005-2020 Rich Felker, et al.; the terms are those in LICENSE-MIT
libunwind of LLVM: Apache-2.0 WITH LLVM-exception, https://llvm.org
";

/// What cargo says of the workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// A crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Package {
    name: String,
    version: String,
    id: String,
    license: Option<String>,
    repository: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    /// None for what is in the workspace.
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Package {
    fn runs_in_the_compiler(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }

    /// The licence that it names, if it is one that we can hand out.
    fn licence(&self) -> Result<&str, Error> {
        let refused = |why: String| {
            let crate_ = format!("{} {}", self.name, self.version);
            Error::Refused(format!(
                "{crate_}: {why}; take another crate, or add the licence to userland-tools/package/src/notices.rs if it may be handed out with ours"
            ))
        };
        let text = self.license.as_deref().ok_or_else(|| refused("it names no licence".to_owned()))?;
        let expression = Expression::parse_mode(text, ParseMode::LAX)
            .map_err(|why| refused(format!("its licence `{text}` cannot be read: {}", why.reason)))?;
        let is_taken = expression.evaluate(|wanted| {
            wanted.addition.is_none() && wanted.license.id().is_some_and(|id| TAKEN.contains(&id.name))
        });
        if is_taken { Ok(text) } else { Err(refused(format!("its licence is {text}, which is not known here"))) }
    }

    /// The texts in its folder.
    fn texts(&self) -> Result<Vec<String>, Error> {
        let folder = self.manifest_path.parent().unwrap_or(Path::new("."));
        let mut files = BTreeSet::new();
        for item in fs::read_dir(folder).at(folder)? {
            let path = item.at(folder)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            if path.is_file() && TEXTS.iter().any(|begin| name.starts_with(begin)) {
                files.insert(path);
            }
        }
        files.iter().map(|path| Ok(String::from_utf8_lossy(&fs::read(path).at(path)?).trim().to_owned())).collect()
    }
}

impl Metadata {
    /// Of what a target needs.
    fn of(target: &str) -> Result<Metadata, Error> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["metadata", "--format-version=1", "--locked", "--filter-platform", target]).current_dir(root());
        let done = cargo.output().map_err(|why| Error::Missing(format!("cargo does not start: {why}")))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            return Err(Error::Missing(format!("cargo metadata for {target}: {said}")));
        }
        serde_json::from_slice(&done.stdout).map_err(|why| Error::Refused(format!("what cargo metadata says: {why}")))
    }

    /// The crates of others that a package of the workspace links. What runs in the compiler alone is not in the program.
    fn linked(&self, package: &str) -> Result<BTreeSet<Package>, Error> {
        let packages: BTreeMap<&str, &Package> = self.packages.iter().map(|its| (its.id.as_str(), its)).collect();
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let first = self.packages.iter().find(|its| its.source.is_none() && its.name == package);
        let first = first.ok_or_else(|| Error::Usage(format!("the workspace has no package {package}")))?;
        let (mut seen, mut next) = (BTreeSet::new(), vec![first.id.as_str()]);
        while let Some(id) = next.pop() {
            if !packages[id].runs_in_the_compiler() && seen.insert(id) {
                let is_linked = |needs: &&Dependency| needs.dep_kinds.iter().any(|kind| kind.kind.is_none());
                next.extend(nodes[id].deps.iter().filter(is_linked).map(|needs| needs.pkg.as_str()));
            }
        }
        Ok(seen.into_iter().map(|id| packages[id]).filter(|its| its.source.is_some()).cloned().collect())
    }
}

/// Puts our licences into a tree, and those of what its programs have in them.
///
/// # Errors
/// Cargo does not answer, a crate is under a licence that we do not know, or a text cannot be read.
pub fn add(tree: &mut Tree, programs: &[&[Program]]) -> Result<(), Error> {
    for name in OURS {
        let path = root().join(name);
        tree.add_file(name, fs::read(&path).at(&path)?, false);
    }
    tree.add_file(OF_CRATES, of_crates(&programs.concat())?.into_bytes(), false);
    tree.add_file(OF_RUST, of_rust()?, false);
    Ok(())
}

/// The crates that the programs link, each with its licence; and the texts, each once, with the crates that it came with.
///
/// # Errors
/// As [`add`].
pub fn of_crates(programs: &[Program]) -> Result<String, Error> {
    let mut known = BTreeMap::new();
    let mut crates = BTreeSet::new();
    for (package, target) in programs {
        if !known.contains_key(target) {
            known.insert(target, Metadata::of(target)?);
        }
        crates.extend(known[target].linked(package)?);
    }
    let is_static = programs.iter().any(|(_, target)| target.ends_with("-musl"));
    let mut lines = Vec::new();
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for its in &crates {
        let name = format!("{} {}", its.name, its.version);
        let site = its.repository.as_ref().map_or_else(String::new, |site| format!(", {site}"));
        let its_texts = its.texts()?;
        // Without a text the only notice there is, is who made it.
        let authors = format!(", no text with it; by {}", its.authors.join(", "));
        let authors = if its_texts.is_empty() { authors.as_str() } else { "" };
        lines.push(format!("{name}: {}{site}{authors}\n", its.licence()?));
        for text in its_texts {
            // Copies differ in how their lines are broken.
            let is_same = |known: &str| known.split_whitespace().eq(text.split_whitespace());
            match texts.iter_mut().find(|(known, _)| is_same(known)) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name.clone()),
                None => texts.push((text, vec![name.clone()])),
            }
        }
    }
    let rule = "-".repeat(100);
    let texts = texts.iter().map(|(text, names)| format!("\n{rule}\n{}:\n\n{text}\n", names.join(", ")));
    let statics = if is_static { STATIC } else { "" };
    Ok([HEAD, &lines.concat(), statics, &texts.collect::<String>()].concat())
}

/// The notices of Rust's library, which the compiler comes with.
fn of_rust() -> Result<Vec<u8>, Error> {
    let asked = Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()).output();
    let asked = asked.map_err(|why| Error::Missing(format!("rustc does not start: {why}")))?;
    let path = Path::new(String::from_utf8_lossy(&asked.stdout).trim()).join("share/doc/rust/COPYRIGHT-library.html");
    fs::read(&path).map_err(|why| {
        let path = path.display();
        Error::Missing(format!(
            "{path}: {why}; the notices of Rust's library come with rustup's toolchain, not with each distribution's"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(license: Option<&str>) -> Package {
        Package {
            name: "thing".to_owned(),
            version: "1.0.0".to_owned(),
            id: String::new(),
            license: license.map(str::to_owned),
            repository: None,
            authors: Vec::new(),
            source: None,
            manifest_path: PathBuf::new(),
            targets: Vec::new(),
        }
    }

    #[test]
    fn a_licence_that_asks_for_more_than_its_text_is_refused_by_name() {
        for taken in ["MIT", "MIT/Apache-2.0", "GPL-2.0-only OR MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
            assert_eq!(of(Some(taken)).licence().unwrap(), taken);
        }
        for refused in [Some("GPL-2.0-only"), Some("MIT AND MPL-2.0"), Some("nonsense"), None] {
            let why = of(refused).licence().unwrap_err();
            assert!(why.exit_code() == 1 && why.to_string().starts_with("thing 1.0.0: "), "{why}");
        }
    }

    #[test]
    fn all_that_is_handed_out_may_be_and_comes_with_its_texts() {
        let text = of_crates(&[DRIVERS, TOOLS, LINUX].concat()).unwrap();
        // One of the guest's, one of the command's, one of Macs', and none that a build alone needs.
        for name in ["\nheapless ", "\nclap ", "\nobjc2-core-audio ", "\nmusl libc: MIT"] {
            assert!(text.contains(name), "{name}");
        }
        for name in ["\nserde_derive ", "\nproptest ", "\nbindgen "] {
            assert!(!text.contains(name), "{name}");
        }
        assert!(text.contains("Permission is hereby granted") && text.contains("Apache License"));
        assert!(!of_crates(DRIVERS).unwrap().contains("\nclap "), "each archive has its own");
    }
}
