//! `loopflower kpi audit`: what a kext or a user-space driver is made of, what it asks of each release, and what that
//! release's linker says.

mod bundle;
mod classes;
mod human;
mod image;
mod imports;
mod link;
mod plugin;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::thread;

use abi::pack::{Component, Pack};
use abi::{Arch, Release};
use kernel_build::Releases;
use kext_link::{Rules, fat};
use serde::Serialize;

pub use bundle::{List, Personality};
pub use classes::{Class, Moved, Override};
pub use image::{Section, Slice, Symbols};
pub use imports::{Deprecated, Import};
pub use link::Verdict;
pub use plugin::PlugInImport;

use crate::Error;
use crate::version::Version;
use bundle::Bundle;

/// The packs of all releases, in their order; made side by side, since that is most of what an audit costs.
static PACKS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    thread::scope(|scope| {
        let made = Release::ALL.map(|release| scope.spawn(move || abi::pack::build(release)));
        made.into_iter().map(|pack| pack.join().unwrap_or_default()).collect()
    })
});

/// What bundles are audited for.
pub struct Options<'a> {
    /// The releases, oldest first.
    pub releases: Vec<Release>,
    /// Kexts that are libraries of those that are audited.
    pub libraries: Vec<PathBuf>,
    /// Whether the bench's host of user-space drivers has a name; `None` where there is no bench.
    pub host: Option<&'a dyn Fn(&str) -> bool>,
}

/// What was found. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// "loopflower kpi audit 1".
    pub format: &'static str,
    /// The releases that were asked.
    pub releases: Vec<&'static str>,
    /// A bundle each, in the order they were given.
    pub bundles: Vec<Audited>,
}

/// What was found of a bundle. Its text is for people.
#[derive(Clone, Debug, Serialize)]
pub struct Audited {
    /// Its path as it was given.
    pub bundle: String,
    /// "kext" or "driver".
    pub kind: &'static str,
    /// What could not be read; what else is said is of the rest.
    pub unreadable: Vec<String>,
    /// Verdicts: for x86_64 release by release, then for the other processors of the file. Empty for a user-space driver.
    pub verdicts: Vec<Verdict>,
    /// The first of the releases that it links on.
    pub minimum: Option<&'static str>,
    /// The last of the releases that it links on.
    pub maximum: Option<&'static str>,
    /// What of its imports is deprecated, and since when.
    pub deprecated: Option<Deprecated>,
    /// What Info.plist says.
    pub info: List,
    /// The OSBundleLibraries that its imports ask for on the releases that have rules: identifiers and versions, also of the
    /// libraries that were given.
    pub needed: BTreeMap<String, String>,
    /// Broken rules: of Info.plist, forbidden symbols, the instruction set, the red zone.
    pub findings: Vec<Finding>,
    /// The executable's parts by processor.
    pub slices: Vec<Slice>,
    /// Whether the bundle has sealed resources (`_CodeSignature/CodeResources`).
    pub sealed: bool,
    /// What it imports.
    pub imports: Vec<Import>,
    /// Its classes.
    pub classes: Vec<Class>,
    /// What a user-space driver imports.
    pub plugin_imports: Vec<PlugInImport>,
}

/// A broken rule.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Which rule: "bundle", "forbidden symbol", "export", "code", "instruction set", "red zone", "driver".
    pub rule: String,
    /// Where: a symbol and a place in it, if it is about one.
    pub place: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub way_out: String,
}

impl Audit {
    /// Whether every bundle could be read, and no release refuses it.
    pub fn held(&self) -> bool {
        self.bundles.iter().all(Audited::held)
    }
}

impl Audited {
    /// Whether it could be read, and no release refuses it.
    pub fn held(&self) -> bool {
        self.unreadable.is_empty()
            && self.slices.iter().all(|slice| slice.unreadable.is_empty())
            && !self.verdicts.iter().any(Verdict::is_refusal)
            && !(self.kind == "driver" && self.findings.iter().any(|finding| finding.rule == "driver"))
    }
}

/// Reads `10.14` or `10.6..15`.
///
/// # Errors
/// A release is none that there are facts about, or the first comes after the last.
pub fn releases(text: &str) -> Result<Vec<Release>, Error> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (release(first)?, release(last)?);
    if first > last {
        return Err(Error::NoFacts(format!("\"{text}\" runs backwards; write {last}..{first}")));
    }
    Ok(Release::ALL.into_iter().filter(|release| (first..=last).contains(release)).collect())
}

fn release(text: &str) -> Result<Release, Error> {
    if let Ok(known) = text.parse() {
        return Ok(known);
    }
    let asked = Version::parse(text)?;
    let before = Release::ALL
        .iter()
        .rev()
        .find(|known| Version::parse(known.name()).is_ok_and(|known| !known.begins_after(&asked)));
    Err(Error::UnknownRelease {
        release: text.to_owned(),
        nearest: before.iter().map(|it| it.name().to_owned()).collect(),
    })
}

/// Audits the bundles at `paths`.
///
/// # Errors
/// One of them or of the libraries is no bundle. What is wrong with one that is there is told.
pub fn audit(paths: &[PathBuf], options: &Options<'_>) -> Result<Audit, Error> {
    let read = |paths: &[PathBuf]| paths.iter().map(|path| Bundle::read(path)).collect::<Result<Vec<_>, _>>();
    let (bundles, libraries) = (read(paths)?, read(&options.libraries)?);
    let packs: Vec<Pack<'_>> = PACKS.iter().filter_map(|bytes| Pack::from_bytes(bytes).ok()).collect();
    let audited = bundles.iter().map(|bundle| {
        if bundle.is_plugin { plugin::audit(bundle, options.host) } else { kext(bundle, &libraries, options, &packs) }
    });
    Ok(Audit {
        format: "loopflower kpi audit 1",
        releases: options.releases.iter().map(|release| release.name()).collect(),
        bundles: audited.collect(),
    })
}

fn kext(bundle: &Bundle, libraries: &[Bundle], options: &Options<'_>, packs: &[Pack<'_>]) -> Audited {
    let slices = image::slices(&bundle.executable);
    let native = slices.iter().find(|slice| slice.arch == "x86_64");
    let names: Vec<String> = native.into_iter().flat_map(|slice| &slice.imports).map(|it| it.symbol.clone()).collect();
    let mut kexts: Vec<&Bundle> = libraries.iter().collect();
    kexts.push(bundle);
    let asked: Vec<Release> =
        options.releases.iter().copied().filter(|release| Rules::for_release(release.name()).is_some()).collect();
    let mut classes = None;
    let mut verdicts = Vec::new();
    for (release, pack) in Release::ALL.into_iter().zip(packs).filter(|(release, _)| options.releases.contains(release))
    {
        let look = |pack: &Pack<'_>, done: &link::Done| {
            classes.get_or_insert_with(|| classes::classes(pack, done, packs));
        };
        if asked.contains(&release) {
            verdicts.push(link::verdict(release, pack, &kexts, &names, look));
        }
    }
    if classes.is_none() && native.is_some() {
        classes = for_its_classes(bundle, libraries, &names, packs);
    }
    let imports = imports::imports(&slices, bundle, libraries, packs);
    for verdict in &mut verdicts {
        let release = verdict.release.parse().unwrap_or(Release::V10_6);
        verdict.missing = imports::exported(release, Arch::X86_64, &imports).missing;
    }
    for arch in Arch::ALL.into_iter().filter(|arch| slices.iter().any(|slice| slice.arch == arch.name())) {
        let judged = |release: &Release| arch == Arch::X86_64 && asked.contains(release);
        let others = imports::releases_of(arch, &options.releases).filter(|release| !judged(release));
        let is_whole = slices.iter().any(|slice| slice.arch == arch.name() && slice.unreadable.is_empty());
        let verdict = |release| {
            if is_whole {
                imports::exported(release, arch, &imports)
            } else {
                Verdict::new(release, arch.name(), "unread")
            }
        };
        verdicts.extend(others.map(verdict));
    }
    let taken = |verdict: &&Verdict| matches!(verdict.outcome, "links" | "patched");
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let needed =
        Releases::new(&asked).libraries_for(&wanted).into_iter().map(|(name, version)| (name, version.to_string()));
    let own = libraries
        .iter()
        .map(|library| &library.list)
        .filter(|list| imports.iter().any(|import| import.components.first() == Some(&list.identifier)));
    // Of a component's place a kext asks the least that it is content with.
    let needed = own.map(|list| (list.identifier.clone(), list.version.clone())).chain(needed);
    Audited {
        bundle: bundle.path.clone(),
        kind: "kext",
        unreadable: bundle.unreadable.clone(),
        minimum: verdicts.iter().find(taken).map(|verdict| verdict.release),
        maximum: verdicts.iter().rfind(taken).map(|verdict| verdict.release),
        deprecated: imports::deprecated(&imports),
        info: bundle.list.clone(),
        needed: needed.collect(),
        findings: findings(bundle),
        sealed: bundle.sealed,
        classes: classes.unwrap_or_default(),
        plugin_imports: Vec::new(),
        verdicts,
        imports,
        slices,
    }
}

/// Where no release takes a kext, its classes are read as if the newest one with a linker had all that it imports.
fn for_its_classes(bundle: &Bundle, libraries: &[Bundle], names: &[String], packs: &[Pack<'_>]) -> Option<Vec<Class>> {
    let pack = packs.iter().rfind(|pack| Rules::for_release(pack.release).is_some())?;
    let is_public = |component: &&Component<'_>| {
        component.identifier.starts_with("com.apple.kpi.") || component.identifier.starts_with("com.apple.iokit.")
    };
    let everything = |version: fn(&Component<'_>) -> String| {
        pack.components
            .iter()
            .filter(is_public)
            .map(move |component| (component.identifier.to_owned(), version(component)))
    };
    let mut list = List {
        // Apple's may name private libraries too.
        identifier: "com.apple.audit".to_owned(),
        version: "1.0".to_owned(),
        libraries: everything(|component| component.version.to_owned()).collect(),
        ..bundle.list.clone()
    };
    list.libraries
        .extend(libraries.iter().map(|library| (library.list.identifier.clone(), library.list.version.clone())));
    let absent = |name: &&String| pack.symbol(name).is_none_or(|at| pack.symbols[at as usize].exported_by.is_empty());
    let absent: Vec<&str> = names.iter().filter(absent).map(String::as_str).collect();
    let first = pack.components.first()?;
    let pack = pack.with_component(Component { identifier: "com.apple.iokit.Absent", ..first.clone() }, &absent);
    list.libraries.push(("com.apple.iokit.Absent".to_owned(), first.version.to_owned()));
    let whole = Bundle {
        path: String::new(),
        is_plugin: false,
        info: Vec::new(),
        list,
        executable: bundle.executable.clone(),
        sealed: bundle.sealed,
        unreadable: Vec::new(),
    };
    let mut kexts: Vec<&Bundle> = libraries.iter().collect();
    kexts.push(&whole);
    let mut found = None;
    link::verdict(pack.release.parse().ok()?, &pack, &kexts, names, |pack, done| {
        found = Some(classes::classes(pack, done, packs));
    });
    found
}

fn findings(bundle: &Bundle) -> Vec<Finding> {
    // What is no property list is told as such.
    let mut all = kernel_build::audit::info_plist(&bundle.info).unwrap_or_default();
    if let Ok(file) = fat::x86_64(&bundle.executable)
        && kext_link::macho::File::parse(file).is_ok()
    {
        all.extend(kernel_build::audit::executable(file, bundle.list.compatible.is_some()));
    }
    let finding = |finding: kernel_build::Finding| Finding {
        rule: finding.rule.to_string(),
        place: finding.symbol.map(|symbol| match finding.offset {
            Some(offset) => format!("{symbol}+{offset:#x}"),
            None => symbol,
        }),
        problem: finding.problem,
        way_out: finding.fix,
    };
    all.into_iter().map(finding).collect()
}
